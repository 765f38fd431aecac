"""Whatever an editor pushes as site.yaml, page, news, event or card: a value, or faults."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.sites.values import site, sitecheck
from solicomm_build.foundation.errors import ContentError, ContentErrors
from solicomm_build.post.editorial import sitepage
from solicomm_build.post.editorial.markup import render_page
from solicomm_build.testing.budget import examples
from tests.fuzz import kept

READERS: dict[str, Callable[[bytes], object]] = {
    "site": lambda blob: site.decode_site(blob, union="docks"),
    "page": lambda blob: sitepage.decode_page(blob, "pages/about.md", default_lang="en"),
    "news": lambda blob: sitepage.decode_news(blob, "news/2026-02-01-x.md", default_lang="en"),
    "event": lambda blob: sitepage.decode_event(blob, "events/2026-02-01-x.md", default_lang="en"),
    "card": lambda blob: entryfile.decode(blob, "entries/2026-7qk3xa2m/entry.md"),
}
_RUNS = re.compile(r"(?:href|src)=[\"']?\s*(?:java|data:|vb)|\son\w+=", re.IGNORECASE)
PIECES = st.sampled_from(
    [
        "schema: solicomm/site@1\n",
        "union: docks\n",
        "title: {en: Docks}\n",
        "languages: [en]\n",
        "theme: {preset: plain, accent: '#8a1020'}\n",
        "menu:\n",
        "  - {to: page:about}\n",
        "home:\n",
        "  - {block: text}\n",
        "redirects:\n",
        "  - {from: /a, to: news}\n",
        "people:\n",
        "contact: ",
        "---\n",
        "title: ",
        "lang: ",
        "date: ",
        "image: ",
        "{",
        "}",
        "[",
        "]",
        ":",
        "- ",
        "\n",
        " ",
        "&a ",
        "*a",
        "!!x ",
        "|\n",
        ">\n",
        "'",
        '"',
        "#",
        "é",
        "\u202e",
        "\u2028",
        "\x00",
        "\ufeff",
        "2026-02-30",
        "2026-02-01T25:61",
        "1e999",
        "0x7f",
        "~",
        "true",
        "javascript:x",
        "../..",
        "![a](b)",
        "<script>",
        "| a | b |\n|---|---|\n",
        "[^1]",
        "`" * 5,
        "#" * 7 + " x\n",
    ]
)
YAMLISH = st.lists(PIECES | st.text(max_size=4), max_size=40).map("".join)


def read(name: str, blob: bytes) -> None:
    """One reader on these octets: a value, or faults that are one-line sentences."""
    try:
        found = READERS[name](blob)
    except ContentErrors as errors:
        for fault in errors.faults:
            fault.public.encode()
        return
    except ContentError as error:
        error.public.encode()
        return
    body = getattr(found, "body", "")
    if isinstance(body, str) and body:
        shown = render_page(body, resolve=lambda address: f"/{address}")
        assert "<script" not in shown.lower()
        assert not _RUNS.search(shown)


@pytest.mark.parametrize("name", READERS)
def test_kept(name: str) -> None:
    for blob in kept.inputs("site"):
        read(name, blob)


@settings(max_examples=examples(60))
@given(st.sampled_from(sorted(READERS)), YAMLISH)
def test_yaml_like_text(name: str, text: str) -> None:
    octets = text.encode("utf-8", "surrogatepass")
    read(name, octets)
    read(name, b"---\n" + octets + b"\n---\n" + octets)


@settings(max_examples=examples(150))
@given(st.sampled_from(sorted(READERS)), kept.torn("site"))
def test_torn_files(name: str, blob: bytes) -> None:
    read(name, blob)


@settings(max_examples=examples(60))
@given(st.text(max_size=200) | YAMLISH)
def test_every_text_can_be_looked_at(text: str) -> None:
    with contextlib.suppress(ContentError):
        for fault in sitecheck.check_text(text, "pages/x.md"):
            assert fault.line > 0
        sitecheck.warn_text(text, "pages/x.md")
