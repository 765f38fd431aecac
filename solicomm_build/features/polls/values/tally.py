"""Counting a poll: ballots to a table. Pure, so that everybody with a copy of the files gets the
same; docs/formats/poll.md says the rules in words.

Of each voter the last valid ballot counts, by (`at`, `bid`), among those from the opening on and
before the end. Nothing depends on the order in which files come, and a file twice is one. Weights
are exact fractions.

proposal: agreed when more agree than disagree and nobody blocks. choice, approval: most votes win;
equal ones are a tie. ranked: instant run-off. Who has more than half of what still counts wins;
else the weakest option goes and its ballots move on to their next. Among equally weak ones the one
that was weaker goes, in the round before, or the one before that; when all rounds were equal, the
one that the poll lists last, but two equal ones that are left are a tie.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from solicomm_build.features.polls.values.poll import Ballot, Closing, Opening, Poll, Voter

NO_QUORUM, AGREED, NOT_AGREED, BLOCKED = "no-quorum", "agreed", "not-agreed", "blocked"
WON, TIE, NOTHING = "won", "tie", "nothing"


@dataclass(frozen=True, slots=True)
class Row:
    """An option: ballots for it, their weight, and the share of the weight of all who voted."""

    key: str
    ballots: int
    weight: Fraction
    share: Fraction


@dataclass(frozen=True, slots=True)
class Round:
    """A round of a run-off: the weight of each option that is left, and which one goes then."""

    weights: Mapping[str, Fraction]
    out: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted. `entitled` is the weight of all who may vote, `cast` of those who did;
    `votes` are the ballots that count; `ignored` says how many did not, by reason. `outcome` is
    one of the words above, `winners` the keys it is about. `pairs` gives the weight of those who
    put the first before the second."""

    voters: int
    entitled: Fraction
    cast: Fraction
    votes: tuple[Ballot, ...]
    rows: tuple[Row, ...]
    outcome: str
    winners: tuple[str, ...] = ()
    rounds: tuple[Round, ...] = ()
    pairs: Mapping[tuple[str, str], Fraction] | None = None
    ignored: Mapping[str, int] | None = None

    @property
    def turnout(self) -> Fraction:
        """The share of the weight that was cast."""
        return self.cast / self.entitled if self.entitled else Fraction(0)


def is_valid(poll: Poll, choice: Sequence[str]) -> bool:
    """Whether a choice says something that this poll can count; none at all takes a vote back."""
    if len(set(choice)) != len(choice) or not set(choice) <= set(poll.keys):
        return False
    return len(choice) <= 1 or poll.type in ("approval", "ranked")


def count(
    poll: Poll,
    voters: Mapping[str, Voter],
    opening: Opening,
    ballots: Iterable[Ballot],
    closing: Closing | None = None,
) -> Tally:
    """The table of a poll: as it ended, or as it stands now without `closing`."""
    end = min(poll.closes, closing.at) if closing else poll.closes
    ignored: Counter[str] = Counter()
    last: dict[str, Ballot] = {}
    for ballot in set(ballots):
        if ballot.voter not in voters:
            ignored["no voter"] += 1
        elif not opening.at <= ballot.at < end:
            ignored["not in time"] += 1
        elif not is_valid(poll, ballot.choice):
            ignored["no such choice"] += 1
        elif (now := last.get(ballot.voter)) is None or _order(now) < _order(ballot):
            last[ballot.voter] = ballot
    votes = tuple(sorted((one for one in last.values() if one.choice), key=lambda b: b.voter))
    weights = {voter.id: voter.weight for voter in voters.values()}
    entitled = (
        Fraction(sum(poll.unions.values())) if poll.unions else sum(weights.values(), Fraction(0))
    )
    cast = sum((weights[one.voter] for one in votes), Fraction(0))
    rows = _rows(poll, votes, weights, cast)
    rounds = tuple(_runoff(poll, votes, weights)) if poll.type == "ranked" else ()
    outcome, winners = _outcome(poll, rows, rounds)
    if entitled and cast / entitled < poll.quorum:
        outcome, winners = NO_QUORUM, ()
    pairs = _pairs(poll, votes, weights) if poll.type == "ranked" else None
    return Tally(
        len(voters),
        entitled,
        cast,
        votes,
        rows,
        outcome,
        winners,
        rounds,
        pairs,
        dict(sorted(ignored.items())),
    )


def _order(ballot: Ballot) -> tuple[object, str]:
    return ballot.at, ballot.bid


def _rows(
    poll: Poll, votes: Sequence[Ballot], weights: Mapping[str, Fraction], cast: Fraction
) -> tuple[Row, ...]:
    """What each option got; of a ranked ballot its first choice."""
    rows = []
    for key in poll.keys:
        given = [
            v for v in votes if (key in v.choice[:1] if poll.type == "ranked" else key in v.choice)
        ]
        weight = sum((weights[vote.voter] for vote in given), Fraction(0))
        rows.append(Row(key, len(given), weight, weight / cast if cast else Fraction(0)))
    return tuple(rows)


def _outcome(
    poll: Poll, rows: Sequence[Row], rounds: Sequence[Round]
) -> tuple[str, tuple[str, ...]]:
    got = {row.key: row.weight for row in rows}
    if not any(got.values()):
        return NOTHING, ()
    if poll.type == "proposal":
        if got["block"]:
            return BLOCKED, ()
        return (AGREED, ()) if got["agree"] > got["disagree"] else (NOT_AGREED, ())
    if poll.type == "ranked":
        got = dict(rounds[-1].weights)
    most = max(got.values())
    winners = tuple(key for key in poll.keys if got.get(key) == most)
    return (WON if len(winners) == 1 else TIE), winners


def _runoff(
    poll: Poll, votes: Sequence[Ballot], weights: Mapping[str, Fraction]
) -> Iterable[Round]:
    left, before = list(poll.keys), list[Mapping[str, Fraction]]()
    while True:
        got = dict.fromkeys(left, Fraction(0))
        for vote in votes:
            first = next((key for key in vote.choice if key in got), None)
            if first is not None:
                got[first] += weights[vote.voter]
        most, whole = max(got.values()), sum(got.values(), Fraction(0))
        if len(left) <= 2 or most * 2 > whole:
            yield Round(got)
            return
        out = _weakest(left, [got, *reversed(before)])
        yield Round(got, out)
        before.append(got)
        left.remove(out)


def _weakest(left: Sequence[str], rounds: Iterable[Mapping[str, Fraction]]) -> str:
    tied = list(left)
    for got in rounds:
        least = min(got[key] for key in tied)
        tied = [key for key in tied if got[key] == least]
    return tied[-1]


def _pairs(
    poll: Poll, votes: Sequence[Ballot], weights: Mapping[str, Fraction]
) -> dict[tuple[str, str], Fraction]:
    """Options that a ballot does not name come after all that it does."""
    pairs = {(a, b): Fraction(0) for a in poll.keys for b in poll.keys if a != b}
    for vote in votes:
        place = {key: number for number, key in enumerate(vote.choice)}
        last = len(place)
        for a, b in pairs:
            if place.get(a, last) < place.get(b, last):
                pairs[a, b] += weights[vote.voter]
    return pairs
