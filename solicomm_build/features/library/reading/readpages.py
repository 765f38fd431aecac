"""How a document looks that is read in the page: pictures of its pages, their text beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import urlencode

from starlette.responses import Response

from solicomm_build.extraction.child import PAGE_WIDTH
from solicomm_build.features.library.reading import finding, leaf
from solicomm_build.features.library.reading.openlibraries import Book, Visit
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext, ngettext
from solicomm_build.web.plainpage import page

VIEW = 4
"""Pages of a document on one page of ours."""


@dataclass(frozen=True, slots=True)
class Read:
    """A document as it is read: the texts of its pages, how many it has, whether they can be drawn,
    which one is first, what is looked for, and whether there are other versions of it."""

    visit: Visit
    book: Book
    texts: Sequence[str]
    count: int
    is_drawn: bool
    version: str
    first: int = 1
    query: str = ""
    has_versions: bool = False

    @property
    def url(self) -> str:
        return f"{self.visit.url}{self.book.key}/"

    @property
    def lang(self) -> str:
        return self.visit.lang

    def link(self, number: int) -> str:
        """The address at which a page is shown."""
        pairs = [("page", str(number))] + ([("q", self.query)] if self.query else [])
        return f"{self.url}read/?{urlencode(pairs)}"


def html(read: Read) -> Response:
    """The document from page `first` on, with a field to search in it."""
    entry = read.book.entry
    card = escape(gettext(read.lang, "See the card"))
    ways = f'<a href="{read.url}">{card}</a>'
    if read.has_versions:
        changes = escape(gettext(read.lang, "What changed since the version before"))
        ways += f' · <a href="{read.url}changes/">{changes}</a>'
    rows = [f'<p class="meta">{ways}</p>', _field(read)]
    words = finding.words_of(read.query)
    if words:
        rows.append(_found(read, words))
    rows.append(_pager(read))
    last = min(read.count, read.first + VIEW - 1)
    rows += [_leaf(read, number, words) for number in range(read.first, last + 1)]
    if not read.is_drawn and not any(text.strip() for text in read.texts):
        none = gettext(read.lang, "There is no text in it that could be shown.")
        rows.append(f"<p>{escape(none)}</p>")
    rows.append(_pager(read) if read.count > VIEW else "")
    return page(read.lang, entry.title_in(read.lang), "".join(rows))


def _field(read: Read) -> str:
    label = escape(gettext(read.lang, "Search in this document"))
    button = escape(gettext(read.lang, "Search"))
    return (
        f'<form action="{read.url}read/" role="search" aria-label="{label}"><p class="switch">'
        f'<input type="search" name="q" value="{escape(read.query)}" aria-label="{label}" '
        f'placeholder="{label}" maxlength="{finding.MOST_QUERY}" dir="auto"> '
        f'<button type="submit">{button}</button></p></form>'
    )


def _found(read: Read, words: Sequence[str]) -> str:
    """Where the words stand."""
    lang, all_ = read.lang, list(finding.hits(read.texts, words))
    if not all_:
        none = escape(gettext(lang, "Nothing found"))
        return f'<p role="status">{none}</p>'
    marks = finding.pattern(words)
    said = ngettext(
        lang,
        "On %(num)s page",
        "On %(num)s pages",
        len(all_),
        num=i18n.format_number(lang, len(all_)),
    )
    own = _own(read)
    rows = []
    for hit in all_[: finding.MOST_HITS]:
        link, name = escape(read.link(hit.page)), escape(_name(read, hit.page))
        excerpt = f"<span{own}>{leaf.marked(hit.excerpt, marks)}</span>"
        rows.append(f'<li><a href="{link}#page-{hit.page}">{name}</a> {excerpt}</li>')
    told = f'<p role="status">{escape(said)}</p><ul>{"".join(rows)}</ul>'
    return f'<div class="hits">{told}</div>'


def _leaf(read: Read, number: int, words: Sequence[str]) -> str:
    """One page: its picture, if it can be drawn, and its text."""
    name = escape(_name(read, number))
    text = read.texts[number - 1] if number <= len(read.texts) else ""
    said = leaf.html(text, words=finding.pattern(words))
    picture = ""
    if read.is_drawn:
        none = escape(gettext(read.lang, "No text"))
        said = said or f'<p class="meta">{none}</p>'
        picture = (
            f'<div class="leaf"><img loading="lazy" width="{PAGE_WIDTH}" '
            f'height="{PAGE_WIDTH * 99 // 70}" alt="{name}" '
            f'src="{read.url}pages/{number}.webp?v={read.version}"></div>'
        )
    kind = "sheet" if picture else "sheet alone"
    return (
        f'<section class="{kind}" id="page-{number}"><h2>{name}</h2>{picture}'
        f"<div{_own(read)}>{said}</div></section>"
    )


def _own(read: Read) -> str:
    languages = read.book.entry.languages
    return f' lang="{escape(languages[0])}" dir="auto"' if languages else ' dir="auto"'


def _name(read: Read, number: int) -> str:
    said = i18n.format_number(read.lang, number)
    if read.is_drawn:
        return gettext(read.lang, "Page %(number)s", number=said)
    return gettext(read.lang, "Part %(number)s", number=said)


def _pager(read: Read) -> str:
    """The way to the pages before and after, and to any."""
    lang = read.lang
    if read.count <= VIEW:
        return ""
    last = min(read.count, read.first + VIEW - 1)
    ways = []
    if read.first > 1:
        back = max(1, read.first - VIEW)
        words = escape(gettext(lang, "Pages before"))
        ways.append(f'<a rel="prev" href="{escape(read.link(back))}">{words}</a>')
    where = gettext(
        lang,
        "%(first)s–%(last)s of %(count)s",
        first=i18n.format_number(lang, read.first),
        last=i18n.format_number(lang, last),
        count=i18n.format_number(lang, read.count),
    )
    ways.append(f"<span>{escape(where)}</span>")
    if last < read.count:
        words = escape(gettext(lang, "Pages after"))
        ways.append(f'<a rel="next" href="{escape(read.link(last + 1))}">{words}</a>')
    label = escape(gettext(lang, "Pages of this document"))
    return f'<nav class="pager" aria-label="{label}">{"".join(ways)}</nav>'
