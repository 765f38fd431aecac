"""A text written in Markdown as a book: for its page's EPUB, and for mail. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from solicomm_build.features.library.exchange import epub
from solicomm_build.features.library.exchange.published import Published
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.books.book import Words
from solicomm_build.post.editorial.markup import render_page

PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""The types of files beside a card that its text may show."""


def bound(card: Published, text: bytes, pictures: Mapping[str, bytes], lang: str) -> bytes:
    """The book of a text in `lang`; `pictures` are the ones that lie beside the card, by name."""
    markdown = text.decode("utf-8", "replace")
    body = render_page(markdown, resolve=lambda name: name if name in pictures else None)
    access = gettext(
        lang,
        "This book is text that adapts to the size of the screen and can be read aloud, with"
        " headings and a table of contents.",
    )
    words = Words(gettext(lang, "Contents"), gettext(lang, "Title page"), access)
    return epub.write(card, body, words, direction=i18n.direction(lang), pictures=pictures)
