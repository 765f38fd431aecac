"""Rows that come damaged from a machine that helps with a full build are read by the builder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.workers import pools
from tests.unit.workers.pools import Alone, Pool, Processes, pages, rows

_DAMAGED = """
part = bench.Bench.part
def damaged(self, name, low):
    octets = part(self, name, low)
    return eval(open({file!r}).read())
bench.Bench.part = damaged
"""


@pytest.fixture(scope="module")
def damage(
    alone: Alone, scheduler: Processes, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A machine helps that damages rows as this file says at that moment."""
    folder = tmp_path_factory.mktemp("damaging")
    file = folder / "damage"
    program = pools.program(folder, _DAMAGED.format(file=str(file)))
    processes = Processes(folder)
    processes.helper("w1", alone.root, program=program)
    processes.until("w1", "Registered to")
    yield file
    processes.close()


@pytest.mark.parametrize(
    ("octets", "said"),
    [
        ("octets[:500] + bytes(40) + octets[540:]", ""),
        ("octets[:-200]", "its end is missing"),
        ("octets + b'more'", "more comes after its end"),
        ("__import__('zstandard').compress(b'no index')", "file is not a database"),
    ],
)
def test_who_sends_damaged_rows_is_named_and_they_are_read_here(
    pool: Pool, damage: Path, octets: str, said: str
) -> None:
    """Its other work is taken, for that is whole."""
    damage.write_text(octets, "ascii")
    assert pool.build().failures == []
    (sentence,) = pool.said
    assert sentence.startswith(
        "what others have found of content/conferences/solidaridad.git is not taken in, and this "
        f"machine reads it itself: w1 sent it damaged ({said}"
    )
    assert (pages(pool.hub), rows(pool.hub)) == (pool.alone.pages, pool.alone.rows)
