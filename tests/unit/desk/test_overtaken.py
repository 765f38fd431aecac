"""Others write to the roster while the desk looks at a mail: bounces, which wait for nobody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from solicomm_build.desk import run
from solicomm_build.desk.ledger import Ledger
from solicomm_build.message.parse import parse
from solicomm_build.testing.deskhub import DeskHub

ANA = "ana@union.example"


@pytest.fixture
def meanwhile(hub: DeskHub, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The numbers of those who join meanwhile, one each time that the desk has written a plan."""
    hub.member(1, ANA, "water")
    numbers, write = [*range(2, 9)], Ledger._write

    def writing(ledger: Ledger, path: Path, facts: dict[str, Any]) -> None:
        write(ledger, path, facts)
        if numbers:
            number = numbers.pop()
            hub.member(number, f"{number}@union.example")

    monkeypatch.setattr(Ledger, "_write", writing)
    return numbers


def test_a_mail_is_answered_however_often_they_are_quicker(
    hub: DeskHub, meanwhile: list[int]
) -> None:
    hub.send("water-leave", sender=ANA)
    (told,) = hub.work()
    assert meanwhile == []
    assert parse(told.raw).subject == "You have left Water for all"
    assert hub.aside() == []


def test_a_mail_is_set_aside_when_that_lasts(
    hub: DeskHub, meanwhile: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "_OVERTAKEN", 0.0)
    hub.send("water-leave", sender=ANA)
    assert hub.work() == []
    assert hub.aside() == ["the store does not take it: the roster was written to meanwhile"]
