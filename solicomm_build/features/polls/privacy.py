"""A person's votes, as far as they are tied to the person still."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from solicomm_build.features.polls import forgottenvotes, pollbook
from solicomm_build.features.polls.values import poll as polls
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.roster import Roster
from solicomm_build.post.store.erasing import Erased, Taking

_GONE = "in votes that still run: what the person had voted counts there no more"


def _polls(config: Config, number: int) -> Iterator[dict[str, Any]]:
    """Where the person may vote, the code there, and what was voted."""
    for conference, poll, book in pollbook.books(config):
        for voter in (
            voter for voter, known in book.voters().items() if number and known == number
        ):
            cast = [
                {"at": polls.stamp(one.at), "choice": list(one.choice)}
                for one in book.ballots(voter)
            ]
            yield {"conference": conference, "poll": poll, "voter": voter, "ballots": cast}


def _told(
    config: Config, _members: Roster, number: int, _addresses: frozenset[str]
) -> list[dict[str, Any]]:
    return list(_polls(config, number))


def _erase(config: Config, gone: Erased, taking: Taking) -> None:
    if gone.member is not None:
        waiting = forgottenvotes.waiting(config, gone.member)
        count = forgottenvotes.from_polls(config, gone.member, taking.cut)
        taking.counted("private/polls", count)
        taking.counted(f"private/polls, {_GONE}", waiting)


FACTS = {"polls": _told}
ERASE = _erase
