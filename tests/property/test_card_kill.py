"""The desk killed at any step of a card's life: it is shown once, or gone for good."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.features.people import peoplecards
from solicomm_build.features.people.cardholders import CardHolders
from solicomm_build.git.repo import open_repo
from solicomm_build.message.parse import parse
from solicomm_build.post.store import fsck
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.testing.killing import desk_killed

POINTS = ("desk.after-plan", "desk.after-roster", "desk.after-deed", "desk.after-out")
REWRITING = (
    "history.before-moves",
    "history.before-branch",
    "history.before-cursors",
    "people.after-rewrite",
)


def sent(hub: DeskHub) -> list[str]:
    return [parse(item.raw).subject for item in hub.work()]


def asked(hub: DeskHub) -> None:
    """Ana has filled in her card and is about to agree."""
    hub.member(1, "ana@union.example", "water", name="Ana Paz", lang="en")
    (form,) = hub.ask("solicomm", "card")
    (question,) = hub.reply(form, "Name: Amina of the waterworks")
    local = question.reply_to[0].addr_spec.partition("@")[0]
    hub.send(local, "", subject=f"Re: {question.subject}")


@pytest.mark.parametrize("point", POINTS)
def test_shown_once(tmp_path: Path, point: str) -> None:
    hub = DeskHub(tmp_path / "hub")
    asked(hub)
    assert desk_killed(hub, f"{point}:1")
    assert sent(hub) == ["Your card is shown"]
    held = hub.roster.ledger(CardHolders).of(1)
    assert held is not None
    assert peoplecards.one(hub.config, held) is not None
    assert len(open_repo(hub.config.people_repo).git("rev-list", "main").split()) == 1
    assert hub.roster.refused == []
    assert fsck.check(hub.config) == []


@pytest.mark.parametrize("point", [*POINTS, *REWRITING])
def test_gone_for_good(tmp_path: Path, point: str) -> None:
    hub = DeskHub(tmp_path / "hub")
    asked(hub)
    assert sent(hub) == ["Your card is shown"]
    hub.send("solicomm", "card remove")
    assert desk_killed(hub, f"{point}:1")
    assert sent(hub) == ["Your card is gone"]
    assert hub.roster.ledger(CardHolders).of(1) is None
    repo = open_repo(hub.config.people_repo)
    listed = repo.git("cat-file", "--batch-check=%(objectname)", "--batch-all-objects").split()
    assert not [oid for oid in listed if b"Amina" in repo.git("cat-file", "-p", oid.decode())]
    assert b"Amina" not in repo.git("log", "--all", "--format=%B", "-p")
    plans = hub.config.spool_desk.rglob("*.json")
    assert not [path for path in plans if b"Amina" in path.read_bytes()]
    assert fsck.check(hub.config) == []
