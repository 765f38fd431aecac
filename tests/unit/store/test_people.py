"""Addresses at unions' domains, and reverse-paths of forwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.people import srs
from solicomm_build.people.directory import PeopleDirectory, epoch_day
from solicomm_build.people.recipients import HubDirectory, Recipient

KEY = b"k" * 32
MAILBOXES = {"ana", "ana@metal.example", "josé@metal.example"}


@pytest.fixture
def directory(tmp_path: Path) -> PeopleDirectory:
    (tmp_path / "water.git").mkdir()
    hub = HubDirectory("hub.example", tmp_path, lambda: MAILBOXES)
    domains = {"metal.example": "metal"}
    return PeopleDirectory(
        hub, "hub.example", domains=domains, mailboxes=lambda: MAILBOXES, key=KEY
    )


@pytest.mark.parametrize(
    ("address", "recipient"),
    [
        ("water@hub.example", Recipient("conference", "water")),
        ("ana@hub.example", Recipient("mailbox", "ana")),
        ("ANA@Metal.example", Recipient("mailbox", "ana@metal.example")),
        ("ana+shop@metal.example", Recipient("mailbox", "ana@metal.example", detail="shop")),
        ("jose\u0301@metal.example", Recipient("mailbox", "josé@metal.example")),
        ("postmaster@metal.example", Recipient("role", "postmaster")),
        ("abuse@metal.example", Recipient("role", "abuse")),
        ("postmaster", Recipient("role", "postmaster")),
    ],
)
def test_who_exists(directory: PeopleDirectory, address: str, recipient: Recipient) -> None:
    assert directory.resolve(address) == recipient


@pytest.mark.parametrize(
    "address",
    [
        "water@metal.example",
        "ben@metal.example",
        "ana@other.example",
        "@metal.example",
        "ana-owner@metal.example",
        "solicomm@metal.example",
        "ana@x.metal.example",
        "srs0=aaaaaaaa=aa=u.example=ana@hub.example",
        "srs0=@hub.example",
    ],
)
def test_who_does_not(directory: PeopleDirectory, address: str) -> None:
    assert directory.resolve(address) is None


def test_a_forward_on_its_way_back(directory: PeopleDirectory) -> None:
    ours = srs.rewritten(KEY, "eve@u.example", "hub.example", epoch_day())
    assert ours is not None
    assert directory.resolve(ours) == Recipient("sender", "eve@u.example")
    assert directory.resolve(ours.upper()) == Recipient("sender", "eve@u.example")
    assert directory.resolve(ours.replace("hub.", "metal.")) is None
    old = srs.rewritten(KEY, "eve@u.example", "hub.example", epoch_day() - 30)
    assert old is not None
    assert directory.resolve(old) is None
