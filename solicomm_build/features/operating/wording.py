"""What a proposal would do, in the reader's language. Pure."""

from __future__ import annotations

from solicomm_build.features.operating import proposals
from solicomm_build.features.operating.proposals import Proposal
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext
from solicomm_build.foundation.oneline import one_line

_LONGEST = 200


def title(lang: str, one: Proposal) -> str:
    """What would be done, as a short sentence without its dot."""
    about = one_line(one.about, _LONGEST) or "…"
    said = {**_removals(lang), **_returns(lang), **_others(lang)}.get(one.kind)
    return said % {"about": about} if said else one_line(" ".join(one.words), _LONGEST)


def _removals(lang: str) -> dict[str, str]:
    return {
        "remove-conference": gettext(lang, "Remove the conference %(about)s"),
        "remove-list": gettext(lang, "Remove the list %(about)s"),
        "remove-library": gettext(lang, "Remove the library %(about)s"),
        "remove-union": gettext(lang, "Remove the site of %(about)s"),
        "remove-person": gettext(lang, "Take %(about)s off every list and out of every role"),
        "erase-message": gettext(lang, "Erase the message %(about)s for good"),
        "erase-shared": gettext(lang, "Erase here what another hub has erased in %(about)s"),
        "erase-person": gettext(lang, "Erase all that is kept of %(about)s for good"),
    }


def _returns(lang: str) -> dict[str, str]:
    return {
        "restore-conference": gettext(lang, "Bring back the conference %(about)s"),
        "restore-list": gettext(lang, "Bring back the list %(about)s"),
        "restore-library": gettext(lang, "Bring back the library %(about)s"),
        "restore-union": gettext(lang, "Bring back the site of %(about)s"),
        "restore-person": gettext(lang, "Bring %(about)s back to every list and role"),
        "restore-hub": gettext(lang, "Bring in what was shared before: %(about)s"),
    }


def _others(lang: str) -> dict[str, str]:
    return {
        "operator-add": gettext(lang, "Make %(about)s an operator of the hub"),
        "operator-remove": gettext(lang, "Take the role of operator from %(about)s"),
    }


def rows(lang: str, one: Proposal) -> list[str]:
    """What else is to be known of it: names and numbers, one a line."""
    labels = {
        "hub": gettext(lang, "Hub"),
        "lists": gettext(lang, "Lists"),
        "members": gettext(lang, "Members"),
        "messages": gettext(lang, "Messages"),
        "reason": gettext(lang, "Why"),
        "roles": gettext(lang, "Roles"),
        "entries": gettext(lang, "Documents"),
    }
    said = {name: one_line(text, _LONGEST) for name, text in one.names.items() if text}
    said |= {name: i18n.format_number(lang, count) for name, count in one.counts.items()}
    return [f"{labels.get(name, name)}: {text}" for name, text in said.items()]


def outcome(lang: str, one: Proposal) -> str:
    """How it ended, as a sentence."""
    said = {
        proposals.DONE: gettext(lang, "It is done."),
        proposals.FAILED: gettext(lang, "It was agreed to and could not be done."),
        proposals.LAPSED: gettext(lang, "Nobody said yes in time. It was not done."),
        proposals.REFUSED: gettext(lang, "An operator said no. It was not done."),
        proposals.WITHDRAWN: gettext(lang, "Who asked took it back. It was not done."),
        proposals.AGREED: gettext(lang, "It was agreed to, and is being done."),
        proposals.DOING: gettext(lang, "It was agreed to, and is being done."),
    }
    return said.get(one.state, "")
