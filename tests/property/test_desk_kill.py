"""The desk killed at any step, and run again: every mail is acted on once and answered once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.features.privacy import erase
from solicomm_build.foundation import clock, maillog, safeio
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.git.cursor import Cursor, consumers
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.people import rosterevents
from solicomm_build.post.store import fsck
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import DeskHub, token_in
from solicomm_build.testing.killing import desk_killed

POINTS = (
    "after-staged",
    "after-plan",
    "after-roster",
    "after-mail",
    "after-out",
    "before-done",
    "after-done",
)


def _subjects(items: list[Item]) -> list[str]:
    return sorted(f"{item.envelope.rcpt_tos[0]}: {parse(item.raw).subject}" for item in items)


def _left_over(hub: DeskHub) -> list[str]:
    """Plans and staged letters that nobody will look at again."""
    folder = hub.config.spool_desk
    return [str(path) for path in folder.rglob("*") if path.suffix in (".json", ".mail")]


@pytest.mark.parametrize("point", POINTS)
def test_mail_killed_at_every_step(tmp_path: Path, point: str) -> None:
    hub = DeskHub(tmp_path / "hub")
    hub.member(1, "ben@union.example", "water")
    (asked,) = hub.ask("water-join")
    hub.send(f"water-confirm+{token_in(asked)}")  # changes the roster, welcomes
    hub.send("water-request", "set digest daily", sender="ben@union.example")
    hub.send("water-leave", sender="ben@union.example")
    hub.send("water-join", sender="eve@union.example")
    deaths = sum(desk_killed(hub, f"desk.{point}:{number}") for number in (1, 2, 1, 1))
    assert deaths >= 2, point
    assert _subjects(hub.work()) == [
        "ana@union.example: Welcome to Water for all",
        "ben@union.example: Answer from Water for all",
        "ben@union.example: You have left Water for all",
        "eve@union.example: Please confirm: Water for all",
    ]
    members = hub.roster
    assert members.subscriptions["water"] == {2: {}}
    assert members.refused == []
    assert sum(not facts.used for facts in members.tokens.facts.values()) == 2
    assert len(smallhub.files(hub.config.roster_repo, "events")) == 6
    assert Spool(hub.config.spool_desk).pending() == []
    assert _left_over(hub) == []
    _sound(hub)


def _to_water(hub: DeskHub, name: str, *, proved: bool) -> Item:
    """A post of a stranger's to the list, from whom we know, or do not, that he wrote it."""
    sender = f"{name.title()} <{name}@x.example>"
    raw = smallhub.mail("Hello", msgid=f"<{name}@x.example>", sender=sender)
    item = smallhub.item(raw.replace(b"bar@hub", b"water@hub"), "water@hub.example", proved=proved)
    return replace(item, envelope=replace(item.envelope, received_at=hub.now))


@pytest.mark.parametrize("point", POINTS[:5])
def test_notices_and_goodbyes_killed_at_every_step(tmp_path: Path, point: str) -> None:
    hub = DeskHub(tmp_path / "hub")
    hub.member(1, "mod@union.example", "water", role="moderator")
    hub.member(2, "ben@union.example", "water")
    assert hub.work() == []
    hub.note(rosterevents.unsubscribe("water", 2, at=hub.now, by="one-click"))
    posts = [_to_water(hub, "eve", proved=True), _to_water(hub, "zoe", proved=False)]
    with clock.fixed(hub.now):
        Spool(hub.config.spool_in).put(posts)
        ingest(hub.config, once=True, log=maillog.to_nobody())
    deaths = sum(desk_killed(hub, f"desk.{point}:1") for _ in range(3))
    assert deaths >= 2, point
    assert _subjects(hub.work()) == [
        "ben@union.example: You have left Water for all",
        "eve@x.example: Your message to Water for all waits",
        "mod@union.example: Water for all: please decide: Hello",
        "zoe@x.example: Please confirm: water@hub.example",
    ]
    assert len(hub.roster.tokens.facts) == 3
    assert _left_over(hub) == []
    _sound(hub)


def test_a_plan_that_others_overtook_is_made_anew(tmp_path: Path) -> None:
    """Killed with a plan for a new member's number, which the command line gives away meanwhile."""
    hub = DeskHub(tmp_path / "hub")
    (asked,) = hub.ask("water-join")
    hub.send(f"water-confirm+{token_in(asked)}")
    assert desk_killed(hub, "desk.after-plan:1")
    hub.member(1, "ben@union.example", "water")
    assert _subjects(hub.work()) == ["ana@union.example: Welcome to Water for all"]
    numbers = {m.address: m.number for m in hub.roster.members.values()}
    assert numbers == {"ben@union.example": 1, "ana@union.example": 2}
    assert hub.roster.refused == []


def test_two_desks_never_work_on_one_hub(tmp_path: Path) -> None:
    """Each answered what the other did, and events were there twice."""
    hub = DeskHub(tmp_path / "hub")
    hub.send("water-join")
    with (
        safeio.locked(hub.config.spool_desk / ".lock"),
        pytest.raises(HubError, match="Another desk"),
    ):
        hub.work()
    assert len(Spool(hub.config.spool_desk).pending()) == 1
    assert len(hub.work()) == 1


def _sound(hub: DeskHub) -> None:
    assert fsck.check(hub.config) == []
    for repo in (hub.config.mail_repo, hub.config.roster_repo):
        assert open_repo(repo).git("fsck", "--strict", "--no-dangling") == b""


@pytest.mark.parametrize("point", POINTS[:5])
def test_killed_and_then_erased_from(tmp_path: Path, point: str) -> None:
    """The plan of a killed desk moved the cursor to a commit that an erasure had taken away."""
    hub = DeskHub(tmp_path / "hub")
    hub.member(1, "ana@union.example", "water")
    hub.member(2, "ben@union.example", "water")
    hub.member(3, "eve@union.example", "water")
    assert hub.work() == []
    hub.note(rosterevents.unsubscribe("water", 2, at=hub.now, by="one-click"))
    hub.note(rosterevents.unsubscribe("water", 3, at=hub.now, by="one-click"))
    assert desk_killed(hub, f"desk.{point}:1")
    erase.erase(hub.config, "ana@union.example", reason="r", by="test")
    assert _subjects(hub.work()) == [
        "ben@union.example: You have left Water for all",
        "eve@union.example: You have left Water for all",
    ]
    assert hub.work() == []
    assert _left_over(hub) == []
    repo = open_repo(hub.config.roster_repo)
    assert Cursor(repo, "desk").read() == repo.ref()
    assert consumers(repo, "desk-") == []
    _sound(hub)
