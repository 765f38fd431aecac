"""The addresses of a list, both ways of writing them, and which list wins."""

from __future__ import annotations

import pytest

from solicomm_build.model.address import (
    ListAddress,
    Purpose,
    fold,
    local_part,
    split,
    why_not,
)
from solicomm_build.types import post_id

TID = post_id("root@x.example")
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
        ("a-b-leave+TOKEN234", ListAddress("a-b", Purpose.LEAVE, "token234")),
        ("a-b+leave+token234", ListAddress("a-b", Purpose.LEAVE, "token234")),
        ("a-b-confirm+abc", ListAddress("a-b", Purpose.CONFIRM, "abc")),
        ("a-b-moderate+abc", ListAddress("a-b", Purpose.MODERATE, "abc")),
        ("a-b-bounces", ListAddress("a-b", Purpose.BOUNCES)),
        ("a-b-bounces+x7", ListAddress("a-b", Purpose.BOUNCES, "x7")),
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
        "", "fire", "fire-join", "water-", "water+", "water-nothing", "water+t-short",
        "a-b-confirm", "a-b-moderate", "a-b-join+token", "a-b-leave+../x",
        "a-b-bounces+" + "x" * 65, f"water-t-{TID}", "-join", "+join", "a-b+leave+a+b", "wäter",
    ],
)  # fmt: skip
def test_what_is_nobodys_address(local: str) -> None:
    assert split(local, LISTS) is None


@pytest.mark.parametrize("purpose", list(Purpose))
def test_names_are_taken_apart_again(purpose: Purpose) -> None:
    tag = {Purpose.TOPIC: TID, Purpose.CONFIRM: "abc", Purpose.MODERATE: "abc"}.get(purpose, "")
    assert split(local_part("a-b", purpose, tag), LISTS) == ListAddress("a-b", purpose, tag)
    assert len(local_part("x" * 28, purpose, tag)) <= 64


def test_some_names_are_taken() -> None:
    assert "hub itself" in why_not("postmaster")
    assert "-owner" in why_not("water-owner")
    assert why_not("water-workers") == why_not("join") == ""


def test_only_ascii_letters_are_folded() -> None:
    assert fold("AÉ") == "aÉ"
