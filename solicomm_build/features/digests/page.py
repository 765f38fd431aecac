"""A digest as one mail that reads like a page: what is in it, before it is text or HTML.

Pure. Posts stand by topic, each with its author, the beginning of its own words, its pictures and
files, where it is read whole and where an answer goes. `pagetext` and `pagehtml` write it down.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from solicomm_build.features.digests.values import Digest, Entry, FileLine
from solicomm_build.message.text import oldthread

EXCERPT = 600
"""Characters of a post: what fits a telephone's screen."""
SUBJECT = 60
"""Characters of the subject of an answer: what a list of mails shows."""

_LONGEST = 200
_QUOTE = re.compile(r"^\s*(?:>|\||On .{5,80} wrote:$)")
_ITEM = re.compile(r"[ \t]*(?:[-*•–+]|\d{1,3}[.)])[ \t]")
_FULL = 50  # characters from which on a line looks broken by a program and not by its author
_LINK = re.compile(r"https?://\S+")
_PICTURE = "image/"


@dataclass(frozen=True, slots=True)
class Item:
    """A post as it is shown. `whole` says whether its excerpt is all of it; `link` is its page or
    empty; `answer` is the address that an answer goes to or empty, `subject` what it is called,
    `message_id` what it answers."""

    author: str
    when: str
    paragraphs: tuple[str, ...]
    whole: bool
    pictures: tuple[FileLine, ...]
    files: tuple[FileLine, ...]
    link: str
    answer: str
    subject: str
    message_id: str

    @property
    def mailto(self) -> str:
        """The link that answers it (RFC 6068 2)."""
        if not self.answer:
            return ""
        local, _, domain = self.answer.partition("@")
        return (
            f"mailto:{quote(local, safe='+-.')}@{domain}?subject={quote(self.subject, safe='')}"
            f"&In-Reply-To={quote(f'<{self.message_id}>', safe='')}"
        )


@dataclass(frozen=True, slots=True)
class Topic:
    """The posts of one topic; `link` is the topic's page or empty."""

    title: str
    link: str
    items: tuple[Item, ...]


def topics_of(digest: Digest) -> tuple[Topic, ...]:
    """What a digest shows, topics in the order of their first posts."""
    places: dict[str, list[int]] = {}
    for place, entry in enumerate(digest.entries):
        places.setdefault(entry.topic, []).append(place)
    return tuple(_topic(digest, some) for some in places.values())


def _topic(digest: Digest, places: list[int]) -> Topic:
    first = digest.entries[places[0]]
    title = on_one_line(first.message.subject) or digest.words.no_subject
    link = first.link.partition("#")[0]
    return Topic(title, link, tuple(_item(digest, place, title) for place in places))


def _item(digest: Digest, place: int, title: str) -> Item:
    entry = digest.entries[place]
    paragraphs, whole = excerpt(entry.message.text)
    return Item(
        author_of(entry),
        digest.words.whens[place],
        paragraphs,
        whole,
        tuple(one for one in entry.files if one.type.startswith(_PICTURE)),
        tuple(one for one in entry.files if not one.type.startswith(_PICTURE)),
        entry.link,
        answer_address(digest, entry),
        answer_subject(title),
        entry.message_id,
    )


def answer_address(digest: Digest, entry: Entry) -> str:
    """The topic's own address, by which an answer finds its place whatever program sends it."""
    facts = digest.facts
    if not facts.posting:
        return ""
    return f"{facts.list_id}+t-{entry.topic}@{facts.domain}" if entry.link else facts.address


def answer_subject(title: str) -> str:
    """`Re: …`, cut at a word."""
    again = title if title.lower().startswith("re:") else f"Re: {title}"
    return again if len(again) <= SUBJECT else _cut(again, SUBJECT)


def author_of(entry: Entry) -> str:
    """The author's name, else what stands before the @ of the address."""
    if not entry.message.from_:
        return "-"
    author = entry.message.from_[0]
    return on_one_line(author.name) or author.addr_spec.partition("@")[0]


def on_one_line(text: str) -> str:
    """A text from outside on one line, not too long."""
    return " ".join(text.split())[:_LONGEST]


def excerpt(text: str, most: int = EXCERPT) -> tuple[tuple[str, ...], bool]:
    """The first paragraphs of the author's own words: without quotes, the old thread and the
    signature; and whether that is all that there is to read."""
    lines = text.split("\n")
    start = oldthread.start(lines)
    own = [line for line in lines[:start] if not _QUOTE.match(line)]
    whole = start is None and len(own) == len(lines)
    if "-- " in own:
        own = own[: own.index("-- ")]
    found: list[str] = []
    left = most
    for paragraph in _paragraphs(own):
        if len(paragraph) > left:
            found = _with_beginning(found, paragraph, left, most)
            return tuple(found), False
        found.append(paragraph)
        left -= len(paragraph)
    return tuple(found), whole


def _with_beginning(found: list[str], paragraph: str, left: int, most: int) -> list[str]:
    """What there is and the beginning of the next paragraph, if it is worth while."""
    if not found or left > most // 4:
        return [*found, _cut(paragraph, left)]
    return [*found[:-1], f"{found[-1]} …"]


def _paragraphs(lines: list[str]) -> Iterator[str]:
    """Paragraphs whose lines are joined where a program has broken them."""
    pieces: list[str] = []
    before = ""
    for line in (one.rstrip() for one in lines):
        if not line.strip():
            if pieces:
                yield "".join(pieces)
            pieces = []
            continue
        if pieces:
            pieces.append(" " if len(before) >= _FULL and not _ITEM.match(line) else "\n")
        pieces.append(line.strip())
        before = line
    if pieces:
        yield "".join(pieces)


def _cut(text: str, most: int) -> str:
    """The beginning, up to a word's end; a link is never cut."""
    at = most - 2
    for link in _LINK.finditer(text):
        if link.start() < at < link.end():
            at = link.start() if link.start() else link.end()
            break
    else:
        space = max(text.rfind(" ", 0, at + 1), text.rfind("\n", 0, at + 1))
        at = space if space > most // 2 else at
    return f"{text[:at].rstrip()} …"
