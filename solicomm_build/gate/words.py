"""What the gate says, in the language of whoever pushes.

Faults are found by modules that know no languages, and come as English sentences with names and
numbers in them. `faultforms` holds their forms: a sentence is recognised by its form, and
its translation filled with what stood in the places. A sentence that has no form stays English; a
test looks for such ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from solicomm_build.foundation.errors import ContentError, SoliCommError
from solicomm_build.foundation.i18n import gettext, ngettext
from solicomm_build.gate import faultforms
from solicomm_build.gate.push import Place
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo

SHOWN = 50
"""Faults that are listed; the others are counted."""

_NOTES = 20
_HOLE = re.compile(r"%\((\w+)\)s")
_LONGEST = 600  # characters of a fault that is compared with the forms; each has some holes


def refusal(faults: Sequence[ContentError], lang: str) -> list[str]:
    """The lines that refuse a push: each fault with file, line and remedy, then what to do."""
    lines = [line(fault, lang) for fault in faults[:SHOWN]]
    count = len(faults)
    if count > SHOWN:
        lines.append(_more(lang, count - SHOWN))
    head = ngettext(
        lang,
        "%(num)s mistake: nothing was taken.",
        "%(num)s mistakes: nothing was taken.",
        count,
    )
    todo = gettext(lang, "Mend it, commit (git commit -a --amend) and push again.")
    return [*lines, "", f"{head} {todo}"]


def notes(warnings: Sequence[ContentError], lang: str) -> list[str]:
    """The lines that say what could be better."""
    mark = gettext(lang, "Note:")
    return [f"{mark} {line(warning, lang)}" for warning in warnings[:_NOTES]]


def accepted(where: str, lang: str, *, draft: bool) -> str:
    """The line that says where it can be seen."""
    if draft:
        return gettext(lang, "Only people who know this address see it: %(url)s", url=where)
    return gettext(lang, "In a moment it is here: %(url)s", url=where)


def line(fault: ContentError, lang: str) -> str:
    """One fault: file and line, what is wrong, what to do."""
    said = sentence(fault, lang)
    if fault.file and fault.line:
        place = gettext(lang, "%(file)s, line %(line)s:", file=fault.file, line=fault.line)
        return f"{place} {said}"
    return f"{fault.file}: {said}" if fault.file else said


def sentence(fault: ContentError, lang: str) -> str:
    """What is wrong and what to do, without the place."""
    said = translated(fault.fault, lang)
    return f"{said}. {translated(fault.remedy, lang)}" if fault.remedy else said


def translated(sentence: str, lang: str) -> str:
    """A fault or remedy in `lang`; as it is when there is no form for it."""
    if lang.partition("-")[0] in ("", "en") or len(sentence) > _LONGEST:
        return sentence
    for form, pattern in _patterns():
        match = pattern.fullmatch(sentence)
        if match:
            return gettext(lang, form, **match.groupdict())
    return sentence


def language_of(repo: Repo, place: Place) -> str:
    """The first language that the settings of a repository name; empty when nothing says. Nothing
    that judges a push is loaded for it: after the push it is asked by a process of its own."""
    from solicomm_build.foundation import schema
    from solicomm_build.gate import hooks

    file = hooks.settings_of(place.kind)
    with Reader(repo) as reader:
        try:
            settings = schema.open_file(reader.at(MAIN, file) or b"", file=file)
        except SoliCommError:
            return ""
    return settings.languages()[0] if settings.has("languages") else ""


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """The forms and their patterns, those with most fixed text first."""
    forms = sorted(faultforms.FORMS, key=lambda form: -len(_HOLE.sub("", form)))
    return [(form, re.compile("".join(_pieces(form)), re.DOTALL)) for form in forms]


def _pieces(form: str) -> Iterator[str]:
    at = 0
    for hole in _HOLE.finditer(form):
        yield re.escape(form[at : hole.start()])
        yield f"(?P<{hole[1]}>.*?)"
        at = hole.end()
    yield re.escape(form[at:])


def _more(lang: str, count: int) -> str:
    return ngettext(lang, "and %(num)s more", "and %(num)s more", count)
