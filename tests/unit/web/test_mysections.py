"""Sections of My hub: what is new, open votes, the card, one's data."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from solicomm_build.features.following.follows import FOLLOWS, WROTE, Follows
from solicomm_build.features.people import peoplecards
from solicomm_build.features.people.cardholders import CardHolders
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub
from tests.unit.web.myhub import Hub, living, press

ANA, BEA = "ana@union.example", "bea@union.example"
WATER = Conference("water", {"en": "Water"}, posting="open")
FIRE = Conference("fire", {"en": "Fire"}, posting="open")
BOARD = Conference("board", {"en": "The Board"}, posting="open", visibility="members")
NOW = clock.now()
OLD = datetime(2026, 1, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The hub, made once. Not to be changed: take `hub`."""
    config = smallhub.make(tmp_path_factory.mktemp("built") / "hub", WATER, FIRE, BOARD)
    people = [
        rosterevents.member(
            number, address, at=NOW, consent=Consent("mail"), lang="en", name=f"Nr {number}"
        )
        for number, address in enumerate((ANA, BEA), 1)
    ]
    on = [
        rosterevents.subscribe(name, number, at=NOW, consent=Consent("mail"))
        for name, number in (("water", 1), ("board", 1), ("water", 2))
    ]
    smallhub.add_events(config, [*people, *on])
    fresh = clock.now().replace(microsecond=0)
    for name, subject in (("water", "Pipes"), ("fire", "Hoses"), ("board", "Rubies")):
        hubs.add(config, name, [replace(hubs.post(f"{name}1", subject=subject), date=fresh)])
    hubs.add(config, "water", [replace(hubs.post("old1", subject="Ancient"), date=OLD)])
    hubs.build(config)
    return config


@pytest.fixture
def hub(built: Config, tmp_path: Path) -> Iterator[Hub]:
    with living(hubs.copied(built, tmp_path / "hub")) as hub:
        yield hub


def test_a_damaged_file_of_one_feature_takes_nobody_the_others(hub: Hub) -> None:
    (hub.config.private / "following.sqlite").write_bytes(b"damaged, and no database at all")
    front = hub.signed_in(ANA).get("/members/")
    assert front.status == 200
    assert "That did not work. Please try again in a moment." in front.text
    assert "/members/lists/" in front.text


def test_what_is_new_in_her_lists_is_there_and_nothing_else(hub: Hub) -> None:
    ana, bea = hub.signed_in(ANA), hub.signed_in(BEA)
    shown = ana.get("/members/").text
    for title, seen in (("Pipes", True), ("Rubies", True), ("Hoses", False), ("Ancient", False)):
        assert (title in shown) is seen, title
    assert "Rubies" not in bea.get("/members/").text
    assert "Rubies" not in bea.get("/members/new/").text
    assert "Pipes" in bea.get("/members/new/").text
    now = int(clock.timestamp()) + 60
    with pytest.MonkeyPatch.context() as patch:
        later = datetime.fromtimestamp(now + 7200, UTC)
        patch.setattr(clock, "now", lambda: later)
        ana.cookies["solicomm-seen"] = f"{now}-{now}"
        assert "Pipes" not in ana.get("/members/new/").text


def test_a_card_is_filled_in_changed_and_taken_back(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    assert "no card" in ana.get("/members/").text
    fields = {"name": "Ana Paz", "union": "Dockers", "country": "Kenya", "languages": "Spanish"}
    fields |= {"roles": "Steward", "contact": "on", "introduction": "", "do": "card"}
    pressed = press(ana, "/members/card/", text="I fix cranes.\nAnd more.", **fields)
    assert pressed.status == 303, pressed.text
    held = hub.roster().ledger(CardHolders).of(1)
    assert held
    page = ana.get("/members/card/").text
    for word in ("Ana Paz", "Dockers", "Kenya", "Spanish", "Steward", "I fix cranes."):
        assert word in page, word
    assert '<option value="on" selected>' in page
    press(ana, "/members/card/", text="", **(fields | {"union": "", "contact": "off"}))
    page = ana.get("/members/card/").text
    assert "Dockers" not in page
    assert "cranes" not in page
    wrong = press(ana, "/members/card/", text="Kept", **(fields | {"country": "Nowhere"}))
    assert wrong.status == 400
    assert "Nowhere" in wrong.text
    assert "Kept" in wrong.text
    press(ana, "/members/card/", do="remove")
    assert hub.roster().ledger(CardHolders).of(1) is None
    assert "no card" in ana.get("/members/").text


def picture(kind: str = "JPEG") -> bytes:
    made, out = Image.new("RGB", (640, 480), (200, 40, 40)), io.BytesIO()
    exif = made.getexif()
    exif[270] = "taken at home"
    made.save(out, kind, exif=exif)
    return out.getvalue()


def test_all_lines_of_ones_words_stay_on_a_card(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    fields = {"name": "Ana Paz", "union": "Dockers", "country": "", "languages": "Spanish"}
    fields |= {"roles": "", "contact": "off", "introduction": "", "do": "card"}
    about = (
        "Union: of dockers\n> We work.\nLanguages: some German\n\n======\nIntroduction: none\n| a"
    )
    assert press(ana, "/members/card/", text=about, **fields).status == 303
    held = hub.roster().ledger(CardHolders).of(1)
    card, _ = peoplecards.one(hub.config, held or "") or (None, b"")
    assert card
    assert (card.about, card.union, card.languages) == ({"en": about}, "Dockers", ("es",))
    press(ana, "/members/card/", do="remove")


def test_a_cards_picture_is_chosen_on_the_page_and_taken_away_there(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    mark = re.search(r'name="mark" value="([0-9a-f]+)"', ana.get("/members/card/").text)
    assert mark
    fields = {"mark": mark[1], "do": "card", "name": "Ana Paz", "contact": "off", "text": "Hello"}
    bad = ana.upload("/members/card/", fields, ("me.jpg", b"no picture"))
    assert (bad.status, "me.jpg" in bad.text, "Hello" in bad.text) == (400, True, True)
    assert hub.roster().ledger(CardHolders).of(1) is None
    large = ana.upload("/members/card/", fields, ("me.jpg", bytes(13 << 20)))
    assert (large.status, "too large" in large.text) == (400, True)
    assert "Hello" in large.text
    assert ana.upload("/members/card/", fields, ("me.jpg", picture())).status == 303
    held = hub.roster().ledger(CardHolders).of(1)
    assert held
    card, octets = peoplecards.one(hub.config, held) or (None, b"")
    assert card is not None
    assert card.photo
    assert Image.open(io.BytesIO(octets)).size == (160, 160)
    assert b"taken at home" not in octets
    page = ana.get("/members/card/").text
    assert f'src="{card.url}photo.jpg"' in page
    assert ana.upload("/members/card/", fields).status == 303, "no file: the picture stays"
    assert peoplecards.one(hub.config, held) == (replace(card), octets)
    assert ana.upload("/members/card/", fields | {"picture": "off"}).status == 303
    assert (peoplecards.one(hub.config, held) or ("", b"x"))[1] == b""
    assert "photo.jpg" not in ana.get("/members/card/").text


def test_ones_data_comes_by_mail(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    assert press(ana, "/members/data/", do="mydata")["location"] == "/members/data/?done=1"
    assert hub.mails() == [ANA]


def test_sections_of_nothing_are_nothing(hub: Hub) -> None:
    ana = hub.signed_in(ANA)
    nothing = ana.get("/members/nothing/")
    for path in ("card/x", "data/x", "new/x", "votes/x", "settings/x", "browsers/x", "reading/x"):
        assert ana.get(f"/members/{path}") == nothing
    assert ana.get("/members/votes/").status == 200


def test_topics_that_she_follows_are_there_with_their_answers_and_end_by_a_button(
    hub: Hub,
) -> None:
    follows = Follows(hub.config)
    tids = {name: str(hubs.mid(f"{name}1")) for name in ("water", "board")}
    person = follows.person(BEA, 2)
    for name, tid in tids.items():
        follows.set(person, name, [tid], FOLLOWS, WROTE, member=True, at=NOW)
    bea, ana = hub.signed_in(BEA), hub.signed_in(ANA)
    for path in ("answers/", "topics/"):
        shown = bea.get(f"/members/{path}").text
        assert "Rubies" not in shown, "what she may not read is not told, whatever she follows"
        assert "Pipes" in shown, path
    assert "Unfollow" not in ana.get("/members/topics/").text
    press(bea, "/members/topics/", topic=f"water/{tids['water']}")
    assert "Pipes" not in bea.get("/members/topics/").text
    assert "Pipes" not in bea.get("/members/answers/").text
    assert hub.mails() == [], "the page shows it"
    follows.close()
