"""Documents in My hub: those that the member handed in, and those that wait for a curator's word.

Links to the pages of a document (cardpages.py) have a token. The hub keeps digests of tokens alone,
so that a button makes a new one, by POST, for who is signed in: who handed the document in, or who
decides about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from html import escape

from solicomm_build.features.library.catalogue import title_of
from solicomm_build.features.library.deposits import curators, pageaddress, pagetokens
from solicomm_build.features.library.deposits.deposits import (
    ASKED,
    EXPIRED,
    KNOWN,
    OPEN_STATES,
    PUBLISHED,
    REJECTED,
    WAITING,
    WITHDRAWN,
    Deposits,
    Facts,
)
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import N_, gettext, ngettext
from solicomm_build.people.address import fold
from solicomm_build.web.mine.forms import button, form, link, text
from solicomm_build.web.mine.section import HOME, Change, Section, Visit

_STATES = {
    ASKED: N_("We asked you by mail whether you hand it in."),
    WAITING: N_("It waits until somebody looks at it."),
    PUBLISHED: N_("It is published."),
    KNOWN: N_("The library has this document already."),
    REJECTED: N_("It is not published."),
    EXPIRED: N_("Nobody decided about it in time."),
    WITHDRAWN: N_("You took it back."),
}


class _Documents(Section):
    """What both have in common."""

    def _found(self, visit: Visit) -> dict[str, Facts]:
        """The deposits that are shown, by key, the first to show first."""
        raise NotImplementedError

    def _row(self, visit: Visit, key: str, facts: Facts, label: str) -> str:
        """A document with where and when it was handed in, and a button that leads to its page."""
        deposit = Deposits(self.config).get(key)
        if deposit is None:  # its weeks ended meanwhile
            return ""
        lang, library = visit.lang, curators.rules(self.config, facts.library)
        place = library.title.get(lang) or title_of(library)
        at = datetime.fromisoformat(facts.at)
        when = (
            f'<time datetime="{i18n.isodate(at)}">{escape(i18n.format_datetime(lang, at))}</time>'
        )
        title, url = deposit.entry.title_in(lang), _entry(key, facts)
        head = link(url, title) if url else f"<bdi>{escape(title)}</bdi>"
        rows = [f"<h2>{head}</h2><p><small><bdi>{escape(place)}</bdi>, {when}</small></p>"]
        rows.append(self._said(visit, facts))
        if facts.state in OPEN_STATES:
            where = f"{HOME}{self.name}/"
            rows.append(form(visit.session, where, button(label, "open"), deposit=key))
        return f"<article>{''.join(rows)}</article>"

    def _said(self, visit: Visit, facts: Facts) -> str:
        raise NotImplementedError


class Documents(_Documents):
    """What the member handed in."""

    name, rank = "documents", 34

    def title(self, visit: Visit) -> str:
        """What it is called."""
        return gettext(visit.lang, "My documents")

    def short(self, visit: Visit) -> str:
        """How many."""
        count = len(self._found(visit))
        if not count:
            return ""
        said = ngettext(
            visit.lang,
            "You handed in %(num)s document in the last four weeks.",
            "You handed in %(num)s documents in the last four weeks.",
            count,
        )
        return text(said)

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """Each with what became of it."""
        if rest:
            return None
        label = gettext(visit.lang, "Look at the card")
        found = self._found(visit).items()
        rows = "".join(self._row(visit, key, facts, label) for key, facts in found)
        nothing = gettext(visit.lang, "You handed in nothing in the last four weeks.")
        return self.title(visit), rows or text(nothing)

    def change(self, visit: Visit, rest: str, sent: Mapping[str, str]) -> Change | None:
        """Leads to the card of an own document that is not decided yet. A document that is none is
        answered like one that is decided."""
        key = sent.get("deposit", "")
        if rest:
            return None
        facts = self._found(visit).get(key)
        if facts is None or facts.state not in OPEN_STATES:
            return Change(wrong=gettext(visit.lang, "This has been decided already."))
        token = pagetokens.give(self.config, "deposit", facts.author, deposit=key)
        return Change(place=f"{pageaddress.CARD}{token}")

    def _found(self, visit: Visit) -> dict[str, Facts]:
        every, who = Deposits(self.config).facts(), fold(visit.address)
        own = [(key, facts) for key, facts in every if fold(facts.author) == who]
        return dict(sorted(own, key=lambda one: one[1].at, reverse=True))

    def _said(self, visit: Visit, facts: Facts) -> str:
        words = f'<p dir="auto">{escape(facts.text)}</p>' if facts.state == REJECTED else ""
        return text(gettext(visit.lang, _STATES[facts.state])) + words


class WaitingDocuments(_Documents):
    """What waits for a curator."""

    name, rank = "review", 12

    def title(self, visit: Visit) -> str:
        """What it is called."""
        return gettext(visit.lang, "Documents that wait")

    def short(self, visit: Visit) -> str:
        """How many."""
        count = len(self._found(visit))
        if not count:
            return ""
        said = ngettext(
            visit.lang,
            "%(num)s document waits for your word.",
            "%(num)s documents wait for your word.",
            count,
        )
        return text(said)

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """Each with the way to where it is decided; no page for whom nothing waits."""
        found = {} if rest else self._found(visit)
        if not found:
            return None
        label = gettext(visit.lang, "Look at it and decide")
        rows = (self._row(visit, key, facts, label) for key, facts in found.items())
        return self.title(visit), "".join(rows)

    def change(self, visit: Visit, rest: str, sent: Mapping[str, str]) -> Change | None:
        """Leads to the page where it is decided. For who decides nothing, all is decided."""
        key = sent.get("deposit", "")
        if rest:
            return None
        facts = self._found(visit).get(key)
        number = self._deciding(visit, {facts.library}).get(facts.library) if facts else None
        if number is None:
            return Change(wrong=gettext(visit.lang, "This has been decided already."))
        data = {"deposit": key, "number": number}
        token = pagetokens.give(self.config, "review", visit.address, **data)
        return Change(place=f"{pageaddress.REVIEW}{token}")

    def _found(self, visit: Visit) -> dict[str, Facts]:
        waiting = {k: one for k, one in Deposits(self.config).facts() if one.state == WAITING}
        mine = self._deciding(visit, {one.library for one in waiting.values()})
        own = [(key, facts) for key, facts in waiting.items() if facts.library in mine]
        return dict(sorted(own, key=lambda one: one[1].at))

    def _deciding(self, visit: Visit, libraries: set[str]) -> dict[str, int]:
        """Those of the libraries that the member decides for, each with the number that the
        letters to the member have."""
        said = {name: curators.rules(self.config, name) for name in libraries}
        with self.readers.looking() as roster:
            people = {
                name: curators.of(self.config, one, name, roster) for name, one in said.items()
            }
        who = fold(visit.address)
        return {
            name: one.number
            for name, some in people.items()
            for one in some
            if fold(one.address) == who
        }

    def _said(self, visit: Visit, facts: Facts) -> str:
        return f'<p><bdi dir="ltr">{escape(facts.author)}</bdi></p>'


def _entry(key: str, facts: Facts) -> str:
    """Where the library has it; "" where it does not."""
    found = {PUBLISHED: facts.corrects or key, KNOWN: facts.text.removeprefix("lib:")}.get(
        facts.state, ""
    )
    return f"/libraries/{facts.library}/{found}/" if found else ""
