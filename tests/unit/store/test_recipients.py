from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.people import roster, rosterevents, token
from solicomm_build.people.address import ListAddress, Purpose
from solicomm_build.people.recipients import HubDirectory, Recipient
from solicomm_build.people.tokens import TokenCheck

TID = "abcdefghijklmnopqrstuvwxyz234567"
TOKEN = "abcdefghijklmnopqrstuvwxyz"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("organising.git", "a.git", "a-owner.git", "Wrong_Name.git", "no-repository"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def directory(folder: Path) -> HubDirectory:
    mailboxes = {"ana", "josé", "organising"}
    return HubDirectory("hub.example", folder, lambda: mailboxes)


@pytest.mark.parametrize(
    ("local", "recipient"),
    [
        ("organising", Recipient("conference", "organising")),
        ("ORGanising", Recipient("conference", "organising")),
        (f"organising+t-{TID}", Recipient("conference", "organising", detail=TID)),
        (f"Organising+T-{TID.upper()}", Recipient("conference", "organising", detail=TID)),
        ("organising-owner", Recipient("role", "owner", "organising")),
        ("organising+owner", Recipient("role", "owner", "organising")),
        (f"organising-bounces+{TOKEN}", Recipient("role", "bounces", "organising", TOKEN)),
        (f"organising+bounces+{TOKEN}", Recipient("role", "bounces", "organising", TOKEN)),
        ("organising-bounces", Recipient("role", "bounces", "organising")),
        (f"organising-confirm+{TOKEN.upper()}", Recipient("role", "confirm", "organising", TOKEN)),
        (f"organising+confirm+=3D{TOKEN}", Recipient("role", "confirm", "organising", TOKEN)),
        (f"organising-moderate+{TOKEN}", Recipient("role", "moderate", "organising", TOKEN)),
        (f"organising-leave+{TOKEN}", Recipient("role", "leave", "organising", TOKEN)),
        ("organising-leave", Recipient("role", "leave", "organising")),
        ("organising+Unsubscribe", Recipient("role", "leave", "organising")),
        ("organising-join", Recipient("role", "join", "organising")),
        ("organising-subscribe", Recipient("role", "join", "organising")),
        ("organising+request", Recipient("role", "request", "organising")),
        ("organising-digest", Recipient("role", "digest", "organising")),
        ("organising+nomail", Recipient("role", "nomail", "organising")),
        ("solicomm", Recipient("role", "solicomm")),
        (f"solicomm-confirm+{TOKEN}", Recipient("role", "confirm", "", TOKEN)),
        (f"solicomm+bounces+{TOKEN}", Recipient("role", "bounces", "", TOKEN)),
        ("a-owner", Recipient("conference", "a-owner")),
        ("a-owner-owner", Recipient("role", "owner", "a-owner")),
        ("a+owner", Recipient("role", "owner", "a")),
        ("ana", Recipient("mailbox", "ana")),
        ("Ana+shop", Recipient("mailbox", "ana", detail="shop")),
        ("jose\u0301", Recipient("mailbox", "josé")),
        ("Postmaster", Recipient("role", "postmaster")),
        ("abuse", Recipient("role", "abuse")),
    ],
)
def test_who_exists(directory: HubDirectory, local: str, recipient: Recipient) -> None:
    assert directory.resolve(f"{local}@hub.example") == recipient
    assert directory.resolve(f"{local}@HUB.Example") == recipient


@pytest.mark.parametrize(
    "local",
    [
        "nobody",
        "",
        "organising+",
        "organising-",
        "organising+t-short",
        f"organising+t-{TID}+x",
        f"organising+t-{TID[:-1]}1",
        f"ana-t-{TID}",
        "organising-join+x",
        f"organising-join+{TOKEN}",
        "organising-confirm",
        "organising-moderate",
        f"organising-confirm+{TOKEN[1:]}",
        f"organising-bounces+x+{TOKEN}x",
        "organising-bounces+x+y",
        "solicomm-join",
        "solicomm-confirm",
        f"solicomm-leave+{TOKEN}",
        "nobody+owner",
        "ana-owner",
        "wrong_name",
        "no-repository",
        "JOSÉ",
        "../organising",
        "organising.git",
    ],
)
def test_who_does_not(directory: HubDirectory, local: str) -> None:
    assert directory.resolve(f"{local}@hub.example") is None


@pytest.mark.parametrize("domain", ["elsewhere.example", "x.hub.example", "[127.0.0.1]", "é" * 70])
def test_other_domains(directory: HubDirectory, domain: str) -> None:
    assert directory.resolve(f"organising@{domain}") is None


def test_postmaster_needs_no_domain(directory: HubDirectory) -> None:
    assert directory.resolve("postMaster") == Recipient("role", "postmaster")
    assert directory.resolve("abuse") is None


def test_both_spellings_of_a_domain(folder: Path) -> None:
    directory = HubDirectory("xn--nion-pra.example", folder)
    assert directory.resolve("a@únion.example") == Recipient("conference", "a")


def test_a_conference_made_a_moment_ago_is_known(directory: HubDirectory, folder: Path) -> None:
    assert directory.resolve("fresh@hub.example") is None
    stamp = folder.stat().st_mtime_ns
    (folder / "fresh.git").mkdir()
    os.utime(folder, ns=(stamp, stamp))  # as with a file system of coarse time
    assert directory.resolve("fresh@hub.example") == Recipient("conference", "fresh")
    (folder / "fresh.git").rmdir()
    assert directory.resolve("fresh@hub.example") is None


def test_a_hub_without_conferences(tmp_path: Path) -> None:
    directory = HubDirectory("hub.example", tmp_path / "none")
    assert directory.resolve("a@hub.example") is None


def test_forged_tokens_are_nobodys_address(folder: Path) -> None:
    directory = HubDirectory("hub.example", folder, is_good=lambda address: address.base == "a")
    assert directory.resolve(f"a-bounces+{TOKEN}@hub.example") is not None
    for local in (
        "organising-bounces",
        "organising+leave",
        "organising-confirm",
        "solicomm-confirm",
    ):
        assert directory.resolve(f"{local}+{TOKEN}@hub.example") is None
    assert directory.resolve("organising-bounces@hub.example") is not None


def test_which_tokens_are_ours() -> None:
    key, at = b"k" * 32, datetime(2026, 11, 24, tzinfo=UTC)
    events = [
        rosterevents.token(token.digest(TOKEN), "join", "a", "x@y.example", at=at, expires=at),
        rosterevents.token(
            token.digest(TOKEN[::-1]), "address", "", "x@y.example", at=at, expires=at
        ),
    ]
    people = roster.fold(events)
    is_good = TokenCheck(key, lambda: people)
    tag, leave = token.verp_tag(key, 7, 20000), token.leave_token(key, "a", 7)
    assert is_good(ListAddress("a", Purpose.BOUNCES))
    assert is_good(ListAddress("a", Purpose.BOUNCES, tag))
    assert not is_good(ListAddress("a", Purpose.BOUNCES, leave))
    assert is_good(ListAddress("a", Purpose.LEAVE, leave))
    assert not is_good(ListAddress("b", Purpose.LEAVE, leave))
    assert not is_good(ListAddress("a", Purpose.LEAVE, tag))
    assert is_good(ListAddress("a", Purpose.CONFIRM, TOKEN))
    assert not is_good(ListAddress("b", Purpose.CONFIRM, TOKEN))
    assert not is_good(ListAddress("a", Purpose.MODERATE, tag))
    assert is_good(ListAddress("b", Purpose.CONFIRM, TOKEN[::-1]))
    assert is_good(ListAddress("solicomm", Purpose.CONFIRM, TOKEN))
