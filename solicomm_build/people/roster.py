"""Who is a member of what: a fold over append-only events in `private/roster.git`.

Pure; imports message.address, errors and its neighbours. Member numbers are what other structures
use (VERP tags, tokens, cursors): an address changes, its number stays. The events and their files
are people/rosterevents.py; what tokens and persons come to is folded in ledgers of their own, which
the roster holds, and so is what features remember (people/ledger.py). Events of a type that is not
known are passed over.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar, cast

from solicomm_build.foundation.formernames import Names
from solicomm_build.foundation.types import Proven
from solicomm_build.message.address import key
from solicomm_build.people import persons, tokenledger
from solicomm_build.people.address import fold as fold_case
from solicomm_build.people.ledger import Ledger, ledgers, types
from solicomm_build.people.membership import (
    STANDINGS,
    STATES,
    UNCONFIRMED,
    MailboxRule,
    Member,
    Status,
)
from solicomm_build.people.rosterevents import Event, number_in, text_in

LANGUAGE = "language"
"""The note of consent of an event by which a member chooses a language."""

HUB = "*"
"""The conference of a role that holds in the whole hub."""

ROLES = ("reader", "member", "moderator", "host")
"""Roles, the weakest first. Hosts own the conference."""

L = TypeVar("L", bound=Ledger)


class Roster:
    """The members, subscriptions, roles and mailboxes after all events so far.

    Only `apply` changes it; everything else asks. What somebody may do is asked with a `Proven`
    address: `role`, `options`, `is_subscribed`, `standing`, `source`. What stands in the roster of
    an address, whoever asks, is `listed_…`: for lists of people, for letters to them, and for the
    operator's commands; never for what a mail may do.

    Events of a conference that was renamed are read as of its name of today (`names`).
    """

    def __init__(self, names: Names | None = None) -> None:
        self.names = names or Names()
        self.members: dict[int, Member] = {}
        self.subscriptions: dict[str, dict[int, Mapping[str, str]]] = {}
        self.roles: dict[tuple[str, int], str] = {}
        self.mailboxes: dict[str, MailboxRule] = {}
        self.refused: list[Event] = []
        self._numbers: dict[str, int] = {}
        self._highest = 0
        self._sources: dict[tuple[str, int], str] = {}
        self._states: dict[tuple[str, int], Status] = {}
        self._standings: dict[tuple[str, str], str] = {}
        self._emergencies: set[str] = set()
        self.tokens = tokenledger.TokenLedger()
        self.persons = persons.Persons()
        self._ledgers = {kind: kind() for kind in ledgers()}
        self.left: dict[str, set[int]] = {}
        self.migrations: set[tuple[str, str]] = set()

    def ledger(self, kind: type[L]) -> L:
        """What a feature remembers here (people/ledger.py)."""
        return cast(L, self._ledgers[kind])

    @property
    def next_number(self) -> int:
        """The number of the next new member; numbers are never used again."""
        return self._highest + 1

    def member(self, address: str) -> Member | None:
        """The member with this address, in whatever case it is written."""
        number = self._numbers.get(key(address))
        return self.members[number] if number is not None else None

    def subscribers(self, conference: str) -> Iterator[tuple[Member, Mapping[str, str]]]:
        """The active members subscribed to a conference with their options, by number. Those
        whose subscription or address is disabled are passed over."""
        for number, options in sorted(self.subscriptions.get(conference, {}).items()):
            member = self.members.get(number)
            if member is None or member.state != "active":
                continue
            if self._states.get((conference, number), _ACTIVE).state == "active":
                yield member, options

    def options(self, conference: str, who: Proven) -> Mapping[str, str] | None:
        """The options of a proved author's subscription; None when there is none."""
        return self.listed_options(conference, who)

    def listed_options(self, conference: str, address: str) -> Mapping[str, str] | None:
        """The options of a subscription; None when there is none."""
        number = self._numbers.get(key(address))
        if number is None:
            return None
        return self.subscriptions.get(conference, {}).get(number)

    def unconfirmed(self, conference: str) -> list[Member]:
        """Who was brought by a migration and has not agreed yet, by number: they get no mail."""
        numbers = sorted(self.subscriptions.get(conference, {}))
        members = (self.members.get(number) for number in numbers)
        return [
            member
            for member in members
            if member is not None
            and member.state == "active"
            and self.state(member.number, conference).state == UNCONFIRMED
        ]

    def source(self, conference: str, who: Proven) -> str:
        """By what consent a proved author is subscribed, such as `mail`; empty when he is not."""
        number = self._numbers.get(key(who))
        return "" if number is None else self._sources.get((conference, number), "")

    def is_subscribed(self, conference: str, who: Proven) -> bool:
        """Whether a proved author is subscribed to a conference."""
        return self.listed_options(conference, who) is not None

    def is_listed(self, conference: str, address: str) -> bool:
        """Whether an address is subscribed to a conference."""
        return self.listed_options(conference, address) is not None

    def role(self, conference: str, who: Proven) -> str:
        """The strongest role of a proved author there, as `listed_role` has it."""
        return self.listed_role(conference, who)

    def listed_role(self, conference: str, address: str) -> str:
        """The strongest role of an address there, in `ROLES`; `member` for a subscriber, `reader`
        for anybody else.
        """
        number = self._numbers.get(key(address))
        if number is None:
            return ROLES[0]
        subscribed = number in self.subscriptions.get(conference, {})
        held = [self.roles.get((place, number), ROLES[0]) for place in (conference, HUB)]
        return max([ROLES[subscribed], *held], key=ROLES.index)

    def with_role(self, conference: str, *roles: str) -> list[Member]:
        """The active members who hold one of the roles there or in the whole hub, by number."""
        numbers = {
            number
            for (place, number), role in self.roles.items()
            if place in (conference, HUB) and role in roles
        }
        members = (self.members.get(number) for number in sorted(numbers))
        return [member for member in members if member and member.state == "active"]

    def state(self, number: int, conference: str = "") -> Status:
        """The state of a member's address, or of one subscription."""
        kept = self._states.get((conference, number), _ACTIVE)
        member = self.members.get(number)
        return replace(kept, state=member.state) if member and not conference else kept

    def standing(self, conference: str, who: Proven) -> str:
        """What a moderator said of a proved author, as `listed_standing` has it."""
        return self.listed_standing(conference, who)

    def is_banned(self, conference: str, address: str) -> bool:
        """Whether a moderator wants nothing of an address any more, whoever uses it: a ban takes
        away, so that a mere claim is enough."""
        return self.listed_standing(conference, address) == "banned"

    def listed_standing(self, conference: str, address: str) -> str:
        """`trusted` or `banned` by a moderator, else empty. A ban may be of the whole hub, and of
        a whole domain (`@spam.example`); a nearer one wins: this conference, this address."""
        whole = key(address)
        for place in (conference, HUB):
            for who in (whole, "@" + whole.rpartition("@")[2]):
                if found := self._standings.get((place, who)):
                    return found
        return ""

    def is_emergency(self, conference: str) -> bool:
        """Whether everything that is sent there is held for now, by a moderator's word."""
        return conference in self._emergencies

    def mailbox(self, name: str) -> MailboxRule | None:
        """What to do with mail to `<name>@` the hub's domain, or to a `name@domain` of a union;
        None for unknown."""
        return self.mailboxes.get(fold_case(name))


_ACTIVE = Status()


def fold(events: Iterable[Event], names: Names | None = None) -> Roster:
    """The roster after these events."""
    roster, known = Roster(names), list(events)
    for event in known:
        apply(roster, event)
    return fold(known, roster.names.renewed()) if roster.names.is_stale else roster


def apply(roster: Roster, event: Event) -> None:
    """Takes one event into the roster. One that is malformed, or claims an address that another
    member has, changes nothing and is kept in `roster.refused`; unknown types change nothing.
    """
    change: Callable[[Roster, dict[str, Any]], None] | None = _CHANGES.get(event.type)
    if change is None and event.type not in _OTHERS | types():
        return
    data = {**event.data, "at": event.at}
    if roster.names.now and isinstance(said := data.get("conference"), str):
        data["conference"] = roster.names.now.get(said, said)
    try:
        if change is not None:
            change(roster, data)
        roster.tokens.apply(event.type, data)
        roster.persons.apply(event.type, data)
        for kind, wanted in ledgers().items():
            if event.type in wanted:
                roster.ledger(kind).apply(event.type, data)
    except (KeyError, TypeError, ValueError):
        roster.refused.append(event)


_OTHERS = tokenledger.TYPES | persons.TYPES


def _member(roster: Roster, data: Mapping[str, Any]) -> None:
    number, address = number_in(data), text_in(data, "address")
    if not address or roster._numbers.get(key(address), number) != number:
        raise ValueError("no address, or another member's")
    before = roster.members.get(number)
    if before is not None and roster._numbers.get(old := key(before.address)) == number:
        del roster._numbers[old]
    if before is not None and key(before.address) != key(address):
        for kind in ledgers():
            roster.ledger(kind).forget(number)
    state = text_in(data, "state") or "active"
    name, lang = text_in(data, "name"), text_in(data, "lang")
    supposed = _is_supposed(before, lang, data)
    roster.members[number] = Member(number, address, name, lang, state, supposed)
    roster._highest = max(roster._highest, number)
    if state != "removed":
        roster._numbers[key(address)] = number
    _mark(roster, "", number, state, data)


def _is_supposed(before: Member | None, lang: str, data: Mapping[str, Any]) -> bool:
    """Whether a member's language was nobody's choice: what came with joining, and what was so
    before."""
    consent = data.get("consent")
    if not lang or not isinstance(consent, dict):
        return bool(lang and before and before.supposed and before.lang == lang)
    if consent.get("source") not in ("mail", "web") or consent.get("note") == LANGUAGE:
        return False
    return before is None or before.supposed or before.lang != lang


def _mark(
    roster: Roster, conference: str, number: int, state: str, data: Mapping[str, Any]
) -> None:
    """Remembers since when a state holds; one that never was another needs no memory."""
    before = roster._states.get((conference, number), _ACTIVE)
    if before.state != state:
        status = Status(state, text_in(data, "at"), text_in(data, "reason"))
        roster._states[conference, number] = status


def _state(roster: Roster, data: Mapping[str, Any]) -> None:
    number, conference = number_in(data), text_in(data, "conference")
    state, member = text_in(data, "state"), roster.members[number]
    if state not in STATES or (state == UNCONFIRMED and not conference):
        raise ValueError(state)
    if not conference:
        _member(roster, {**_facts(member), **data})
    elif number in roster.subscriptions.get(conference, {}):
        _mark(roster, conference, number, state, data)


def _facts(member: Member) -> dict[str, Any]:
    """A member as the keys of its event."""
    return {
        "number": member.number,
        "address": member.address,
        "name": member.name,
        "lang": member.lang,
        "state": member.state,
    }


def _subscribe(roster: Roster, data: Mapping[str, Any]) -> None:
    options = data.get("options") or {}
    values = {str(key): str(value) for key, value in options.items()} if options else _NO_OPTIONS
    conference, number = text_in(data, "conference"), number_in(data)
    held = roster.subscriptions.setdefault(conference, {})
    source = _source(data)
    if number not in held:
        if source:
            roster._sources[conference, number] = source
        if left := roster.left.get(conference):
            left.discard(number)
    elif source not in ("", "import") and roster.state(number, conference).state == UNCONFIRMED:
        _mark(roster, conference, number, "active", data)  # the person agrees at last
        roster._sources[conference, number] = source
    held[number] = values


def _source(data: Mapping[str, Any]) -> str:
    consent = data.get("consent")
    return sys.intern(str(consent.get("source", ""))) if isinstance(consent, dict) else ""


_NO_OPTIONS: Mapping[str, str] = {}


def _unsubscribe(roster: Roster, data: Mapping[str, Any]) -> None:
    conference, number = text_in(data, "conference"), number_in(data)
    if roster.subscriptions.get(conference, {}).pop(number, None) is not None:
        roster.left.setdefault(conference, set()).add(number)
    roster._states.pop((conference, number), None)
    roster._sources.pop((conference, number), None)


def _options(roster: Roster, data: Mapping[str, Any]) -> None:
    conference, number = text_in(data, "conference"), number_in(data)
    before = roster.subscriptions[conference][number]
    after = {**before, **{str(name): str(value) for name, value in dict(data["options"]).items()}}
    roster.subscriptions[conference][number] = {k: v for k, v in after.items() if v}
    if data["options"].get("mail", "off") in ("", "on"):  # who asks for mail reads it again
        _mark(roster, conference, number, "active", data)


def _standing(roster: Roster, data: Mapping[str, Any]) -> None:
    address, standing = text_in(data, "address"), text_in(data, "standing")
    if standing not in ("", *STANDINGS) or "@" not in address:
        raise ValueError(standing)
    roster._standings[text_in(data, "conference"), _who(address)] = standing


def _emergency(roster: Roster, data: Mapping[str, Any]) -> None:
    conference, on = text_in(data, "conference"), data["on"]
    if type(on) is not bool or not conference:
        raise ValueError("neither on nor off")
    (roster._emergencies.add if on else roster._emergencies.discard)(conference)


def _who(address: str) -> str:
    """An address, or the `@domain` of many, as it is compared."""
    return key(address) if address[0] != "@" else key(f"x{address}")[1:]


def _role(roster: Roster, data: Mapping[str, Any]) -> None:
    place, granted = (text_in(data, "conference"), number_in(data)), text_in(data, "role")
    if granted in ROLES[1:]:
        roster.roles[place] = granted
    elif granted in {"", ROLES[0]}:
        roster.roles.pop(place, None)
    else:
        raise ValueError(granted)


def _mailbox(roster: Roster, data: Mapping[str, Any]) -> None:
    local = fold_case(text_in(data, "local"))
    number = number_in(data) if data.get("number") else 0
    domain = text_in(data, "domain").lower()
    rule = MailboxRule(local, number, text_in(data, "forward"), data.get("keep") is True, domain)
    if not local or "@" in local + domain or not (rule.forward or rule.keep):
        raise ValueError("no local part, or nothing to do")
    roster.mailboxes[rule.name] = rule


def _mailbox_removed(roster: Roster, data: Mapping[str, Any]) -> None:
    name = MailboxRule(
        fold_case(text_in(data, "local")), domain=text_in(data, "domain").lower()
    ).name
    roster.mailboxes.pop(name, None)


def _migrated(roster: Roster, data: Mapping[str, Any]) -> None:
    roster.migrations.add((text_in(data, "conference"), text_in(data, "sha256")))


_CHANGES = {
    "member": _member,
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
    "role": _role,
    "mailbox": _mailbox,
    "mailbox-removed": _mailbox_removed,
    "options": _options,
    "state": _state,
    "standing": _standing,
    "emergency": _emergency,
    "migrated": _migrated,
    "renamed": lambda roster, data: roster.names.take(text_in(data, "old"), text_in(data, "new")),
}
