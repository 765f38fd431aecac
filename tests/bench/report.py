"""`python -m tests.bench.report [FILE]`: puts a run's figures into docs/benchmarks.md.

The text around them is written by hand; what lies between the two marks of a table is replaced. So
no figure in the document was typed. Without arguments it is the last run. Only a whole run of the
whole corpus goes into the document. Of every run the lines are kept, with all rounds, and later
runs say which of them got worse (slower.py).
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from tests.bench import sites, slower
from tests.bench.corpus import PROJECT
from tests.bench.hub import OUT
from tests.bench.result import Result, number

DOCUMENT = PROJECT / "docs" / "benchmarks.md"
_MARKS = {name: (f"<!-- {name} -->", f"<!-- end {name} -->") for name in ("run", "growth")}


def run_table(report: dict[str, Any]) -> str:
    """What was measured on what, then a row a line of the run."""
    facts = report["machine"]
    rows = [
        f"{report['at'][:10]}, `{report['command']}`, {facts['cores']} cores of "
        f"{facts['processor']}, {facts['memory_gib']:.0f} GiB, Python {facts['python']}, "
        f"load average {facts['load'][0]} before and {report['load_after'][0]} after.",
        "",
        "| work | SoliComm | peer | ratio | goal |",
        "|---|---|---|---|---|",
    ]
    for one in report["results"]:
        known = {key: value for key, value in one.items() if key not in ("ratio", "details")}
        rows.append(_row(Result(**known)))
    rows += [f"\nNot measured: {name}: {why}." for name, why in report["failed"].items()]
    return "\n".join(rows)


def _row(result: Result) -> str:
    peer = result.peer or "–"
    if result.peer_value is not None:
        peer = f"{number(result.peer_value)} {result.unit} ({result.peer})"
    ratio = f"{result.ratio:.2f}" if result.ratio is not None else "–"
    ours = f"{number(result.value)} {result.unit}"
    return f"| {result.work} | {ours} | {peer} | {ratio} | {result.goal or '–'} |"


def growth_table(report: dict[str, Any]) -> str:
    """A row a size."""
    rows = [
        "| posts | visible, median | p95 | files | written | full build | no news | memory |",
        "|---|---|---|---|---|---|---|---|",
    ]
    last = ""
    smallest = report["points"][0]["posts"]
    for one in report["points"]:
        rows.append(
            f"| {one['posts']:,} | {one['visible'] * 1000:.0f} ms | "
            f"{one['visible_p95'] * 1000:.0f} ms | {one['files']} | "
            f"{one['octets'] / 1000:.0f} kB | {one['full']:.1f} s | "
            f"{one['idle']:.2f} s | {one['memory']:.0f} MiB |"
        )
        if one.get("crowded"):
            beside = f"{sites.SITES:,} union sites beside {one['posts']:,} posts"
            last = f"\nWith {beside} a build without news takes {one['crowded']:.2f} s."
        if one.get("beside"):
            times = one["visible"] / one["beside"]
            last += (
                f"\nIn the minutes of the largest a post among {smallest:,} was visible after "
                f"{one['beside'] * 1000:.0f} ms: {times:.2f} times as long with {one['posts']:,}."
            )
    return "\n".join([*rows, last]).rstrip("\n")


def put(text: str, name: str, table: str) -> str:
    """The document with another table between its marks. Raises ValueError without them."""
    begin, end = _MARKS[name]
    head, found, rest = text.partition(begin)
    _, also, tail = rest.partition(end)
    if not (found and also):
        raise ValueError(f"{DOCUMENT.name} has no marks {begin} and {end}")
    return f"{head}{begin}\n{table}\n{end}{tail}"


def main() -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench.report",
        description="Keeps a run, and puts it into docs/benchmarks.md.",
        epilog="example: python -m tests.bench.report build/bench/last.json",
    )
    parser.add_argument("run", nargs="?", type=Path, default=OUT / "last.json", metavar="JSON")
    source: Path = parser.parse_args().run
    report = json.loads(source.read_text())
    slower.keep(report)
    if not (slower.is_full(report) and slower.is_whole(report)):
        return 0
    text = DOCUMENT.read_text(encoding="utf-8")
    text = put(text, "run", run_table(report))
    growth = OUT / "growth.json"
    if growth.exists():
        text = put(text, "growth", growth_table(json.loads(growth.read_text())))
    DOCUMENT.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
