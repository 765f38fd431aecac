"""Long topics come in pages that are light, whatever is on them, and every post is found."""

from __future__ import annotations

import random
import re
from pathlib import Path

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import TopicId
from solicomm_build.git.writer import Change
from solicomm_build.post import event as events
from solicomm_build.post.reading.topicpages import LIGHT, PAGE_POSTS, breaks, page_at, room
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.hubs import mid, page

FIRST_VIEW = 14_600
"""Octets of the ten packets that a new connection sends at once (RFC 6928)."""
POSTS = 130
TOPIC = f"/conferences/bar/t/{mid('p0')}/"
_WORDS = [
    "".join(random.Random(number).choices("aeioulnrstmdkp", k=2 + number % 9))
    for number in range(900)
]


def words(count: int, number: int) -> str:
    """Text that compresses as people's does, or a little worse."""
    pick = random.Random(number)
    return " ".join(_WORDS[int(900 * pick.random() ** 2)] for _ in range(count))


def test_pages_fill_from_the_oldest_post_and_never_move() -> None:
    pick = random.Random(7)
    weights = [pick.choice((600, 900, 2_000, 7_000, 30_000)) for _ in range(400)]
    whole = breaks(weights)
    for count in (1, 2, 50, 399):
        assert breaks(weights[:count]) == [at for at in whole if at < count]
    ends = [*whole[1:], len(weights)]
    for number, (low, high) in enumerate(zip(whole, ends, strict=True)):
        assert sum(weights[low:high]) <= room(number + 1) or high - low == 1
        assert page_at(whole, low) == page_at(whole, high - 1) == number + 1
    assert breaks([1] * 250) == [0, PAGE_POSTS, 2 * PAGE_POSTS]
    assert breaks([]) == [0]


def test_many_long_posts_do_not_make_hundreds_of_pages() -> None:
    assert len(breaks([1_500] * 2_000)) <= 40
    assert len(breaks([20_000] * 120)) <= 40


def test_a_long_topic_is_light_and_its_posts_are_found(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub")
    posts = [
        hubs.post(
            f"p{number}",
            *(["p0"] if number else []),
            minutes=number,
            body=words(60 + number % 90, number) + "\n",
            author=f"{words(1, number).title()} {words(1, -number).title()}",
        )
        for number in range(POSTS)
    ]
    hubs.add(hub, "bar", posts)
    _translate(hub, POSTS - 1)
    hubs.build(hub)
    first = page(hub, TOPIC)
    begins = [int(one) for one in re.findall(r'data-begins="([\d ]+)"', first)[0].split()]
    assert f'data-total="{POSTS}"' in first
    ends = [*begins[1:], POSTS]
    for number, (low, high) in enumerate(zip(begins, ends, strict=True), 1):
        text = first if number == 1 else page(hub, f"{TOPIC}page/{number}/")
        shown = re.findall(r'<article id="([a-z2-7]{32})"', text)
        assert shown == [mid(f"p{place}") for place in range(low, high)]
        if number <= LIGHT:
            assert _octets(hub, f"{TOPIC}page/{number}/" if number > 1 else TOPIC) <= FIRST_VIEW
    ways = re.findall(r'<li><a id="([a-z2-7]{32})" href="(page/\d+/)#\1">#(\d+) ', first)
    assert [(name, int(place)) for name, _, place in ways] == [
        (mid(f"p{place}"), place + 1) for place in range(begins[1], 40)
    ]
    assert f'href="page/{len(begins)}/#{mid(f"p{POSTS - 1}")}">Newest post</a>' in first
    assert re.search(rf'Translations: <a href="page/{len(begins)}/#\S+ hreflang="fr">', first)
    assert not (hub.public / TOPIC.strip("/") / "page" / str(len(begins) + 1)).exists()


def _translate(hub: Config, number: int) -> None:
    """The last post is a translation of the first."""
    data = {"post": mid(f"p{number}"), "of": mid("p0"), "lang": "fr"}
    made = events.make("translation", at=hubs.after(300), by="operator", data=data)
    path = events.path(TopicId(mid("p0")), made)
    change = Change(path, events.encode(made))
    hubs.commit(hub.conference_repo("bar"), change, at=hubs.after(300))


def _octets(hub: Config, url: str) -> int:
    """What a browser gets with a page: itself, style sheet, script and icon."""
    files = [hub.public / url.strip("/") / "index.html.br"]
    for name in ("style.*.css.br", "solicomm.*.js.br", "icon.*.svg"):
        files += (hub.public / "theme").glob(name)
    assert len(files) == 4
    return sum(file.stat().st_size for file in files)
