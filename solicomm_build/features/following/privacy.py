"""What a person follows: told, and taken away with the person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from solicomm_build.features.following.follows import Follows, Person
from solicomm_build.features.following.mails import named
from solicomm_build.features.following.notice import KEY_FIELD
from solicomm_build.features.following.owing import Owing
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item
from solicomm_build.message.address import key
from solicomm_build.people.roster import Roster
from solicomm_build.post.store.erasing import Bears, Erased, Taking


def _people(follows: Follows, number: int, addresses: frozenset[str]) -> Iterator[Person]:
    """All that is known of a person: by number, and by each address."""
    seen: set[int] = set()
    for address, mine in [("", number), *((one, 0) for one in sorted(addresses))]:
        found = follows.known(address, mine)
        if found is not None and found.id not in seen:
            seen.add(found.id)
            yield found


def _told(
    config: Config, _members: Roster, number: int, addresses: frozenset[str]
) -> list[dict[str, Any]]:
    """The topics that a person follows or muted."""
    follows = Follows(config)
    try:
        return [
            {"conference": one.conference, "topic": one.tid, "state": one.state, "why": one.why}
            for person in _people(follows, number, addresses)
            for one in follows.of_person(person)
        ]
    finally:
        follows.close()


def _keeps(config: Config, address: str) -> bool:
    follows = Follows(config)
    try:
        return follows.known(key(address), 0) is not None
    finally:
        follows.close()


def _erase(config: Config, gone: Erased, taking: Taking) -> None:
    follows = Follows(config)
    try:
        addresses = frozenset({gone.address} - {""})
        people = [*_people(follows, gone.member or 0, addresses)]
        count = sum(map(follows.forget, people))
        count += Owing(follows).without(gone.mids)
    finally:
        follows.close()
    if count:
        taking.counted("private/following.sqlite", count)


def _restored(config: Config) -> None:
    follows = Follows(config)
    try:
        follows.pass_over()
    finally:
        follows.close()


class _Waiting:
    """Mails with several posts that wait in the spool: what was in one beside a post that goes is
    mailed anew."""

    def remember(self, config: Config, name: str, item: Item, bears: Bears) -> None:
        """The posts of a mail that is withdrawn are due again; the one that goes is left out when
        they are put together (mails.py)."""
        found = named(item)
        if found is None:
            return
        follows = Follows(config)
        try:
            Owing(follows).again(found[0], found[2], clock.now())
        finally:
            follows.close()

    def from_notes(self, config: Config, bears: Bears) -> None:
        """Nothing is noted but which posts are due, and those that went are left out."""

    def not_to(self, config: Config, wanted: str) -> int:
        """Who goes is forgotten with all that is due."""
        return 0


FACTS = {"following": _told}
KEEPS = (_keeps,)
ERASE = _erase
COLLECTIONS = (KEY_FIELD,)
WAITING = _Waiting()
RESTORED = _restored
