"""Who is a member of what: a fold over append-only events in `private/roster.git`.

Pure; imports message.address, types, errors and its neighbours. An event is a JSON object on one
line of a file `events/<yyyy>/<ts>-<eid>.jsonl`; files are read in the order of their names. Member
numbers are what other structures use (VERP tags, tokens, cursors): an address changes, its number
stays.
Events of a type that is not known are kept in the files and passed over. The format is
docs/formats/roster.md.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from solicomm_build.errors import ContentError, ContentErrors
from solicomm_build.message.address import is_valid, key
from solicomm_build.model import bounceledger, cardholders, digestissue, persons, pollwork
from solicomm_build.model.address import fold as fold_case
from solicomm_build.model.membership import (
    STANDINGS,
    STATES,
    UNCONFIRMED,
    Bounce,
    Status,
    TokenFacts,
)
from solicomm_build.model.oneline import LONGEST_NAME, one_line
from solicomm_build.model.token import MOST_NUMBER
from solicomm_build.types import Mailbox

HUB = "*"
"""The conference of a role that holds in the whole hub."""

ROLES = ("reader", "member", "moderator", "host")
"""Roles, the weakest first. Hosts own the conference."""

MOST_BOUNCES = 64
"""So many bounces are remembered of a member; the score looks at the last weeks only."""

_TOKENS_KEPT = timedelta(days=30)  # after they ended, so that a late answer gets a polite one
_PRUNE_AT = 1024


@dataclass(frozen=True, slots=True)
class Event:
    """One fact: what kind, when (UTC, as text that sorts by time), and the rest of its object."""

    type: str
    at: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Consent:
    """Why we may write to this person: `source` is mail, web, import, owner or invitation; `note`
    says more, such as the file or the token's id.
    """

    source: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """A person: `state` is active, disabled or removed."""

    number: int
    address: str
    name: str = ""
    lang: str = ""
    state: str = "active"


@dataclass(frozen=True, slots=True)
class MailboxRule:
    """What happens with mail to a member's address here: forwarded, kept in the member's own
    repository, or both. `domain` is a union's, or empty for the hub's.
    """

    local_part: str
    number: int = 0
    forward: str = ""
    keep: bool = False
    domain: str = ""

    @property
    def name(self) -> str:
        """What the roster calls it: the local part, with `@domain` where it is not the hub's."""
        return f"{self.local_part}@{self.domain}" if self.domain else self.local_part


class Roster:
    """The members, subscriptions, roles and mailboxes after all events so far.

    Only `apply` changes it; everything else asks.
    """

    def __init__(self) -> None:
        self.members: dict[int, Member] = {}
        self.subscriptions: dict[str, dict[int, Mapping[str, str]]] = {}
        self.roles: dict[tuple[str, int], str] = {}
        self.mailboxes: dict[str, MailboxRule] = {}
        self.refused: list[Event] = []
        self._numbers: dict[str, int] = {}
        self._highest = 0
        self._sources: dict[tuple[str, int], str] = {}
        self._states: dict[tuple[str, int], Status] = {}
        self._tokens: dict[str, TokenFacts] = {}
        self._prune_at = _PRUNE_AT
        self._bounces: dict[int, tuple[Bounce, ...]] = {}
        self._standings: dict[tuple[str, str], str] = {}
        self._emergencies: set[str] = set()
        self.returns = bounceledger.Ledger()
        self.persons = persons.Persons()
        self.polls = pollwork.PollWork()
        self.cards = cardholders.CardHolders()
        self.issues: dict[tuple[str, str], digestissue.Issue] = {}
        self.left: dict[str, set[int]] = {}
        self.migrations: set[tuple[str, str]] = set()

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

    def options(self, conference: str, address: str) -> Mapping[str, str] | None:
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

    def source(self, conference: str, address: str) -> str:
        """By what consent an address is subscribed, such as `mail`; empty when it is not."""
        number = self._numbers.get(key(address))
        return "" if number is None else self._sources.get((conference, number), "")

    def is_subscribed(self, conference: str, address: str) -> bool:
        """Whether an address is subscribed to a conference."""
        return self.options(conference, address) is not None

    def role(self, conference: str, address: str) -> str:
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

    def standing(self, conference: str, address: str) -> str:
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

    def token(self, digest: str, now: datetime) -> TokenFacts | None:
        """What the token with this digest allows; None when it is unknown, used or over."""
        facts = self._tokens.get(digest)
        return None if facts is None or facts.used or facts.expires <= now else facts

    def known_token(self, digest: str) -> TokenFacts | None:
        """What a token was for, also when it is used or over: for a polite answer."""
        return self._tokens.get(digest)

    def bounces(self, number: int) -> tuple[Bounce, ...]:
        """What came back from a member, oldest first, at most MOST_BOUNCES."""
        return self._bounces.get(number, ())

    def mailbox(self, name: str) -> MailboxRule | None:
        """What to do with mail to `<name>@` the hub's domain, or to a `name@domain` of a union;
        None for unknown."""
        return self.mailboxes.get(fold_case(name))


_ACTIVE = Status()


# -- fold -------------------------------------------------------------------------------------


def fold(events: Iterable[Event]) -> Roster:
    """The roster after these events."""
    roster = Roster()
    for event in events:
        apply(roster, event)
    return roster


def apply(roster: Roster, event: Event) -> None:
    """Takes one event into the roster. One that is malformed, or claims an address that another
    member has, changes nothing and is kept in `roster.refused`; unknown types change nothing.
    """
    change = _CHANGES.get(event.type)
    if change is None and event.type not in _FOLDED_ELSEWHERE:
        return
    data = {**event.data, "at": event.at}
    try:
        if change is not None:
            change(roster, data)
        roster.returns.apply(event.type, data)
        roster.persons.apply(event.type, data)
        roster.polls.apply(event.type, data)
        roster.cards.apply(event.type, data)
    except (KeyError, TypeError, ValueError):
        roster.refused.append(event)


_FOLDED_ELSEWHERE = (
    bounceledger.TYPES | persons.TYPES | cardholders.TYPES | pollwork.TYPES
)  # fmt: skip


def _member(roster: Roster, data: Mapping[str, Any]) -> None:
    number, address = _number(data), _text(data, "address")
    if not address or roster._numbers.get(key(address), number) != number:
        raise ValueError("no address, or another member's")
    before = roster.members.get(number)
    if before is not None and roster._numbers.get(old := key(before.address)) == number:
        del roster._numbers[old]
    if before is not None and key(before.address) != key(address):
        roster._bounces.pop(number, None)
        roster.returns.forget(number)
    state = _text(data, "state") or "active"
    name, lang = _text(data, "name"), _text(data, "lang")
    roster.members[number] = Member(number, address, name, lang, state)
    roster._highest = max(roster._highest, number)
    if state != "removed":
        roster._numbers[key(address)] = number
    _mark(roster, "", number, state, data)


def _mark(
    roster: Roster, conference: str, number: int, state: str, data: Mapping[str, Any]
) -> None:
    """Remembers since when a state holds; one that never was another needs no memory."""
    before = roster._states.get((conference, number), _ACTIVE)
    if before.state != state:
        status = Status(state, _text(data, "at"), _text(data, "reason"))
        roster._states[conference, number] = status


def _state(roster: Roster, data: Mapping[str, Any]) -> None:
    number, conference = _number(data), _text(data, "conference")
    state, member = _text(data, "state"), roster.members[number]
    if state not in STATES or (state == UNCONFIRMED and not conference):
        raise ValueError(state)
    if not conference:
        _member(roster, {**_facts(member), **data})
    elif number in roster.subscriptions.get(conference, {}):
        _mark(roster, conference, number, state, data)


def _facts(member: Member) -> dict[str, Any]:
    """A member as the keys of its event."""
    return {
        "number": member.number, "address": member.address,
        "name": member.name, "lang": member.lang, "state": member.state,
    }  # fmt: skip


def _subscribe(roster: Roster, data: Mapping[str, Any]) -> None:
    options = data.get("options") or {}
    values = {str(key): str(value) for key, value in options.items()} if options else _NO_OPTIONS
    conference, number = _text(data, "conference"), _number(data)
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
    conference, number = _text(data, "conference"), _number(data)
    if roster.subscriptions.get(conference, {}).pop(number, None) is not None:
        roster.left.setdefault(conference, set()).add(number)
    roster._states.pop((conference, number), None)
    roster._sources.pop((conference, number), None)


def _options(roster: Roster, data: Mapping[str, Any]) -> None:
    conference, number = _text(data, "conference"), _number(data)
    before = roster.subscriptions[conference][number]
    after = {**before, **{str(name): str(value) for name, value in dict(data["options"]).items()}}
    roster.subscriptions[conference][number] = {k: v for k, v in after.items() if v}
    if data["options"].get("mail", "off") in ("", "on"):  # who asks for mail reads it again
        _mark(roster, conference, number, "active", data)


def _token(roster: Roster, data: Mapping[str, Any]) -> None:
    digest, expires = _text(data, "hash"), datetime.fromisoformat(_text(data, "expires"))
    if not digest or expires.tzinfo is None:
        raise ValueError("no digest, or a time without its zone")
    more = data.get("data") or {}
    facts = TokenFacts(
        _text(data, "action"), _text(data, "conference"), _text(data, "address"), expires, {**more}
    )
    if len(roster._tokens) >= roster._prune_at:
        _prune(roster, datetime.fromisoformat(_text(data, "at")) - _TOKENS_KEPT)
    roster._tokens.setdefault(digest, facts)


def _prune(roster: Roster, before: datetime) -> None:
    """Forgets tokens that ended long ago."""
    roster._tokens = {k: facts for k, facts in roster._tokens.items() if facts.expires > before}
    roster._prune_at = max(_PRUNE_AT, 2 * len(roster._tokens))


def _token_used(roster: Roster, data: Mapping[str, Any]) -> None:
    digest = _text(data, "hash")
    if facts := roster._tokens.get(digest):
        roster._tokens[digest] = replace(facts, used=True)


def _bounce(roster: Roster, data: Mapping[str, Any]) -> None:
    number = _number(data)
    found = Bounce(
        _text(data, "conference"), _text(data, "class"), _text(data, "day"), _text(data, "at"),
        _text(data, "diagnostic"),
    )  # fmt: skip
    roster._bounces[number] = _thinned((*roster._bounces.get(number, ()), found))


def _thinned(found: tuple[Bounce, ...]) -> tuple[Bounce, ...]:
    """At most MOST_BOUNCES: one goes that another of its day says as well, else the oldest, so that
    a busy list does not push out what happened weeks ago."""
    if len(found) <= MOST_BOUNCES:
        return found
    if _said(found[-1]) == _said(found[-2]):  # nearly always, and quick
        return found[:-2] + found[-1:]
    keys = list(map(_said, found))
    at = next((n for n, key in enumerate(keys) if key in keys[n + 1 :]), 0)
    return found[:at] + found[at + 1 :]


def _said(one: Bounce) -> tuple[str, str, str]:
    """What a bounce says: where, why, and on which day."""
    return one.conference, one.kind, one.at[:10]


def _bounces_forgotten(roster: Roster, data: Mapping[str, Any]) -> None:
    number, conference = _number(data), _text(data, "conference")
    since = _text(data, "since")
    kept = tuple(
        found
        for found in roster._bounces.get(number, ())
        if (conference and found.conference != conference) or found.at < since
    )
    roster._bounces[number] = kept


def _standing(roster: Roster, data: Mapping[str, Any]) -> None:
    address, standing = _text(data, "address"), _text(data, "standing")
    if standing not in ("", *STANDINGS) or "@" not in address:
        raise ValueError(standing)
    roster._standings[_text(data, "conference"), _who(address)] = standing


def _emergency(roster: Roster, data: Mapping[str, Any]) -> None:
    conference, on = _text(data, "conference"), data["on"]
    if type(on) is not bool or not conference:
        raise ValueError("neither on nor off")
    (roster._emergencies.add if on else roster._emergencies.discard)(conference)


def _who(address: str) -> str:
    """An address, or the `@domain` of many, as it is compared."""
    return key(address) if address[0] != "@" else key(f"x{address}")[1:]


def _role(roster: Roster, data: Mapping[str, Any]) -> None:
    place, granted = (_text(data, "conference"), _number(data)), _text(data, "role")
    if granted in ROLES[1:]:
        roster.roles[place] = granted
    elif granted in {"", ROLES[0]}:
        roster.roles.pop(place, None)
    else:
        raise ValueError(granted)


def _mailbox(roster: Roster, data: Mapping[str, Any]) -> None:
    local = fold_case(_text(data, "local"))
    number = _number(data) if data.get("number") else 0
    domain = _text(data, "domain").lower()
    rule = MailboxRule(local, number, _text(data, "forward"), data.get("keep") is True, domain)
    if not local or "@" in local + domain or not (rule.forward or rule.keep):
        raise ValueError("no local part, or nothing to do")
    roster.mailboxes[rule.name] = rule


def _mailbox_removed(roster: Roster, data: Mapping[str, Any]) -> None:
    name = MailboxRule(fold_case(_text(data, "local")), domain=_text(data, "domain").lower()).name
    roster.mailboxes.pop(name, None)


def _digest_issue(roster: Roster, data: Mapping[str, Any]) -> None:
    place, issue = digestissue.of_event(data)
    before = roster.issues.get(place)
    if before is None or issue.place > before.place:
        roster.issues[place] = issue


def _migrated(roster: Roster, data: Mapping[str, Any]) -> None:
    roster.migrations.add((_text(data, "conference"), _text(data, "sha256")))


_CHANGES = {
    "member": _member,
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
    "role": _role,
    "mailbox": _mailbox,
    "mailbox-removed": _mailbox_removed,
    "options": _options,
    "state": _state,
    "token": _token,
    "token-used": _token_used,
    "bounce": _bounce,
    "bounces-forgotten": _bounces_forgotten,
    "standing": _standing,
    "emergency": _emergency,
    "digest-issue": _digest_issue,
    "migrated": _migrated,
}


def _number(data: Mapping[str, Any]) -> int:
    number = data["number"]
    if type(number) is not int or not 0 < number <= MOST_NUMBER:
        raise ValueError(f"no member number: {number!r}")
    return number


def _text(data: Mapping[str, Any], key: str) -> str:
    value = data.get(key, "")
    if type(value) is not str:
        raise TypeError(f"{key} is no text")
    return value


# -- events made ------------------------------------------------------------------------------


def member(
    number: int, address: str, *, at: datetime, consent: Consent,
    name: str = "", lang: str = "", state: str = "active",
) -> Event:  # fmt: skip
    """A new member, or an existing one with a changed address, name, language or state."""
    data: dict[str, Any] = {"number": number, "address": address}
    data |= {"name": one_line(name, LONGEST_NAME)} if name else {}
    data |= {"lang": lang} if lang else {}
    data |= {"state": state} if state != "active" else {}
    return Event("member", _time(at), data | _consent(consent))


def subscribe(
    conference: str, number: int, *, at: datetime, consent: Consent,
    options: Mapping[str, str] | None = None,
) -> Event:  # fmt: skip
    """A subscription, or new options of one."""
    data: dict[str, Any] = {"conference": conference, "number": number}
    data |= {"options": dict(options)} if options else {}
    return Event("subscribe", _time(at), data | _consent(consent))


def unsubscribe(conference: str, number: int, *, at: datetime, by: str) -> Event:
    """The end of a subscription; `by` says how, such as `one-click` or `operator`."""
    return Event("unsubscribe", _time(at), {"conference": conference, "number": number, "by": by})


def role(conference: str, number: int, granted: str, *, at: datetime, by: str) -> Event:
    """A role granted in a conference (`HUB` for all); an empty one takes it away."""
    data = {"conference": conference, "number": number, "role": granted, "by": by}
    return Event("role", _time(at), data)


def mailbox(
    local_part: str, *, at: datetime, by: str, number: int = 0, forward: str = "",
    keep: bool = False, domain: str = "",
) -> Event:  # fmt: skip
    """An address here that forwards, keeps, or both; of a union's `domain`, else the hub's."""
    data: dict[str, Any] = {"local": fold_case(local_part)}
    data |= {"domain": domain} if domain else {}
    data |= {"number": number} if number else {}
    data |= {"forward": forward} if forward else {}
    data |= {"keep": True} if keep else {}
    return Event("mailbox", _time(at), data | {"by": by})


def mailbox_removed(local_part: str, *, at: datetime, by: str, domain: str = "") -> Event:
    """The end of an address here."""
    data = {"local": fold_case(local_part)} | ({"domain": domain} if domain else {})
    return Event("mailbox-removed", _time(at), data | {"by": by})


def options(
    conference: str, number: int, changed: Mapping[str, str], *, at: datetime, by: str
) -> Event:
    """Some options of a subscription changed (model/membership.py); empty brings the default."""
    data = {"conference": conference, "number": number, "options": dict(changed), "by": by}
    return Event("options", _time(at), data)


def state(
    number: int, state: str, *, at: datetime, by: str, conference: str = "", reason: str = ""
) -> Event:
    """A new state of a member's address, or of one subscription when a conference is named."""
    data: dict[str, Any] = {"number": number, "state": state}
    data |= {"conference": conference} if conference else {}
    data |= {"reason": one_line(reason, 300)} if reason else {}
    return Event("state", _time(at), data | {"by": by})


def token(
    digest: str, action: str, conference: str, address: str, *, at: datetime, expires: datetime,
    data: Mapping[str, Any] | None = None,
) -> Event:  # fmt: skip
    """A token given out, by its digest (model/token.py)."""
    facts: dict[str, Any] = {"hash": digest, "action": action, "conference": conference}
    facts |= {"address": address, "expires": _time(expires)}
    return Event("token", _time(at), facts | ({"data": dict(data)} if data else {}))


def token_used(digest: str, *, at: datetime) -> Event:
    """A token's action done."""
    return Event("token-used", _time(at), {"hash": digest})


def bounce(
    number: int, conference: str, kind: str, day: str, *, at: datetime, diagnostic: str = ""
) -> Event:
    """A copy for a member that came back; `kind` is its class, `day` the copy's as 2026-11-24."""
    data: dict[str, Any] = {"number": number, "conference": conference, "class": kind, "day": day}
    data |= {"diagnostic": one_line(diagnostic, 300)} if diagnostic else {}
    return Event("bounce", _time(at), data)


def bounces_forgotten(
    number: int, *, at: datetime, by: str, conference: str = "", since: str = ""
) -> Event:
    """The bounces of a member forgotten: of one conference or all, since a time or all."""
    data = {"number": number, "conference": conference, "since": since, "by": by}
    return Event("bounces-forgotten", _time(at), {k: v for k, v in data.items() if v})


def digest_issue(
    conference: str, group: str, issue: digestissue.Issue, posts: int, *, at: datetime
) -> Event:
    """A digest went out to a group of a list's members."""
    return Event("digest-issue", _time(at), digestissue.event_data(conference, group, issue, posts))


def migrated(conference: str, server: str, sha256: str, *, at: datetime) -> Event:
    """A roster of another list server was taken over; `sha256` is that of the source."""
    data = {"conference": conference, "server": server, "sha256": sha256}
    return Event("migrated", _time(at), data)


def standing(
    conference: str, address: str, standing: str, *, at: datetime, by: str, reason: str = ""
) -> Event:
    """An author `trusted` or `banned` (empty: neither) in a conference or `HUB`; `@domain` bans
    all of a domain. The address need not be a member's."""
    data: dict[str, Any] = {"conference": conference, "address": address, "standing": standing}
    data |= {"reason": one_line(reason, 300)} if reason else {}
    return Event("standing", _time(at), data | {"by": by})


def about_poll(kind: str, *, at: datetime, **data: str | int) -> Event:
    """Work on polls: an event of model/pollwork.py with its data."""
    return Event(kind, _time(at), dict(data))


def person(number: int, identifier: str, *, at: datetime) -> Event:
    """A member's person id (model/persons.py)."""
    return Event("person", _time(at), {"number": number, "person": identifier})


def card(number: int, card: str, contact: str, *, at: datetime, consent: Consent) -> Event:
    """A member shows a card to everybody (model/cardholders.py)."""
    data: dict[str, Any] = {"number": number, "card": card, "contact": contact}
    return Event("card", _time(at), data | _consent(consent))


def card_withdrawn(number: int, card: str, *, at: datetime, by: str) -> Event:
    """A member shows a card no more."""
    return Event("card-withdrawn", _time(at), {"number": number, "card": card, "by": by})


def emergency(conference: str, *, on: bool, at: datetime, by: str) -> Event:
    """Everything sent to a conference is held from now on, or no more."""
    return Event("emergency", _time(at), {"conference": conference, "on": on, "by": by})


def _consent(consent: Consent) -> dict[str, Any]:
    note = {"note": one_line(consent.note, 300)} if consent.note else {}
    return {"consent": {"source": consent.source, **note}}


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


# -- files ------------------------------------------------------------------------------------


def encode_events(events: Iterable[Event]) -> bytes:
    """The file of these events, one JSON object a line."""
    lines = [
        json.dumps({"at": event.at, "type": event.type, **event.data}, ensure_ascii=False) + "\n"
        for event in events
    ]
    return "".join(lines).encode("utf-8", "replace")


_decode = json.JSONDecoder().decode


def decode_events(blob: bytes, *, file: str = "") -> list[Event]:
    """The events in a file. Raises ContentErrors naming every line that is none."""
    events: list[Event] = []
    faults: list[ContentError] = []
    for number, line in enumerate(blob.decode("utf-8", "replace").split("\n"), 1):
        if not line or line.isspace():
            continue
        try:
            data = _decode(line)
            events.append(Event(data.pop("type"), data.pop("at"), data))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            faults.append(
                ContentError(
                    "this line is not an event",
                    file=file,
                    line=number,
                    remedy='Write {"at": "...", "type": "...", ...} on one line',
                )
            )
    if faults:
        raise ContentErrors(faults)
    return events


def event_path(at: datetime, blob: bytes) -> str:
    """The path of a file of events: sorts by time, and no two files get the same."""
    digest = base64.b32encode(hashlib.sha256(blob).digest()).decode("ascii").lower()
    moment = at.astimezone(UTC)
    return f"events/{moment:%Y}/{moment:%Y%m%dT%H%M%S.%fZ}-{digest[:12]}.jsonl"


# -- lines that people write ------------------------------------------------------------------

_NAMED = re.compile(r"(.*?)\s*<([^<>]*)>")


def parse_roster_lines(text: str, file: str = "") -> list[Mailbox]:
    """The mailboxes in a file of one `address` or `Name <address>` a line; `#` begins a comment.

    An address named twice counts once. Raises ContentErrors naming every broken line: then nothing
    of the file should be taken.
    """
    found: dict[str, Mailbox] = {}
    faults: list[ContentError] = []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        content = re.sub(r"(?:^|\s)#.*", "", line).strip()
        if not content:
            continue
        mailbox = _roster_line(content)
        if mailbox is None:
            fault = f"{one_line(content, 60)!r} is not an address"
            remedy = "Write `ana@example.org` or `Ana <ana@example.org>`"
            faults.append(ContentError(fault, file=file, line=number, remedy=remedy))
        else:
            found.setdefault(key(mailbox.addr_spec), mailbox)
    if faults:
        raise ContentErrors(faults)
    return list(found.values())


def _roster_line(content: str) -> Mailbox | None:
    match = _NAMED.fullmatch(content)
    name, address = (match[1], match[2].strip()) if match else ("", content)
    if not is_valid(address) or one_line(address, 254) != address:
        return None
    return Mailbox(one_line(name.strip().strip('"'), LONGEST_NAME), address)
