"""HTML of forms in My hub. Everything that is given as text is escaped here."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from solicomm_build.web.signedin import Session


def form(session: Session, action: str, inside: str, /, **hidden: str) -> str:
    """A form that only this member's browser can send."""
    rows = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in (hidden | {"mark": session.mark}).items()
    )
    return f'<form method="post" action="{escape(action)}">{rows}{inside}</form>'


def with_files(made: str) -> str:
    """The same form, for what is sent with files."""
    return made.replace(
        '<form method="post"', '<form method="post" enctype="multipart/form-data"', 1
    )


def button(text: str, value: str = "", *, is_quiet: bool = False) -> str:
    """A button on a line of its own; with a value it sends `do`. A quiet one has no strong colour:
    what ends something is never the first thing that one sees."""
    what = f' name="do" value="{escape(value)}"' if value else ""
    what += ' class="quiet"' if is_quiet else ""
    return f'<p><button type="submit"{what}>{escape(text)}</button></p>'


def buttons(*pairs: tuple[str, str]) -> str:
    """Buttons beside each other, the first one the likely one: what each says and sends."""
    looks = ["", *[' class="quiet"'] * (len(pairs) - 1)]
    rows = " ".join(
        f'<button type="submit" name="do" value="{escape(value)}"{look}>{escape(words)}</button>'
        for (words, value), look in zip(pairs, looks, strict=True)
    )
    return f"<p>{rows}</p>"


def switch(
    name: str, label: str, choices: Mapping[str, str], chosen: str, words: str, value: str
) -> str:
    """A choice with its button on one line; the label is for who does not see what is around."""
    options = _options(choices, chosen)
    return (
        f'<p class="switch"><select name="{name}" aria-label="{escape(label)}">{options}</select> '
        f'<button type="submit" name="do" value="{escape(value)}">{escape(words)}</button></p>'
    )


def select(name: str, label: str, choices: Mapping[str, str], chosen: str) -> str:
    """A choice among values, each with its words, below its label."""
    return (
        f'<p class="field"><label>{escape(label)}<br>'
        f'<select name="{name}">{_options(choices, chosen)}</select></label></p>'
    )


def _options(choices: Mapping[str, str], chosen: str) -> str:
    return "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>'
        f"{escape(words)}</option>"
        for value, words in choices.items()
    )


def line(
    name: str, label: str, value: str = "", *, type_: str = "text", more: str = "", dir_: str = ""
) -> str:
    """A field of one line, below its label; `more` are further attributes."""
    way = f' dir="{dir_}"' if dir_ else ""
    return (
        f'<p class="field"><label>{escape(label)}<br><input type="{type_}" name="{name}"'
        f' value="{escape(value)}"{way}{" " + more if more else ""}></label></p>'
    )


def area(name: str, label: str, value: str = "", *, rows: int = 4, more: str = "") -> str:
    """A field of several lines, below its label."""
    return (
        f'<p class="field"><label>{escape(label)}<br><textarea name="{name}" rows="{rows}"'
        f"{' ' + more if more else ''}>{escape(value)}</textarea></label></p>"
    )


def radios(name: str, legend: str, choices: Mapping[str, str], chosen: str) -> str:
    """A choice among values that need a sentence each."""
    rows = "".join(
        f'<label><input type="radio" name="{name}" value="{escape(value)}"'
        f"{' checked' if value == chosen else ''}> {escape(words)}</label>"
        for value, words in choices.items()
    )
    return f"<fieldset><legend>{escape(legend)}</legend>{rows}</fieldset>"


def folded(summary: str, inside: str) -> str:
    """What is seen after a press on its name; works without scripts."""
    return f"<details><summary>{escape(summary)}</summary>{inside}</details>"


def text(*paragraphs: str) -> str:
    """Paragraphs of plain text."""
    return "".join(f"<p>{escape(one)}</p>" for one in paragraphs)


def link(address: str, words: str) -> str:
    """A link whose words may be in any language."""
    return f'<a href="{escape(address)}"><bdi>{escape(words)}</bdi></a>'


def way(address: str, words: str) -> str:
    """A link on a line of its own."""
    return f'<p><a href="{escape(address)}">{escape(words)}</a></p>'
