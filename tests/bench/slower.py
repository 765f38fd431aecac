"""Which lines got slower, or dearer, since the run that was kept.

`tests/bench/kept/quick.json` and `full.json` hold the lines of the last runs of `make bench` and of
`make bench-full` that were kept (`python -m tests.bench.report`), with all rounds. A line is known
by what was done and beside whom. Where both runs have a figure of the peer, ratios are compared,
since machines differ and are not equally busy; else the figures are. Machine and load of both are
said.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.bench.corpus import PROJECT
from tests.bench.result import Result, number

BEARABLE = 0.05
"""What a line may get worse by before it is named: a twentieth."""

_FOLDER = PROJECT / "tests" / "bench" / "kept"
_OF_RUN = ("at", "machine", "ratio")

Key = tuple[str, str, int]
"""What was done, beside whom, and how many lines of the same came before."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a run that was kept: its day, and its machine and load."""

    result: Result
    at: str
    machine: str


@dataclass(frozen=True, slots=True)
class Worse:
    """A line that got worse by `share` (0.07: by 7 %); `said` are both ratios, or both figures."""

    line: Line
    share: float
    said: str


def is_full(report: Mapping[str, Any]) -> bool:
    """Whether a run was of the whole corpus."""
    return "--full" in report["command"]


def is_whole(report: Mapping[str, Any]) -> bool:
    """Whether no benchmark was left out on purpose."""
    return "--only" not in report["command"]


def kept(*, full: bool) -> dict[Key, Line]:
    """The lines that were kept of runs of this kind."""
    path = _FOLDER / ("full.json" if full else "quick.json")
    if not path.exists():
        return {}
    told = json.loads(path.read_text("utf-8"))
    lines = [
        Line(
            Result(**{name: value for name, value in one.items() if name not in _OF_RUN}),
            one["at"],
            one["machine"],
        )
        for one in told
    ]
    return dict(zip(keys(line.result for line in lines), lines, strict=True))


def keep(report: Mapping[str, Any]) -> None:
    """Keeps a run: its lines instead of those of the same name; the others stay, unless it is a
    whole one. Where the checkout lies is kept of no path."""
    before = {} if is_whole(report) else kept(full=is_full(report))
    lines = before | lines_of(report)
    told = [
        line.result.as_dict() | {"at": line.at, "machine": line.machine} for line in lines.values()
    ]
    path = _FOLDER / ("full.json" if is_full(report) else "quick.json")
    lasting = json.dumps(told, ensure_ascii=False, indent=1).replace(f"{PROJECT}/", "")
    path.write_text(lasting + "\n", "utf-8")


def lines_of(report: Mapping[str, Any]) -> dict[Key, Line]:
    """The lines of a run (`build/bench/….json`)."""
    results = [
        Result(**{name: value for name, value in one.items() if name != "ratio"})
        for one in report["results"]
    ]
    where = machine(report["machine"])
    lines = [Line(one, report["at"][:10], where) for one in results]
    return dict(zip(keys(results), lines, strict=True))


def keys(results: Iterable[Result]) -> Iterator[Key]:
    """What each is known by."""
    seen: dict[tuple[str, str], int] = {}
    for one in results:
        name = (one.work, one.peer if one.peer_value is not None else "")
        yield (*name, seen.get(name, 0))
        seen[name] = seen.get(name, 0) + 1


def worse(results: list[Result], before: Mapping[Key, Line]) -> list[Worse]:
    """The lines that got worse by more than a twentieth, the worst first."""
    found = [
        one
        for key, now in zip(keys(results), results, strict=True)
        if key in before and (one := _compared(now, before[key])) is not None
    ]
    return sorted(found, key=lambda one: -one.share)


def _compared(now: Result, line: Line) -> Worse | None:
    then = line.result
    if now.ratio is not None and then.ratio is not None:
        share = 1 - now.ratio / then.ratio
        said = f"{then.ratio:.2f} × {then.peer}, now {now.ratio:.2f} ×"
    elif now.value and then.value:
        share = 1 - (now.value / then.value if now.more_is_better else then.value / now.value)
        said = f"{number(then.value)}, now {number(now.value)} {now.unit}"
    else:
        return None
    return Worse(line, share, said) if round(share, 9) > BEARABLE else None


def text(
    results: list[Result], before: Mapping[Key, Line], where: str, *, whole: bool = False
) -> str:
    """What is said below the table; `where` is the machine now. With `whole` also what was measured
    then and is not any more."""
    found = worse(results, before)
    if not found:
        said = [f"No line got worse by more than {BEARABLE:.0%} since it was kept."]
    else:
        said = [f"Worse by more than {BEARABLE:.0%}, now on {where}:"]
    for one in found:
        line = one.line
        said.append(
            f"  {one.share:.0%}  {line.result.work}: {one.said} ({line.at}: {line.machine})"
        )
    here = {one.work for one in results}
    gone = dict.fromkeys(
        line.result.work for line in before.values() if line.result.work not in here
    )
    if whole and gone:
        said.append(f"Measured before and not now: {'; '.join(gone)}")
    return "\n".join(said)


def machine(facts: Mapping[str, Any]) -> str:
    """Machine and load in a few words."""
    return (
        f"{facts['cores']} cores of {facts['processor']}, Python {facts['python']}, "
        f"load average {facts['load'][0]}"
    )
