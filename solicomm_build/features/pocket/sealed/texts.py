"""What the search of a package reads: the text of each post, sealed many together, so that the page
has all of them after few files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from solicomm_build.features.pocket.sealed.leaves import ident
from solicomm_build.foundation import i18n
from solicomm_build.message.text import markdown
from solicomm_build.post.pages import PostFacts

FULL = 256 * 1024
"""Characters after which a file of texts ends."""

Put = Callable[[Mapping[str, Any]], str]
"""Seals a value; the name it has in the package."""


class Where(NamedTuple):
    """Where a post stands: the places of its topic and of the page of this, as the index counts
    them, what the topic is called, and the language that the package speaks."""

    topic: int
    page: int
    title: str
    lang: str


class Texts:
    """The texts of one package, sealed by `put` as soon as there are enough; `names` are those that
    are sealed."""

    def __init__(self, put: Put) -> None:
        self._put, self.names = put, list[str]()
        self._rows, self._size = list[list[Any]](), 0

    def add(self, about: Where, post: PostFacts) -> None:
        """A post. What is hidden has no text."""
        if "hidden" in post.notes:
            return
        text = " ".join(markdown.text_of_html(post.html).split())
        files = (file.name for file in post.attachments)
        subject = "" if post.subject == about.title else post.subject
        said = " · ".join(filter(None, (subject, text, *files)))
        head = f"#{i18n.format_number(about.lang, post.number)}"
        when = i18n.format_date(about.lang, post.date)
        where = (about.topic, about.page, ident(post.mid))
        self._rows.append([*where, head, post.name, when, post.lang, said])
        self._size += len(said)
        if self._size >= FULL:
            self.end()

    def end(self) -> None:
        """Seals the rest."""
        if self._rows:
            self.names.append(self._put({"rows": self._rows}))
        self._rows, self._size = [], 0
