"""The addresses of a list, both ways of writing them, and which list wins."""

from __future__ import annotations

import pytest

from solicomm_build.foundation.types import post_id
from solicomm_build.people.address import (
    ListAddress,
    Purpose,
    clash,
    fold,
    local_part,
    split,
    why_not,
)

TID = post_id("root@x.example")
TOKEN = "abcdefghijklmnopqrstuvwx27"
LISTS = frozenset({"water", "water-join", "a-b"})


@pytest.mark.parametrize(
    ("local", "expected"),
    [
        ("water", ListAddress("water", Purpose.POST)),
        ("WATER", ListAddress("water", Purpose.POST)),
        ("water-request", ListAddress("water", Purpose.REQUEST)),
        ("water+join", ListAddress("water", Purpose.JOIN)),
        ("water-subscribe", ListAddress("water", Purpose.JOIN)),
        ("water-join", ListAddress("water-join", Purpose.POST)),
        ("water-join-leave", ListAddress("water-join", Purpose.LEAVE)),
        ("a-b-unsubscribe", ListAddress("a-b", Purpose.LEAVE)),
        (f"a-b-leave+{TOKEN.upper()}", ListAddress("a-b", Purpose.LEAVE, TOKEN)),
        (f"a-b+leave+=3d{TOKEN}", ListAddress("a-b", Purpose.LEAVE, TOKEN)),
        (f"a-b-confirm+{TOKEN}", ListAddress("a-b", Purpose.CONFIRM, TOKEN)),
        (f"a-b-moderate+{TOKEN}", ListAddress("a-b", Purpose.MODERATE, TOKEN)),
        ("a-b-bounces", ListAddress("a-b", Purpose.BOUNCES)),
        (f"a-b-bounces+{TOKEN}", ListAddress("a-b", Purpose.BOUNCES, TOKEN)),
        ("a-b-owner", ListAddress("a-b", Purpose.OWNER)),
        ("a-b-digest", ListAddress("a-b", Purpose.DIGEST)),
        ("a-b+nomail", ListAddress("a-b", Purpose.NOMAIL)),
        (f"Water+T-{TID.upper()}", ListAddress("water", Purpose.TOPIC, TID)),
    ],
)
def test_what_an_address_is_for(local: str, expected: ListAddress) -> None:
    assert split(local, LISTS) == expected


@pytest.mark.parametrize(
    "local",
    [
        "",
        "fire",
        "fire-join",
        "water-",
        "water+",
        "water-nothing",
        "water+t-short",
        "a-b-confirm",
        "a-b-moderate",
        f"a-b-join+{TOKEN}",
        "a-b-leave+../x",
        "a-b-bounces+" + "x" * 65,
        "a-b-leave+abc",
        f"a-b-bounces+{TOKEN}+{TOKEN}",
        f"water-t-{TID}",
        "-join",
        "+join",
        "a-b+leave+a+b",
        "wäter",
    ],
)
def test_what_is_nobodys_address(local: str) -> None:
    assert split(local, LISTS) is None


@pytest.mark.parametrize("purpose", [*Purpose, "poll", "form"])
def test_names_are_taken_apart_again(purpose: str) -> None:
    tag = {Purpose.TOPIC: TID, Purpose.CONFIRM: TOKEN, Purpose.MODERATE: TOKEN}.get(purpose, "")
    assert split(local_part("a-b", purpose, tag), LISTS) == ListAddress("a-b", purpose, tag)
    for longest in (
        local_part("x" * 28, purpose, tag),
        local_part("x" * 28, Purpose.BOUNCES, TOKEN),
    ):
        assert len(longest) <= 64  # RFC 5321 4.5.3.1.1


def test_some_names_are_taken() -> None:
    assert "hub itself" in why_not("postmaster")
    assert "-owner" in why_not("water-owner")
    assert why_not("water-workers") == why_not("join") == ""


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("solicomm", "the hub itself"),
        ("water", "a conference or list already"),
        ("a-b-owner", "the address for owner of a-b"),
        ("ana", "a member's address already"),
        ("red", "red-leave is a member's address"),
        ("blue", ""),
        ("blue-join", ""),
    ],
)
def test_names_that_would_take_each_others_mail(name: str, why: str) -> None:
    found = clash(name, lists=LISTS, mailboxes=["ana", "red-leave"])
    assert (why in found) if why else (found == "")


def test_only_ascii_letters_are_folded() -> None:
    assert fold("AÉ") == "aÉ"
