"""How two versions look in one text: what was taken out struck through, what came in underlined."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from starlette.responses import Response

from solicomm_build.features.library.reading.openlibraries import Book, Visit
from solicomm_build.features.library.reading.otherversions import Version
from solicomm_build.features.library.versions.wording import BREAK, NEW, OLD, SAME, Run
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext, ngettext
from solicomm_build.web.plainpage import page

MOST_CHANGED = 6_000
"""Changed words on one page."""
_AROUND = 24
"""Words that stay on either side of a change."""
_TAGS = {OLD: ("del", "−"), NEW: ("ins", "+")}
_GAP = "…"


def html(
    visit: Visit, book: Book, known: Sequence[Version], version: Version, runs: Sequence[Run] | None
) -> Response:
    """The page with the text."""
    lang = visit.lang
    rows = [_ways(visit, book), _choice(visit, known, version)]
    if runs is None:
        text = gettext(lang, "These two cannot be compared: one has no text, or they are too long.")
        rows.append(f"<p>{escape(text)}</p>")
        return page(lang, _title(visit, book), "".join(rows))
    taken, added = _count(runs, OLD), _count(runs, NEW)
    if not taken and not added:
        text = gettext(lang, "They say the same, word by word.")
        rows.append(f"<p>{escape(text)}</p>")
        return page(lang, _title(visit, book), "".join(rows))
    out = ngettext(
        lang, "%(num)s word taken out", "%(num)s words taken out", taken, num=_number(lang, taken)
    )
    into = ngettext(
        lang, "%(num)s word added", "%(num)s words added", added, num=_number(lang, added)
    )
    rows.append(f"<p><del>{escape(out)}</del> · <ins>{escape(into)}</ins></p>")
    shown, is_whole = _bounded(runs)
    own = escape(book.entry.languages[0] if book.entry.languages else "")
    rows.append(f'<div lang="{own}" dir="auto">{"".join(_paragraphs(shown))}</div>')
    if not is_whole:
        text = gettext(lang, "More changed than one page can show. This is the beginning.")
        rows.append(f'<p class="meta">{escape(text)}</p>')
    return page(lang, _title(visit, book), f'<div class="diff">{"".join(rows)}</div>')


def none(visit: Visit, book: Book) -> Response:
    """Where there is no other version."""
    text = gettext(visit.lang, "There is no other version of this document here.")
    return page(visit.lang, _title(visit, book), f"{_ways(visit, book)}<p>{escape(text)}</p>")


def _title(visit: Visit, book: Book) -> str:
    heading = gettext(visit.lang, "What changed")
    return f"{heading}: {book.entry.title_in(visit.lang)}"


def _ways(visit: Visit, book: Book) -> str:
    card = escape(gettext(visit.lang, "See the card"))
    return f'<p class="meta"><a href="{visit.url}{book.key}/">{card}</a></p>'


def _choice(visit: Visit, known: Sequence[Version], version: Version) -> str:
    """What it is compared with; a choice where there are several."""
    lang = visit.lang
    if len(known) == 1:
        text = gettext(lang, "Compared with:")
        name = escape(_named(visit, version))
        if version.book:
            name = f'<a href="{visit.url}{version.name}/"><bdi>{name}</bdi></a>'
        return f"<p>{escape(text)} {name}</p>"
    options = "".join(
        f'<option value="{one.name}"{" selected" if one == version else ""}>'
        f"{escape(_named(visit, one))}</option>"
        for one in known
    )
    label, show = escape(gettext(lang, "Compared with:")), escape(gettext(lang, "Show it"))
    return (
        f'<form><p><label for="from">{label}</label></p><p class="switch">'
        f'<select id="from" name="from">{options}</select> '
        f'<button type="submit">{show}</button></p></form>'
    )


def _named(visit: Visit, version: Version) -> str:
    if version.book:
        entry = version.book.entry
        return " · ".join(filter(None, (entry.title_in(visit.lang), entry.date.issued)))
    until = i18n.format_date(visit.lang, version.until) if version.until else ""
    return gettext(visit.lang, "the file as it was until %(date)s", date=until)


def _number(lang: str, count: int) -> str:
    return i18n.format_number(lang, count)


def _count(runs: Sequence[Run], kind: str) -> int:
    return sum(sum(word != BREAK for word in run.words) for run in runs if run.kind == kind)


def _bounded(runs: Sequence[Run]) -> tuple[list[Run], bool]:
    """The runs with what is the same cut down to some words, up to MOST_CHANGED changed words; and
    whether that is all."""
    found: list[Run] = []
    changed = 0
    for number, run in enumerate(runs):
        if run.kind != SAME:
            room = MOST_CHANGED - changed
            found.append(Run(run.kind, run.words[:room]))
            changed += len(run.words)
            if changed > MOST_CHANGED:
                return found, False
            continue
        head = run.words[:_AROUND] if number else ()
        tail = run.words[-_AROUND:] if number + 1 < len(runs) else ()
        if len(head) + len(tail) >= len(run.words):
            found.append(run)
        else:
            found.append(Run(SAME, (*head, _GAP, BREAK, *tail) if number else (_GAP, *tail)))
    return found, True


def _paragraphs(runs: Sequence[Run]) -> Iterator[str]:
    """The runs as paragraphs; a run that goes over several is marked in each."""
    now: list[str] = []
    for run in runs:
        some: list[str] = []
        for word in run.words:
            if word != BREAK:
                some.append(word)
                continue
            now += _marked(run.kind, some)
            some = []
            if now:
                yield f"<p>{' '.join(now)}</p>"
            now = []
        now += _marked(run.kind, some)
    if now:
        yield f"<p>{' '.join(now)}</p>"


def _marked(kind: str, words: Sequence[str]) -> list[str]:
    """Words with their tag, and a sign for who hears the page."""
    if not words:
        return []
    text = escape(" ".join(words))
    if kind == SAME:
        return [text]
    tag, sign = _TAGS[kind]
    return [f'<{tag}><span class="vh">{sign} </span>{text}</{tag}>']
