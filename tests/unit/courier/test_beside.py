"""What goes along with the fan-out and fails holds no list: copies go out, the operator is told,
and what it has missed it sees later, in its order and once."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.courier import hooks
from solicomm_build.courier.fanout import Fanout
from solicomm_build.courier.hooks import Going
from solicomm_build.features.following.sending import Answers
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub import health, hindrance
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.cursor import Cursor
from solicomm_build.testing.listhub import WHEN, ListHub

ROOT = Path(__file__).parents[3]
AMINA, GRACE = "amina@x.example", "grace@other.example"


class Frail:
    """A companion that fails when it is told to, and writes down what it saw."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.fails: set[str] = set()
        self.asked = 0

    def _may(self, what: str) -> None:
        if what in self.fails:
            raise RuntimeError("broken")

    def without(self, conference: object, tid: str, raw: bytes) -> set[str]:
        self.asked += 1
        self._may("without")
        return set()

    def going(self, post: Going) -> None:
        self._may("going")
        words = re.search(rb"Said (\d+)", post.raw)
        assert words is not None
        self.seen.append(f"{int(words[1])} {','.join(sorted(post.served()))}")

    def changed(self, conference: str) -> None:
        self._may("changed")
        self.seen.append("changed")

    def run(self) -> int:
        self._may("run")
        return 0

    def waits(self) -> bool:
        return False

    def close(self) -> None:
        pass


class Water:
    """A list with one member, looked at by couriers of ours."""

    def __init__(self, root: Path, *beside: object) -> None:
        self.hub = ListHub(root)
        self.hub.members(["mem@union.example"])
        self.out = Spool(self.hub.config.spool_out)
        self.now = WHEN
        self.beside = beside
        self._fanout: Fanout | None = None

    def post(self, number: int, sender: str = AMINA, above: int = 0) -> None:
        answers = f"References: <1@b> <{above}@b>\r\n" if above else ""
        raw = (
            f"From: A <{sender}>\r\nTo: water@hub.example\r\nSubject: Shifts\r\n"
            f"Message-ID: <{number}@b>\r\n{answers}\r\nSaid {number}.\r\n"
        )
        self.hub.post(raw.encode(), level="aligned")

    def look(self, seconds: float = 0) -> list[tuple[str, int]]:
        """(who, post) of all that goes out at a look so many seconds later."""
        self.now += timedelta(seconds=seconds)
        with clock.fixed(self.now):
            if self._fanout is None:
                self._fanout = Fanout(self.hub.config, self.out, maillog.to_nobody())
            self._fanout.run()
            while self._fanout.accompany():
                pass
        return self.take()

    def take(self) -> list[tuple[str, int]]:
        found = []
        for path in self.out.pending():
            for item in self.out.read(path):
                text = item.raw.partition(b"text/html")[0]
                said = set(map(int, re.findall(rb"Said (\d+)\.", text)))
                found += [(to, one) for to in item.envelope.rcpt_tos for one in said]
            self.out.done(path)
        return sorted(found)

    def stop(self) -> None:
        if self._fanout is not None:
            self._fanout.close()
            self._fanout = None

    def is_behind(self, name: str = "frail") -> bool:
        return Cursor(self.hub.list, f"courier-{name}").read() is not None

    def troubles(self) -> list[str]:
        return hindrance.troubles(self.hub.config.state)


@pytest.fixture
def frail(monkeypatch: pytest.MonkeyPatch) -> Frail:
    made = Frail()
    monkeypatch.setattr(hooks, "companions", lambda *_: [("frail", made)])
    return made


@pytest.fixture
def water(tmp_path: Path) -> Iterator[Water]:
    made = Water(tmp_path)
    yield made
    made.stop()
    made.hub.close()


def test_a_companion_does_not_rest_for_a_clock_that_was_put_back(
    water: Water, frail: Frail
) -> None:
    frail.fails, years = {"going"}, 12 * 366 * 86_400
    water.post(1)
    assert water.look(years) == [("mem@union.example", 1)]
    frail.fails = set()
    water.look(60 - years)
    assert frail.seen == ["1 mem@union.example,water@hub.example"]
    assert water.troubles() == []


def test_a_companion_that_fails_holds_no_copy_and_sees_all_later_in_order(
    water: Water, frail: Frail
) -> None:
    frail.fails = {"going"}
    water.post(1)
    assert water.look() == [("mem@union.example", 1)]
    assert water.is_behind()
    (told,) = water.troubles()
    assert told.startswith("frail has failed since 2026-11-24 12:00 UTC")
    assert "mem@union.example" not in told
    water.post(2)
    assert water.look(1) == [("mem@union.example", 2)]
    frail.fails = set()
    water.hub.members(["new@union.example"])  # who joined since had no copy of what was before
    water.post(3)
    assert [to for to, _ in water.look(60)] == ["mem@union.example", "new@union.example"]
    before = "mem@union.example,water@hub.example"
    assert frail.seen == [
        f"1 {before}",
        f"2 {before}",
        f"3 mem@union.example,new@union.example,{before[18:]}",
    ]
    assert not water.is_behind()
    assert water.troubles() == []
    assert not (water.hub.config.state / "beside" / "water").exists()


def test_one_that_cannot_say_who_mutes_a_topic_is_not_asked_again_at_once(
    water: Water, frail: Frail
) -> None:
    frail.fails = {"without", "going", "changed", "run"}
    for number in range(1, 5):
        water.post(number)
    assert len(water.look()) == 4
    assert frail.asked == 1
    assert water.look(1) == []
    assert frail.asked == 1
    water.stop()
    frail.fails = set()
    assert water.look() == []  # another courier: it goes on where the other was
    assert [one.split()[0] for one in frail.seen] == ["1", "2", "3", "4"]
    assert water.troubles() == []


def test_one_that_fails_at_its_own_work_is_told_until_it_is_done(
    water: Water, frail: Frail
) -> None:
    frail.fails = {"run"}
    water.look()
    assert len(water.troubles()) == 1
    assert health.stages(water.hub.config)  # what check, status and /healthz say
    frail.fails = set()
    water.look(1)  # it rests
    assert len(water.troubles()) == 1
    water.look(10)
    assert water.troubles() == []


def test_a_list_where_it_fails_is_no_matter_of_another(water: Water, frail: Frail) -> None:
    other = water.hub.add_conference("air")
    frail.fails = {"going"}
    water.post(1)
    water.look()
    frail.fails = set()
    raw = b"From: a@x.example\r\nTo: air@hub.example\r\nMessage-ID: <9@b>\r\n\r\nSaid 9."
    water.hub.post(raw, to="air")
    water.look(1)
    assert [one.split()[0] for one in frail.seen] == ["9"]
    assert Cursor(other, "courier-frail").read() is None
    water.look(10)
    assert [one.split()[0] for one in frail.seen] == ["9", "1"]


# -- following itself ---------------------------------------------------------------------------


def _damage(water: Water) -> bytes:
    path = water.hub.config.private / "following.sqlite"
    water.stop()
    kept = path.read_bytes()
    for more in ("-wal", "-shm"):
        path.with_name(path.name + more).unlink(missing_ok=True)
    path.write_bytes(b"no database at all" * 100)
    return kept


def _mend(water: Water, kept: bytes) -> None:
    (water.hub.config.private / "following.sqlite").write_bytes(kept)


def test_a_damaged_file_of_followers_stops_no_list_and_loses_no_answer(water: Water) -> None:
    water.post(1)
    water.look()
    kept = _damage(water)
    water.post(2, GRACE, above=1)
    assert water.look(60) == [("mem@union.example", 2)]
    assert water.is_behind("following")
    water.post(3, AMINA, above=2)
    assert water.look(60) == [("mem@union.example", 3)]
    _mend(water, kept)
    assert water.look(600) == [(AMINA, 2), (GRACE, 3)]  # in order: Grace follows by then
    assert water.look(600) == []
    assert water.troubles() == []


def test_what_is_on_its_way_when_the_file_breaks_is_not_mailed_again(
    water: Water, monkeypatch: pytest.MonkeyPatch
) -> None:
    water.post(1)
    water.look()
    water.post(2, GRACE, above=1)

    def broken(*_: object) -> None:
        raise StoreError("no")

    with monkeypatch.context() as patch:
        patch.setattr("solicomm_build.features.following.owing.Owing.sent", broken)
        assert (AMINA, 2) in water.look(60)
    water.stop()  # and the courier ends before the file is mended
    assert water.look(600) == []


LOOK = """
import sys
from datetime import datetime
from pathlib import Path
from solicomm_build.courier.fanout import Fanout
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
hub = Config(root=Path(sys.argv[1]), name="Test", domain="hub.example", url="https://hub.example")
with clock.fixed(datetime.fromisoformat(sys.argv[2])):
    fanout = Fanout(hub, Spool(hub.spool_out), maillog.to_nobody())
    fanout.run()
    while fanout.accompany():
        pass
"""


@pytest.mark.parametrize("point", ["beside.before-cursor", "beside.before-end", "following.noted"])
def test_killed_while_it_catches_up_it_loses_nothing_and_repeats_nothing(
    water: Water, point: str
) -> None:
    water.post(1)
    water.look()
    kept = _damage(water)
    water.post(2, GRACE, above=1)
    water.post(3, GRACE, above=2)
    assert len(water.look(60)) == 2
    water.stop()
    _mend(water, kept)
    at = water.now + timedelta(minutes=10)
    done = subprocess.run(
        [sys.executable, "-c", LOOK, str(water.hub.config.root), at.isoformat()],
        env=os.environ | {"SOLICOMM_FAULT": f"{point}:1", "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert water.look(1200) == [(AMINA, 2), (AMINA, 3)]
    assert water.look(1200) == []


def test_killed_before_the_copies_were_queued_it_still_sees_the_post(
    water: Water, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Answers, "going", lambda *_: 1 / 0)
        patch.setattr(Spool, "put", lambda *_, **__: (_ for _ in ()).throw(KeyboardInterrupt))
        water.post(1)
        with pytest.raises(KeyboardInterrupt):
            water.look()
    water.stop()
    assert water.look(10) == [("mem@union.example", 1)]
    assert not water.is_behind("following")
    water.post(2, GRACE, above=1)
    assert (AMINA, 2) in water.look(60)
