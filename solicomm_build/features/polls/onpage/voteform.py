"""A voter's form, and what it sends as a choice. Pure.

One choice is a group of radio buttons, several are checkboxes, an order is a menu of places beside
each option: all of it works without scripts. The names of the fields: `choice` has an option's
number, `o<number>` a place, or `on`.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from solicomm_build.features.polls.values import pollterms
from solicomm_build.features.polls.values.poll import Poll
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext

TWICE, NONE = "twice", "none"
"""What is wrong with what was sent: two options at one place, or nothing chosen."""

Choice = tuple[str, ...]


def read(poll: Poll, fields: Mapping[str, str]) -> Choice | str:
    """The choice that a form sent, or what is wrong with it."""
    keys = dict(enumerate(poll.keys, 1))
    if poll.type == "approval":
        chosen = tuple(key for number, key in keys.items() if fields.get(f"o{number}"))
        return chosen or NONE
    if poll.type != "ranked":
        number = _number(fields.get("choice", ""))
        return (keys[number],) if number in keys else NONE
    ranked = sorted((place, key) for key, place in places(poll, fields).items())
    if len({place for place, _ in ranked}) < len(ranked):
        return TWICE
    return tuple(key for _, key in ranked) or NONE


def places(poll: Poll, fields: Mapping[str, str]) -> Mapping[str, int]:
    """The places that a form gave to options, as they were chosen; none but in an order."""
    if poll.type != "ranked":
        return {}
    chosen = {key: _number(fields.get(f"o{n}", "")) for n, key in enumerate(poll.keys, 1)}
    return {key: place for key, place in chosen.items() if place}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def line(poll: Poll, choice: Choice) -> str:
    """The choice as a voter writes it into a mail."""
    return " ".join(str(poll.keys.index(key) + 1) for key in choice)


def form(
    poll: Poll,
    lang: str,
    choice: Choice,
    button: str,
    given: Mapping[str, int] | None = None,
) -> str:
    """The form in a page of language `lang`, with this choice in it; of an order, with the places
    that were `given`, where two may be the same."""
    given = given or {key: place for place, key in enumerate(choice, 1)}
    question, tongue = poll.asked(lang)
    legend = f"<legend{_lang(tongue)}><bdi>{escape(question)}</bdi></legend>"
    rows = "".join(
        _row(poll, number, lang, choice, given) for number in range(1, len(poll.keys) + 1)
    )
    fieldset = f"<fieldset>{legend}{_how(poll, lang)}{rows}</fieldset>"
    press = f'<p><button type="submit" name="do" value="vote">{escape(button)}</button></p>'
    return f'<form method="post">{fieldset}{press}</form>'


def _how(poll: Poll, lang: str) -> str:
    if poll.type == "approval":
        said = gettext(lang, "Choose all that you agree to.")
    elif poll.type == "ranked":
        said = gettext(lang, "Give 1 to the best one, 2 to the next. You need not name all.")
    else:
        return ""
    return f"<p>{escape(said)}</p>"


def _row(poll: Poll, number: int, lang: str, choice: Choice, given: Mapping[str, int]) -> str:
    key = poll.keys[number - 1]
    label, tongue = pollterms.label(poll, key, lang)
    shown = f"{i18n.format_number(lang, number)}. <bdi{_lang(tongue)}>{escape(label)}</bdi>"
    if poll.type == "ranked":
        return f"<p><label>{shown} {_places(poll, number, given.get(key, 0))}</label></p>"
    checked = " checked" if key in choice else ""
    if poll.type == "approval":
        field = f'<input type="checkbox" name="o{number}" value="on"{checked}>'
    else:
        field = f'<input type="radio" name="choice" value="{number}" required{checked}>'
    return f"<label>{field} {shown}</label>"


def _places(poll: Poll, number: int, own: int) -> str:
    rows = '<option value="">–</option>' + "".join(
        f'<option value="{place}"{" selected" if place == own else ""}>{place}</option>'
        for place in range(1, len(poll.keys) + 1)
    )
    return f'<select name="o{number}">{rows}</select>'


def _lang(tag: str) -> str:
    return f' lang="{escape(tag)}" dir="{i18n.direction(tag)}"' if tag else ""
