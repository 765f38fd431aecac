"""What each event changes in the book (book.py): the roster's fold. A malformed event raises
KeyError, TypeError or ValueError."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from solicomm_build.foundation.formernames import Names
from solicomm_build.message.address import key
from solicomm_build.people.address import fold as fold_case
from solicomm_build.people.kept.book import Book
from solicomm_build.people.kept.remembered import forget
from solicomm_build.people.kept.views import MEMBER, member_of, options_of, options_text
from solicomm_build.people.membership import (
    MACHINE,
    ROLES,
    RUNS_IT,
    STANDINGS,
    STATES,
    UNCONFIRMED,
    MailboxRule,
    Member,
)
from solicomm_build.people.rosterevents import ENDED, number_in, text_in

LANGUAGE: Final = "language"
"""The note of consent of an event by which a member chooses a language."""

ACTIVE: Final = "active"
"""How many members are, in `meta`: to count them takes long where they are many."""

Change = Callable[[Book, Mapping[str, Any]], None]


def _member(book: Book, data: Mapping[str, Any]) -> None:
    number, address = number_in(data), text_in(data, "address")
    if not address or _number_of(book, key(address)) not in (None, number):
        raise ValueError("no address, or another member's")
    state = text_in(data, "state") or "active"
    name, lang = text_in(data, "name"), text_in(data, "lang")
    before = _known(book, number)
    if before is None:
        _begin(book, number)
    else:
        held = "DELETE FROM numbers WHERE address = ? AND number = ?"
        book.run(held, key(before.address), number)
        if key(before.address) != key(address):
            forget(book, number)
            left = "INSERT OR REPLACE INTO formers VALUES (?, ?, ?)"
            book.run(left, key(before.address), text_in(data, "at"), number)
    book.run(
        "INSERT OR REPLACE INTO members VALUES (?, ?, ?, ?, ?, ?)",
        number,
        address,
        name,
        lang,
        state,
        _is_supposed(before, lang, data),
    )
    if state != "removed":
        book.run("INSERT OR REPLACE INTO numbers VALUES (?, ?)", key(address), number)
    _mark(book, "", number, state, data)
    if more := (state == "active") - bool(before and before.state == "active"):
        book.say(ACTIVE, str(int(book.said(ACTIVE) or 0) + more))


def _begin(book: Book, number: int) -> None:
    """A new member has nothing that stood at the number before: it was meant for a member who was
    refused, as one of an address that another has."""
    for (place,) in book.rows(_HELD, number, number):
        for table in ("subscriptions", "states", "sources", "roles"):
            sql = f"DELETE FROM {table} WHERE place = ? AND number = ?"  # noqa: S608 - ours
            book.run(sql, place, number)


_HELD: Final = """SELECT place FROM subscriptions WHERE number = ?
    UNION SELECT place FROM roles WHERE number = ?"""


def _is_supposed(before: Member | None, lang: str, data: Mapping[str, Any]) -> bool:
    """Whether a member's language was nobody's choice: what came with joining, and what was so
    before."""
    consent = data.get("consent")
    if not lang or not isinstance(consent, dict):
        return bool(lang and before and before.supposed and before.lang == lang)
    if consent.get("source") not in ("mail", "web") or consent.get("note") == LANGUAGE:
        return False
    return before is None or before.supposed or before.lang != lang


def _mark(book: Book, place: str, number: int, state: str, data: Mapping[str, Any]) -> None:
    """Remembers since when a state holds; one that never was another needs no memory."""
    if _state_of(book, place, number) != state:
        said = text_in(data, "at"), text_in(data, "reason")
        sql = "INSERT OR REPLACE INTO states VALUES (?, ?, ?, ?, ?)"
        book.run(sql, place, number, state, *said)


def _state_of(book: Book, place: str, number: int) -> str:
    sql = "SELECT state FROM states WHERE place = ? AND number = ?"
    found = book.row(sql, place, number)
    return "active" if found is None else str(found[0])


def _state(book: Book, data: Mapping[str, Any]) -> None:
    number, place = number_in(data), text_in(data, "conference")
    state, member = text_in(data, "state"), _known(book, number)
    if member is None:
        raise KeyError(number)
    if state not in STATES or (state == UNCONFIRMED and not place):
        raise ValueError(state)
    if not place:
        _member(book, {**_facts(member), **data})
    elif _options_of(book, place, number) is not None:
        _mark(book, place, number, state, data)


def _facts(member: Member) -> dict[str, Any]:
    """A member as the keys of its event."""
    return {
        "number": member.number,
        "address": member.address,
        "name": member.name,
        "lang": member.lang,
        "state": member.state,
    }


def _subscribe(book: Book, data: Mapping[str, Any]) -> None:
    options = data.get("options") or {}
    values = {str(name): str(value) for name, value in options.items()} if options else {}
    place, number = text_in(data, "conference"), number_in(data)
    source = _source(data)
    if _options_of(book, place, number) is None:
        if source:
            _come(book, place, number, source)
        book.run("DELETE FROM gone WHERE place = ? AND number = ?", place, number)
    elif source not in ("", "import") and _state_of(book, place, number) == UNCONFIRMED:
        _mark(book, place, number, "active", data)  # the person agrees at last
        _come(book, place, number, source)
    _keep(book, place, number, values)


def _come(book: Book, place: str, number: int, source: str) -> None:
    book.run("INSERT OR REPLACE INTO sources VALUES (?, ?, ?)", place, number, source)


def _keep(book: Book, place: str, number: int, options: Mapping[str, str]) -> None:
    sql = "INSERT OR REPLACE INTO subscriptions VALUES (?, ?, ?)"
    book.run(sql, place, number, options_text(options))


def _source(data: Mapping[str, Any]) -> str:
    consent = data.get("consent")
    return str(consent.get("source", "")) if isinstance(consent, dict) else ""


def _unsubscribe(book: Book, data: Mapping[str, Any]) -> None:
    place, number = text_in(data, "conference"), number_in(data)
    where = "WHERE place = ? AND number = ?"
    if book.run(f"DELETE FROM subscriptions {where}", place, number):  # noqa: S608 - ours
        book.run("INSERT OR REPLACE INTO gone VALUES (?, ?)", place, number)
    if data.get("by") == ENDED:  # a new one of the name is another
        book.run(f"DELETE FROM gone {where}", place, number)  # noqa: S608 - ours
    book.run(f"DELETE FROM states {where}", place, number)  # noqa: S608 - ours
    book.run(f"DELETE FROM sources {where}", place, number)  # noqa: S608 - ours


def _options(book: Book, data: Mapping[str, Any]) -> None:
    place, number = text_in(data, "conference"), number_in(data)
    before = _options_of(book, place, number)
    if before is None:
        raise KeyError(number)
    after = {**before, **{str(name): str(value) for name, value in dict(data["options"]).items()}}
    _keep(book, place, number, {name: value for name, value in after.items() if value})
    if data["options"].get("mail", "off") in ("", "on"):  # who asks for mail reads it again
        _mark(book, place, number, "active", data)


def _standing(book: Book, data: Mapping[str, Any]) -> None:
    address, standing = text_in(data, "address"), text_in(data, "standing")
    if standing not in ("", *STANDINGS) or "@" not in address:
        raise ValueError(standing)
    sql = "INSERT OR REPLACE INTO standings VALUES (?, ?, ?)"
    book.run(sql, text_in(data, "conference"), compared(address), standing)


def _emergency(book: Book, data: Mapping[str, Any]) -> None:
    place, on = text_in(data, "conference"), data["on"]
    if type(on) is not bool or not place:
        raise ValueError("neither on nor off")
    if on:
        book.run("INSERT OR REPLACE INTO emergencies VALUES (?)", place)
    else:
        book.run("DELETE FROM emergencies WHERE place = ?", place)


def compared(address: str) -> str:
    """An address, or the `@domain` of many, as it is compared."""
    return key(f"x{address}")[1:] if address.startswith("@") else key(address)


def _role(book: Book, data: Mapping[str, Any]) -> None:
    place, number = text_in(data, "conference"), number_in(data)
    granted = text_in(data, "role")
    if granted in (ROLES[1:] if place != MACHINE else (RUNS_IT,)):
        book.run("INSERT OR REPLACE INTO roles VALUES (?, ?, ?)", place, number, granted)
    elif granted in {"", ROLES[0]}:
        book.run("DELETE FROM roles WHERE place = ? AND number = ?", place, number)
    else:
        raise ValueError(granted)


def _mailbox(book: Book, data: Mapping[str, Any]) -> None:
    local = fold_case(text_in(data, "local"))
    number = number_in(data) if data.get("number") else 0
    domain = text_in(data, "domain").lower()
    rule = MailboxRule(local, number, text_in(data, "forward"), data.get("keep") is True, domain)
    if not local or "@" in local + domain or not (rule.forward or rule.keep):
        raise ValueError("no local part, or nothing to do")
    sql = "INSERT OR REPLACE INTO mailboxes VALUES (?, ?, ?, ?, ?, ?)"
    book.run(sql, rule.name, local, number, rule.forward, rule.keep, domain)


def _mailbox_removed(book: Book, data: Mapping[str, Any]) -> None:
    local, domain = fold_case(text_in(data, "local")), text_in(data, "domain").lower()
    book.run("DELETE FROM mailboxes WHERE name = ?", MailboxRule(local, domain=domain).name)


def _migrated(book: Book, data: Mapping[str, Any]) -> None:
    values = text_in(data, "conference"), text_in(data, "sha256")
    book.run("INSERT OR REPLACE INTO migrations VALUES (?, ?)", *values)


def _renamed(book: Book, data: Mapping[str, Any]) -> None:
    names, old, new = Names(), text_in(data, "old"), text_in(data, "new")
    names.take(old, new)
    book.run("INSERT INTO renamings (old, new) VALUES (?, ?)", old, new)


def _known(book: Book, number: int) -> Member | None:
    found = book.row(f"SELECT {MEMBER} FROM members WHERE number = ?", number)  # noqa: S608 - ours
    return None if found is None else member_of(found)


def _number_of(book: Book, address: str) -> int | None:
    found = book.row("SELECT number FROM numbers WHERE address = ?", address)
    return None if found is None else int(found[0])


def _options_of(book: Book, place: str, number: int) -> Mapping[str, str] | None:
    sql = "SELECT options FROM subscriptions WHERE place = ? AND number = ?"
    found = book.row(sql, place, number)
    return None if found is None else options_of(found[0])


CHANGES: Final[Mapping[str, Change]] = {
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
    "renamed": _renamed,
}
"""The types of events that change the book by themselves; tokens, persons and what features
remember have ledgers of their own (people/roster.py)."""
