"""What a page says of itself to search engines and messengers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from pelican.plugins.solicomm.generator import described

from solicomm_build.post.pages import HubFacts, Page

HUB = HubFacts("Hub", "hub.example", "https://hub.example", ("en",), {"en": "We talk."})


@dataclass(frozen=True)
class _Post:
    html: str


def _topic(*html: str, **more: Any) -> Page:
    posts = tuple(_Post(one) for one in html)
    page = Page("/t/", "topic", "conference:bar", "en", "Wages", "k", {"posts": posts})
    return replace(page, **more)


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<p>Who &amp; what?</p>", "Who & what?"),
        ("<p>Mine.</p><blockquote><p>Theirs</p></blockquote>", "Mine."),
        ("<blockquote><p>Theirs</p></blockquote><p>Mine.</p>", "Mine."),
        ("<details><summary>&gt; … 5</summary><p>From</p></details><p>Mine.</p>", "Mine."),
        ("<p>cut " + "word " * 2_000 + '<a href="x', "cut word"),
    ],
)
def test_a_topic_is_described_by_how_it_begins(html: str, said: str) -> None:
    found = described(_topic(html), HUB)
    assert found.startswith(said)
    assert "<" not in found
    assert len(found) <= 160


def test_a_hidden_first_post_says_nothing() -> None:
    assert described(_topic("", "<p>Second.</p>"), HUB) == "Second."
    assert described(_topic(""), HUB) == "Wages · We talk."


def test_own_words_come_first_and_what_nobody_lists_says_nothing() -> None:
    assert described(_topic("<p>x</p>", description="Own."), HUB) == "Own."
    assert described(_topic("<p>x</p>", indexed=False), HUB) == ""
    page = Page("/", "home", "hub", "en", "Hub", "k")
    assert described(page, HUB) == "We talk."
