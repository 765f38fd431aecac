from __future__ import annotations

import os
from pathlib import Path

import pytest

from solicomm_build.store.recipients import HubDirectory, Recipient

TID = "abcdefghijklmnopqrstuvwxyz234567"


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
        ("organising-bounces+x+y", Recipient("role", "bounces", "organising", "x+y")),
        ("organising+bounces+xy", Recipient("role", "bounces", "organising", "xy")),
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
        "organising-join",
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


def test_more_roles_can_be_named(folder: Path) -> None:
    directory = HubDirectory("hub.example", folder, roles=frozenset({"join"}))
    assert directory.resolve("a-join@hub.example") == Recipient("role", "join", "a")
    assert directory.resolve("a-bounces@hub.example") is None
