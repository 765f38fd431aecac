"""Who is banned where only members read is told once that nothing comes any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.message.parse import parse
from solicomm_build.people import rosterevents
from solicomm_build.testing.deskhub import NOW, DeskHub

BEN = "ben@union.example"


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    made = DeskHub(tmp_path / "hub")
    made.member(1, "ana@union.example", "board", role="moderator")
    made.member(2, BEN, "board", "water")
    return made


def _stand(hub: DeskHub, place: str, standing: str) -> None:
    hub.note(rosterevents.standing(place, BEN, standing, at=hub.now, by="member:1"))


def _told(hub: DeskHub) -> list[str]:
    """The subjects of what Ben is written now."""
    return [parse(one.raw).subject for one in hub.work() if one.envelope.rcpt_tos == (BEN,)]


def test_once_for_each_ban(hub: DeskHub) -> None:
    assert _told(hub) == []
    _stand(hub, "board", "banned")
    assert _told(hub) == ["You get no more mail of board"]
    assert _told(hub) == []
    note = hub.config.private / "reminders/shut-out/board/2"
    assert note.exists()
    _stand(hub, "board", "")
    assert _told(hub) == []
    assert not note.exists()
    _stand(hub, "board", "banned")
    assert _told(hub) == ["You get no more mail of board"]


def test_nothing_is_said_of_what_everybody_may_read(hub: DeskHub) -> None:
    _stand(hub, "water", "banned")
    assert _told(hub) == []


def test_a_ban_of_the_whole_hub_is_told_for_what_only_members_read(hub: DeskHub) -> None:
    _stand(hub, "*", "banned")
    assert _told(hub) == ["You get no more mail of board"]


def test_who_looks_after_it_reads_on(hub: DeskHub) -> None:
    hub.note(rosterevents.role("board", 2, "moderator", at=NOW, by="op"))
    _stand(hub, "board", "banned")
    assert _told(hub) == []
