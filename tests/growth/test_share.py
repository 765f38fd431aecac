"""What a run leaves out, another day's looks at."""

from __future__ import annotations

from itertools import chain

import pytest

from tests.growth import share


def test_the_shares_together_are_all() -> None:
    cases = range(101)
    shares = [list(share.of(cases, number)) for number in range(share.SHARES)]
    assert sorted(chain(*shares)) == list(cases) == list(share.of(cases, None))
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


@pytest.mark.parametrize(("said", "number"), [("all", None), ("2", 2), ("6", 2)])
def test_which_share_is_said(
    monkeypatch: pytest.MonkeyPatch, said: str, number: int | None
) -> None:
    monkeypatch.setenv(share.VARIABLE, said)
    assert share.chosen() == number
    assert (
        share.again(number)
        == f"SOLICOMM_GROWTH={said if number is None else 2} looks at the same again"
    )


def test_else_it_is_the_days(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(share.VARIABLE, raising=False)
    assert share.chosen() in range(share.SHARES)
