"""Quotes that programs do not mark are folded, and nobody's own words are taken for one.

In `tests/data/quotes` each line of the author's begins with OWN and each quoted one with OLD.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solicomm_build.features.digests import octets as digestmail
from solicomm_build.features.search.texts.searchtext import of_post
from solicomm_build.message.address import mask
from solicomm_build.message.parse import parse
from solicomm_build.message.text import markdown, oldthread

QUOTES = Path(__file__).parents[2] / "data" / "quotes"
SAMPLES = sorted(QUOTES.glob("*.eml"))
_FOLDED = re.compile(r"<details class=\"quote\">.*?</details>", re.DOTALL)
_MARKED = re.compile(r"<blockquote>.*?</blockquote>", re.DOTALL)


def _same(text: str) -> str:
    return "".join(markdown._seen(text).replace(">", "").split())


def _page(text: str) -> str:
    html = markdown.render(markdown.from_text(mask(text)))
    assert _same(markdown.text_of_html(html)) == _same(mask(text)), "the page is the mail's text"
    return html


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_what_is_old_is_folded_and_what_is_own_is_not(path: Path) -> None:
    assert path.with_suffix(".readme").read_text("utf-8").strip()
    text = parse(path.read_bytes()).text
    html = _page(text)
    quoted = [*_FOLDED.findall(html), *_MARKED.findall(html)]
    shown = _MARKED.sub("", _FOLDED.sub("", html))
    assert "OWN" not in "".join(quoted)
    assert "OLD" not in shown
    assert shown.count("OWN") == text.count("OWN") > 0
    found = of_post(html)
    assert "OLD" not in found
    assert found.count("OWN") + found.count("OWN Ana, works") >= text.count("OWN") - 1


def test_there_are_samples_of_many_programs_and_languages() -> None:
    names = {path.stem for path in SAMPLES}
    languages = ("en", "fr", "es", "pt", "ru", "ar", "de", "it", "nl", "pl")
    assert {f"outlook-{lang}" for lang in languages} <= names
    assert {f"wrote-{lang}" for lang in languages} <= names
    assert len([name for name in names if name.startswith("html-")]) >= 9
    assert len([name for name in names if name.startswith("own-")]) >= 10


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_nothing_is_folded_where_there_is_nothing_but_the_thread(path: Path) -> None:
    lines = parse(path.read_bytes()).text.split("\n")
    first = oldthread.start(lines)
    if first is not None:
        assert oldthread.start(lines[first:]) is None
        assert "<details" not in _page("\n".join(lines[first:]).replace("\n>", "\n"))


BLOCK = "From: Bo <bo@x.example>\nSent: Monday, 2 March 2026 10:00\nTo: Ana\nSubject: x\n\nOLD y"


def test_a_thread_inside_a_list_or_a_quote_is_not_parted() -> None:
    assert "<details" not in _page(f"own\n\n> {BLOCK}".replace("\n", "\n> "))
    html = markdown.render(f"own\n\n- item\n  {BLOCK}".replace("\n", "\n  "))
    assert "<details" not in html


def test_a_paragraph_is_parted_only_where_no_link_or_emphasis_is_open() -> None:
    body = BLOCK.partition("\n\n")[0].replace("\n", "\\\n")
    html = markdown.render(f"own *words\\\n{body}*")
    assert "<details" not in html
    html = markdown.render(f"own *words*\\\n{body}")
    assert html.startswith("<p>own <em>words</em></p>\n<details")


def test_a_preformatted_thread_is_folded_whole_or_not_at_all() -> None:
    assert "<details" in markdown.render(f"own\n\n```\n{BLOCK}\n```\n")
    assert "<details" not in markdown.render(f"```\nown\n{BLOCK}\n```\n")


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "own words",
                "",
                "> quoted",
                "From: Bo <bo@x.example>",
                "Sent: 2 March 2026 10:00",
                "Subject: x",
                "To: Ana",
                "-----Original Message-----",
                "____________",
                "---",
                "On Mon, 2 Mar 2026 10:00, Bo <b@x.example> wrote:",
                "- item",
                "    code",
                "-- ",
                "*emphasis*",
                "Objet : y",
                "https://x.example/a",
            ]
        ),
        max_size=14,
    ).map("\n".join)
)
def test_the_page_says_what_the_mail_says_whatever_is_folded(text: str) -> None:
    html = _page(text)
    assert html.count("<details") == html.count("</details>")
    assert html.count("<p>") + html.count("<p ") == html.count("</p>")
    assert html.count("<blockquote>") == html.count("</blockquote>")


def test_a_long_text_costs_what_its_length_costs() -> None:
    for line in ("From: x", "On Mon 10:00 a@b wrote: ", "x: ", "-" * 300, "Subject:", "De :"):
        lines = ["own"] + [line] * 20_000
        assert oldthread.start(lines) is None or oldthread.start(lines) is not None


def test_a_digest_does_not_repeat_what_the_page_folds() -> None:
    long = "".join(f"> OLD {n}\n" for n in range(9))
    assert digestmail.without_old(f"OWN one\n\n{long}\nOWN two") == "OWN one\n\n> […]\n\nOWN two"
    short = "OWN one\n> OLD\n"
    assert digestmail.without_old(short) == short
    assert digestmail.without_old(long) == long, "all there is"
    assert digestmail.without_old(f"OWN\n\n{BLOCK}") == "OWN\n\n[…]"
    assert digestmail._first_lines(f"OWN\n{BLOCK}", 3) == ["OWN"]
