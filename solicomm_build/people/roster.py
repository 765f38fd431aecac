"""Who is a member of what: a fold over append-only events in `private/roster.git`.

The fold is kept in a book (kept/book.py) that all processes share. Member numbers are what other
structures use (VERP tags, tokens, cursors): an address changes, its number stays. The events and
their files are people/rosterevents.py; what tokens and persons come to is in ledgers of their own,
and so is what features remember (people/ledger.py). Events of a type that is not known are passed
over.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from solicomm_build.foundation.formernames import Names
from solicomm_build.foundation.types import Proven
from solicomm_build.message.address import key
from solicomm_build.people import persons, tokenledger
from solicomm_build.people.address import fold as fold_case
from solicomm_build.people.kept.book import Book, opened
from solicomm_build.people.kept.changes import ACTIVE, CHANGES, LANGUAGE, compared
from solicomm_build.people.kept.remembered import Remembered
from solicomm_build.people.kept.views import (
    MEMBER,
    Gone,
    Mailboxes,
    Members,
    Roles,
    Subscriptions,
    member_of,
    options_of,
)
from solicomm_build.people.ledger import Ledger, ledgers, types
from solicomm_build.people.membership import (
    HUB,
    MACHINE,
    ROLES,
    RUNS_IT,
    UNCONFIRMED,
    MailboxRule,
    Member,
    Status,
)
from solicomm_build.people.rosterevents import Event, moment

__all__ = ("HUB", "LANGUAGE", "ROLES", "Roster", "apply", "fold")

L = TypeVar("L", bound=Ledger)


class Roster:
    """The members, subscriptions, roles and mailboxes after all events so far.

    Only `apply` changes it; everything else asks. Each question looks into the book: between two of
    them it may change, unless who asks holds the roster (people/memberstore.py, `changing`). What
    somebody may do is asked with a `Proven` address: `role`, `options`, `is_subscribed`,
    `standing`, `source`. What stands in the roster of an address, whoever asks, is `listed_…`: for
    lists of people, for letters to them, and for the operator's commands; never for what a mail may
    do.

    Events of a conference that was renamed are read as of its name of today (`names`).
    """

    def __init__(self, book: Book | None = None) -> None:
        """Of a book, else of a new one in memory."""
        self.book = book = book or opened(None)
        self.read_by: Mapping[str, str] = {}
        """The names by which `apply` reads events (`begin`)."""
        self.first_free: Callable[[], int] = int
        """The least number of a new member, whatever the events say."""
        self.members = Members(book)
        self.subscriptions = Subscriptions(book)
        self.roles = Roles(book)
        self.mailboxes = Mailboxes(book)
        self.left = Gone(book)
        self.tokens = tokenledger.TokenLedger(book)
        self.persons = persons.Persons(book)
        self.remembered = Remembered(book)

    @property
    def names(self) -> Names:
        """What former names of conferences are called now, and the renamings there were."""
        rows = self.book.rows("SELECT old, new FROM renamings ORDER BY n")
        return Names(self._names(), [(old, new) for old, new in rows])

    def begin(self, names: Names | None = None) -> None:
        """Before events are applied: to what is there, or anew, read by these names."""
        if names is not None:
            self.book.empty()
            self.book.say(_NAMES, json.dumps(dict(names.now)))
        self.read_by = self._names()

    def _names(self) -> Mapping[str, str]:
        said = self.book.said(_NAMES)
        found: Mapping[str, str] = json.loads(said) if said else {}
        return found

    def ledger(self, kind: type[L]) -> L:
        """What a feature remembers here (people/ledger.py)."""
        return self.remembered.of(kind)

    @property
    def refused(self) -> list[Event]:
        """The events that were malformed, or claimed an address of another member."""
        rows = self.book.rows("SELECT type, at, data FROM refused ORDER BY n")
        return [Event(kind, at, json.loads(data)) for kind, at, data in rows]

    @property
    def next_number(self) -> int:
        """The number of the next new member; numbers are never used again. Raises StoreError when
        it cannot be known which ones were (kept/firstfree.py)."""
        found = self.book.row("SELECT max(number) FROM members")
        return max(int(found[0] or 0) + 1 if found else 1, self.first_free())

    @property
    def active(self) -> int:
        """How many members there are to whom mail may go."""
        return int(self.book.said(ACTIVE) or 0)

    def is_migrated(self, conference: str, sha256: str = "") -> bool:
        """Whether the roster of another list server, by its digest, was taken over there; without
        one, any."""
        sql = "SELECT 1 FROM migrations WHERE place = ? AND ? IN (sha256, '')"
        return self.book.row(sql, conference, sha256) is not None

    def member(self, address: str) -> Member | None:
        """The member with this address, in whatever case it is written."""
        found = self.book.row(_BY_ADDRESS, _kept(key(address)))
        return None if found is None else member_of(found)

    def since_moved(self, address: str, at: datetime) -> Member | None:
        """The member who has another address now, and had this one at a moment or took it later."""
        sql = "SELECT number FROM formers WHERE address = ? AND at > ? ORDER BY at LIMIT 1"
        found = self.book.row(sql, _kept(key(address)), moment(at))
        member = self.members.get(found[0]) if found else None
        return member if member and member.state != "removed" else None

    def subscribers(
        self, conference: str, *, closed: bool = False, chosen: bool = False
    ) -> Iterator[tuple[Member, Mapping[str, str]]]:
        """The active members subscribed to a conference with their options, by number. Those
        whose subscription or address is disabled are passed over. `closed` asks who gets what is
        written in a conference for members only: nobody who is shut out of it. `chosen` asks for
        those alone who have options, who may be few of many."""
        banned = self._banned(conference) if closed else frozenset()
        for member, options, state in self._subscribed(conference, _CHOSEN if chosen else ""):
            if state == "active" and not (banned and self._is_shut_out(banned, conference, member)):
                yield member, options

    def shut_out(self, conference: str) -> list[Member]:
        """The active subscribers who are banned in a conference and look after nothing there: if
        it is for members only they read nothing of it. By number."""
        if not (banned := self._banned(conference)):
            return []
        found = self.subscribers(conference)
        return [one for one, _ in found if self._is_shut_out(banned, conference, one)]

    def shut_out_where(self, places: Container[str]) -> dict[str, list[Member]]:
        """What `shut_out` says of each of these places where it is anybody. Costs a look at each
        member where anybody is banned, and at the subscriptions of those alone."""
        sql = "SELECT DISTINCT who FROM standings WHERE standing = 'banned'"
        banned = {str(who) for (who,) in self.book.rows(sql)}
        found: dict[str, list[Member]] = {}
        for member in self.members.values() if banned else ():
            if member.state != "active" or banned.isdisjoint(_called(member)):
                continue
            for place in self.subscriptions.of(member.number):
                is_active = place in places and self.state(member.number, place).state == "active"
                if is_active and self.is_shut_out(place, member):
                    found.setdefault(place, []).append(member)
        return found

    def _is_shut_out(self, banned: Container[str], conference: str, member: Member) -> bool:
        if not any(one in banned for one in _called(member)):
            return False
        return self.is_shut_out(conference, member)

    def is_shut_out(self, conference: str, member: Member) -> bool:
        """Whether a member is banned in a conference and looks after nothing there: likewise of one
        alone, subscribed or not."""
        of_member = self.roles.of(member.number)
        looks_after = any(of_member.get(place) in ROLES[2:] for place in (conference, HUB))
        return not looks_after and self.is_banned(conference, member.address)

    def _banned(self, conference: str) -> frozenset[str]:
        """Addresses and domains that are banned in a conference or in the whole hub."""
        sql = "SELECT who FROM standings WHERE place IN (?, ?) AND standing = 'banned'"
        return frozenset(str(who) for (who,) in self.book.rows(sql, conference, HUB))

    def unconfirmed(self, conference: str) -> list[Member]:
        """Who was brought by a migration and has not agreed yet, by number: they get no mail."""
        found = self._subscribed(conference)
        return [member for member, _, state in found if state == UNCONFIRMED]

    def _subscribed(
        self, conference: str, only: str = ""
    ) -> Iterator[tuple[Member, Mapping[str, str], str]]:
        """The active members subscribed to a conference, with options and state there."""
        last = 0
        while page := self.book.rows(f"{_SUBSCRIBED} {only} {_A_PAGE}", conference, last):
            for row in page:
                yield member_of(row), options_of(row[6]), row[7]
            last = page[-1][0]

    def options(self, conference: str, who: Proven) -> Mapping[str, str] | None:
        """The options of a proved author's subscription; None when there is none."""
        return self.listed_options(conference, who)

    def listed_options(self, conference: str, address: str) -> Mapping[str, str] | None:
        """The options of a subscription; None when there is none."""
        number = self._number(address)
        return None if number is None else self.subscriptions[conference].get(number)

    def source(self, conference: str, who: Proven) -> str:
        """By what consent a proved author is subscribed, such as `mail`; empty when he is not."""
        sql = "SELECT source FROM sources WHERE place = ? AND number = ?"
        found = self.book.row(sql, conference, self._number(who))
        return "" if found is None else str(found[0])

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
        number = self._number(address)
        if number is None:
            return ROLES[0]
        subscribed = number in self.subscriptions[conference]
        sql = "SELECT role FROM roles WHERE place IN (?, ?) AND number = ?"
        held = [role for (role,) in self.book.rows(sql, conference, HUB, number)]
        return str(max([ROLES[subscribed], *held], key=ROLES.index))

    def roles_in(self, conference: str) -> dict[int, str]:
        """The strongest role of each who holds any there or in the whole hub, by number."""
        found: dict[int, str] = {}
        sql = "SELECT number, role FROM roles WHERE place IN (?, ?)"
        for number, role in self.book.rows(sql, conference, HUB):
            found[number] = max(found.get(number, ROLES[0]), role, key=ROLES.index)
        return found

    def with_role(self, conference: str, *roles: str) -> list[Member]:
        """The active members who hold one of the roles there or in the whole hub, by number."""
        marks = ", ".join("?" * len(roles))
        sql = f"""SELECT {MEMBER} FROM members WHERE state = 'active' AND number IN
            (SELECT number FROM roles WHERE place IN (?, ?) AND role IN ({marks}))
            ORDER BY number"""  # noqa: S608 - marks
        return [member_of(row) for row in self.book.rows(sql, conference, HUB, *roles)]

    def operators(self) -> list[Member]:
        """Who runs the hub by a grant, by number, whether mail to them comes back or not; who was
        banned from the whole hub does so no more."""
        sql = f"""SELECT {MEMBER} FROM members WHERE state <> 'removed' AND number IN
            (SELECT number FROM roles WHERE place = ? AND role = ?) ORDER BY number"""  # noqa: S608 - names of ours
        found = [member_of(row) for row in self.book.rows(sql, MACHINE, RUNS_IT)]
        return [one for one in found if not self.is_banned(HUB, one.address)]

    def state(self, number: int, conference: str = "") -> Status:
        """The state of a member's address, or of one subscription."""
        sql = "SELECT state, since, reason FROM states WHERE place = ? AND number = ?"
        found = self.book.row(sql, conference, number)
        kept = Status(*found) if found else _ACTIVE
        member = None if conference else self.members.get(number)
        return replace(kept, state=member.state) if member else kept

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
        whole = _kept(key(address))
        domain = "@" + whole.rpartition("@")[2]
        sql = "SELECT place, who, standing FROM standings WHERE place IN (?, ?) AND who IN (?, ?)"
        rows = self.book.rows(sql, conference, HUB, whole, domain)
        said = {(place, who): standing for place, who, standing in rows}
        for place in (conference, HUB):
            for who in (whole, domain):
                if found := said.get((place, who)):
                    return str(found)
        return ""

    def standing_at(self, place: str, who: str) -> str:
        """What was said of an address or domain in this conference, or in `HUB`, and nowhere else;
        empty for nothing."""
        sql = "SELECT standing FROM standings WHERE place = ? AND who = ?"
        found = self.book.row(sql, place, _kept(compared(who)))
        return str(found[0]) if found else ""

    def standings_of(self, who: str) -> dict[str, str]:
        """What was said of an address or domain, by the place; `HUB` is one."""
        sql = "SELECT place, standing FROM standings WHERE who = ? AND standing <> ''"
        return dict(self.book.rows(sql, _kept(compared(who))))

    def standings_at(self, place: str) -> list[str]:
        """The addresses and domains of which something was said in this conference."""
        sql = "SELECT who FROM standings WHERE place = ? AND standing <> '' ORDER BY who"
        return [str(who) for (who,) in self.book.rows(sql, place)]

    def is_emergency(self, conference: str) -> bool:
        """Whether everything that is sent there is held for now, by a moderator's word."""
        return self.book.row("SELECT 1 FROM emergencies WHERE place = ?", conference) is not None

    def mailbox(self, name: str) -> MailboxRule | None:
        """What to do with mail to `<name>@` the hub's domain, or to a `name@domain` of a union;
        None for unknown."""
        return self.mailboxes.get(fold_case(name))

    def _number(self, address: str) -> int | None:
        sql = "SELECT number FROM numbers WHERE address = ?"
        found = self.book.row(sql, _kept(key(address)))
        return None if found is None else int(found[0])


_ACTIVE = Status()
_NAMES = "names"
_OF_MEMBER = ", ".join(f"m.{column}" for column in MEMBER.split(", "))
_BY_ADDRESS = f"""SELECT {_OF_MEMBER} FROM numbers n JOIN members m ON m.number = n.number
    WHERE n.address = ?"""  # noqa: S608 - names of ours
_SUBSCRIBED = f"""SELECT {_OF_MEMBER}, s.options, coalesce(t.state, 'active')
    FROM subscriptions s JOIN members m ON m.number = s.number
    LEFT JOIN states t ON t.place = s.place AND t.number = s.number
    WHERE s.place = ? AND s.number > ? AND m.state = 'active'"""  # noqa: S608 - names of ours
_CHOSEN = "AND s.options <> ''"
_A_PAGE = "ORDER BY s.number LIMIT 2000"


def _called(member: Member) -> tuple[str, str]:
    """The address of a member, and its domain, as a ban says them."""
    whole = _kept(key(member.address))
    return whole, "@" + whole.rpartition("@")[2]


def _kept(text: str) -> str:
    """A text as it may be asked for: one with half a character in it is nobody's."""
    return text.encode("utf-8", "replace").decode("utf-8")


# -- fold -------------------------------------------------------------------------------------


def fold(events: Iterable[Event], names: Names | None = None) -> Roster:
    """The roster after these events, in memory."""
    roster, known = Roster(), list(events)
    roster.begin(names or Names())
    for event in known:
        apply(roster, event)
    found = roster.names
    return fold(known, found.renewed()) if found.is_stale else roster


def apply(roster: Roster, event: Event) -> None:
    """Takes one event into the roster. One that is malformed, or claims an address that another
    member has, changes nothing and is kept in `roster.refused`; unknown types change nothing.
    """
    change = CHANGES.get(event.type)
    if change is None and event.type not in _OTHERS | types():
        return
    data = {**event.data, "at": event.at}
    if roster.read_by and isinstance(said := data.get("conference"), str):
        data["conference"] = roster.read_by.get(said, said)
    try:
        if change is not None:
            change(roster.book, data)
        roster.tokens.apply(event.type, data)
        roster.persons.apply(event.type, data)
        for kind, wanted in ledgers().items():
            if event.type in wanted:
                roster.remembered.take(kind, event.type, data)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        sql = "INSERT INTO refused (type, at, data) VALUES (?, ?, ?)"
        roster.book.run(sql, event.type, str(event.at), json.dumps(dict(event.data)))


_OTHERS = tokenledger.TYPES | persons.TYPES
