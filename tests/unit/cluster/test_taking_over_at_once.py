"""A take-over that another machine crosses: it looks again, and one of them has the repository."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from solicomm_build.foundation.errors import DeposedError, NotKeptError
from solicomm_build.git.replica import pushing, takeover
from solicomm_build.git.replica.places import Places
from solicomm_build.git.repo import Repo, create
from tests.unit.cluster.conftest import WATER, Machine

Three = tuple[Machine, Machine, Machine]


@pytest.fixture(autouse=True)
def begun(three: Three) -> None:
    one, _, _ = three
    one.found()
    one.takes_over(1)
    one.writes("first")


def _crossing(monkeypatch: pytest.MonkeyPatch, *meanwhile: Callable[[], Any]) -> None:
    """Before each of the next pushes of a take-over something else happens."""
    push, left = pushing.push, list(meanwhile)

    def crossed(*words: Any, **more: Any) -> Any:
        if left:
            left.pop(0)()
        return push(*words, **more)

    monkeypatch.setattr(takeover.pushing, "push", crossed)  # type: ignore[attr-defined]


def test_who_is_crossed_by_an_older_one_looks_again(
    three: Three, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, _ = three

    def late() -> None:
        monkeypatch.undo()
        one.writes("late")
        two.acts()

    two.holds(2)
    repo = create(two.config.root / WATER)
    two.acts()
    _crossing(monkeypatch, late)
    fence = takeover.take(repo, Places(two.config), 2, "n2")
    assert (fence.epoch, fence.node) == (2, "n2")
    assert two.words() == ["late", "first"]


@pytest.mark.parametrize("dies", [False, True])
def test_a_take_over_that_came_to_one_place_alone_is_not_newer_than_what_counts(
    three: Three, monkeypatch: pytest.MonkeyPatch, dies: bool
) -> None:
    """The owner was stalled, and moved it at two places while the next one took it over."""
    one, two, other = three
    ask = Places.ask

    def half(self: Places, repo: Repo, wanted: Any, *words: Any, **more: Any) -> Any:
        if not any("push" in said for _, said in wanted):
            return ask(self, repo, wanted, *words, **more)
        monkeypatch.undo()
        found = ask(self, repo, [row for row in wanted if row[0].is_own], *words, **more)
        with contextlib.suppress(DeposedError):  # two's place says so; were it silent: a yes
            one.writes("late")
        if dies:
            raise KeyboardInterrupt
        two.acts()
        return found | ask(self, repo, [row for row in wanted if not row[0].is_own])

    two.holds(2)
    repo = create(two.config.root / WATER)
    two.acts()
    monkeypatch.setattr(Places, "ask", half)
    if dies:
        with pytest.raises(KeyboardInterrupt):
            takeover.take(repo, Places(two.config), 2, "n2")
        assert two.at_place() != other.at_place()
        one.place_gone()
        other.takes_over(3)
        assert other.words() == ["late", "first"]
        assert two.at_place() == other.at_place()
    else:
        takeover.take(repo, Places(two.config), 2, "n2")
        assert two.words() == ["late", "first"]
        assert one.at_place() == two.at_place() == other.at_place()


def test_who_is_crossed_by_a_newer_one_gives_up(
    three: Three, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, two, other = three

    def newer() -> None:
        monkeypatch.undo()
        other.takes_over(3)
        two.acts()

    two.holds(2)
    repo = create(two.config.root / WATER)
    two.acts()
    _crossing(monkeypatch, newer)
    with pytest.raises(DeposedError):
        takeover.take(repo, Places(two.config), 2, "n2")
    other.acts()
    other.writes("second")
    assert other.words() == ["second", "first"]


def test_what_is_nowhere_yet_is_begun_by_who_has_the_hub_alone(three: Three) -> None:
    _, two, _ = three
    two.holds(2)
    two.acts()
    repo = create(two.config.root / "content/conferences/new.git")
    with pytest.raises(NotKeptError, match="no machine that answers has it yet"):
        takeover.take(repo, Places(two.config), 2, "n2", is_first=False)
