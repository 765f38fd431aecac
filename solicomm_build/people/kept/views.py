"""What stands in the book (book.py), as mappings: each look is a question to the file, nothing is
held. A mapping is as the roster is now, also while somebody goes through it."""

from __future__ import annotations

import json
from collections.abc import ItemsView, Iterator, Mapping, Set, ValuesView
from datetime import datetime
from typing import Any, Final, TypeVar

from solicomm_build.people.kept.book import Book
from solicomm_build.people.membership import MailboxRule, Member, Status, TokenFacts

_PAGE: Final = 2000
"""Rows that are in memory together."""
_K = TypeVar("_K")
_V = TypeVar("_V")

MEMBER: Final = "number, address, name, lang, state, supposed"
NO_OPTIONS: Final[Mapping[str, str]] = {}


def member_of(row: tuple[Any, ...]) -> Member:
    """A member, from the columns `MEMBER`."""
    return Member(row[0], row[1], row[2], row[3], row[4], bool(row[5]))


def options_of(text: str) -> Mapping[str, str]:
    """The options of a subscription as its row has them; empty text for none."""
    found: Mapping[str, str] = json.loads(text) if text else NO_OPTIONS
    return found


def options_text(options: Mapping[str, str]) -> str:
    """What `options_of` reads."""
    return json.dumps(dict(options)) if options else ""


class _View(Mapping[_K, _V]):
    """Goes through its rows once for `items` and `values`, where Mapping would look for each."""

    def _pairs(self) -> Iterator[tuple[_K, _V]]:
        raise NotImplementedError

    def __iter__(self) -> Iterator[_K]:
        return (key for key, _ in self._pairs())

    def items(self) -> ItemsView[_K, _V]:
        return _Items(self)

    def values(self) -> ValuesView[_V]:
        return _Values(self)


class _Items(ItemsView[_K, _V]):
    def __iter__(self) -> Iterator[tuple[_K, _V]]:
        mapping: Any = self._mapping  # type: ignore[attr-defined]
        yield from mapping._pairs()


class _Values(ValuesView[_V]):
    def __iter__(self) -> Iterator[_V]:
        mapping: Any = self._mapping  # type: ignore[attr-defined]
        yield from (value for _, value in mapping._pairs())


class Members(_View[int, Member]):
    """All members by number, those who left, too."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def __getitem__(self, number: int) -> Member:
        found = self._book.row(f"SELECT {MEMBER} FROM members WHERE number = ?", number)  # noqa: S608
        if found is None:
            raise KeyError(number)
        return member_of(found)

    def __len__(self) -> int:
        return _count(self._book, "members")

    def _pairs(self) -> Iterator[tuple[int, Member]]:
        sql = f"SELECT {MEMBER} FROM members WHERE number > ? ORDER BY number LIMIT {_PAGE}"  # noqa: S608
        for row in _paged(self._book, sql):
            yield row[0], member_of(row)


class People(_View[int, Mapping[str, str]]):
    """The options of each subscription of one place, by member's number."""

    def __init__(self, book: Book, place: str) -> None:
        self._book, self._place = book, place

    def __getitem__(self, number: int) -> Mapping[str, str]:
        found = self._book.row(
            "SELECT options FROM subscriptions WHERE place = ? AND number = ?", self._place, number
        )
        if found is None:
            raise KeyError(number)
        return options_of(found[0])

    def __contains__(self, number: object) -> bool:
        sql = "SELECT 1 FROM subscriptions WHERE place = ? AND number = ?"
        return self._book.row(sql, self._place, number) is not None

    def __len__(self) -> int:
        sql = "SELECT count(*) FROM subscriptions WHERE place = ?"
        return int((self._book.row(sql, self._place) or (0,))[0])

    def kinds(self) -> list[Mapping[str, str]]:
        """The different options that there are, each once."""
        sql = "SELECT DISTINCT options FROM subscriptions WHERE place = ?"
        return [options_of(row[0]) for row in self._book.rows(sql, self._place)]

    def idle(self) -> list[tuple[Member, Status]]:
        """Those whose subscription is not active, each with its state, by number. Costs what they
        are, however many are subscribed."""
        rows = self._book.rows(_IDLE, self._place)
        return [(member_of(row), Status(*row[6:])) for row in rows]

    def _pairs(self) -> Iterator[tuple[int, Mapping[str, str]]]:
        sql = f"""SELECT number, options FROM subscriptions WHERE number > ? AND place = ?
            ORDER BY number LIMIT {_PAGE}"""  # noqa: S608
        for number, options in _paged(self._book, sql, self._place):
            yield number, options_of(options)


class Subscriptions(_View[str, People]):
    """The people of each place; of a place that nobody is subscribed to, nobody."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def __getitem__(self, place: str) -> People:
        return People(self._book, place)

    def __contains__(self, place: object) -> bool:
        sql = "SELECT 1 FROM subscriptions WHERE place = ? LIMIT 1"
        return self._book.row(sql, place) is not None

    def __len__(self) -> int:
        return sum(1 for _ in self._pairs())

    def of(self, number: int) -> dict[str, Mapping[str, str]]:
        """The options of each subscription of one member, by place in order."""
        sql = "SELECT place, options FROM subscriptions WHERE number = ? ORDER BY place"
        return {place: options_of(options) for place, options in self._book.rows(sql, number)}

    def chosen(self) -> frozenset[str]:
        """The places where anybody has options. Costs a look at each subscription."""
        rows = self._book.rows("SELECT DISTINCT place FROM subscriptions WHERE options <> ''")
        return frozenset(place for (place,) in rows)

    def sizes(self) -> dict[str, int]:
        """How many people each place has. Costs a look at each subscription."""
        return dict(self._book.rows("SELECT place, count(*) FROM subscriptions GROUP BY place"))

    def _pairs(self) -> Iterator[tuple[str, People]]:
        place = self._next("")
        while place is not None:
            yield place, People(self._book, place)
            place = self._next(place)

    def _next(self, place: str) -> str | None:
        found = self._book.row("SELECT min(place) FROM subscriptions WHERE place > ?", place)
        return None if found is None or found[0] is None else str(found[0])


class Roles(_View[tuple[str, int], str]):
    """Roles, by place and member's number."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def __getitem__(self, place: tuple[str, int]) -> str:
        found = self._book.row("SELECT role FROM roles WHERE place = ? AND number = ?", *place)
        if found is None:
            raise KeyError(place)
        return str(found[0])

    def __len__(self) -> int:
        return _count(self._book, "roles")

    def of(self, number: int) -> dict[str, str]:
        """The roles of one member, by place in order."""
        sql = "SELECT place, role FROM roles WHERE number = ? ORDER BY place"
        return dict(self._book.rows(sql, number))

    def _pairs(self) -> Iterator[tuple[tuple[str, int], str]]:
        for place, number, role in self._book.rows("SELECT place, number, role FROM roles"):
            yield (place, number), role


class Mailboxes(_View[str, MailboxRule]):
    """What happens with mail to people's addresses here, by name."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def __getitem__(self, name: str) -> MailboxRule:
        found = self._book.row("SELECT * FROM mailboxes WHERE name = ?", name)
        if found is None:
            raise KeyError(name)
        return _rule(found)

    def __len__(self) -> int:
        return _count(self._book, "mailboxes")

    def _pairs(self) -> Iterator[tuple[str, MailboxRule]]:
        for row in self._book.rows("SELECT * FROM mailboxes"):
            yield row[0], _rule(row)


class Tokens(_View[str, TokenFacts]):
    """What each token allows, by its digest."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def __getitem__(self, digest: str) -> TokenFacts:
        found = self._book.row(f"{_TOKENS} WHERE digest = ?", digest)
        if found is None:
            raise KeyError(digest)
        return _facts(found)

    def __len__(self) -> int:
        return _count(self._book, "tokens")

    def given_for(self, action: str, *, about: str = "") -> list[tuple[str, TokenFacts]]:
        """The tokens for one kind of action, each with its digest; `about`: those alone whose data
        has it."""
        mark = json.dumps(about) if about else ""
        rows = self._book.rows(f"{_TOKENS} WHERE action = ? AND instr(data, ?)", action, mark)
        found = [(row[0], _facts(row)) for row in rows]
        return [one for one in found if not about or about in one[1].data]

    def open_for(
        self, action: str, now: datetime, *, about: str = ""
    ) -> list[tuple[str, TokenFacts]]:
        """Those of them that are neither used nor over; also such as are no good, since they were
        given by a clock that was far ahead. `about`: those alone whose data has it."""
        sql = f"{_TOKENS} WHERE action = ? AND NOT used AND ends > ? AND instr(data, ?)"
        mark = json.dumps(about) if about else ""  # tens of thousands of others stay there
        rows = self._book.rows(sql, action, now.timestamp(), mark)
        found = [(row[0], _facts(row)) for row in rows]
        return [one for one in found if not about or about in one[1].data]

    def good_for(
        self, action: str, now: datetime, *, about: str = ""
    ) -> list[tuple[str, TokenFacts]]:
        """Those of them that are good now (TokenFacts.is_good)."""
        return [row for row in self.open_for(action, now, about=about) if row[1].is_good(now)]

    def _pairs(self) -> Iterator[tuple[str, TokenFacts]]:
        for row in self._book.rows(_TOKENS):
            yield row[0], _facts(row)


_IDLE: Final = f"""SELECT {", ".join(f"m.{column}" for column in MEMBER.split(", "))},
    t.state, t.since, t.reason
    FROM states t JOIN subscriptions s ON s.place = t.place AND s.number = t.number
    JOIN members m ON m.number = t.number
    WHERE t.place = ? AND t.state <> 'active' ORDER BY t.number"""  # noqa: S608 - names of ours
_TOKENS: Final = "SELECT digest, action, place, address, expires, data, used FROM tokens"


def _facts(row: tuple[Any, ...]) -> TokenFacts:
    _, action, place, address, expires, data, used = row
    ends = datetime.fromisoformat(expires)
    return TokenFacts(action, place, address, ends, json.loads(data), bool(used))


class Gone(Mapping[str, Set[int]]):
    """Who left a place and has not come back, by number."""

    def __init__(self, book: Book) -> None:
        self._book = book

    def __getitem__(self, place: str) -> Set[int]:
        rows = self._book.rows("SELECT number FROM gone WHERE place = ?", place)
        return {row[0] for row in rows}

    def __contains__(self, place: object) -> bool:
        return self._book.row("SELECT 1 FROM gone WHERE place = ?", place) is not None

    def __iter__(self) -> Iterator[str]:
        return (row[0] for row in self._book.rows("SELECT DISTINCT place FROM gone"))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _rule(row: tuple[Any, ...]) -> MailboxRule:
    _, local, number, forward, keep, domain = row
    return MailboxRule(local, number, forward, bool(keep), domain)


def _count(book: Book, table: str) -> int:
    return int((book.row(f"SELECT count(*) FROM {table}") or (0,))[0])  # noqa: S608 - ours


def _paged(book: Book, sql: str, *values: Any) -> Iterator[tuple[Any, ...]]:
    """The rows of a question by number, a page at a time; its first value is the last number."""
    last = -1
    while page := book.rows(sql, last, *values):
        yield from page
        if len(page) < _PAGE:
            return
        last = page[-1][0]
