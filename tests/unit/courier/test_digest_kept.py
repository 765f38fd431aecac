"""What waits for a digest is read and judged once, however often a courier begins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.features.digests import octets as digestmail
from solicomm_build.features.digests.sending import Digests
from solicomm_build.features.privacy import erase
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.testing.listhub import WHEN, ListHub, message

MORNING = WHEN + timedelta(hours=18)


def _wages(number: int) -> bytes:
    return message(number).replace(b"Subject: Water", b"Subject: Wages")


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ListHub]:
    made = ListHub(tmp_path)
    made.members(["ana@union.example"], digest="daily", form="mime")
    made.members(["eva@union.example"], digest="weekly", form="mime", topics="wages")
    _look(made)
    yield made
    made.close()


def _look(hub: ListHub, at: datetime = WHEN) -> dict[str, list[int]]:
    """One look by a courier that has just begun: who gets which messages together."""
    out = Spool(hub.config.spool_out)
    digests = Digests(hub.config, out, maillog.to_nobody())
    try:
        with clock.fixed(at):
            digests.run()
    finally:
        digests.close()
    found = {}
    for path in out.pending():
        (item,) = out.read(path)
        assert digestmail.KEY_FIELD.encode() in item.raw
        there = [n for n in range(9) for _ in range(item.raw.count(b"Message-ID: <%d@" % n))]
        found[",".join(item.envelope.rcpt_tos)] = there
        out.done(path)
    return found


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The messages that were read out of mail.git since."""
    found: list[str] = []
    raw = HubMail.raw

    def noted(self: HubMail, name: str, conference: str) -> bytes | None:
        found.append(name)
        return raw(self, name, conference)

    monkeypatch.setattr(HubMail, "raw", noted)
    return found


def test_the_next_courier_reads_only_what_is_new(hub: ListHub, read: list[str]) -> None:
    hub.post(_wages(1))
    hub.post(message(2))
    _look(hub)
    del read[:]
    assert _look(hub) == {}
    assert read == []
    _, third = hub.post(message(3))
    _look(hub)
    assert {*read} == {third}
    assert _look(hub, MORNING) == {"ana@union.example": [1, 2, 3]}
    assert _look(hub, MORNING + timedelta(days=7)) == {"eva@union.example": [1]}
    assert _look(hub, MORNING + timedelta(days=7)) == {}


YEARS = timedelta(days=4000)


def test_what_came_while_the_clock_was_ahead_goes_out_at_its_hour(hub: ListHub) -> None:
    """Each look is one of a courier that has just begun; nothing else comes."""
    hub.post(message(1), at=WHEN + YEARS)
    assert _look(hub, WHEN + YEARS) == {}
    assert _look(hub, WHEN) == {}
    assert _look(hub, MORNING - timedelta(minutes=1)) == {}
    assert _look(hub, MORNING) == {"ana@union.example": [1]}
    assert _look(hub, MORNING + YEARS) == {}


@pytest.mark.parametrize("damage", ["", "[]", '{"version": 1, "groups": {"x": {}}}', "{", None])
def test_what_is_kept_may_be_lost(hub: ListHub, damage: str | None) -> None:
    hub.post(message(1))
    _look(hub)
    (kept,) = (hub.config.state / "digests").iterdir()
    kept.unlink() if damage is None else kept.write_text(damage)
    assert _look(hub, MORNING) == {"ana@union.example": [1]}


def test_what_was_erased_is_in_none_and_the_rest_once(hub: ListHub) -> None:
    """Also by a courier that went on, whose cursor stands before all that was written anew."""
    for number in (1, 2, 3):
        hub.post(_wages(number))
    out = Spool(hub.config.spool_out)
    digests = Digests(hub.config, out, maillog.to_nobody())
    with clock.fixed(WHEN):
        digests.run()
        erase.erase(hub.config, "<2@union.example>", reason="r", by="test")
        assert not (hub.config.state / "digests").exists()
        digests.run()
    digests.close()
    (kept,) = (hub.config.state / "digests").iterdir()
    assert len({*kept.read_text().split('"')} & {"2@union.example"}) == 0
    assert _look(hub, MORNING + timedelta(days=7)) == {
        "ana@union.example": [1, 3],
        "eva@union.example": [1, 3],
    }
