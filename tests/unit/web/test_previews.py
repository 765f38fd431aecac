"""The cards that networks show of links: drawn of public pages only, when asked for."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from solicomm_build.features.previews import answering, drawing
from solicomm_build.features.previews.drawing import Card
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub, webserver
from solicomm_build.testing.webserver import Address, ask

TOPIC = f"/conferences/water/t/{hubs.mid('root')}/"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    water = Conference("water", {"ar": "ماء"}, languages=("ar",), posting="open")
    board = Conference("board", {"en": "Board"}, visibility="members")
    config = smallhub.make(tmp_path_factory.mktemp("cards") / "hub", water, board)
    hubs.add(config, "water", [hubs.post("root", subject="ماء للعمال " * 9)])
    hubs.add(config, "board", [hubs.post("secret")])
    hubs.build(config)
    return config


@pytest.fixture(scope="module")
def server(hub: Config) -> Iterator[Address]:
    with webserver.running(hub) as address:
        yield address


def test_the_address_that_a_page_names_is_its_card(hub: Config, server: Address) -> None:
    head = (hub.public / TOPIC.strip("/") / "index.html").read_text()
    (named,) = re.findall(r'property="og:image" content="([^"]+)"', head)
    assert named == f"{hub.url}{TOPIC}preview.png"
    answer = ask(server, f"{TOPIC}preview.png")
    assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
    assert answer.headers["cache-control"] == "public, max-age=86400"
    image = Image.open(io.BytesIO(answer.body))
    assert image.size == (drawing.WIDTH, drawing.HEIGHT)
    assert len(answer.body) < 60_000
    again = ask(server, f"{TOPIC}preview.png", if_none_match=answer.headers["etag"])
    assert again.status == 304
    assert not list(hub.public.rglob("preview.png"))


@pytest.mark.parametrize(
    "path",
    [
        f"/conferences/board/t/{hubs.mid('secret')}/",
        f"/conferences/water/t/{hubs.mid('never came')}/",
        "/conferences/water/polls/none/",
        "/conferences/water/t/../",
        "/libraries/main/%2e%2e/",
    ],
)
def test_what_nobody_or_not_everybody_may_read_has_none(server: Address, path: str) -> None:
    assert ask(server, f"{path}preview.png").status == 404


def test_a_card_says_it_from_the_side_where_its_language_begins() -> None:
    for is_rtl in (False, True):
        card = Card("Hub", "ماء" if is_rtl else "Water", "words " * 90, is_rtl)
        image = Image.open(io.BytesIO(drawing.draw(card, "#004488"))).convert("RGB")
        band = image.getpixel((drawing.WIDTH - 5 if is_rtl else 5, 300))
        assert isinstance(band, tuple)
        assert band[2] > band[0] + 60
        sides = [image.crop((x, 120, x + 200, 200)) for x in (60, drawing.WIDTH - 260)]
        inks = [len(side.getcolors(100_000) or []) for side in sides]
        assert (inks[1] > inks[0]) is is_rtl


def test_arabic_titles_are_letters_and_no_boxes() -> None:
    drawn = [drawing.draw(Card("", title)) for title in ("ماء" * 4, "سسس" * 4, "Water", "Weter")]
    assert len(set(drawn)) == 4  # boxes are all alike


def test_without_the_font_it_is_drawn_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(drawing, "FONTS", tmp_path)
    assert drawing.draw(Card("Hub", "Water")).startswith(b"\x89PNG")


def test_a_text_is_broken_where_it_ends_or_says_that_it_goes_on() -> None:
    def fits(text: str) -> bool:
        return len(text) <= 10

    assert drawing.broken("one two three", fits, 4) == ["one two", "three"]
    assert drawing.broken("one two three four", fits, 1) == ["one two…"]
    assert drawing.broken("x" * 25, fits, 4) == ["x" * 10, "x" * 10, "x" * 5]
    assert drawing.broken("", fits, 4) == []


def test_more_than_wait_are_sent_away(server: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answering, "WAITING", 0)
    answer = ask(server, f"{TOPIC}preview.png")
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
