"""Reverse-paths of forwards: they come back to who sent, and nobody can make one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solicomm_build.people import srs

KEY = b"k" * 32
DAY = 20_700


def _ours(sender: str, day: int = DAY) -> str:
    made = srs.rewritten(KEY, sender, "hub.example", day)
    assert made is not None
    return made


def test_there_and_back() -> None:
    made = _ours("Ana.Paz@Union.example")
    local, domain = made.split("@")
    assert domain == "hub.example"
    assert len(local) <= 64
    assert local.startswith("srs0=")
    assert local.endswith("=union.example=ana.paz")
    assert srs.original(KEY, local, DAY) == "ana.paz@union.example"
    assert srs.original(KEY, local.upper(), DAY + 5) == "ana.paz@union.example"


@given(st.text("abcdefghij.+=-_", min_size=1, max_size=20), st.integers(0, 60_000))
def test_any_local_part(local: str, day: int) -> None:
    made = _ours(f"{local}@u.example", day).partition("@")[0]
    assert srs.original(KEY, made, day) == f"{local}@u.example"


@pytest.mark.parametrize("days", [0, 1, srs.DAYS, -1])
def test_good_for_some_days(days: int) -> None:
    local = _ours("ana@u.example").partition("@")[0]
    assert srs.original(KEY, local, DAY + days) == "ana@u.example"


@pytest.mark.parametrize("days", [srs.DAYS + 1, 500, -2])
def test_not_later(days: int) -> None:
    local = _ours("ana@u.example").partition("@")[0]
    assert srs.original(KEY, local, DAY + days) is None


def test_forgeries() -> None:
    local = _ours("ana@u.example").partition("@")[0]
    assert srs.original(b"x" * 32, local, DAY) is None
    for forged in (
        local.replace("ana", "eve"),
        local.replace("u.example", "v.example"),
        local.removeprefix("srs0="),
        "srs0=",
        "srs0=aaaaaaaa=aa=u.example=ana",
        "srs0=a=a=b=c",
    ):
        assert srs.original(KEY, forged, DAY) is None


@pytest.mark.parametrize(
    "sender",
    ["ana", "@u.example", '"a b"@u.example', "a@[127.0.0.1]", "a" * 60 + "@u.example", "a@b@c.d"],
)
def test_senders_that_cannot_be_rewritten(sender: str) -> None:
    assert srs.rewritten(KEY, sender, "hub.example", DAY) is None
