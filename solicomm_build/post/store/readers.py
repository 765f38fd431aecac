"""Who may read which conference that is for its members only.

Asked of the roster at each request, which costs one small file as long as the roster stays as it
is: who left, was taken off or banned reads nothing more from the next request on.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.membership import MACHINE, UNCONFIRMED, Member
from solicomm_build.people.roster import HUB, Roster
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.conference import Conference
from solicomm_build.post.store.placesettings import PlaceSettings

_STATES = ("active", UNCONFIRMED)  # of a subscription that lets somebody read
_ROLES = ("moderator", "host")


@dataclass(frozen=True, slots=True)
class Own:
    """What the roster says of one member: the lists he is on with their options and, where a
    subscription is not active, its state; his roles by conference (`*` for the hub)."""

    lists: Mapping[str, Mapping[str, str]]
    states: Mapping[str, str]
    roles: Mapping[str, str]

    def looks_after(self, conference: str) -> bool:
        """Whether he is a moderator or host there."""
        return any(self.roles.get(place) in _ROLES for place in (conference, HUB))

    @property
    def looks_after_any(self) -> bool:
        """Whether he is a moderator or host anywhere."""
        return any(role in _ROLES for role in self.roles.values())


class Readers:
    """Answers for one hub. Blocking; safe for several threads. Close it."""

    def __init__(self, config: Config, settings: PlaceSettings[Conference]) -> None:
        self._config, self._settings = config, settings
        self._lock = threading.Lock()
        self._store: RosterStore | None = None

    def member(self, number: int) -> Member | None:
        """The member with this number whose address is in use."""
        found = self._roster().members.get(number)
        return found if found is not None and found.state == "active" else None

    def may_read(self, number: int, conference: str) -> bool:
        """Whether a member may read a conference for members only, if there is one of this id.
        The settings are asked last: who is no member of it waits no longer where there is one."""
        if not is_reader(self._roster(), number, conference):
            return False
        found = self._settings.now().get(conference)
        return found is not None and found.visibility == "members"

    def conferences(self, number: int) -> list[Conference]:
        """The conferences for members only that a member may read, by id."""
        roster = self._roster()
        return [
            one
            for name, one in self._settings.now().items()
            if one.visibility == "members" and is_reader(roster, number, name)
        ]

    def readable(self, number: int, settings: Mapping[str, Conference]) -> frozenset[str]:
        """The ids of those of `settings` that are for members only and that a member may read."""
        roster = self._roster()
        return frozenset(
            name
            for name, one in settings.items()
            if one.visibility == "members" and is_reader(roster, number, name)
        )

    def is_person_reader(self, person: str, conference: str) -> bool:
        """The same of a person id."""
        number = self._roster().persons.number(person)
        return number is not None and self.may_read(number, conference)

    def is_anybody(self, number: int) -> bool:
        """Whether a member's address is in use and the member reads, or looks after, anything here:
        whoever is nobody gets no link to sign in with."""
        roster, names = self._roster(), self._settings.now()
        return self.member(number) is not None and is_anybody(roster, number, names)

    def settings(self) -> Mapping[str, Conference]:
        """The settings of all conferences and lists, by id."""
        return self._settings.now()

    def own(self, number: int) -> Own:
        """What the roster says of a member now."""
        with self._lock:
            roster = self._now()
            lists = roster.subscriptions.of(number)
            states = {name: roster.state(number, name).state for name in lists}
            roles = roster.roles.of(number)
        return Own(lists, {k: v for k, v in states.items() if v != "active"}, roles)

    @contextlib.contextmanager
    def looking(self) -> Iterator[Roster]:
        """The roster as it is now. Nobody else gets it meanwhile, so be quick; do not change it."""
        with self._lock:
            yield self._now()

    def person(self, number: int) -> str | None:
        """A member's person id, if there is one yet."""
        return self._roster().persons.of(number)

    def close(self) -> None:
        """Ends the reading process."""
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None

    def _roster(self) -> Roster:
        with self._lock:
            return self._now()

    def _now(self) -> Roster:
        if self._store is None:
            self._store = RosterStore.of(self._config)
        return self._store.roster()


def is_reader(roster: Roster, number: int, conference: str) -> bool:
    """Whether the roster lets a member read a conference: subscribers, its moderators and hosts,
    and those of the whole hub."""
    member = roster.members.get(number)
    if member is None or member.state != "active":
        return False
    if any(roster.roles.get((place, number)) in _ROLES for place in (conference, HUB)):
        return True
    if number not in roster.subscriptions[conference]:
        return False
    banned = roster.is_banned(conference, member.address)
    return roster.state(number, conference).state in _STATES and not banned


def is_anybody(roster: Roster, number: int, conferences: Collection[str]) -> bool:
    """Whether a member reads, or looks after, anything on the hub."""
    looks_after = any(roster.roles.get((place, number)) for place in (HUB, MACHINE))
    return looks_after or any(is_reader(roster, number, name) for name in conferences)
