"""A clock that is far ahead for a moment ends nothing for good."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.desk.chores import Looked
from solicomm_build.features.backup import key as keys
from solicomm_build.features.backup import making, place, restic
from solicomm_build.features.forms import formhome
from solicomm_build.features.pocket.letters import aside
from solicomm_build.features.removing import ending, places
from solicomm_build.features.removing.places import Place
from solicomm_build.features.tracing import emptying
from solicomm_build.foundation import clock, logfile, maillog, timekeeping
from solicomm_build.foundation.hub import backups, quarantine, removed
from solicomm_build.foundation.hub.backups import Kept
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.logfile import Keeping
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.timekeeping import FAR as MOST
from solicomm_build.foundation.timekeeping import HOLDS, Look, judged
from solicomm_build.people.pending import ASKED
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub
from tests.unit import timekeeper
from tests.unit.timekeeper import FAR, Machine

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SEEN = Look(1000.0, 50.0, "one")


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return timekeeper.made(monkeypatch)


@pytest.fixture
def hub(tmp_path: Path, machine: Machine) -> Config:
    """A hub that has looked at the right time."""
    config = smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}))
    with clock.fixed(NOW):
        assert timekeeping.is_sure(config.state)
    return config


# -- what is believed ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "sure"),
    [
        (Look(1000.0, 50.0, "one"), True),
        (Look(1000.0 + MOST, 50.0, "one"), True),
        (Look(1001.0 + MOST, 50.0, "one"), False),
        (Look(1001.0 + MOST, 51.0, "one"), True),  # that much has passed
        (Look(1001.0 + MOST, 9000.0, "two"), False),  # off for so long, or a wrong clock
        (Look(-1001.0 - MOST, 50.0, "one"), True),  # what is behind deletes nothing too early
    ],
)
def test_what_is_far_ahead_is_not_believed(now: Look, sure: bool) -> None:
    assert judged(SEEN, now)[1] is sure


def test_without_a_note_every_time_is_believed() -> None:
    assert judged(None, SEEN) == (SEEN, True)


@pytest.mark.parametrize("boot", ["one", "two"])
def test_it_is_believed_after_six_hours(boot: str) -> None:
    ahead = Look(9e8, 60.0, boot)
    known, sure = judged(SEEN, ahead)
    assert not sure
    later = replace(ahead, at=9e8 + HOLDS - 1, up=60.0 + HOLDS - 1)
    known, sure = judged(known, later)
    assert not sure
    later = replace(later, at=later.at + 1, up=later.up + 1)
    known, sure = judged(known, later)
    assert (known, sure) == (later, True)


@pytest.mark.parametrize("boot", ["one", "two"])
def test_the_right_time_is_believed_at_once(boot: str) -> None:
    known, sure = judged(SEEN, Look(9e8, 60.0, boot))
    assert not sure
    right = Look(1100.0, 160.0, boot)
    assert judged(known, right) == (right, True)
    assert not judged(right, Look(9e8, 170.0, boot))[1], "the next time again"


def test_a_start_begins_the_hours_anew() -> None:
    known, _ = judged(SEEN, Look(9e8, 60.0, "one"))
    known, sure = judged(known, Look(9e8 + HOLDS, 5.0, "two"))
    assert not sure
    assert judged(known, Look(9e8 + HOLDS, 4.0 + HOLDS, "two"))[1] is False
    assert judged(known, Look(9e8 + HOLDS, 5.0 + HOLDS, "two"))[1] is True


def test_a_damaged_note_is_none(hub: Config) -> None:
    for text in ("", "[]", "{}", '{"at": "x"}', "null"):
        (hub.state / "clock").write_text(text)
        with clock.fixed(NOW):
            assert timekeeping.is_sure(hub.state)


def test_while_the_clock_is_far_ahead_the_time_of_before_goes_on(
    hub: Config, machine: Machine
) -> None:
    with clock.fixed(FAR):
        assert timekeeping.believed(hub.state) == NOW
        machine.up += 90
        assert timekeeping.believed(hub.state) == NOW + timedelta(seconds=90)
        machine.boot, machine.up = "two", 5.0
        timekeeping.believed(hub.state)
        machine.up += 10
        assert timekeeping.believed(hub.state) == NOW + timedelta(seconds=10)
    with clock.fixed(NOW + HOUR):
        assert timekeeping.believed(hub.state) == NOW + HOUR


def test_a_clock_that_is_far_behind_is_believed_and_not_right(
    hub: Config, machine: Machine
) -> None:
    long_ago = NOW - 400 * DAY
    with clock.fixed(long_ago):
        assert timekeeping.is_sure(hub.state)
        assert not timekeeping.is_right(hub.state)
        assert timekeeping.believed(hub.state) == long_ago
    machine.up += 60
    with clock.fixed(NOW):
        assert timekeeping.is_right(hub.state)
    with clock.fixed(FAR):
        assert not timekeeping.is_right(hub.state)


def test_the_machine_says_when_it_began() -> None:
    found = timekeeping.look()
    assert found.up > 0
    assert len(found.boot) == 36


# -- what waits for it -----------------------------------------------------------------------------


def test_what_was_removed_can_be_brought_back(hub: Config, machine: Machine) -> None:
    with clock.fixed(NOW):
        places.remove(hub, Place("conference", "bar"))
    with clock.fixed(FAR):
        assert not ending.run(hub, Looked())
    assert [one.name for one in removed.every(hub)] == ["bar"]
    machine.up += 31 * 86_400
    with clock.fixed(NOW + 31 * DAY):
        assert ending.run(hub, Looked())
    assert not list(removed.every(hub))


def test_what_was_removed_while_the_clock_was_ahead_ends_after_its_days(
    hub: Config, machine: Machine
) -> None:
    """Its name is taken until then."""
    with clock.fixed(FAR):
        places.remove(hub, Place("conference", "bar"))
    with clock.fixed(NOW):
        assert not ending.run(hub, Looked())
    machine.up += 29 * 86_400
    with clock.fixed(NOW + 29 * DAY):
        assert not ending.run(hub, Looked())
    machine.up += 2 * 86_400
    with clock.fixed(NOW + 31 * DAY):
        assert ending.run(hub, Looked())
    assert not list(removed.every(hub))


def test_what_was_set_aside_stays(hub: Config, machine: Machine) -> None:
    Spool(hub.spool_in).quarantine(smallhub.item(smallhub.mail("x")), "held")
    with clock.fixed(FAR):
        assert not emptying.run(hub, Looked(), maillog.to_nobody())
    assert list(quarantine.aside(hub.spool_quarantine))
    machine.up += HOLDS
    with clock.fixed(FAR + 6 * HOUR):
        emptying.run(hub, Looked(), maillog.to_nobody())
    assert not list(quarantine.aside(hub.spool_quarantine))


def test_the_log_of_mail_stays(hub: Config) -> None:
    path, keeping = hub.state / "mail.log", Keeping(file_days=7, keep_days=30)
    with clock.fixed(NOW):
        log = maillog.to_file(path, keeping=keeping)
    for moment in (NOW, NOW + 8 * DAY, FAR, FAR + HOUR, FAR + 8 * DAY):
        with clock.fixed(moment):
            log.event("kept", id=moment.year)
    assert [line.get("id") for line in logfile.lines(path)] == ["2026"] * 2 + ["2038"] * 3


def test_what_waits_for_a_yes_stays(hub: Config) -> None:
    with clock.fixed(NOW):
        ASKED.put(hub, "one", {"address": "ana@union.example"})
    with clock.fixed(FAR):
        ASKED.put(hub, "two", {"address": "bea@union.example"})
    assert ASKED.get(hub, "one") is not None


def test_what_waits_at_a_home_and_letters_of_a_stick_stay(hub: Config) -> None:
    for folder in ("forms/away", aside.FOLDER):
        (hub.private / folder).mkdir(parents=True)
    waiting = hub.private / formhome._FOLDER / "bar.x"
    waiting.parent.mkdir(parents=True, exist_ok=True)
    letter = hub.private / aside.FOLDER / "bar.letter"
    for path in (waiting, letter):
        path.write_bytes(b"x")
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    with clock.fixed(FAR):
        formhome.sweep(hub)
        aside.sweep(hub)
    assert waiting.exists()
    assert letter.exists()


def test_backups_stay(hub: Config, tmp_path: Path, machine: Machine) -> None:
    for days in range(4):
        machine.up += 86_400
        with clock.fixed(NOW + days * DAY):
            making.make(hub, tmp_path / "b")
    with clock.fixed(FAR):
        assert making.make(hub, tmp_path / "b").gone == 0
    assert len(place.opened(tmp_path / "b", keys.of_hub(hub)).snapshots()) == 5


@pytest.mark.skipif(shutil.which("restic") is None, reason="restic is not installed")
def test_backups_by_restic_stay(hub: Config, tmp_path: Path) -> None:
    """It has a clock of its own, and heeds nothing that is ahead of it."""
    (hub.state / "clock").unlink()
    where = f"restic:{tmp_path / 'r'}"
    for moment in (NOW - 4000 * DAY, NOW):
        with clock.fixed(moment):
            restic.make(hub, where)
    assert len(restic.snapshots(where, keys.of_hub(hub))) == 2


def test_a_backup_of_a_day_to_come_hides_no_missing_one() -> None:
    one = Kept("/mnt", FAR, DAY, since=NOW - 9 * DAY)
    assert backups.is_overdue(one, NOW)
    assert not backups.is_overdue(replace(one, at=NOW - HOUR), NOW)
