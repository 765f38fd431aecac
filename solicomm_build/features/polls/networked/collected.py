"""What a hub that follows has of a poll of a network, in `private/`:
`polls-collected/<conference>/<poll>.json`.

    {"at": when its members were asked, "voters": how many, "end": "", or when that ended, "rows":
     what was voted then, as it goes to the home: choice, votes, name}

Who voted what lies in `private/polls/` as of any poll (pollbook.py). Nothing of this is in the
conference's repository, which is the home's word: there the hub's votes come with the home's log.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from solicomm_build.features.polls import pollbook
from solicomm_build.features.polls.values.networkvotes import Row
from solicomm_build.features.polls.values.poll import Opening, Voter, moment, stamp
from solicomm_build.features.polls.values.pollfiles import PollFiles
from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub.config import Config

FOLDER = "polls-collected"


@dataclass(frozen=True, slots=True)
class Collected:
    """When members here were asked and how many; and when that ended, with what was voted."""

    at: datetime
    voters: int
    end: datetime | None = None
    rows: tuple[Row, ...] = ()

    @property
    def text(self) -> str:
        """The file."""
        rows = [[" ".join(row.choice), row.votes, row.name] for row in self.rows]
        end = stamp(self.end) if self.end else ""
        facts = {"at": stamp(self.at), "voters": self.voters, "end": end, "rows": rows}
        return json.dumps(facts, sort_keys=True)


def path(conference: str, poll: str) -> str:
    """Where it lies, below `private/`."""
    return f"{FOLDER}/{conference}/{poll}.json"


def read(config: Config, conference: str, poll: str) -> Collected | None:
    """What is collected; None while members here were not asked."""
    return _read(config.private / path(conference, poll))


def is_running(config: Config, conference: str, poll: str) -> bool:
    """Whether members here were asked, and it is still to be reported what they voted."""
    found = read(config, conference, poll)
    return found is not None and found.end is None


def without_names(config: Config, conference: str, poll: str, names: Collection[str]) -> None:
    """Takes names out of what is to be reported; the votes stay. Durable on return."""
    found = read(config, conference, poll)
    if found is not None and any(row.name in names for row in found.rows):
        rows = tuple(replace(row, name="") if row.name in names else row for row in found.rows)
        file = config.private / path(conference, poll)
        safeio.write_atomic(file, replace(found, rows=rows).text.encode(), mode=0o600)


def all_(config: Config) -> Iterator[tuple[str, str, Collected]]:
    """(conference, poll, what) of all that were asked here."""
    for file in sorted((config.private / FOLDER).glob("*/*.json")):
        if (found := _read(file)) is not None:
            yield file.parent.name, file.stem, found


def local(config: Config, conference: str, files: PollFiles) -> PollFiles:
    """The poll as it is for members here: who may vote is this hub's own list. Of a poll of this
    hub it is the same."""
    found = read(config, conference, files.poll.id) if files.poll.reports else None
    if found is None:
        return files
    book = pollbook.book(config, conference, files.poll.id)
    voters = {one: Voter(one) for one in book.voters()}
    return replace(files, voters=voters, opening=Opening(found.at, "", ""), turnout=None)


def _read(file: Path) -> Collected | None:
    try:
        facts = json.loads(file.read_bytes())
        rows = tuple(Row(tuple(said.split()), votes, name) for said, votes, name in facts["rows"])
        end = moment(facts["end"]) if facts["end"] else None
        return Collected(moment(facts["at"]), int(facts["voters"]), end, rows)
    except (OSError, ValueError, KeyError, TypeError):
        return None
