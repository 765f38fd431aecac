"""`python -m tests.bench`: runs benchmarks, prints the table, writes build/bench/<date>.json."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator

from tests.bench import (
    accepting,
    building,
    coldsearch,
    costs,
    delivering,
    growth,
    importing,
    keeping,
    library,
    members,
    moderating,
    myhub,
    networks,
    pocket,
    reading,
    relevance,
    resting,
    searching,
    serving,
    signing,
    sites,
    slower,
    visible,
)
from tests.bench.corpus import WHOLE, Corpus, load
from tests.bench.hub import OUT
from tests.bench.result import Result, machine, short, table

_USUAL = 4_000
_SMALL = 1_000
_MADE_SMALL = ("pocket",)
"""Benchmarks that take so many unless somebody says how many."""
_OFFICE = 4_000

BENCHMARKS: dict[str, Callable[[Corpus], Iterator[Result]]] = {
    "import": importing.measure,
    "office": lambda corpus: importing.measure_office(corpus.first(_OFFICE)),
    "build": building.measure,
    "visible": lambda corpus: visible.measure(corpus, _sizes(len(corpus.messages))),
    "accept": lambda corpus: accepting.measure(),
    "delivery": lambda corpus: delivering.measure(),
    "rest": resting.measure,
    "keeping": keeping.measure,
    "serve": serving.measure,
    "sign": signing.measure,
    "sites": lambda corpus: sites.measure(),
    "search": searching.measure,
    "relevance": relevance.measure,
    "coldsearch": coldsearch.measure,
    "library": lambda corpus: library.measure(),
    "reading": lambda corpus: reading.measure(),
    "topics": lambda corpus: moderating.measure(),
    "members": lambda corpus: members.measure(),
    "myhub": lambda corpus: myhub.measure(),
    "networks": networks.measure,
    "pocket": pocket.measure,
    "costs": lambda corpus: costs.measure(),
}


def _sizes(count: int) -> tuple[int, ...]:
    return (_SMALL, count) if count > _SMALL else (count,)


def main() -> int:
    """Returns the exit code: 1 when a benchmark could not be run."""
    options = _options()
    corpus = load(WHOLE if options.full else options.messages or _USUAL)
    facts = machine()
    print(f"{corpus.name}: {len(corpus.messages):,} messages; load average {facts['load'][0]}")
    results: list[Result] = []
    failed = {}
    for name in options.only or BENCHMARKS:
        started = time.monotonic()
        try:
            small = name in _MADE_SMALL and not options.messages
            results += BENCHMARKS[name](corpus.first(_SMALL) if small else corpus)
        except Exception as error:  # the other benchmarks still count
            failed[name] = repr(error)
        took = f"{name}: {time.monotonic() - started:.0f} s"
        print(took, failed.get(name, ""), file=sys.stderr, flush=True)
    if options.full and not options.only:
        points: list[growth.Point] = []
        try:
            for point in growth.measure(options.growth):
                points.append(point)
        except Exception as error:  # the smaller archives still count
            failed["growth"] = repr(error)
        if points:
            results += growth.results(points)
            growth.keep(points, facts)
    print(table(results, short(facts)))
    for name, reason in failed.items():
        print(f"{name} could not be measured: {reason}")
    before = slower.kept(full=options.full)
    print(slower.text(results, before, slower.machine(facts), whole=not options.only))
    _keep(results, failed, facts)
    return 1 if failed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "--only",
        nargs="+",
        metavar="NAME",
        choices=BENCHMARKS,
        help=f"some of: {', '.join(BENCHMARKS)}",
    )
    parser.add_argument("--messages", "-n", type=int, help=f"default {_USUAL:,}")
    parser.add_argument("--full", action="store_true", help=f"the whole corpus, {WHOLE:,}")
    parser.add_argument(
        "--growth",
        nargs="+",
        type=int,
        default=growth.SIZES,
        metavar="SIZE",
        help="the archives that a full run ends with; a million posts take hours",
    )
    return parser.parse_args()


def _keep(results: list[Result], failed: dict[str, str], facts: dict[str, object]) -> None:
    OUT.mkdir(parents=True, exist_ok=True)
    report = {
        "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "command": " ".join(["python -m tests.bench", *sys.argv[1:]]),
        "machine": facts,
        "load_after": machine()["load"],
        "results": [result.as_dict() for result in results],
        "failed": failed,
    }
    text = json.dumps(report, ensure_ascii=False, indent=1)
    for name in (time.strftime("%Y%m%dT%H%M%SZ", time.gmtime()), "last"):
        (OUT / f"{name}.json").write_text(text + "\n")


if __name__ == "__main__":
    sys.exit(main())
