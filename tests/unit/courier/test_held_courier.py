"""What came back, a post's copies, or a post in a digest that holds the courier is set aside; what
lies behind it is handled."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.courier.run import deliver
from solicomm_build.courier.sink import Sink
from solicomm_build.features.digests import octets as digestmail
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub import quarantine
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.foundation.watch import Watch
from solicomm_build.testing import holding
from solicomm_build.testing.listhub import WHEN, ListHub, message

HELD = "It held the deliver stage for longer than an item may"
MORNING = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ListHub]:
    made = ListHub(tmp_path)
    made.members(["ana@union.example", "bo@union.example"])
    yield made
    made.close()


def look(hub: ListHub, word: str, at: datetime = WHEN) -> int:
    """One look of a courier, as in a running hub; all that is due is sent into the sink."""
    import asyncio

    def work(watch: Watch) -> None:
        log = maillog.to_nobody()
        with clock.fixed(at):
            asyncio.run(
                deliver(hub.config, once=True, log=log, watch=watch, delivery=Sink(hub.config.sink))
            )

    return holding.run(hub.config, "deliver", word, work)


def sent(hub: ListHub) -> str:
    return hub.config.sink.read_text("utf-8") if hub.config.sink.exists() else ""


def reasons(hub: ListHub) -> list[str]:
    return [one.reason for one in quarantine.aside(hub.config.spool_quarantine)]


def test_a_report_that_holds_the_courier_is_set_aside_and_the_next_is_read(hub: ListHub) -> None:
    back = Spool(hub.config.spool_bounces)
    for text in (b"endless words", b"Gone"):
        raw = b"From: <>\r\nSubject: Undelivered\r\n\r\n" + text + b"\r\n"
        back.put([Item(Envelope(None, ("water-bounces@hub.example",), WHEN), raw)])
    hub.post(message(1))
    assert look(hub, "bounces:endless") == -signal.SIGPROF
    assert look(hub, "bounces:endless") == 0
    assert HELD in reasons(hub)
    assert not back.pending()
    assert "<1@union.example>" in sent(hub)


def test_copies_that_hold_the_courier_are_set_aside_and_the_next_go_out(hub: ListHub) -> None:
    hub.post(message(1, "endless words"))
    hub.post(message(2, "Go on"))
    assert look(hub, "fanout:endless") == -signal.SIGPROF
    assert look(hub, "fanout:endless") == 0
    assert "<2@union.example>" in sent(hub)
    assert "<1@union.example>" not in sent(hub)
    found = quarantine.aside(hub.config.spool_quarantine)
    assert {one.reason for one in found} == {HELD}
    assert [one.item for one in found if one.item] != []
    assert b"endless words" in next(one for one in found if not one.item).items()[0].raw


def test_a_post_that_holds_a_digest_is_left_out_and_the_others_are_in_it(hub: ListHub) -> None:
    hub.members(["cy@union.example"], digest="daily")
    assert look(hub, "") == 0  # its series begins
    hub.post(message(1, "endless words"))
    hub.post(message(2, "Go on"))
    assert look(hub, "") == 0
    assert look(hub, "digest:endless", MORNING) == -signal.SIGPROF
    assert look(hub, "digest:endless", MORNING + timedelta(minutes=1)) == 0
    digest = sent(hub).partition(digestmail.KEY_FIELD)[2]
    assert "Go on" in digest
    assert "endless words" not in digest
    assert reasons(hub) == [HELD]


def test_a_digest_that_holds_the_courier_is_set_aside_and_mail_goes_on(hub: ListHub) -> None:
    hub.members(["cy@union.example"], digest="daily")
    assert look(hub, "") == 0
    hub.post(message(1))
    assert look(hub, "") == 0
    hub.post(message(2, "Go on"))
    assert look(hub, "digest:water/digest", MORNING) == -signal.SIGPROF
    assert look(hub, "digest:water/digest", MORNING) == 0
    assert digestmail.KEY_FIELD not in sent(hub)
    assert "<2@union.example>" in sent(hub)
    assert reasons(hub) == [HELD]
