"""The first visit to a new hub: who is led, through what, and when it ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.features.firstvisit.welcoming import ENDS
from solicomm_build.features.founding import founding
from solicomm_build.features.look import firstlook as look
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import brand, hubyaml
from solicomm_build.foundation.hub.config import FILE
from solicomm_build.foundation.types import Mailbox
from solicomm_build.people import grants, memberstore, rosterevents
from solicomm_build.people.roster import HUB
from solicomm_build.people.rosterevents import Consent
from solicomm_build.post.store.readers import is_anybody
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.web.mine import firststep
from tests.unit.web.myhub import Hub, living, press

OPERATOR, BEN = "op@elsewhere.example", "ben@union.example"
START = "/members/start/"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hub as `init` and `setup` leave it, whose desk has looked once."""
    root = tmp_path_factory.mktemp("new") / "hub"
    founding.found_hub(root, name="New hub", domain="hub.example", sample=False)
    with (root / FILE).open("a") as file:
        file.write(f"operator: {OPERATOR}\n")
    DeskHub.on(hubyaml.load(root)).work()
    return root


@pytest.fixture
def hub(made: Path, tmp_path: Path) -> Iterator[Hub]:
    from shutil import copytree

    copytree(made, tmp_path / "hub")
    with living(hubyaml.load(tmp_path / "hub")) as hub:
        yield hub


def test_the_operator_of_a_new_hub_can_sign_in_and_nobody_else_is_led(hub: Hub) -> None:
    roster = hub.roster()
    known = roster.member(OPERATOR)
    assert known is not None
    assert roster.roles[HUB, known.number] == "host"
    assert is_anybody(roster, known.number, ()), "a link to sign in goes to who is somebody"
    ben = rosterevents.member(9, BEN, at=clock.now(), consent=Consent("mail"))
    roles = rosterevents.role(HUB, 9, "moderator", at=clock.now(), by="operator")
    smallhub.add_events(hub.config, [ben, roles])
    other = hub.signed_in(BEN)
    assert other.get(START).status == 404
    assert press(other, f"{START}name/", do="skip").status == 405
    assert "Your new hub" not in other.get("/members/").text
    assert "Your new hub" in hub.signed_in(OPERATOR).get("/members/").text


def test_the_role_of_the_operator_is_a_signed_fact_in_the_same_round(made: Path) -> None:
    assert not grants.faults(hubyaml.load(made))


def test_all_steps_lead_to_a_hub_that_people_can_use(hub: Hub) -> None:
    me = hub.signed_in(OPERATOR)
    assert "Name and colour" in me.get(START).text
    said = {"name": "Dockers", "sentence": "We answer for each other", "colour": "#0b5d3b"}
    press(me, f"{START}name/", do="do", **said)
    now = hubyaml.load(hub.config.root)
    assert (now.name, now.brand.light) == ("Dockers", "#0b5d3b")
    assert now.brand.sentence == {"en": "We answer for each other"}
    page = me.get(START).text
    assert "<h2>The first conference</h2>" in page
    wrong = press(me, f"{START}conference/", do="do", title="Docks", id="No Blanks")
    assert (wrong.status, "a word for its address" in wrong.text) == (400, True)
    assert 'value="Docks"' in wrong.text, "what was typed is still there"
    press(me, f"{START}conference/", do="do", title="Docks", id="docks", visibility="members")
    assert hub.config.conference_repo("docks").is_dir()
    many = "\n".join(f"a{number}@union.example" for number in range(11))
    assert press(me, f"{START}invite/", do="do", conference="docks", people=many).status == 400
    press(me, f"{START}invite/", do="do", conference="docks", people=f"{BEN}\ncy@union.example")
    assert sorted(hub.mails()) == [BEN, "cy@union.example"]
    assert "Nobody has come yet" in me.get(START).text
    memberstore.subscribe(hub.config, "docks", [Mailbox("Ben", BEN)])
    member = hub.roster().member(BEN)
    assert member is not None
    last = press(me, f"{START}moderators/", do="do", who=f"docks/{member.number}")
    assert "That was all" in last.text
    assert hub.roster().listed_role("docks", BEN) == "moderator"
    assert not firststep.path(hub.config).exists()
    assert me.get(START).status == 404


def test_every_step_can_be_skipped_and_opened_again(hub: Hub) -> None:
    me = hub.signed_in(OPERATOR)
    for step in ("name", "conference", "invite"):
        press(me, f"{START}{step}/", do="skip")
    page = me.get(START).text
    assert page.count("– skipped") == 3
    assert 'href="/members/start/conference/"' in page
    assert "<h2>The first conference</h2>" in me.get(f"{START}conference/").text
    assert me.get(f"{START}none/").status == 404
    assert "That was all" in press(me, f"{START}moderators/", do="skip").text
    assert "Your new hub" not in me.get("/members/").text


def test_after_thirty_days_nobody_is_led(made: Path, tmp_path: Path) -> None:
    config = hubyaml.load(made)
    known = firststep.read(config)
    assert known is not None
    desk = DeskHub.on(config)
    desk.now = known[0] + ENDS
    text = firststep.path(config).read_bytes()
    desk.work()
    assert not firststep.path(config).exists()
    firststep.path(config).write_bytes(text)


def test_the_sample_and_hubs_of_before_lead_nobody(tmp_path: Path) -> None:
    assert firststep.read(smallhub.make(tmp_path / "hub")) is None


def test_each_colour_can_be_read(made: Path) -> None:
    for value in look.COLOURS:
        assert brand.fault_of(value, dark=False) is None, value
