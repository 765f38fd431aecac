"""The events of the roster: how each is made, and the files they are kept in.

Pure; imports message.address, types, errors and its neighbours. An event is a JSON object on one
line of a file `events/<yyyy>/<mm>/<dd>/<ts>-<eid>.jsonl`; files are read in the order of their
names (people/eventfiles.py). Events of a type that is not known are kept in the files. What they
come to is `people/roster.py`, some of it in ledgers of its own. The format is
docs/formats/roster.md.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from solicomm_build.foundation.errors import ContentError, ContentErrors
from solicomm_build.foundation.oneline import LONGEST_NAME, one_line
from solicomm_build.people.address import fold as fold_case
from solicomm_build.people.token import MOST_NUMBER

FOLDER: Final = "events/"


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


# -- events made ------------------------------------------------------------------------------


def member(
    number: int,
    address: str,
    *,
    at: datetime,
    consent: Consent,
    name: str = "",
    lang: str = "",
    state: str = "active",
) -> Event:
    """A new member, or an existing one with a changed address, name, language or state."""
    data: dict[str, Any] = {"number": number, "address": address}
    data |= {"name": one_line(name, LONGEST_NAME)} if name else {}
    data |= {"lang": lang} if lang else {}
    data |= {"state": state} if state != "active" else {}
    return Event("member", moment(at), data | _consent(consent))


def subscribe(
    conference: str,
    number: int,
    *,
    at: datetime,
    consent: Consent,
    options: Mapping[str, str] | None = None,
) -> Event:
    """A subscription, or new options of one."""
    data: dict[str, Any] = {"conference": conference, "number": number}
    data |= {"options": dict(options)} if options else {}
    return Event("subscribe", moment(at), data | _consent(consent))


ENDED = "removal"
"""How subscriptions end that end with their conference, which nobody has left by that."""


def unsubscribe(conference: str, number: int, *, at: datetime, by: str) -> Event:
    """The end of a subscription; `by` says how, such as `one-click` or `operator`."""
    return Event("unsubscribe", moment(at), {"conference": conference, "number": number, "by": by})


def role(conference: str, number: int, granted: str, *, at: datetime, by: str) -> Event:
    """A role granted in a conference (`HUB` for all); an empty one takes it away."""
    data = {"conference": conference, "number": number, "role": granted, "by": by}
    return Event("role", moment(at), data)


def renamed(old: str, new: str, *, at: datetime, by: str) -> Event:
    """A conference has another name: all events that say `old`, those before this one too, are of
    `new`."""
    return Event("renamed", moment(at), {"old": old, "new": new, "by": by})


def mailbox(
    local_part: str,
    *,
    at: datetime,
    by: str,
    number: int = 0,
    forward: str = "",
    keep: bool = False,
    domain: str = "",
) -> Event:
    """An address here that forwards, keeps, or both; of a union's `domain`, else the hub's."""
    data: dict[str, Any] = {"local": fold_case(local_part)}
    data |= {"domain": domain} if domain else {}
    data |= {"number": number} if number else {}
    data |= {"forward": forward} if forward else {}
    data |= {"keep": True} if keep else {}
    return Event("mailbox", moment(at), data | {"by": by})


def mailbox_removed(local_part: str, *, at: datetime, by: str, domain: str = "") -> Event:
    """The end of an address here."""
    data = {"local": fold_case(local_part)} | ({"domain": domain} if domain else {})
    return Event("mailbox-removed", moment(at), data | {"by": by})


def options(
    conference: str, number: int, changed: Mapping[str, str], *, at: datetime, by: str
) -> Event:
    """Some options of a subscription changed (people/membership.py); empty brings the default."""
    data = {"conference": conference, "number": number, "options": dict(changed), "by": by}
    return Event("options", moment(at), data)


def state(
    number: int, state: str, *, at: datetime, by: str, conference: str = "", reason: str = ""
) -> Event:
    """A new state of a member's address, or of one subscription when a conference is named."""
    data: dict[str, Any] = {"number": number, "state": state}
    data |= {"conference": conference} if conference else {}
    data |= {"reason": one_line(reason, 300)} if reason else {}
    return Event("state", moment(at), data | {"by": by})


def token(
    digest: str,
    action: str,
    conference: str,
    address: str,
    *,
    at: datetime,
    expires: datetime,
    data: Mapping[str, Any] | None = None,
) -> Event:
    """A token given out, by its digest (people/token.py)."""
    facts: dict[str, Any] = {"hash": digest, "action": action, "conference": conference}
    facts |= {"address": address, "expires": moment(expires)}
    return Event("token", moment(at), facts | ({"data": dict(data)} if data else {}))


def token_used(digest: str, *, at: datetime) -> Event:
    """A token's action done."""
    return Event("token-used", moment(at), {"hash": digest})


def bounce(
    number: int, conference: str, kind: str, day: str, *, at: datetime, diagnostic: str = ""
) -> Event:
    """A copy for a member that came back; `kind` is its class, `day` the copy's as 2026-11-24."""
    data: dict[str, Any] = {"number": number, "conference": conference, "class": kind, "day": day}
    data |= {"diagnostic": one_line(diagnostic, 300)} if diagnostic else {}
    return Event("bounce", moment(at), data)


def bounces_forgotten(
    number: int, *, at: datetime, by: str, conference: str = "", since: str = ""
) -> Event:
    """The bounces of a member forgotten: of one conference or all, since a time or all."""
    data = {"number": number, "conference": conference, "since": since, "by": by}
    return Event("bounces-forgotten", moment(at), {k: v for k, v in data.items() if v})


def migrated(conference: str, server: str, sha256: str, *, at: datetime) -> Event:
    """A roster of another list server was taken over; `sha256` is that of the source."""
    data = {"conference": conference, "server": server, "sha256": sha256}
    return Event("migrated", moment(at), data)


def standing(
    conference: str, address: str, standing: str, *, at: datetime, by: str, reason: str = ""
) -> Event:
    """An author `trusted` or `banned` (empty: neither) in a conference or `HUB`; `@domain` bans
    all of a domain. The address need not be a member's."""
    data: dict[str, Any] = {"conference": conference, "address": address, "standing": standing}
    data |= {"reason": one_line(reason, 300)} if reason else {}
    return Event("standing", moment(at), data | {"by": by})


def about_poll(kind: str, *, at: datetime, **data: str | int) -> Event:
    """Work on polls: an event of features/polls/pollwork.py with its data."""
    return Event(kind, moment(at), dict(data))


def person(number: int, identifier: str, *, at: datetime) -> Event:
    """A member's person id (people/persons.py)."""
    return Event("person", moment(at), {"number": number, "person": identifier})


def card(number: int, card: str, contact: str, *, at: datetime, consent: Consent) -> Event:
    """A member shows a card to everybody (features/people/cardholders.py)."""
    data: dict[str, Any] = {"number": number, "card": card, "contact": contact}
    return Event("card", moment(at), data | _consent(consent))


def card_withdrawn(number: int, card: str, *, at: datetime, by: str) -> Event:
    """A member shows a card no more."""
    return Event("card-withdrawn", moment(at), {"number": number, "card": card, "by": by})


def emergency(conference: str, *, on: bool, at: datetime, by: str) -> Event:
    """Everything sent to a conference is held from now on, or no more."""
    return Event("emergency", moment(at), {"conference": conference, "on": on, "by": by})


def _consent(consent: Consent) -> dict[str, Any]:
    note = {"note": one_line(consent.note, 300)} if consent.note else {}
    return {"consent": {"source": consent.source, **note}}


def moment(at: datetime) -> str:
    """A moment as events bear it: UTC, as text that sorts by time."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


# -- facts read ----------------------------------------------------------------------------------


def number_in(data: Mapping[str, Any]) -> int:
    """The member number in an event. Raises KeyError or ValueError when there is none."""
    number = data["number"]
    if type(number) is not int or not 0 < number <= MOST_NUMBER:
        raise ValueError(f"no member number: {number!r}")
    return number


def text_in(data: Mapping[str, Any], key: str) -> str:
    """A text in an event, empty where it is missing. Raises TypeError when it is something else."""
    value = data.get(key, "")
    if type(value) is not str:
        raise TypeError(f"{key} is no text")
    return value


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
    """The path of a file of events: its name sorts by time, and no two files get the same."""
    digest = base64.b32encode(hashlib.sha256(blob).digest()).decode("ascii").lower()
    moment = at.astimezone(UTC)
    return place(f"{moment:%Y%m%dT%H%M%S.%fZ}-{digest[:12]}.jsonl")


def place(name: str) -> str:
    """Where a file of this name lies: in a folder of its day, so that the folder which an append
    writes anew stays small."""
    return f"{FOLDER}{name[:4]}/{name[4:6]}/{name[6:8]}/{name}"


def name_of(path: str) -> str:
    """The name of a file, by which it stands in the order."""
    return path.rpartition("/")[2]
