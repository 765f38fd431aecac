"""Letters of a stick go the way of all mail, as mail that nothing proves: their authors are asked.

    letter ─→ is it a letter, to a conference of ours, and new? ─→ spool/in, `carried`

Nothing in it is believed: neither a signature, nor what a server is said to have found. Only
addresses of conferences and their topics are taken: no command, no vote, no person.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from solicomm_build.features.pocket.letters import onward, outbox
from solicomm_build.features.pocket.letters.outbox import Bag, Budget
from solicomm_build.features.pocket.letters.remembered import Remembered
from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.errors import MessageError, SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope, Giver, PostId
from solicomm_build.message.address import is_valid
from solicomm_build.message.auth.authorship import author
from solicomm_build.message.msgid import content_hash
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people import addresses
from solicomm_build.people.addresses import OtherHub
from solicomm_build.people.directory import directory_of
from solicomm_build.people.recipients import Directory
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.post.store import knownids, withdraw

_ENDS = re.compile(rb"\r\n|\r|\n")
_BOM = b"\xef\xbb\xbf"
_MOST_PLACES = 3
"""Conferences that one letter may go to."""
_MOST_LOOKED = 20
"""Addresses of one letter that are looked at."""
_AT_ONCE = 16 * 1024 * 1024
"""Octets of letters that share a file of the spool."""


@dataclass(slots=True)
class Report:
    """What came of the letters: names of those whose authors are asked now, of those that were
    read before, and of those that were refused with the reason; of those that go on to other hubs,
    with what these are called; files that could not be moved."""

    taken: list[str] = field(default_factory=list)
    onward: dict[str, str] = field(default_factory=dict)
    known: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    stays: list[str] = field(default_factory=list)


def read(config: Config, places: tuple[Path, ...], budget: Budget | None = None) -> Report:
    """Reads the letters of sticks and files, as many as `budget` allows. Durable on return; again,
    each is known. Raises UsageError for what is neither. Blocking."""
    report = Report()
    (config.state / "pocket").mkdir(mode=0o700, parents=True, exist_ok=True)
    with safeio.locked(config.state / "pocket" / "letters.lock"):
        desk = _Desk(config)
        try:
            for bag in outbox.bags(places, budget or Budget()):
                _bag(desk, bag, report)
        finally:
            desk.close()
    return report


def _bag(desk: _Desk, bag: Bag, report: Report) -> None:
    """One file: it goes to those that were read when nothing of it was refused."""
    before = len(report.refused)
    for letter in bag.letters:
        try:
            if letter.fault:
                raise MessageError(letter.fault)
            fate = desk.take(letter.octets)
        except SoliCommError as error:
            report.refused[letter.name] = error.public
        else:
            if fate.hubs:
                report.onward[letter.name] = ", ".join(fate.hubs)
            elif not fate.is_here:
                report.known.append(letter.name)
            if fate.is_here:
                report.taken.append(letter.name)
    desk.flush()
    if len(report.refused) == before and not outbox.keep_apart(bag):
        report.stays.append(bag.path.name)


def brought(config: Config, conference: str, giver: Giver, name: str, content: bytes) -> str:
    """Takes a letter to a conference of ours that a hub brings which follows it; a sentence about
    it, or nothing when it is known. Durable on return. Raises SoliCommError for what is never
    taken. Blocking."""
    (config.state / "pocket").mkdir(mode=0o700, parents=True, exist_ok=True)
    with safeio.locked(config.state / "pocket" / "letters.lock"):
        desk = _Desk(config)
        try:
            fate = desk.take(content, only=conference)
            desk.flush()
        finally:
            desk.close()
    if not fate.is_here:
        return ""
    return f"{conference}: {giver.id} has brought letter {name[:10]}; its author is asked"


def _not_here(address: str, hub: OtherHub | None) -> str:
    """Why a letter stays on the stick, and what becomes of it."""
    if hub is not None:
        return (
            f"it is for {address}, which is not followed here, so it cannot go there by itself. "
            f"{onward.by_hand(hub)}"
        )
    domain = address.rpartition("@")[2]
    return (
        f"it is for {address}, which is no conference here. It stays for the hub it is for: give "
        f"the stick to the people of {domain}, or open the file with a mail program and send it"
    )


class _Fate(NamedTuple):
    """What became of a letter: whether its author is asked here, and the names of the hubs that it
    goes on to. Neither: it was read before."""

    is_here: bool = False
    hubs: tuple[str, ...] = ()


class _Desk:
    """Looks at letters one by one, and hands them over together."""

    def __init__(self, config: Config) -> None:
        self._config = config
        roster = RosterStore.of(config) if config.roster_repo.exists() else None
        self._directory: Directory = directory_of(config, roster.roster if roster else Roster)
        self._mail = HubMail(config)
        self._spool = Spool(config.spool_in)
        self._remembered = Remembered(config)
        self._spooled = {hashlib.sha256(raw).digest() for raw in withdraw.waiting(config)}
        self._items: list[Item] = []
        self._names: list[str] = []

    def take(self, octets: bytes, only: str = "") -> _Fate:
        """Takes a letter; one for `only` that conference, where it is named, goes no further.
        Raises SoliCommError for one that is not taken."""
        raw = _ENDS.sub(b"\r\n", octets.removeprefix(_BOM))
        if len(raw) > self._config.limits.message_bytes:
            most = self._config.limits.message_bytes >> 20
            raise MessageError(f"it is larger than the {most} MB that this hub takes")
        message = parse(raw, self._config.limits)
        who = self._author(message)
        to, away = self._places(message, only)
        name = message.msgid or content_hash(message)
        if name in self._names or self._remembered.has(name):
            return _Fate()
        for conference, hub in away.items():
            onward.keep(self._config, hub, conference, raw)
        is_spooled = hashlib.sha256(raw).digest() in self._spooled  # by a run that was killed then
        is_here = bool(to) and not is_spooled and not self._is_known(message, to)
        if is_here:
            envelope = Envelope(who, tuple(to), clock.now(), helo="stick", carried=True)
            self._items.append(Item(envelope, raw))
        if is_here or is_spooled or away:
            self._names.append(name)
        if sum(len(item.raw) for item in self._items) > _AT_ONCE:
            self.flush()
        return _Fate(is_here, tuple(hub.name for hub in away.values()))

    def flush(self) -> None:
        """Hands over what was taken: durable on return."""
        if self._items:
            self._spool.put(self._items)
            self._spool.ring()
        if self._names:
            self._remembered.add(self._names)
        self._items, self._names = [], []

    def close(self) -> None:
        """Lets go of everything."""
        self._remembered.close()
        self._mail.close()
        self._spool.close()

    def _author(self, message: Message) -> str:
        who = author(message) or ""
        if not is_valid(who):
            raise MessageError("its From does not name one author by an e-mail address")
        one = self._directory.resolve(who)
        if one is not None and one.kind != "mailbox":
            raise MessageError(f"its author would be {who}, from which this hub itself writes")
        return who

    def _places(self, message: Message, only: str) -> tuple[dict[str, str], dict[str, OtherHub]]:
        """The addresses of conferences that a letter is to, with their ids; and the ids of those of
        other hubs that are followed here, with these hubs."""
        found, away = dict[str, str](), dict[str, OtherHub]()
        others = list[str]()
        for box in (*message.to, *message.cc)[:_MOST_LOOKED]:
            one = self._directory.resolve(box.addr_spec)
            if one is not None and one.kind == "conference":
                if only in ("", one.id):
                    found[box.addr_spec] = one.id
                continue
            local, _, domain = box.addr_spec.rpartition("@")
            name = local.partition("+")[0].lower()
            hub = None if only else addresses.elsewhere(self._config, domain)
            if hub is not None and name in hub.followed:
                away[name] = hub
            else:
                others.append(_not_here(box.addr_spec, hub))
        if not found and not away:
            raise MessageError(". ".join(others[:2]) or "it is for nobody. Write to whom it is")
        if len(found) + len(away) > _MOST_PLACES:
            raise MessageError(f"it is for more than {_MOST_PLACES} conferences")
        return found, away

    def _is_known(self, message: Message, to: dict[str, str]) -> bool:
        """Whether the hub has a letter, or decided about it, everywhere that it goes to; or erased
        it."""
        mids = knownids.mids(self._config, message.msgid) if message.msgid else ()
        if any(self._mail.is_erased(mid) for mid in mids):
            return True
        return all(any(self._has(mid, name) for mid in mids) for name in to.values())

    def _has(self, mid: PostId, conference: str) -> bool:
        mail = self._mail
        return (
            mail.find(mid, conference) is not None
            or mail.held_raw(conference, mid) is not None
            or mail.decision(conference, mid) is not None
        )
