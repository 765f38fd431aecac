"""The files of a poll that the hub writes: who may vote, votes, how many have voted, and the end.

Pure. poll.py says where each lies; the format is docs/formats/poll.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from fractions import Fraction

from solicomm_build.features.polls.values.poll import (
    VOTER_ID,
    Ballot,
    Closing,
    Opening,
    Voter,
    moment,
    stamp,
)
from solicomm_build.foundation import frontmatter
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.frontmatter import Word
from solicomm_build.foundation.oneline import LONGEST_NAME, one_line
from solicomm_build.foundation.yamlsafe import Node

VOTERS, OPEN, BALLOT = "solicomm/voters@1", "solicomm/poll-open@1", "solicomm/ballot@1"
TURNOUT, CLOSE = "solicomm/turnout@1", "solicomm/poll-close@1"

_WEIGHT = re.compile(r"[1-9][0-9]{0,11}(?:/[1-9][0-9]{0,5})?")
_WHY = re.compile(r"deadline|moderator|operator|everybody")


def encode_voters(poll: str, voters: Iterable[Voter]) -> bytes:
    """`voters.yaml`, in the order of ids, which says nothing."""
    head: dict[str, frontmatter.Value] = {"schema": Word(VOTERS), "poll": Word(poll)}
    for voter in sorted(voters, key=lambda one: one.id):
        weight = str(voter.weight)
        head[voter.id] = f"{weight} {voter.union}" if voter.union else Word(weight)
    return frontmatter.write_head(head).encode("ascii")


def decode_voters(blob: bytes, file: str = "voters.yaml") -> dict[str, Voter]:
    """Voters by id. Raises ContentError."""
    values = _head(blob, VOTERS, file)
    found = {}
    for known, value in values.items():
        if known in ("schema", "poll"):
            continue
        weight, _, union = value.partition(" ") if isinstance(value, str) else ("", "", "")
        if not VOTER_ID.fullmatch(known) or not _WEIGHT.fullmatch(weight):
            fault = f"{known!r} is no voter with a weight"
            raise ContentError(fault, file=file, remedy="Write `v_abcdefghij: 1`")
        found[known] = Voter(known, Fraction(weight), union)
    return found


def encode_open(opening: Opening) -> bytes:
    """`open.yaml`."""
    head = {"schema": Word(OPEN), "at": Word(stamp(opening.at)), "poll_sha256": Word(opening.poll)}
    return frontmatter.write_head(head | {"voters_sha256": Word(opening.voters)}).encode("ascii")


def decode_open(blob: bytes, file: str = "open.yaml") -> Opening:
    """Raises ContentError."""
    values = _head(blob, OPEN, file)
    return Opening(
        _at(values, file), str(values.get("poll_sha256")), str(values.get("voters_sha256"))
    )


def encode_ballot(ballot: Ballot) -> bytes:
    """The file of a vote."""
    head: dict[str, frontmatter.Value] = {
        "schema": Word(BALLOT),
        "voter": Word(ballot.voter),
        "at": Word(stamp(ballot.at)),
        "choice": Word(" ".join(ballot.choice)),
        "name": ballot.name,
    }
    return frontmatter.write_head(head).encode("utf-8", "replace")


def decode_ballot(blob: bytes, file: str = "") -> Ballot:
    """Raises ContentError."""
    values = _head(blob, BALLOT, file)
    voter, choice, name = (values.get(key, "") for key in ("voter", "choice", "name"))
    if not isinstance(voter, str) or not VOTER_ID.fullmatch(voter):
        raise ContentError(f"`voter` is {voter!r}", file=file, remedy="Leave ballots to the hub")
    words = choice.split() if isinstance(choice, str) else []
    name = one_line(name, LONGEST_NAME) if isinstance(name, str) else ""
    return Ballot(voter, _at(values, file), tuple(words), name)


def encode_turnout(at: datetime, votes: int) -> bytes:
    """A note on how many have voted."""
    head = {"schema": Word(TURNOUT), "at": Word(stamp(at)), "votes": Word(str(votes))}
    return frontmatter.write_head(head).encode("ascii")


def decode_turnout(blob: bytes, file: str = "") -> tuple[datetime, int]:
    """Raises ContentError."""
    values = _head(blob, TURNOUT, file)
    votes = values.get("votes", "")
    if not isinstance(votes, str) or not re.fullmatch(r"[0-9]{1,9}", votes):
        raise ContentError(f"`votes` is {votes!r}", file=file, remedy="Write a number")
    return _at(values, file), int(votes)


def encode_close(closing: Closing) -> bytes:
    """`close.yaml`."""
    head = {"schema": Word(CLOSE), "at": Word(stamp(closing.at)), "why": Word(closing.why)}
    return frontmatter.write_head(head).encode("ascii")


def decode_close(blob: bytes, file: str = "close.yaml") -> Closing:
    """Raises ContentError."""
    values = _head(blob, CLOSE, file)
    why = values.get("why", "")
    if not isinstance(why, str) or not _WHY.fullmatch(why):
        raise ContentError(f"`why` is {why!r}", file=file, remedy="Write `why: deadline`")
    return Closing(_at(values, file), why)


def _head(blob: bytes, name: str, file: str) -> dict[str, Node]:
    return dict(frontmatter.record(blob, name, file=file).values)


def _at(values: Mapping[str, Node], file: str) -> datetime:
    try:
        return moment(str(values.get("at", "")))
    except ValueError as error:
        remedy = "Write `at: 2026-03-04T06:12:00Z`"
        raise ContentError(f"`at`: {error}", file=file, remedy=remedy) from error
