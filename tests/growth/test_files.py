"""What is sent, pushed or filled in, where one thing in it is looked for in all the rest,
needs no more than n^1.3 either.

many of one thing, and much of the rest → the whole reader → how it grows
"""

from __future__ import annotations

import io
import itertools
import string
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from types import SimpleNamespace
from typing import Any

from solicomm_build.features.digests import page
from solicomm_build.features.forms.values import formmail
from solicomm_build.features.library.cards.entry import Entry
from solicomm_build.features.library.reading import leaf
from solicomm_build.features.library.rendering.cards import CardPages
from solicomm_build.features.migration.servers import mailman2
from solicomm_build.features.polls.values import polltext
from solicomm_build.features.sites.values import sitefiles
from solicomm_build.foundation import schema
from solicomm_build.ingest import archive
from solicomm_build.message import address, body
from solicomm_build.message.parse import parse
from solicomm_build.message.text import hypertext
from solicomm_build.post import ownwords
from solicomm_build.post.said import natural
from solicomm_build.web.uploads.sieve import Sieve
from tests.growth.measure import Work, grows, in_children
from tests.growth.readers import FORM

_NOW = datetime(2026, 11, 27, tzinfo=UTC)
_LONG = next(one for one in FORM.fields if one.type == "longtext").label_in("en")
_PAGE = "---\nschema: solicomm/page@1\ntitle: T\n---\n\n"


def _dead_links(size: int) -> Callable[[], object]:
    links = "".join(f"[a](b{number})\n\n" for number in range(size // 40))
    blob = (_PAGE + "\n" * (size - len(links)) + links).encode()
    return lambda: sitefiles.check_text(blob, "pages/a.en.md", sitefiles.Names())


def _languages(size: int) -> Callable[[], object]:
    subtags = itertools.product(string.ascii_lowercase, repeat=4)
    rows = ("  aa-" + "".join(one) + ": b\n" for one in itertools.islice(subtags, size // 13))
    file = "title:\n" + "".join(rows)
    return lambda: schema.open_file(file).by_language("title")


def _colons(size: int) -> Callable[[], object]:
    field = "a " * (size // 4) + "@x " + ":" * (size // 2)
    return lambda: address.parse_list(field)


def _alternatives(size: int) -> Callable[[], object]:
    kinds = ("text/plain\r\n\r\nno html viewer", "text/html\r\n\r\n" + "word " * 20)
    parts = "".join(f"--b\r\nContent-Type: {kind}\r\n" * (size // 200) for kind in kinds)
    raw = f"Content-Type: multipart/alternative; boundary=b\r\n\r\n{parts}".encode()
    return lambda: parse(raw)


def _unquoted(size: int) -> Callable[[], object]:
    line = b"From a@b.example Mon Jan  1 00:00:00 2024\n"
    body = (line + b"a: b\n") * (4 * size // 48)
    head = b"X-A: b\n" * (4 * size // 7) + b"Content-Length: %d\n\n" % len(body)
    octets = line + head + body + b"\n" + line + b"a: b\n\nb\n"
    return lambda: list(archive._Splitter(io.BytesIO(octets), archive.LONGEST).messages())


def _bans(size: int) -> Callable[[], object]:
    count = size // 10
    values = {
        "ban_list": [f"a{number}@a.example" for number in range(count)],
        "discard_these_nonmembers": [f"b{number}@a.example" for number in range(count)],
    }
    return lambda: mailman2._list(values, "a", "config.pck")


def _relations(size: int) -> Callable[[], object]:
    naming = [("part_of", f"2024-{number}") for number in range(size // 5)]
    index = SimpleNamespace(naming=lambda library, key: naming)
    about: Any = SimpleNamespace(id="a", index=index, row=lambda name: None)
    entry = Entry("lib:2024-aaaaaaaa", "report", {"en": "T"})
    return lambda: CardPages(about)._related("2024-aaaaaaaa", entry)


def _of(read: Callable[[str], object], pump: str, times: int = 1) -> Work:
    """Reads a text that is `times` the size and has one piece again and again."""

    def work(size: int) -> Callable[[], object]:
        return partial(read, pump * (times * size // len(pump)) + "x")

    return work


WORKS: dict[str, Work] = {
    "dead links below many lines": _dead_links,
    "languages of a title": _languages,
    "colons behind an address": _colons,
    "notices beside HTML": _alternatives,
    "bans of another list server": _bans,
    "what a card is related to": _relations,
    "`From ` lines within a message": _unquoted,
    "boundaries without a head": _of(
        lambda text: Sieve(b"b", 1 << 20).feed(text.encode()), "--b\r\n", 4
    ),
    "ends of links that never began": _of(hypertext.to_text, "a</a>"),
    "rows between quotations": _of(partial(ownwords.rows, beyond_quotes=True), "> a\na\n", 4),
    "manners around a vote": _of(natural.unadorned, "please ", 4),
    "a file's name": _of(lambda text: body.safe_name(f"{text}.pdf"), "a"),
    "lines of a document": _of(partial(leaf.html, is_markdown=True), "a\n", 8),
    "a digest's excerpt": _of(page.excerpt, "a\n", 8),
    "old threads in an excerpt": _of(
        page.excerpt, "a\nOn 1 Jan 2020 10:00 a@b.example wrote:\n> a\n", 16
    ),
    "a long text in a form": _of(
        lambda text: formmail.read(FORM, f"{_LONG}: x\n{text}", {}), "a\n", 8
    ),
    "a poll's question": _of(
        lambda text: polltext.read("q-abcd", text.split("\n"), "", "en", _NOW), "a\n", 8
    ),
}


def test_no_file_needs_more_than_a_little_over_linear_time() -> None:
    faults = in_children((name, partial(_faults, work)) for name, work in WORKS.items())
    assert not faults, "\n".join(faults)


def _faults(work: Work) -> Iterator[str]:
    if said := grows(work):
        yield said
