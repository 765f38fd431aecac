"""What the hub keeps of one person, for the person (GDPR Art. 15 and 20): facts and own mail.

Looks only. A person is an address, and the member who has it: what came from the member's earlier
addresses counts, unless such an address is somebody else's by now. Of an address that another
member had before, mail counts that came since that one let go of it; what is kept by the address
alone, such as documents handed in, may be either's, and is left out. A message is the person's when
its From names one of the addresses, alone or with others, proved or not: it is kept under this
name. `proof` says of each how far the author's address was proved when it came, so that forged mail
can be told. Left out is who a moderator was, the digests of tokens, and what these say of
others.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git.pushes import PUSHES
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.message.address import is_valid, key
from solicomm_build.people import eventfiles, rosterevents
from solicomm_build.people.access import Access
from solicomm_build.people.membership import Member
from solicomm_build.people.moved.along import address_now
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post import post as post_file
from solicomm_build.post.cells import hubmail
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.post.store import erasing, ownmail
from solicomm_build.post.store.mailstore import author_hash
from solicomm_build.post.store.ownmail import OwnMail

_OTHERS = re.compile(r"\bmember([:-])([0-9]+)\b")
_LEVEL = re.compile(r" level=(\S+)")
_MID = re.compile(r"[a-z2-7]{32}")
_SOMEBODY = "…"


@dataclass(frozen=True, slots=True)
class Personal:
    """All there is: `facts` can be written as JSON, `mails` come oldest first."""

    facts: dict[str, Any] = field(default_factory=dict)
    mails: tuple[OwnMail, ...] = ()

    def __bool__(self) -> bool:
        return any(value for name, value in self.facts.items() if name != "address")

    def newest(self, most: int) -> tuple[OwnMail, ...]:
        """The newest mails that have room in `most` octets together, oldest first."""
        chosen: list[OwnMail] = []
        for mail in reversed(self.mails):
            most -= mail.octets
            if most < 0:
                break
            chosen.append(mail)
        return tuple(reversed(chosen))

    def json(self) -> bytes:
        """The facts as a file, CRLF line ends, as mail has them."""
        text = json.dumps(self.facts, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        return text.replace("\n", "\r\n").encode("utf-8", "replace")


def about(config: Config, address: str, members: Roster) -> Personal:
    """All that is kept of whoever has this address. Reads every message there is. Blocking."""
    member = members.member(address)
    number = member.number if member else 0
    since = let_go(config, number, address)
    events = [
        event
        for event in events_of(config, number, address)
        if not since or event.get("number", 0) == number != 0 or event["at"] > since
    ]
    addresses = frozenset(map(key, addresses_of(members, number, address, events)))
    mails, verdicts = _of_mail(config, addresses, key(address), since)
    addresses -= {key(address)} if since else set()
    facts = {
        "address": address,
        "member": _member(members, number),
        "consents": [_consent(event) for event in events if event.get("consent")],
        "lists": {
            name: dict(options) for name, options in members.subscriptions.of(number or 0).items()
        },
        "roles": members.roles.of(number or 0),
        "mailboxes": _mailboxes(members, number),
        "access": _access(config, addresses, members.persons.of(number)),
        **erasing.facts(config, members, number, addresses),
        "messages": _messages(config, mails, verdicts),
        "moderation": [
            *({"at": at, "verdict": _unnamed(line, number)} for at, line in verdicts),
            *_decided(config, {mail.mid for mail in mails}, number),
        ],
        "history": [_told(event, number, addresses) for event in events],
    }
    return Personal(facts, mails)


# -- the roster -------------------------------------------------------------------------------


def events_of(config: Config, number: int, address: str) -> Iterator[dict[str, Any]]:
    """The roster's events about one person, oldest first, without what only we can use."""
    with Reader(open_repo(config.roster_repo)) as reader:
        for _, blob in eventfiles.read(reader, eventfiles.at(reader, MAIN)):
            for event in rosterevents.decode_events(blob):
                mine = bool(number) and event.data.get("number") == number
                named = key(str(event.data.get("address", ""))) == key(address)
                if mine or named:
                    facts = {k: v for k, v in event.data.items() if k != "hash"}
                    yield {"at": event.at, "type": event.type, **facts}


def addresses_of(
    members: Roster, number: int, address: str, known: Iterable[dict[str, Any]]
) -> list[str]:
    """The address and the earlier ones of the member, as they were written and by their keys, but
    for those that are others' by now. `known` are the person's events."""
    found = [address]
    for event in known:
        if number and event["type"] == "member" and event.get("number") == number:
            earlier = str(event.get("address", ""))
            owner = members.member(earlier)
            if owner is None or owner.number == number:
                found.append(earlier)
    return [one for one in dict.fromkeys([*found, *map(key, found)]) if one]


def member_and_addresses(config: Config, address: str) -> tuple[Member | None, list[str]]:
    """The member who has an address, if one has, and all addresses of whoever it is. Blocking."""
    store = RosterStore.of(config)
    try:
        members = store.roster()
        member = members.member(address)
        number = member.number if member else 0
        known = events_of(config, number, address) if member else ()
        return member, addresses_of(members, number, address, known)
    finally:
        store.close()


def moved_to(config: Config, address: str) -> str:
    """The address that a member has now who had this one (people/moved/along.py)."""
    store = RosterStore.of(config)
    try:
        return address_now(config, store.roster(), address)
    finally:
        store.close()


def _member(members: Roster, number: int) -> dict[str, Any]:
    member = members.members.get(number)
    if member is None:
        return {}
    facts = {
        "number": number,
        "address": member.address,
        "name": member.name,
        "language": member.lang,
    }
    status = asdict(members.state(number))
    return facts | {name: value for name, value in status.items() if value}


def _consent(event: dict[str, Any]) -> dict[str, Any]:
    facts = {"at": event["at"], "to": event.get("conference", ""), **dict(event["consent"])}
    return {name: value for name, value in facts.items() if value}


def _mailboxes(members: Roster, number: int) -> list[dict[str, Any]]:
    return [
        {"address": rule.name, "forward": rule.forward, "kept": rule.keep}
        for rule in members.mailboxes.values()
        if number and rule.number == number
    ]


def _told(event: dict[str, Any], number: int, own: Collection[str]) -> dict[str, Any]:
    by = event.get("by")
    told = {**event, "by": _unnamed(by, number)} if isinstance(by, str) else event
    return {**told, "data": _of_own(told["data"], own)} if "data" in told else told


def _of_own(value: Any, own: Collection[str]) -> Any:
    """What a token allows, without what is others': whose request its owner decides about,
    and who writes through the owner's card. `own` are the keys of the person's addresses."""
    if isinstance(value, dict):
        if any(_is_others(one, own) for one in value.values()):
            return {}  # with the name, and what else is said of that one
        return {name: _of_own(one, own) for name, one in value.items()}
    if isinstance(value, list):
        return [_of_own(one, own) for one in value]
    return _SOMEBODY if _is_others(value, own) else value


def _is_others(value: Any, own: Collection[str]) -> bool:
    return isinstance(value, str) and is_valid(value) and key(value) not in own


def _unnamed(text: str, number: int) -> str:
    """The same without the numbers of others."""
    return _OTHERS.sub(lambda found: found[0] if int(found[2]) == number else "moderator", text)


# -- mail -------------------------------------------------------------------------------------


def let_go(config: Config, number: int, address: str) -> str:
    """When a member other than `number` changed this address for another one, as events say it;
    empty where nobody had it before. Blocking."""
    having, since = set[int](), ""
    with Reader(open_repo(config.roster_repo)) as reader:
        for _, blob in eventfiles.read(reader, eventfiles.at(reader, MAIN)):
            for event in rosterevents.decode_events(blob):
                other = event.data.get("number")
                if event.type != "member" or not isinstance(other, int) or other == number:
                    continue
                if key(str(event.data.get("address", ""))) == key(address):
                    having.add(other)
                elif other in having:
                    having.remove(other)
                    since = event.at
    return since


def _of_mail(
    config: Config, addresses: frozenset[str], own: str, since: str
) -> tuple[tuple[OwnMail, ...], list[tuple[str, str]]]:
    """The messages of some addresses and the verdicts about them; of `own`, which another had
    until then, those since."""
    if not since:
        return tuple(ownmail.mails(config, addresses)), list(_verdicts(config, addresses))
    others, moment = addresses - {own}, datetime.fromisoformat(since)
    later = (mail for mail in ownmail.mails(config, frozenset({own})) if mail.at > moment)
    mails = {mail.oid: mail for mail in (*ownmail.mails(config, others), *later)}
    verdicts = {
        (at, line)
        for at, line in _verdicts(config, frozenset({own}))
        if datetime.fromisoformat(at) > moment
    }
    ordered = sorted(mails.values(), key=lambda mail: (mail.at, mail.mid))
    return tuple(ordered), sorted(verdicts.union(_verdicts(config, others)))


def _verdicts(config: Config, addresses: frozenset[str]) -> Iterator[tuple[str, str]]:
    """What was decided about the person's mail by rules and by moderators, the oldest first."""
    store = HubMail(config)
    try:
        found = {
            (at.isoformat(), line)
            for address in addresses
            for at, line in store.verdicts(about=f"author={author_hash(address)}")
        }
    finally:
        store.close()
    yield from sorted(found)


def _decided(config: Config, mids: set[str], number: int) -> Iterator[dict[str, Any]]:
    """Decisions about the person's mail with what was said to the author, those that were taken
    back and why, and why mail waits."""
    for cell, repo in hubmail.repos(config).items():
        with Reader(repo) as reader:
            for folder, place, oid in _of_conferences(config, cell, reader):
                mid = place.stem.partition("-")[0]  # of what was taken back the time follows
                if place.suffix != ".json" or mid not in mids:
                    continue
                facts = json.loads(reader.blob(oid))
                for said in (facts, facts.get("undone", {})):
                    if "by" in said:
                        said["by"] = _unnamed(str(said["by"]), number)
                yield {"message": mid, "conference": place.parts[0], folder: facts}


def _of_conferences(
    config: Config, cell: int, reader: Reader
) -> Iterator[tuple[str, PurePosixPath, Oid]]:
    """What one cell has of its conferences: folder, place in it, blob."""
    for folder in ("decisions", "undone", "held"):
        for entry in reader.tree(MAIN, folder, recursive=True):
            place = PurePosixPath(entry.path)
            if cells.cell_of(config, cells.CONFERENCES, place.parts[0]) == cell:
                yield folder, place, Oid(entry.oid)


def _messages(
    config: Config, mails: tuple[OwnMail, ...], verdicts: list[tuple[str, str]]
) -> list[dict[str, Any]]:
    """A line for each message: what it is, how far its author was proved, where it is on pages."""
    places: dict[str, list[str]] = {mail.mid: [] for mail in mails}
    for path in sorted(config.conferences.glob("*.git")) if mails else ():
        with Reader(open_repo(path)) as reader:
            for entry in reader.tree(MAIN, "topics", recursive=True):
                ids = post_file.parse_path(f"topics/{entry.path}")
                if ids is not None and ids[1] in places:
                    where = f"{config.url}/conferences/{path.stem}/t/{ids[0]}/#{ids[1]}"
                    places[ids[1]].append(where)
    proofs = {
        mid: level[1]
        for _, line in verdicts
        if (level := _LEVEL.search(line))
        for mid in _MID.findall(line)
    }
    return [
        {
            "id": mail.mid,
            "date": mail.at.isoformat(),
            "subject": mail.subject,
            "octets": mail.octets,
            "proof": proofs.get(mail.mid, "not looked at"),
            "pages": places[mail.mid],
        }
        for mail in mails
    ]


# -- the rest ---------------------------------------------------------------------------------


def _access(config: Config, addresses: frozenset[str], person: str | None) -> dict[str, Any]:
    """Tokens and keys, by their names only, and what was pushed with them."""
    grants = [
        {
            "name": one.id,
            "repositories": list(one.repos),
            "write": one.write,
            "role": one.role,
            "made": one.made,
            "revoked": one.revoked,
            "expires": one.expires.isoformat() if one.expires else "",
        }
        for one in Access(config).grants().by_id.values()
        if key(one.person) in addresses or one.person == person
    ]
    pushes = list(_pushes(config, addresses))
    return {name: rows for name, rows in (("grants", grants), ("pushes", pushes)) if rows}


def _pushes(config: Config, addresses: frozenset[str]) -> Iterator[dict[str, Any]]:
    try:
        lines = (config.private / PUSHES).read_text("utf-8").splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        with contextlib.suppress(ValueError):  # a line cut short by a crash is nobody's
            row = json.loads(line)
            if key(str(row.get("person", ""))) in addresses:
                yield row
