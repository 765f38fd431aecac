"""Who is a member of what: a fold over append-only events in `private/roster.git`.

Pure; imports message.address, types, errors and oneline. An event is a JSON object on one line of
a file `events/<yyyy>/<ts>-<eid>.jsonl`; files are read in the order of their names. Member numbers
are what other structures use (VERP tags, tokens, cursors): an address changes, its number stays.
Events of a type that is not known are kept in the files and passed over. The format is
docs/formats/roster.md.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from solicomm_build.errors import ContentError, ContentErrors
from solicomm_build.message.address import is_valid, key
from solicomm_build.model.address import fold as fold_case
from solicomm_build.model.oneline import LONGEST_NAME, one_line
from solicomm_build.types import Mailbox

HUB = "*"
"""The conference of a role that holds in the whole hub."""

ROLES = ("reader", "member", "moderator", "host")
"""Roles, the weakest first."""


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
    repository, or both.
    """

    local_part: str
    number: int = 0
    forward: str = ""
    keep: bool = False


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

    @property
    def next_number(self) -> int:
        """The number of the next new member; numbers are never used again."""
        return self._highest + 1

    def member(self, address: str) -> Member | None:
        """The member with this address, in whatever case it is written."""
        number = self._numbers.get(key(address))
        return self.members[number] if number is not None else None

    def subscribers(self, conference: str) -> Iterator[tuple[Member, Mapping[str, str]]]:
        """The active members subscribed to a conference with their options, by number."""
        for number, options in sorted(self.subscriptions.get(conference, {}).items()):
            member = self.members.get(number)
            if member is not None and member.state == "active":
                yield member, options

    def options(self, conference: str, address: str) -> Mapping[str, str] | None:
        """The options of a subscription; None when there is none."""
        number = self._numbers.get(key(address))
        if number is None:
            return None
        return self.subscriptions.get(conference, {}).get(number)

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

    def mailbox(self, local_part: str) -> MailboxRule | None:
        """What to do with mail to `<local_part>@` the hub's domain; None for unknown."""
        return self.mailboxes.get(fold_case(local_part))


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
    if change is None:
        return
    try:
        change(roster, event.data)
    except (KeyError, TypeError, ValueError):
        roster.refused.append(event)


def _member(roster: Roster, data: Mapping[str, Any]) -> None:
    number, address = _number(data), _text(data, "address")
    if not address or roster._numbers.get(key(address), number) != number:
        raise ValueError("no address, or another member's")
    before = roster.members.get(number)
    if before is not None and roster._numbers.get(old := key(before.address)) == number:
        del roster._numbers[old]
    state = _text(data, "state") or "active"
    roster.members[number] = Member(
        number, address, _text(data, "name"), _text(data, "lang"), state
    )
    roster._highest = max(roster._highest, number)
    if state != "removed":
        roster._numbers[key(address)] = number


def _subscribe(roster: Roster, data: Mapping[str, Any]) -> None:
    options = data.get("options") or {}
    values = {str(key): str(value) for key, value in options.items()} if options else _NO_OPTIONS
    roster.subscriptions.setdefault(_text(data, "conference"), {})[_number(data)] = values


_NO_OPTIONS: Mapping[str, str] = {}


def _unsubscribe(roster: Roster, data: Mapping[str, Any]) -> None:
    roster.subscriptions.get(_text(data, "conference"), {}).pop(_number(data), None)


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
    rule = MailboxRule(local, number, _text(data, "forward"), data.get("keep") is True)
    if not local or not (rule.forward or rule.keep):
        raise ValueError("no local part, or nothing to do")
    roster.mailboxes[local] = rule


def _mailbox_removed(roster: Roster, data: Mapping[str, Any]) -> None:
    roster.mailboxes.pop(fold_case(_text(data, "local")), None)


_CHANGES = {
    "member": _member,
    "subscribe": _subscribe,
    "unsubscribe": _unsubscribe,
    "role": _role,
    "mailbox": _mailbox,
    "mailbox-removed": _mailbox_removed,
}


def _number(data: Mapping[str, Any]) -> int:
    number = data["number"]
    if type(number) is not int or not 0 < number < 2**40:
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
    keep: bool = False,
) -> Event:  # fmt: skip
    """An address here that forwards, keeps, or both."""
    data: dict[str, Any] = {"local": fold_case(local_part)}
    data |= {"number": number} if number else {}
    data |= {"forward": forward} if forward else {}
    data |= {"keep": True} if keep else {}
    return Event("mailbox", _time(at), data | {"by": by})


def mailbox_removed(local_part: str, *, at: datetime, by: str) -> Event:
    """The end of an address here."""
    return Event("mailbox-removed", _time(at), {"local": fold_case(local_part), "by": by})


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
