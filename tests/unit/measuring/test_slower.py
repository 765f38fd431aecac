"""A line of the benchmark that got worse is named, by its ratio where it has a peer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.bench import slower
from tests.bench.process import Spent, spent
from tests.bench.result import TURNS, Result, turns

_FACTS = {"cores": 2, "processor": "Any", "python": "3.11", "load": [1.5, 1.0, 1.0]}


def _report(*results: Result, command: str = "python -m tests.bench") -> dict[str, Any]:
    return {
        "at": "2026-11-27T10:00:00Z",
        "command": command,
        "machine": _FACTS,
        "results": [one.as_dict() for one in results],
        "failed": {},
    }


def _worse(now: Result, then: Result) -> list[tuple[str, float]]:
    found = slower.worse([now], slower.lines_of(_report(then)))
    return [(one.line.result.work, round(one.share, 3)) for one in found]


def test_figures_without_a_peer_are_compared_either_way_round() -> None:
    assert _worse(Result("pages", 94, "pages/s"), Result("pages", 100, "pages/s")) == [
        ("pages", 0.06)
    ]
    more = Result("memory", 125, "MiB", more_is_better=False)
    assert _worse(more, Result("memory", 100, "MiB", more_is_better=False)) == [("memory", 0.2)]


def test_a_twentieth_is_bearable_and_better_is_no_news() -> None:
    assert _worse(Result("pages", 95, "pages/s"), Result("pages", 100, "pages/s")) == []
    assert _worse(Result("pages", 300, "pages/s"), Result("pages", 100, "pages/s")) == []


def test_with_a_peer_only_the_ratio_counts() -> None:
    slow_day = Result("import", 50, "messages/s", peer="git", peer_value=25)
    then = Result("import", 100, "messages/s", peer="git", peer_value=50)
    assert _worse(slow_day, then) == []
    fast_day = Result("import", 110, "messages/s", peer="git", peer_value=110)
    assert _worse(fast_day, then) == [("import", 0.5)]


def test_a_peer_that_is_gone_leaves_the_figure() -> None:
    then = Result("import", 100, "messages/s", peer="git", peer_value=50)
    now = Result("import", 50, "messages/s", peer="git is not installed")
    assert _worse(now, then) == []  # it is another line: what it stood beside has gone
    assert slower.text([now], slower.lines_of(_report(then)), "here").startswith("No line")


def test_lines_of_one_name_are_told_apart_by_their_peers_and_places() -> None:
    then = [
        Result("import", 100, "messages/s", peer="git", peer_value=100),
        Result("import", 100, "messages/s", peer="inbox", peer_value=10),
        Result("import", 100, "messages/s"),
        Result("import", 10, "messages/s"),
    ]
    now = [*then[:3], Result("import", 5, "messages/s")]
    found = slower.worse(now, slower.lines_of(_report(*then)))
    assert [(one.share, one.line.result.value) for one in found] == [(0.5, 10)]


def test_the_worst_comes_first_and_machine_and_load_are_said() -> None:
    then = slower.lines_of(_report(Result("a", 100, "x/s"), Result("b", 100, "x/s")))
    said = slower.text([Result("a", 90, "x/s"), Result("b", 50, "x/s")], then, "this machine")
    lines = said.splitlines()
    assert lines[0] == "Worse by more than 5%, now on this machine:"
    assert lines[1].startswith("  50%  b: 100, now 50.0 x/s (2026-11-27: 2 cores of Any")
    assert "load average 1.5" in lines[1]
    assert lines[2].startswith("  10%  a:")


def test_what_is_not_measured_any_more_is_named_for_a_whole_run() -> None:
    then = slower.lines_of(_report(Result("a", 100, "x/s"), Result("b", 100, "x/s")))
    assert "not now: b" in slower.text([Result("a", 100, "x/s")], then, "here", whole=True)
    assert "not now" not in slower.text([Result("a", 100, "x/s")], then, "here")


def test_a_run_of_some_benchmarks_keeps_the_other_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slower, "_FOLDER", tmp_path)
    assert slower.kept(full=True) == {}
    slower.keep(_report(Result("a", 1, "s"), Result("b", 2, "s", details={"rounds": [1, 2, 3]})))
    slower.keep(_report(Result("a", 3, "s"), command="python -m tests.bench --only import"))
    lines = slower.kept(full=False).values()
    assert {one.result.work: one.result.value for one in lines} == {"a": 3, "b": 2}
    assert [one.result.details for one in lines] == [{}, {"rounds": [1, 2, 3]}]
    assert slower.kept(full=True) == {}
    slower.keep(_report(Result("c", 1, "s"), command="python -m tests.bench --full"))
    slower.keep(_report(Result("c", 2, "s")))  # a whole run: what it has not is gone
    assert [one.result.work for one in slower.kept(full=False).values()] == ["c"]
    assert [one.result.value for one in slower.kept(full=True).values()] == [1]


def test_what_is_kept_does_not_say_where_the_checkout_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slower, "_FOLDER", tmp_path)
    page = str(slower.PROJECT / "build" / "hub" / "index.html")
    slower.keep(_report(Result("page", 20, "KB", details={"page": page})))
    kept = (tmp_path / "quick.json").read_text("utf-8")
    assert '"build/hub/index.html"' in kept
    assert str(slower.PROJECT) not in kept


def test_what_is_kept_in_the_project_can_be_read() -> None:
    lines = slower.kept(full=True)
    assert lines
    assert slower.worse([one.result for one in lines.values()], lines) == []


def test_short_work_is_measured_five_times() -> None:
    assert turns(4_000) == TURNS == 5
    assert turns(17_885) == 1


def test_costs_are_differences_and_those_who_ended_cost_nothing_more() -> None:
    assert Spent(3.0, 50) - Spent(1.0, 20) == Spent(2.0, 30)
    assert spent([2**22 + 1]) == Spent(0.0, 0)
