"""The text part of a digest that reads like a page. Pure. No line is broken: programs do that."""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.features.digests.page import Item, Topic
from solicomm_build.features.digests.values import Digest, FileLine
from solicomm_build.foundation.i18n import format_size

_TOPIC = "=" * 30
_POST = "-" * 10


def text_of(digest: Digest, topics: tuple[Topic, ...]) -> str:
    """The text part, LF."""
    words = digest.words
    pieces = [f"{digest.facts.title}\n{words.about}"]
    if len(topics) > 1:
        pieces.append("\n".join([words.contents, *(f"- {_counted(topic)}" for topic in topics)]))
    for topic in topics:
        pieces.append(f"{_TOPIC}\n{topic.title}\n{_TOPIC}")
        pieces.append(f"\n\n{_POST}\n\n".join(_post(digest, item) for item in topic.items))
    pieces += [_TOPIC, *_foot(digest)]
    return "\n\n".join(pieces) + "\n"


def _counted(topic: Topic) -> str:
    count = len(topic.items)
    return topic.title if count == 1 else f"{topic.title} ({count})"


def _post(digest: Digest, item: Item) -> str:
    pieces = [f"{item.author} · {item.when}", *item.paragraphs]
    pieces += [f"{label}\n{rows}" for label, rows in _files(digest, item) if rows]
    links = []
    if item.link:
        links.append(f"{digest.words.read}:\n    {item.link}")
    if item.answer:
        links.append(f"{digest.words.reply}:\n    {item.answer}")
    return "\n\n".join([*pieces, *links])


def _files(digest: Digest, item: Item) -> Iterator[tuple[str, str]]:
    for label, some in (
        (digest.words.pictures, item.pictures),
        (digest.words.attached, item.files),
    ):
        yield label, "\n".join(f"- {file_words(digest, one)}" for one in some)


def file_words(digest: Digest, file: FileLine) -> str:
    """A file's name and size."""
    return f"{file.name} ({format_size(digest.lang, file.bytes)})"


def _foot(digest: Digest) -> Iterator[str]:
    words, facts = digest.words, digest.facts
    yield words.reason
    yield f"{words.options}\n    {facts.list_id}-request@{facts.domain}"
    yield f"{words.choose}\n    {digest.choices}"
    yield f"{words.leaving}\n    {facts.list_id}-leave@{facts.domain}"
    yield words.issue
