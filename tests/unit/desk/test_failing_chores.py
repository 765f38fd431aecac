"""A chore of one feature that fails holds no other: it is told, rests, and is tried again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from solicomm_build.desk import hooks
from solicomm_build.desk.chores import DONE, Chore, Step, Steps, Workplace
from solicomm_build.desk.run import Desk
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import NotKeptError, StoreError
from solicomm_build.foundation.hub import hindrance, quarantine
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.watch import HELD
from solicomm_build.message.parse import parse
from solicomm_build.post.store.fsck import plainfiles
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import DeskHub


@dataclass
class Frail:
    """A chore that comes before all others."""

    error: Exception | None = field(default_factory=lambda: ValueError("no number"))
    begun: int = 0
    looks: int = 0

    def begin(self, place: Workplace) -> Steps:
        self.begun += 1
        return self._steps

    def _steps(self) -> Iterator[Step]:
        self.looks += 1
        if self.error is not None:
            raise self.error
        if self.looks < 0:
            yield DONE


@pytest.fixture
def frail(monkeypatch: pytest.MonkeyPatch) -> Frail:
    made, every = Frail(), hooks.chores()
    chore = ("frail", Chore(0, made.begin))
    monkeypatch.setattr(hooks, "chores", lambda: (chore, *every))
    return made


def _set_aside(hub: DeskHub) -> None:
    """What the operator is written about, by a chore that comes later."""
    item = smallhub.item(smallhub.mail("text"))
    Spool(hub.config.spool_in).quarantine(item, HELD.format(stage="ingest"))
    assert quarantine.aside(hub.config.spool_quarantine)


def _subjects(hub: DeskHub) -> list[str]:
    return [parse(item.raw).subject for item in hub.work()]


def _troubles(config: Config) -> list[str]:
    return [one.partition(" (")[0] for one in hindrance.troubles(config.state)]


def test_the_others_go_on_and_the_operator_is_told(hub: DeskHub, frail: Frail) -> None:
    _set_aside(hub)
    assert _subjects(hub) == ["Set aside, so that the hub goes on"]
    assert _troubles(hub.config) == [f"frail-desk has failed since {hub.now:%Y-%m-%d %H:%M} UTC"]
    frail.error = None
    assert _subjects(hub) == []
    assert _troubles(hub.config) == []


def test_it_rests_ever_longer_and_begins_anew_each_time(hub: DeskHub, frail: Frail) -> None:
    said: list[str] = []
    work = Desk(hub.config, Spool(hub.config.spool_desk), MailLog(said.append))
    seconds = (0, 4, 2, 8, 3, 300, 300)
    try:
        now, looks = hub.now, []
        for more in seconds:
            now += timedelta(seconds=more)
            with clock.fixed(now):
                work.take()
            looks.append(frail.looks)
            assert not work.rests()
        frail.error = None
        with clock.fixed(now + hindrance.LONGEST):
            work.take()
        assert work.rests() == work._looks.keep()
    finally:
        work.close()
    assert looks == [1, 1, 2, 2, 3, 4, 5]
    assert frail.begun == 1 + 5
    events = [line.split(" ", 1)[1].strip() for line in said if "chore-" in line]
    assert events == [
        "chore-failed chore=frail-desk reason=ValueError",
        "chore-goes-on chore=frail-desk",
    ]


def test_a_fault_of_the_disk_ends_the_desk_once(hub: DeskHub, frail: Frail) -> None:
    frail.error = StoreError("conferences/water.git: it cannot be read")
    _set_aside(hub)
    with pytest.raises(StoreError):
        hub.work()
    assert _subjects(hub) == ["Set aside, so that the hub goes on"]


def test_other_machines_that_do_not_answer_end_it_each_time(hub: DeskHub, frail: Frail) -> None:
    frail.error = NotKeptError("no other machine keeps it")
    for _ in range(2):
        with pytest.raises(NotKeptError):
            hub.work()
    assert _troubles(hub.config) == []


@pytest.mark.parametrize(
    ("name", "feature"),
    [
        ("deposits/someones/facts.json", "library"),
        ("erasures/e1.todo", "privacy"),
    ],
)
def test_a_damaged_file_of_one_feature_is_named(hub: DeskHub, name: str, feature: str) -> None:
    path = hub.config.private / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('{"library": ')
    _set_aside(hub)
    said: list[str] = []
    work = Desk(hub.config, Spool(hub.config.spool_desk), MailLog(said.append))
    try:
        with clock.fixed(hub.now):
            work.take()
    finally:
        work.close()
    assert [parse(item.raw).subject for item in hub.sent()] == [
        "Set aside, so that the hub goes on"
    ]
    (failed,) = [line for line in said if "chore-failed" in line]
    assert f"chore={feature}-desk" in failed
    assert "/".join(path.parts[-2:]) in failed
    assert [fault.where for fault in plainfiles.faults(hub.config) if name in fault.where] == [
        f"private/{name}"
    ]
