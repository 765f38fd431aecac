"""Roles as signed facts in the hub's own repository: `roles/` in content/site.git.

    roster.git: `role` events ─→ settle ─→ site.git: roles/<ts>-<eid>.yaml ─→ read
    access.git: tokens --as   ─┘

The roster and the tokens say who has a role; they are private, and know addresses. Facts say it of
person ids, signed, beside what everybody may read. `settle` follows the logs of both with cursors
(`roles-<fingerprint of the key>`) and is safe to do again: a fact's path is made of its content,
and signing is deterministic. So a kill between a role and its fact loses nothing, hubs that are
older than facts get theirs at the first need, and with a new key all are signed anew.

Locks: `private/roles.lock` while facts are written; the roster's lock is never taken inside it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from solicomm_build.foundation import clock, hooks, keys, safeio
from solicomm_build.foundation.errors import ContentError, SoliCommError, StoreError
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.cursor import ROLE_CURSORS, Cursor
from solicomm_build.git.history import following
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.message.auth import signature
from solicomm_build.people import eventfiles, gittoken, grant, persons, rosterevents
from solicomm_build.people.grant import Grant, Grants
from solicomm_build.people.membership import MACHINE
from solicomm_build.people.memberstore import changing
from solicomm_build.people.roster import HUB, ROLES, Roster
from solicomm_build.people.rosterevents import Event
from solicomm_build.people.rosterstore import RosterStore

KEY = "roles.pem"
"""The hub's key for roles, in `private/keys`."""

_BEHIND = "a role is not yet a signed fact"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")


class RolesHook(Protocol):
    """`roles.py` of a feature: facts of roles that are not this hub's own."""

    FACTS: Callable[[Config], tuple[Grant, ...]]
    """Roles that count in a conference because of what its home has signed. Never for the whole
    hub: such facts say who has moderated, and let nobody do anything here. Asked often, so it looks
    at some files at most."""
    FOLDERS: Iterable[str]
    """Where they lie, below `private/`: pages made of borrowed repositories show by them, too."""
    KEEP: Callable[[Config, str, Grants], None]
    """Has it count in a conference, given by its id, who moderated it at another hub: what they
    decided goes on to show. Durable on return."""


def read(config: Config, *, settled: bool = False, own: bool = False) -> Grants:
    """All roles as of now; what the roster and the tokens say is made facts first, unless `settled`
    (whoever holds the roster's lock says so). With `own` those of this hub alone, which are the
    ones that let somebody do something. Some files are looked at when nothing has changed."""
    if not config.site_repo.exists():
        return Grants()
    if not settled:
        settle(config)
    repo = open_repo(config.site_repo)
    elsewhere = () if own else _elsewhere(config)
    return _folded(repo.path, repo.ref(), _public(config), elsewhere)


def _elsewhere(config: Config) -> tuple[Grant, ...]:
    """What homes of conferences said of who moderates there."""
    found = (fact for ask in hooks.each("roles", "FACTS") for fact in ask(config))
    return tuple(fact for fact in found if fact.conference not in (HUB, MACHINE))


def keep(config: Config, conference: str, known: Grants) -> None:
    """Has it count here who moderated a conference at the hub that it was brought from."""
    takes: tuple[Callable[[Config, str, Grants], None], ...] = hooks.each("roles", "KEEP")
    for take in takes:
        take(config, conference, known)


def folders() -> tuple[str, ...]:
    """Where features keep roles, below `private/`."""
    return tuple(name for found in hooks.each("roles", "FOLDERS") for name in found)


def settle(config: Config) -> int:
    """Makes facts of all roles that are none yet; how many. Durable on return. Blocking. Do not
    call it while you hold the roster's lock."""
    if not config.site_repo.exists() or not any(_news(config)):
        return 0
    key = key_of(config)
    if any(any(_events(source)) for source in _sources(config)):
        _name_everybody(config)
    count = 0
    with safeio.locked(config.private / "roles.lock"):
        for source in _sources(config):
            with following(source.repo):
                tip = source.repo.ref()  # something may have been erased since it was looked at
                count += _follow(config, key, replace(source, tip=tip)) if tip else 0
    return count


def begin_again(config: Config) -> int:
    """Makes the facts that names of today need, after a conference was renamed; how many. Those of
    the old name stay. Durable on return; safe to do again. Locks as `settle` does."""
    for source in _sources(config):
        source.cursor.forget()
    return settle(config)


def behind(config: Config) -> bool:
    """Whether a role may wait to become a fact. Looks only."""
    return any(_news(config))


def faults(config: Config) -> list[ContentError]:
    """What is wrong with the facts: those that do not count, and that some are missing."""
    if not config.site_repo.exists():
        return []
    repo = open_repo(config.site_repo)
    found = list(_folded(repo.path, repo.ref(), _public(config)).refused)
    if behind(config):
        remedy = "`solicomm member role` and `solicomm serve` write it"
        if any(_wanted(config, source, list(_events(source))) for source in _sources(config)):
            found.append(ContentError(_BEHIND, file=grant.FOLDER, remedy=remedy))
    return found


def key_of(config: Config) -> bytes:
    """The private key that roles are signed with, as PEM; made on first use."""
    path = config.keys / KEY
    if not path.exists():
        keys.keep_once(path, signature.new_key())
    return path.read_bytes()


def name_of(person: str, roster: Roster) -> str:
    """What the owner of a token is called in `by`: a member's person id, else a name of its own;
    empty for an address that is no member's, since an address stands in no repository."""
    if "@" not in person:
        return grant.token_name(person)
    member = roster.member(person)
    return (roster.persons.of(member.number) or "") if member else ""


# -- facts that are there -----------------------------------------------------------------------


def _public(config: Config) -> bytes | None:
    """The public key that counts: that of our own key; in a copy without it, the one that lies
    beside the facts."""
    path = config.keys / KEY
    if path.exists():
        return signature.public(path.read_bytes())
    with Reader(open_repo(config.site_repo)) as reader:
        blob = reader.at(MAIN, grant.PUBLIC_KEY)
    try:
        return bytes.fromhex((blob or b"").decode("ascii").strip()) or None
    except ValueError:
        return None


@lru_cache(maxsize=4)
def _folded(
    path: Path, tip: Oid | None, public_key: bytes | None, elsewhere: tuple[Grant, ...] = ()
) -> Grants:
    if tip is None:
        return Grants(elsewhere)
    facts, refused = [*elsewhere], []
    with Reader(Repo(path)) as reader:
        entries = reader.tree(tip, grant.FOLDER, recursive=True)
        named = [(f"{grant.FOLDER}/{entry.path}", entry.oid) for entry in entries]
        for file, oid in named:
            if file == grant.PUBLIC_KEY:
                continue
            try:
                facts.append(_fact(reader.blob(oid), file, public_key))
            except ContentError as error:
                refused.append(error)
    return Grants(facts, refused)


def _fact(blob: bytes, file: str, public_key: bytes | None) -> Grant:
    if not grant.is_path(file):
        raise ContentError("no role lies here", file=file, remedy="Take the file away")
    fact = grant.decode(blob, file)
    if public_key is None:
        remedy = f"Bring private/keys/{KEY} back from a copy"
        raise ContentError("the hub's key for roles is missing", file=file, remedy=remedy)
    grant.check(fact, public_key, file)
    return fact


# -- what is to become facts --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Source:
    """A log of private events that roles come from."""

    name: str
    repo: Repo
    cursor: Cursor
    tip: Oid


def _sources(config: Config) -> Iterator[_Source]:
    path = config.keys / KEY
    known = grant.fingerprint(signature.public(path.read_bytes())) if path.exists() else "none"
    for name, where in (("roster", config.roster_repo), ("access", config.access_repo)):
        if not where.exists():
            continue
        repo = open_repo(where)
        tip = repo.ref()
        if tip is not None:
            yield _Source(name, repo, Cursor(repo, f"{ROLE_CURSORS}{known}"), tip)


def _news(config: Config) -> Iterator[bool]:
    for source in _sources(config):
        yield source.cursor.read() != source.tip


def _follow(config: Config, key: bytes, source: _Source) -> int:
    """The facts of one source, and its cursor after them."""
    at = source.cursor.read()
    if at == source.tip:
        return 0
    events = list(_events(source))
    if events and _nameless(config, _roster(config)):
        return 0  # somebody has just got a role and no name yet: the next time
    count = _write(config, key, _wanted(config, source, events)) if events else 0
    point("grants.after-facts")
    source.cursor.advance(at, source.tip)
    return count


def _write(config: Config, key: bytes, wanted: list[Grant]) -> int:
    """Signs facts and writes those that are not there yet; how many."""
    facts = [grant.signed(fact, key) for fact in wanted]
    repo = open_repo(config.site_repo)
    with Reader(repo) as reader:
        new = [one for one in facts if reader.oid_at(MAIN, grant.path(one)) is None]
        lacks_key = reader.at(MAIN, grant.PUBLIC_KEY) != _pub(key)
    if new:
        changes = [Change(grant.path(one), grant.encode(one)) for one in new]
        if lacks_key:
            changes.append(Change(grant.PUBLIC_KEY, _pub(key)))
        message = compose("Say who has which role", Source="hub")
        write_once(repo, changes, message=message, when=clock.now())
    return len(new)


def _pub(key: bytes) -> bytes:
    return signature.public(key).hex().encode("ascii") + b"\n"


def _wanted(config: Config, source: _Source, events: list[Event]) -> list[Grant]:
    """The facts that events of a source stand for, without signatures."""
    roster = _roster(config)
    if source.name == "roster":
        found = (_of_role(event, roster) for event in events)
        return [one for one in found if one is not None]
    tokens = _tokens(config)  # once for all: reading them may take seconds
    return [one for event in events for one in _of_token(event, tokens, roster)]


def _events(source: _Source) -> Iterator[Event]:
    """The events of roles since the cursor, in their order; all when its commit is gone."""
    types = {"role"} if source.name == "roster" else {"grant", "revoke"}
    with Reader(source.repo) as reader:
        try:
            changed = log.diff(source.repo, source.cursor.read(), source.tip, reader=reader)
        except StoreError:
            changed = log.diff(source.repo, None, source.tip, reader=reader)
        for path, blob in eventfiles.read(reader, eventfiles.added(changed)):
            if not any(b'"%s"' % kind.encode() in blob for kind in types):
                continue
            with contextlib.suppress(SoliCommError):
                yield from (
                    e for e in rosterevents.decode_events(blob, file=path) if e.type in types
                )


def _of_role(event: Event, roster: Roster) -> Grant | None:
    number = event.data.get("number")
    person = roster.persons.of(number) if isinstance(number, int) else None
    role = event.data.get("role") or ROLES[0]
    at = _moment(event.at)
    place = event.data.get("conference")
    place = roster.names.now.get(place, place) if isinstance(place, str) else place
    if person is None or at is None or not isinstance(place, str) or not grant.may_be(place, role):
        return None
    by = event.data.get("by")
    named = isinstance(by, str) and _NAME.fullmatch(by)
    return Grant(person, place, role, at, str(by) if named else "hub")


def _of_token(event: Event, tokens: gittoken.Grants, roster: Roster) -> Iterator[Grant]:
    """What a token says of somebody in conferences, and its end."""
    token = tokens.by_id.get(str(event.data.get("id")))
    at = _moment(event.at)
    if token is None or at is None or token.role not in ROLES[2:]:
        return
    person = name_of(token.person, roster)
    role = token.role if event.type == "grant" else ROLES[0]
    until = token.expires if event.type == "grant" else None
    for repo in token.repos:
        kind, _, place = repo.partition("/")
        if kind == "conferences" and person:
            yield Grant(person, place or HUB, role, at, "operator", via=token.id, until=until)


def _tokens(config: Config) -> gittoken.Grants:
    from solicomm_build.people.access import Access

    return Access(config).grants()


def _roster(config: Config) -> Roster:
    store = RosterStore.of(config)
    try:
        return store.roster()
    finally:
        store.close()


def _name_everybody(config: Config) -> None:
    """Gives a person id to every member who has a role, or a token with one, and has none yet."""
    if not _nameless(config, _roster(config)):
        return
    with changing(config):
        store = RosterStore.of(config)
        try:
            now = clock.now()
            events = [
                rosterevents.person(number, persons.mint(), at=now)
                for number in sorted(_nameless(config, store.roster()))
            ]
            if events:
                store.append(events, at=now, subject="Give person ids", source="hub")
        finally:
            store.close()


def _nameless(config: Config, roster: Roster) -> set[int]:
    numbers = {number for _, number in roster.roles}
    tokens: Iterable[gittoken.Grant] = _tokens(config).by_id.values()
    owners = (roster.member(one.person) for one in tokens if one.role in ROLES[2:])
    numbers |= {member.number for member in owners if member is not None}
    return {number for number in numbers if roster.persons.of(number) is None}


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return None
