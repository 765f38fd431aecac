"""Mail that was sent on and that the next server refuses at once: who sent it hears of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.courier.making.copies import Chunk, Letter
from solicomm_build.courier.outcome import SENT, Outcome
from solicomm_build.courier.run import deliver
from solicomm_build.features.bounces.reports import dsn
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.ingest import run as stage
from solicomm_build.people import rosterevents
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import BEGUN, item, mail

SECRET = "ben@home.example"


class _Relay:
    """Refuses one address for good; keeps what it took."""

    unreachable = False

    def __init__(self) -> None:
        self.taken: list[tuple[str | None, str, bytes]] = []

    async def hand_over(self, letter: Letter, chunks: Sequence[Chunk]) -> list[Outcome]:
        copies = [copy for chunk in chunks for copy in await chunk]
        gone = Outcome("failed", f"550 5.1.1 <{SECRET}>: user unknown in relay recipient table")
        self.taken += [(one.mail_from, one.rcpt_to, letter.wire) for one in copies]
        return [gone if one.rcpt_to == SECRET else SENT for one in copies]

    async def rest(self) -> None:
        """Holds nothing."""

    async def close(self) -> None:
        """Holds nothing."""


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = replace(smallhub.make(tmp_path / "hub"), mail_domains={"metal.example": "metal"})
    ben = rosterevents.mailbox("ben", at=BEGUN, by="operator", forward=SECRET)
    smallhub.add_events(made, [ben])
    return made


def _told(hub: Config, *sent: Item) -> list[tuple[str, bytes]]:
    """What goes out besides what was sent on."""
    if sent:
        Spool(hub.spool_in).put(sent)
        stage.ingest(hub, once=True, log=maillog.to_nobody())
    relay = _Relay()
    for _ in range(2):
        asyncio.run(deliver(hub, once=True, delivery=relay, log=maillog.to_nobody()))
    assert all(sender is None for sender, to, _ in relay.taken if to != SECRET)
    return [(to, raw) for _, to, raw in relay.taken if to != SECRET]


@pytest.mark.parametrize(
    "sender", ["ana@union.example", "jörg@sea.example", "eva@metal.example", "carla@hub.example"]
)
def test_who_sent_it_is_told_and_not_where_it_went(hub: Config, sender: str) -> None:
    """It waited in the quarantine, and its sender was left in silence."""
    ((to, raw),) = _told(hub, item(mail(), "ben@hub.example", mail_from=sender))
    assert to == sender
    read = dsn.read(raw)
    assert isinstance(read, tuple)
    assert [(one.recipient or one.final, one.action, one.status) for one in read] == [
        ("ben@hub.example", "failed", "5.1.1")
    ]
    assert b"Subject: Hello" in raw
    assert b"home.example" not in raw
    assert len(Spool(hub.spool_out).quarantined()) == 1


def test_a_list_is_told_by_the_address_that_counts_it(hub: Config) -> None:
    ((to, _),) = _told(hub, item(mail(), "ben@hub.example", mail_from="bar-bounces@hub.example"))
    assert to == "bar-bounces@hub.example"


@pytest.mark.parametrize("sender", [None, "postmaster@hub.example", "a" * 60 + "@long.example"])
def test_nobody_else_is(hub: Config, sender: str | None) -> None:
    assert _told(hub, item(mail(), "ben@hub.example", mail_from=sender)) == []


def test_a_letter_of_the_hub_s_own_is_none_that_was_sent_on(hub: Config) -> None:
    for sender, raw in (
        ("eva@metal.example", mail()),
        ("eva@sea.example", b"X-Loop: x\n" + mail()),
    ):
        own = Envelope(sender, (SECRET,), item(raw).envelope.received_at)
        Spool(hub.spool_out).put([Item(own, raw)])
    assert _told(hub) == []
