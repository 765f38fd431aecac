"""Mail that finds no room to wait in, of somebody whom nobody has proved: who decides is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.ingest import holdingroom
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import AUTHSERV, DeskHub

EVE = "eve@x.example"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DeskHub:
    monkeypatch.setattr(holdingroom, "OF_SENDER", 100_000)
    made = DeskHub(tmp_path)
    come(made, 0)  # the desk follows from here on
    return made


def come(hub: DeskHub, *numbers: int, proven: bool = False) -> list[Message]:
    """Large mail of a stranger to a list for members; what the desk says of its room."""
    hub.now += timedelta(seconds=1)
    fields = [f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=x.example"] * proven
    for number in numbers:
        raw = smallhub.mail(
            "long words " * 4000,
            *fields,
            msgid=f"<{number}@x.example>",
            subject=f"Strike {number}",
            sender=f"Eve <{EVE}>",
        )
        one = smallhub.item(
            raw.replace(b"bar@hub", b"water@hub"), "water@hub.example", mail_from=EVE
        )
        one = replace(one, envelope=replace(one.envelope, received_at=hub.now))
        Spool(hub.config.spool_in).put([one])
    with clock.fixed(hub.now):
        ingest(hub.config, once=True, log=maillog.to_nobody())
    said = [parse(item.raw) for item in hub.work()]
    return [one for one in said if "find no room" in one.subject or "was not sent" in one.subject]


def to(mails: list[Message]) -> list[str]:
    return [one.to[0].addr_spec for one in mails]


def test_moderators_are_told_once_a_day(hub: DeskHub) -> None:
    hub.member(1, "mia@union.example", "water", role="moderator")
    told = come(hub, 1, 2, 3, 4)
    assert to(told) == ["mia@union.example"]
    assert "Strike" in told[0].text
    assert EVE in told[0].text
    hub.now += timedelta(hours=2)
    assert come(hub, 5, 6) == []
    hub.now += timedelta(days=1)
    assert to(come(hub, 7, 8, 9)) == ["mia@union.example"]


def test_the_operator_is_where_nobody_moderates(hub: DeskHub) -> None:
    assert to(come(hub, 1, 2, 3)) == ["op@hub.example"]


def test_who_is_proved_is_told_himself(hub: DeskHub) -> None:
    assert set(to(come(hub, 1, 2, 3, proven=True))) == {EVE}
