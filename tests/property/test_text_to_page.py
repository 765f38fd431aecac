"""What a reader sees is what the author typed, through the whole way: mail → spool → commit → page.

The pieces have their own tests; here a batch of texts goes through all of them at once, and the
page is read by a parser that knows nothing of ours.
"""

from __future__ import annotations

import base64
import re
import tempfile
from html.parser import HTMLParser
from pathlib import Path

from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import post_id
from solicomm_build.ingest.run import ingest
from solicomm_build.message.address import mask
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.budget import examples

VOID = {"br", "img", "input", "hr", "link", "meta", "wbr", "source"}

pieces = st.sampled_from(
    [
        "*",
        "_",
        "`",
        "```",
        "~~~",
        "#",
        "- ",
        "+",
        "=",
        ">",
        "<b>",
        "<script>",
        "<!--",
        "&amp;",
        "&",
        "[a](b)",
        "![i](x)",
        "\\",
        "|",
        "---",
        "1.",
        "\t",
        "  ",
        "    ",
        "http://x.example/a_b*c",
        "ana@union.example",
        "-- ",
        "$x$",
        "{{ x }}",
        "{% raw %}",
        "word",
        "words",
        "é",
        "水",
        "مرحبا",
        "\U0001f6b0",
        "\x0b",
        "\u2028",
        "\xa0",
        "From here",
    ]
)
lines = st.builds("".join, st.lists(pieces, max_size=8)) | st.text(max_size=30)
texts = st.lists(lines, max_size=8).map("\n".join)
MANY = [
    "Fellow workers,\n\n* we *won*\n* all_of_it\n\n> and you?\n\nYes.\n-- \nAna\nUnion",
    "diff --git a/x b/x\n@@ -1 +1 @@\n-<old>\n+\tnew & `better`\n",
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "1) one\n2) two\n\n    indented\n\tand more",
    "",
    "</article></body><script>alert(1)</script>",
    "<a href='javascript:alert(1)'>x</a> [x](javascript:alert(1))",
    "http://x.example/a&    <b>",
]


class Bodies(HTMLParser):
    """The text of each post's `.body` by post; what carries data-ui is not the author's."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: dict[str, str] = {}
        self._open: list[tuple[str, str, bool, bool]] = []  # tag, post, in body, in interface

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in VOID:
            return
        given = dict(attrs)
        _, post, body, interface = self._open[-1] if self._open else ("", "", False, False)
        name = given.get("id") or ""
        post = name if re.fullmatch("[a-z2-7]{32}", name) else post
        body |= bool(post) and "body" in (given.get("class") or "").split()
        self._open.append((tag, post, body, interface or "data-ui" in given))
        if body:
            self.texts.setdefault(post, "")

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            opened = self._open.pop()
            assert opened[0] == tag, "the page is not well nested"

    def handle_data(self, data: str) -> None:
        _, post, body, interface = self._open[-1] if self._open else ("", "", False, False)
        if body and not interface:
            self.texts[post] += data


def letters(text: str) -> str:
    """All that must be the same: no white space, no quote marks, nothing that cannot be seen."""
    return "".join(c for c in text if c.isprintable() and not c.isspace() and c != ">")


def mail(number: int, text: str) -> bytes:
    body = base64.encodebytes(text.replace("\n", "\r\n").encode()).replace(b"\n", b"\r\n")
    head = (
        "From: Ana <ana@union.example>\r\nTo: bar@hub.example\r\nSubject: Text\r\n"
        f"Message-ID: <{number}@union.example>\r\nDate: Wed, 04 Mar 2026 06:12:00 +0000\r\n"
        "References: <0@union.example>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode() + body


def shown(hub: Config) -> dict[str, str]:
    """Every post's text as its topic's pages show it."""
    found: dict[str, str] = {}
    for page in (hub.public / "conferences/bar/t").rglob("index.html"):
        reader = Bodies()
        reader.feed(page.read_text("utf-8"))
        found |= reader.texts
    return found


@given(st.lists(texts, min_size=25, max_size=40))
@settings(max_examples=examples(2), phases=(Phase.explicit, Phase.reuse, Phase.generate))
@example(MANY)
def test_a_page_shows_what_was_typed(batch: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        hub = smallhub.make(Path(folder) / "hub")
        Spool(hub.spool_in).put(
            smallhub.item(mail(number, text)) for number, text in enumerate(batch)
        )
        ingest(hub, once=True, log=maillog.to_nobody())
        assert hubs.build(hub).failures == []
        found = shown(hub)
    assert len(found) == len(batch)
    for number, text in enumerate(batch):
        assert letters(found[post_id(f"{number}@union.example")]) == letters(mask(text)), repr(text)
