"""What goes along when a member has another address, whoever says so.

Addresses of the hub that send mail on to the old one send it to the new one. A ban stays with the
person: it is of the new address, too, and still of the old one, by which nobody comes back. Trust
goes: who reads mail at the old address may be somebody else by now. What features keep by the
address follows as each says (`MovedHook`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol

from solicomm_build.foundation import clock, hooks
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.message.address import key
from solicomm_build.people import eventfiles, rosterevents
from solicomm_build.people.address import fold
from solicomm_build.people.membership import MailboxRule
from solicomm_build.people.memberstore import address_of
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterevents import Event

_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def events(config: Config, roster: Roster, old: str, new: str, *, by: str) -> list[Event]:
    """The events beside that of the member. Asks the roster as it is before."""
    return [*_sent_on(config, roster, old, new, by), *_standings(roster, old, new, by)]


def sent_on_to(roster: Roster, address: str) -> list[MailboxRule]:
    """The addresses here whose mail is sent on to an address, by domain and name."""
    rules = (rule for rule in roster.mailboxes.values() if key(rule.forward) == key(address))
    return sorted(rules, key=lambda rule: (rule.domain, rule.local_part))


def _sent_on(config: Config, roster: Roster, old: str, new: str, by: str) -> list[Event]:
    """All but the mail of `new` itself, which would go round in a circle."""
    return [
        rosterevents.mailbox(
            rule.local_part,
            at=clock.now(),
            by=by,
            number=rule.number,
            forward=new,
            keep=rule.keep,
            domain=rule.domain,
        )
        for rule in sent_on_to(roster, old)
        if key(address_of(config, rule)) != key(new)
    ]


def _standings(roster: Roster, old: str, new: str, by: str) -> list[Event]:
    """A ban of the whole domain counts, too, where nothing nearer says otherwise."""
    own, domain = roster.standings_of(old), "@" + key(old).rpartition("@")[2]
    banned = {place for place, said in own.items() if said == "banned"}
    banned |= {
        place
        for place, said in roster.standings_of(domain).items()
        if said == "banned" and roster.is_banned(place, old)
    }
    now = clock.now()
    found = [rosterevents.standing(place, new, "banned", at=now, by=by) for place in sorted(banned)]
    for place in sorted(place for place, said in own.items() if said == "trusted"):
        if not roster.standing_at(place, new):
            found.append(rosterevents.standing(place, new, "trusted", at=now, by=by))
        found.append(rosterevents.standing(place, old, "", at=now, by=by))
    return found


def day_of(roster: Roster, number: int) -> int:
    """The day, counted from 1970, on which a member took the address of today; 0 for who never had
    another one, or took it while a clock was far ahead. Copies of before went to that."""
    sql = "SELECT max(at) FROM formers WHERE number = ? AND at <= ?"
    found = roster.book.row(sql, number, rosterevents.moment(clock.now() + clock.FAST))
    at = datetime.fromisoformat(found[0]).timestamp() if found and found[0] else 0
    return int(at) // 86_400


def had(roster: Roster, number: int, address: str) -> bool:
    """Whether a member had an address once, and took another one then."""
    sql = "SELECT 1 FROM formers WHERE number = ? AND address = ?"
    asked = key(address).encode("utf-8", "replace").decode("utf-8")
    return roster.book.row(sql, number, asked) is not None


def address_now(config: Config, roster: Roster, address: str) -> str:
    """The address that a member has now who had this one, which is no member's any more; empty
    where nobody did. Reads the whole log. Blocking."""
    found = [roster.members.get(number) for number in _who_had(config, address)]
    now = [one.address for one in found if one and key(one.address) != key(address)]
    return now[-1] if now else ""


def log_octets(config: Config) -> int:
    """About how many octets the log of the roster has that `address_now` reads; packed, its lines
    take a tenth. Quick."""
    files = (config.roster_repo / "objects").rglob("*")
    return 10 * sum(file.stat().st_size for file in files if file.is_file())


def _who_had(config: Config, address: str) -> list[int]:
    with Reader(open_repo(config.roster_repo)) as reader:
        return [
            int(event.data["number"])
            for _, blob in eventfiles.read(reader, eventfiles.at(reader, MAIN))
            for event in rosterevents.decode_events(blob)
            if event.type == "member"
            and key(str(event.data.get("address", ""))) == key(address)
            and isinstance(event.data.get("number"), int)
        ]


class MovedHook(Protocol):
    """`along.py` of a feature: what it keeps of members by their addresses."""

    ALONG: Callable[[Config, int, str, str], None]
    """Has it follow a member (by number) from an old address to a new one, before the roster does:
    later the old one may be somebody else's. Safe to do again, durable on return."""


def carry(config: Config, number: int, old: str, new: str) -> None:
    """Has what features keep by a member's address follow, before `events` are appended. Durable on
    return, safe to call twice. Blocking."""
    for follow in hooks.each("along", "ALONG"):
        follow(config, number, old, new)


def known_as(roster: Roster, addresses: frozenset[str]) -> frozenset[str]:
    """Addresses as `fold` writes them, with those of today of members who had one of them: what was
    written from it before is theirs."""
    gone = (one for one in addresses if roster.member(one) is None)
    since = (roster.since_moved(one, _EVER) for one in gone)
    return addresses | {fold(one.address) for one in since if one is not None}


def had_when(roster: Roster, number: int) -> list[tuple[str, float, float]]:
    """The addresses of a member, by their keys, each with the seconds since 1970 after which and
    until which it was this member's: before and later it was, or is, somebody else's."""
    member, found = roster.members.get(number), list[tuple[str, float, float]]()
    today = key(member.address) if member is not None else ""
    sql = "SELECT DISTINCT address FROM formers WHERE number = ?"
    for address in {today, *(str(one) for (one,) in roster.book.rows(sql, number))} - {""}:
        after, those = -math.inf, "SELECT at, number FROM formers WHERE address = ? ORDER BY at"
        for at, who in roster.book.rows(those, address):
            until = datetime.fromisoformat(at).timestamp()
            found += [(address, after, until)] if who == number else []
            after = until
        found += [(address, after, math.inf)] if address == today else []
    return found
