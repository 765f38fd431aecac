"""Who gets a copy of a post. Pure.

Every active subscriber, but: not with `mail: off`, with a digest or while paused; with `mail:
answers` only whom the post answers; not the author with `copy: off`; not who is in To or Cc
already with `dup: off`; not who has had enough for today or wants other topics
(people/wishes.py); not who is banned where only members read; never the list itself. An address
gets one copy however often it is subscribed.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass

from solicomm_build.message import address
from solicomm_build.message.split import split
from solicomm_build.people.address import fold
from solicomm_build.people.membership import ANSWERS, Member, option
from solicomm_build.people.moved import along
from solicomm_build.people.roster import Roster
from solicomm_build.people.wishes import About, is_wanted, most_a_day, topics


@dataclass(frozen=True, slots=True)
class Parties:
    """The addresses a message itself names, as `fold` writes them."""

    authors: frozenset[str]
    addressed: frozenset[str]


def parties(raw: bytes) -> Parties:
    """Reads From, To and Cc. Raises MessageError when the header cannot be read."""
    named: dict[str, set[str]] = {"from": set(), "to": set(), "cc": set()}
    for field in split(raw).fields:
        boxes = named.get(field.name.lower())
        if boxes is not None:
            boxes.update(fold(box.addr_spec) for box in address.parse_list(field.value))
    return Parties(frozenset(named["from"]), frozenset(named["to"] | named["cc"]))


def recipients(
    roster: Roster,
    list_id: str,
    message: Parties,
    *,
    closed: bool,
    never: Container[str] = (),
    about: About | None = None,
) -> list[Member]:
    """The members who get a copy; see Subscribers."""
    return Subscribers(roster, list_id, closed=closed).of(message, never=never, about=about)


class Subscribers:
    """Those of a list, to be asked for each of its posts while the roster is as it was: of a
    `closed` conference, which is for members only, nobody who is banned there."""

    def __init__(self, roster: Roster, list_id: str, *, closed: bool) -> None:
        self._roster = roster
        self._wishes: list[tuple[int, str, Mapping[str, str]]] = []
        keys: dict[int, str] = {}
        domains: dict[str, list[Member]] = {}
        for member, options in roster.subscribers(list_id, closed=closed):
            key = keys[member.number] = fold(member.address)
            domains.setdefault(key.rpartition("@")[2], []).append(member)
            if options:
                self._wishes.append((member.number, key, options))
        self._all = [(one, keys[one.number]) for one in _interleaved(domains.values())]

    def __len__(self) -> int:
        return len(self._all)

    def known_as(self, answered: frozenset[str]) -> frozenset[str]:
        """Whom a message answers, also by the addresses that members have since they wrote."""
        return along.known_as(self._roster, answered)

    def wishes(self) -> Iterable[Mapping[str, str]]:
        """The options of those who have any."""
        return (options for _, _, options in self._wishes)

    def of(
        self, message: Parties, *, never: Container[str] = (), about: About | None = None
    ) -> list[Member]:
        """The members who get a copy of a message, their domains interleaved. `never` are keys as
        `fold` writes them; without `about` nobody's wishes are looked at."""
        out = {
            number
            for number, key, options in self._wishes
            if not _is_for(key, options, message, about)
        }
        found, seen = [], set[str]()
        for member, key in self._all:
            if key not in seen and key not in never and member.number not in out:
                seen.add(key)
                found.append(member)
        return found


def _is_for(key: str, options: Mapping[str, str], message: Parties, about: About | None) -> bool:
    """Whether a message comes by itself by the options of a subscription."""
    mail = option(options, "mail")
    own = key in message.authors and (option(options, "copy") == "off" or mail == ANSWERS)
    twice = key in message.addressed and option(options, "dup") == "off"
    single = mail == "on" and option(options, "digest") == "none"
    if mail == ANSWERS:
        single = about is not None and key in about.answers
    if about is not None and not _fits(options, about):
        return False
    return single and not own and not twice and not option(options, "paused")


def _fits(options: Mapping[str, str], about: About) -> bool:
    """Whether a post comes by itself by the wishes of a subscription."""
    most = most_a_day(options)
    return (not most or about.nth <= most) and is_wanted(topics(options), about)


def _interleaved(groups: Iterable[list[Member]]) -> list[Member]:
    """The members of all groups, each group spread evenly over the whole, so that
    no receiver gets a thousand copies in one second."""
    spread = [
        ((place + 0.5) / len(group), member.number, member)
        for group in groups
        for place, member in enumerate(group)
    ]
    return [member for _, _, member in sorted(spread, key=lambda one: one[:2])]
