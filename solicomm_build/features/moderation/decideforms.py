"""The buttons by which moderators decide on a page. Pure.

The fields: `do` has a decision (post/decision.py), `n` the number of the message, `words` what the
author of a rejected message is told.
"""

from __future__ import annotations

from html import escape

from solicomm_build.foundation.i18n import gettext, pgettext

MOST_WORDS = 4000
"""Characters that a decision keeps."""


def message(lang: str, number: int) -> str:
    """The buttons for a message: its number among those of the page."""
    rows = [
        _button("accept", pgettext(lang, "do it now", "Accept")),
        _hint(gettext(lang, "it goes to everybody")),
        _words(lang, gettext(lang, "Words to the author, if you reject it")),
        _button("reject", pgettext(lang, "do it now", "Reject")),
        _hint(gettext(lang, "it does not go out; the author gets your words")),
        _button("discard", pgettext(lang, "do it now", "Discard")),
        _hint(gettext(lang, "it is thrown away, and nobody is told")),
    ]
    more = [
        _button("accept+trust", gettext(lang, "Accept, and trust the author")),
        _hint(gettext(lang, "it goes out, and so does what the author writes later")),
        _button("ban", gettext(lang, "Discard, and ban the author")),
        _hint(gettext(lang, "it is thrown away, and so is what the author writes later")),
    ]
    return _form(rows, more, lang, f'<input type="hidden" name="n" value="{number}">')


def join(lang: str) -> str:
    """The buttons for somebody who wants to be on a list."""
    rows = [
        _button("accept", pgettext(lang, "do it now", "Accept")),
        _hint(gettext(lang, "this person joins")),
        _words(lang, gettext(lang, "Words to this person, if you reject")),
        _button("reject", pgettext(lang, "do it now", "Reject")),
        _hint(gettext(lang, "not; this person gets your words")),
        _button("discard", pgettext(lang, "do it now", "Discard")),
        _hint(gettext(lang, "not, and nobody is told")),
    ]
    more = [
        _button("ban", gettext(lang, "Discard, and ban this person")),
        _hint(gettext(lang, "not, and this person can ask no more")),
    ]
    return _form(rows, more, lang, "")


def _form(rows: list[str], more: list[str], lang: str, hidden: str) -> str:
    said = escape(gettext(lang, "Rarely needed"))
    rest = f"<details><summary>{said}</summary>{''.join(more)}</details>"
    return f'<form method="post">{hidden}{"".join(rows)}{rest}</form>'


def _button(value: str, text: str) -> str:
    button = f'<button type="submit" name="do" value="{value}">{escape(text)}</button>'
    return f"<p>{button} "


def _hint(text: str) -> str:
    return f"<small>{escape(text)}</small></p>"


def _words(lang: str, label: str) -> str:
    return (
        f'<p class="field"><label>{escape(label)}<br>'
        f'<textarea name="words" rows="3" maxlength="{MOST_WORDS}" dir="auto"></textarea>'
        "</label></p>"
    )
