"""The plug is pulled between a yes and its end: what was agreed to is done once, and told once."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.features.operating import proposals
from solicomm_build.features.operating.proposals import AGREED, DOING, WAITING
from solicomm_build.features.removing import places
from solicomm_build.features.removing.places import Place
from solicomm_build.foundation import clock
from solicomm_build.foundation.spool import Item
from solicomm_build.message.parse import parse
from solicomm_build.people.operators import acts
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.testing.killing import desk_killed
from tests.unit.operating.operatorhub import BEN, OP, made, proposed, to_answer

REMOVE = ("remove", "list", "water", "--yes")


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    return made(tmp_path / "hub")


def _ends(items: list[Item]) -> list[str]:
    """To whom it was told how something ended."""
    texts = ((item.envelope.rcpt_tos[0], parse(item.raw).text) for item in items)
    return sorted(to for to, text in texts if "It was asked for by" in text)


def _acts(hub: DeskHub, word: str) -> int:
    return sum(act.words[0] == word for act in acts.every(hub.config.root))


@pytest.mark.parametrize(
    "place",
    [
        "desk.after-staged",
        "desk.after-plan",
        "desk.after-deed",
        "desk.after-out",
        "desk.before-done",
        "operating.before-deed",
    ],
)
def test_killed_anywhere_it_is_done_once_and_told_once(hub: DeskHub, place: str) -> None:
    _, got = proposed(hub, *REMOVE)
    hub.send(to_answer(got[BEN]), "yes", sender=BEN)
    assert desk_killed(hub, f"{place}:1")
    assert _ends(hub.work()) == [BEN, OP]
    assert not hub.config.conference_repo("water").exists()
    assert (_acts(hub, "yes"), _acts(hub, "done"), _acts(hub, "ask")) == (1, 1, 1)
    assert hub.work() == []


def test_killed_while_all_are_told_they_are_told_once(hub: DeskHub) -> None:
    _, got = proposed(hub, *REMOVE)
    hub.send(to_answer(got[BEN]), "no", sender=BEN)
    assert desk_killed(hub, "desk.after-deed:2")  # the first is the answer's
    assert _ends(hub.work()) == [BEN, OP]
    assert _acts(hub, "refused") == 2  # the answer, and the end


def test_done_before_it_could_say_so_it_is_not_done_again(hub: DeskHub) -> None:
    _, got = proposed(hub, *REMOVE)
    hub.send(to_answer(got[BEN]), "yes", sender=BEN)
    assert desk_killed(hub, "operating.before-deed:1")
    (one,) = proposals.every(hub.config)
    assert one.state == AGREED
    with clock.fixed(hub.now):
        proposals.put(hub.config, replace(one, state=DOING, tries=1))
        places.remove(hub.config, Place("list", "water"))
    assert _ends(hub.work()) == [BEN, OP]
    assert _acts(hub, "done") == 1


@pytest.mark.parametrize("place", ["operating.after-begun", "operating.after-deed"])
def test_what_is_cut_off_again_and_again_is_given_up_and_told(
    hub: DeskHub, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    _, got = proposed(hub, *REMOVE)
    hub.send(to_answer(got[BEN]), "yes", sender=BEN)
    monkeypatch.setenv("SOLICOMM_FAULT", f"{place}:1")
    told = hub.work()
    assert _ends(told) == [BEN, OP]
    is_done = not hub.config.conference_repo("water").exists()
    assert is_done == (place == "operating.after-deed")
    said = "It is done." if is_done else "was cut off three times"
    assert all(said in parse(item.raw).text for item in told)


def test_what_is_cut_off_before_it_begins_is_given_up_and_told(
    hub: DeskHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the machine had no memory for it, it was begun without end, and nobody heard."""
    _, got = proposed(hub, *REMOVE)
    hub.send(to_answer(got[BEN]), "yes", sender=BEN)
    begun, most = 0, 9
    popen = subprocess.Popen

    def killed(words: list[str], **more: Any) -> subprocess.Popen[bytes]:
        nonlocal begun
        if "solicomm_build.cli.main" not in words:
            return popen(words, **more)
        begun += 1
        assert begun < most, "it is begun without end"
        return popen(["sh", "-c", "kill -KILL $$"], **more)

    monkeypatch.setattr(subprocess, "Popen", killed)
    told = hub.work()
    assert begun == 3
    assert _ends(told) == [BEN, OP]
    assert all("was cut off three times" in parse(item.raw).text for item in told)
    assert hub.config.conference_repo("water").exists()


def test_a_yes_that_is_kept_is_not_lost_with_the_desk(hub: DeskHub) -> None:
    name, _ = proposed(hub, *REMOVE)
    hub.send("solicomm", f"agree {name}", sender=BEN)
    assert desk_killed(hub, "desk.after-staged:1")
    assert [one.state for one in proposals.every(hub.config)] == [WAITING]
    hub.work()
    assert proposals.every(hub.config) == []
