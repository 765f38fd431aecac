"""A card's text as a book. Pure; the same card gives the same bytes. A chapter begins at each h2 of
the text."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from itertools import pairwise

from solicomm_build.features.library.exchange.published import Published
from solicomm_build.post.books import epub, xhtml
from solicomm_build.post.books.book import About, Book, Chapter, Words
from solicomm_build.post.books.xhtml import escaped, quoted

_HEADING = re.compile(r"<h2\b[^<>]*+>((?:[^<]++|<(?!/?h2\b))*+)</h2>")


def write(
    card: Published,
    body: str,
    words: Words,
    *,
    direction: str = "ltr",
    pictures: Mapping[str, bytes] | None = None,
) -> bytes:
    """The book. `body` is clean HTML as post/editorial/markup.py writes it, headings from h2;
    `pictures` by
    the address the text uses; a picture of another kind or without octets becomes its alt text.
    """
    given = pictures or {}
    shown = {
        address: f"pictures/{number}.{address.rpartition('.')[2].lower()}"
        for number, address in enumerate(sorted(given), 1)
        if epub.is_shown(address)
    }
    return epub.write(
        Book(
            _about(card),
            words,
            _title_page(card),
            tuple(_chapters(body, card.title, shown)),
            direction,
            {name: given[address] for address, name in shown.items()},
        )
    )


def _about(card: Published) -> About:
    entry = card.entry
    return About(
        id=f"urn:solicomm:{entry.id}",
        title=card.title,
        lang=card.lang,
        modified=card.changed,
        languages=entry.languages,
        creators=tuple(creator.name for creator in entry.creators),
        subjects=tuple(card.keywords),
        publisher=card.organisation,
        issued=entry.date.issued,
        description=card.abstract,
        rights=entry.rights.licence,
        source=card.url,
    )


def _chapters(body: str, title: str, pictures: Mapping[str, str]) -> list[Chapter]:
    starts = [found.start() for found in _HEADING.finditer(body)]
    bounds = [*starts, len(body)] if starts else [0, len(body)]
    pieces = [body[a:b] for a, b in pairwise(bounds)]
    if starts and body[: starts[0]].strip():
        pieces.insert(0, body[: starts[0]])
    found = []
    for number, piece in enumerate(pieces or [""], 1):
        heading = _HEADING.match(piece)
        name = html.unescape(re.sub(r"<[^>]*+>?", "", heading[1])).strip() if heading else ""
        text = xhtml.of_html(piece, pictures) or f"<p>{escaped(title)}</p>"
        found.append(Chapter(f"chapter-{number}.xhtml", name or title, text))
    homes = {
        ident: chapter.name
        for chapter in found
        for ident in re.findall(r' id="([^"]+)"', chapter.body)
    }
    return [Chapter(chapter.name, chapter.title, _rejoined(chapter, homes)) for chapter in found]


def _rejoined(chapter: Chapter, homes: Mapping[str, str]) -> str:
    """Links within the text made to lead to the chapter that their target went to."""

    def link(found: re.Match[str]) -> str:
        home = homes.get(html.unescape(found[1]))
        if home is None:
            return ""
        return f' href="{"" if home == chapter.name else home}#{found[1]}"'

    return re.sub(r' href="#([^"]*)"', link, chapter.body)


def _title_page(card: Published) -> str:
    lines = [f"<h1>{escaped(card.title)}</h1>"]
    lines += [f"<p>{escaped(creator.name)}</p>" for creator in card.entry.creators]
    made = ", ".join(filter(None, (card.organisation, card.entry.place, card.entry.date.issued)))
    rights = ", ".join(filter(None, (card.entry.rights.holder, card.entry.rights.licence)))
    lines += [f"<p>{escaped(line)}</p>" for line in (made, rights) if line]
    lines.append(f"<p><a href={quoted(card.url)}>{escaped(card.url)}</a></p>")
    return f'<section class="title">{"".join(lines)}</section>'
