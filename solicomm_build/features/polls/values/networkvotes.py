"""What hubs tell the home of a poll of a network: how many may vote at each, and what was voted.

    electorates/<hub>.yaml   said when the hub asked its members: solicomm/poll-electorate@1
    reports/<hub>.yaml       said when the poll had ended: solicomm/poll-report@1

A report has, for each choice, how many made it, and nothing of who did; where ballots are open,
a row a vote with the name, as the home publishes it. Pure. Format: docs/formats/poll.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from solicomm_build.features.polls.values import tally
from solicomm_build.features.polls.values.poll import (
    MOST_VOTERS,
    Ballot,
    Opening,
    Poll,
    Voter,
    moment,
    stamp,
)
from solicomm_build.foundation import schema, yamlsafe
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.oneline import LONGEST_NAME, one_line
from solicomm_build.foundation.types import HUB_ID
from solicomm_build.foundation.yamlsafe import Node

ELECTORATE, REPORT = "solicomm/poll-electorate@1", "solicomm/poll-report@1"
MOST = 1024 * 1024
"""Octets of one."""
_MOST_NAMED = 5000  # rows with names: more would not fit


@dataclass(frozen=True, slots=True)
class Electorate:
    """How many may vote at a hub, as it said when it asked them; `name` is what it is called."""

    hub: str
    name: str
    at: datetime
    voters: int


@dataclass(frozen=True, slots=True)
class Row:
    """So many made a choice; `name` is of one, where ballots are open."""

    choice: tuple[str, ...]
    votes: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What was voted at a hub."""

    hub: str
    at: datetime
    rows: tuple[Row, ...]

    @property
    def votes(self) -> int:
        """How many voted."""
        return sum(row.votes for row in self.rows)


def rows_of(poll: Poll, ballots: Iterable[Ballot]) -> tuple[Row, ...]:
    """What a hub tells of its members' last ballots, in an order that says nothing."""
    cast = [one for one in ballots if one.choice]
    if poll.ballot == "open" and len(cast) <= _MOST_NAMED:
        rows = [Row(one.choice, 1, one_line(one.name, LONGEST_NAME)) for one in cast]
        return tuple(sorted(rows, key=lambda row: (row.choice, row.name)))
    found = Counter(one.choice for one in cast)
    return tuple(Row(choice, votes) for choice, votes in sorted(found.items()))


def encode_electorate(poll: str, said: Electorate) -> bytes:
    """The file."""
    values: dict[str, Node] = {
        "schema": ELECTORATE,
        "poll": poll,
        "hub": said.hub,
        "name": said.name,
        "at": stamp(said.at),
        "voters": str(said.voters),
    }
    return yamlsafe.dump(values).encode("utf-8", "replace")


def decode_electorate(blob: bytes, poll: str, hub: str, file: str = "") -> Electorate:
    """Raises ContentErrors."""
    top = _opened(blob, ELECTORATE, poll, hub, file)
    found = Electorate(
        hub,
        one_line(top.text("name", longest=200), 100) or hub,
        _at(top),
        top.integer("voters", required=True, high=MOST_VOTERS),
    )
    top.close()
    top.raise_faults()
    return found


def encode_report(poll: str, said: Report) -> bytes:
    """The file."""
    rows: list[Node] = []
    for row in said.rows:
        values: dict[str, Node] = {"choice": " ".join(row.choice), "votes": str(row.votes)}
        rows.append(values | ({"name": row.name} if row.name else {}))
    head: dict[str, Node] = {"schema": REPORT, "poll": poll, "hub": said.hub}
    return yamlsafe.dump({**head, "at": stamp(said.at), "rows": rows}).encode("utf-8", "replace")


def decode_report(blob: bytes, poll: str, hub: str, file: str = "") -> Report:
    """Raises ContentErrors."""
    top = _opened(blob, REPORT, poll, hub, file)
    at, rows = _at(top), []
    for one in top.sections("rows", most=MOST_VOTERS):
        rows.append(
            Row(
                tuple(one.text("choice", required=True, example="2 1").split()),
                one.integer("votes", required=True, low=1, high=MOST_VOTERS),
                one_line(one.text("name", longest=500), LONGEST_NAME),
            )
        )
        one.close()
    top.close()
    top.raise_faults()
    return Report(hub, at, tuple(rows))


def fault(poll: Poll, declared: Electorate | None, said: Report) -> str:
    """Why a report cannot be counted; empty when it can."""
    if declared is None:
        return "its hub has not said how many may vote there"
    if said.votes > declared.voters:
        return f"it has {said.votes} votes, and its hub said that {declared.voters} may vote there"
    if not all(row.choice and tally.is_valid(poll, row.choice) for row in said.rows):
        return "a choice in it is none of this poll"
    if any(row.name for row in said.rows) and poll.ballot != "open":
        return "it has names, and this poll shows none"
    if any(row.name and row.votes != 1 for row in said.rows):
        return "a name in it has more than one vote"
    return ""


def as_ballots(
    opening: Opening, electorates: Mapping[str, Electorate], reports: Mapping[str, Report]
) -> Iterator[tuple[Voter, Ballot | None]]:
    """The same as voters and ballots that are counted as all others: a voter with the weight of
    all who made a choice, and one for those who made none. Ids have a `#`, which no real one
    has."""
    for hub, declared in sorted(electorates.items()):
        report = reports.get(hub)
        rest = declared.voters - (report.votes if report else 0)
        if rest > 0:
            yield Voter(f"{hub}#", Fraction(rest)), None
        for number, row in enumerate(report.rows if report else ()):
            voter = Voter(f"{hub}#{number}", Fraction(row.votes))
            yield voter, Ballot(voter.id, opening.at, row.choice, row.name)


def _opened(blob: bytes, kind: str, poll: str, hub: str, file: str) -> schema.Section:
    top = schema.open_file(blob, file=file, max_bytes=MOST)
    top.schema(kind)
    named = top.text("poll"), top.text("hub", pattern=HUB_ID)
    if named != (poll, hub):
        raise ContentError("it is of another poll, or another hub", file=file, remedy="Leave it")
    return top


def _at(top: schema.Section) -> datetime:
    remedy = "Write a moment in UTC, as `at: 2026-12-01T18:00:00Z`"
    return top.parsed("at", moment, moment("2000-01-01T00:00:00Z"), remedy)
