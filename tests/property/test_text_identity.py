"""Mail text → Markdown → HTML → text is the identity, white space, quote marks and masked
addresses aside: for generated text, and for real mail where it is at hand."""

from __future__ import annotations

import lzma
import re
from collections.abc import Iterator
from html import escape
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from solicomm_build.message.address import mask
from solicomm_build.message.parse import parse
from solicomm_build.message.text import engine, markdown

CORPUS = Path(__file__).parents[3] / "shared" / "corpora" / "linux-man-2000.mbox.xz"
REAL_MAILS = 400

_TOKENS = st.sampled_from(
    [
        "*",
        "**",
        "_",
        "__",
        "`",
        "```",
        "~~~",
        "#",
        "##",
        "-",
        "+",
        "=",
        ">",
        ">>",
        "<",
        "<b>",
        "</b>",
        "<!--",
        "-->",
        "&",
        "&amp;",
        "&copy;",
        "&#60;",
        "[",
        "]",
        "(",
        ")",
        "[a](b)",
        "![a](b)",
        "[a]:",
        "\\",
        "|",
        "---",
        "===",
        "--",
        "1.",
        "2)",
        "\t",
        "\xa0",
        "http://x.example/a_b*c",
        "https://y.example/?a=1&b=2",
        "a@b.example",
        "<a@b.example>",
        "<http://z.example>",
        "diff",
        "@@",
        "+a",
        "-b",
        "{{",
        "$",
        ";",
        "}",
        "\u202e",
        "\x00",
        "é",
        "日本",
        "مرحبا",
        "word",
        "words",
        "From:",
    ]
)
_LINES = st.lists(st.one_of(_TOKENS, st.sampled_from(["  ", "    ", " "]), st.text(max_size=8)))
_TEXTS = st.lists(
    st.builds("".join, st.lists(st.one_of(st.sampled_from([" ", ""]), _TOKENS), max_size=12))
    | st.builds(" ".join, _LINES)
    | st.sampled_from(["", "> ", ">> x", "-- ", "    x", "diff --git a b", "@@ -1 +1 @@"]),
    max_size=12,
).map("\n".join)


def letters(text: str) -> str:
    """As readers compare: no white space, quote marks, addresses, unseen characters."""
    text = re.sub(r"\S*@\S*", " ", text.replace("\u200b", "").replace("\ufeff", ""))
    text = "".join(c for c in text if c.isprintable() or c in "\n\t ")
    return re.sub(r"[\s>\u00a0]+", "", text)


def shown(text: str) -> str:
    return markdown.text_of_html(markdown.render(markdown.from_text(mask(text))))


@settings(max_examples=300, deadline=None)
@given(_TEXTS)
@example("-- \n> a\n\nb")
@example("> a\n--\nb")
@example("a\n\n-\n")
def test_generated_text_reads_as_written(text: str) -> None:
    assert letters(shown(text)) == letters(text)


@settings(max_examples=200, deadline=None)
@given(st.text())
def test_any_text_reads_as_written(text: str) -> None:
    assert letters(shown(text)) == letters(text)


@settings(max_examples=100, deadline=None)
@given(_TEXTS)
@example("* *\n* *")
def test_the_same_text_gives_the_same_markdown_and_no_markup_of_its_own(text: str) -> None:
    assert markdown.from_text(text) == markdown.from_text(text)
    html = markdown.render(markdown.from_text(text))
    html = html.replace("<span>", "").replace("</span>", "")  # what was typed as a list hangs
    tags = set(re.findall(r"</?([a-z0-9]+)", html))
    assert tags <= set(["p", "a", "br", "pre", "code", "blockquote", "details", "summary", "div"])


_LONG = st.lists(st.sampled_from(["&", "©", "«é»", "<", "a" * 700, "&amp; ", "*b*", "\n\n", " "]))


@settings(max_examples=50, deadline=None)
@given(_LONG, st.integers(1, 3000))
def test_a_long_text_is_cleaned_as_a_short_one(words: list[str], times: int) -> None:
    """Long texts are cut for nh3, and come out as they went in."""
    html = "<p>" + "".join(map(escape, words)) * (1 + times // (1 + len(words))) + "</p>"
    assert engine.clean(html) == html.replace("&quot;", '"')


@settings(max_examples=200, deadline=None)
@given(_TEXTS)
def test_hostile_markdown_makes_no_foreign_tag(text: str) -> None:
    html = markdown.render(text)
    allowed = set(
        [
            "p",
            "a",
            "br",
            "pre",
            "code",
            "blockquote",
            "details",
            "summary",
            "div",
            "ul",
            "ol",
            "li",
            "em",
            "strong",
            "hr",
            "h3",
            "h4",
            "h5",
            "h6",
        ]
    )
    assert set(re.findall(r"</?([a-z0-9]+)", html)) <= allowed
    assert not re.search(r"<[^>]*\s(?:on\w+|style|id)=", html)
    for tag in ("blockquote", "details", "div", "p", "a"):
        assert len(re.findall(f"<{tag}[ >]", html)) == html.count(f"</{tag}>")


def _real() -> Iterator[bytes]:
    parts = lzma.decompress(CORPUS.read_bytes()).split(b"From mboxrd@z Thu Jan  1 00:00:00 1970\n")
    step = max(1, len(parts) // REAL_MAILS)
    for part in parts[1::step]:
        yield re.sub(rb"(?m)^>(>*From )", rb"\1", part[:-1])


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.exists(), reason="real mail is not at hand: no ../shared/corpora")
def test_real_mail_reads_as_written() -> None:
    seen, different = 0, []
    for raw in _real():
        message = parse(raw)
        seen += 1
        if letters(shown(message.text)) != letters(message.text):
            different.append(message.msgid)
    assert seen >= REAL_MAILS
    assert len(different) <= seen * 0.005, different
