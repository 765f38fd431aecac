"""What the roster keeps of a person who was erased: the number, so that nobody gets it again.

Every line about the person goes, in every file that the roster's history has; the line that made
the number is one about nobody. Whom a conference has banned stays banned: the ban is what protects
the others, and says an address only where one was banned by it. Trust goes, and so does a ban that
was lifted.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Collection, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log
from solicomm_build.git.history import Cut
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo
from solicomm_build.message.address import is_valid, key
from solicomm_build.people import eventfiles, rosterevents

_NUMBERS = ("number", "member")
_TRIES = 20
_STANDING, _BANNED = b'"standing"', "banned"


@dataclass(frozen=True, slots=True)
class _Whom:
    """Who goes: the member's number if there is one, the keys of all addresses, and where one of
    these is banned."""

    number: int | None
    wanted: frozenset[str]
    bans: frozenset[str]


def nobody(number: int) -> str:
    """The address that stands in the place of an erased one; no mail goes to it (RFC 2606)."""
    return f"erased-{number}@users.hub.invalid"


def from_roster(
    repo: Repo,
    number: int | None,
    addresses: Collection[str],
    cut: Callable[[Repo, Cut, Iterable[str], int], None],
    still: Callable[[], AbstractContextManager[object]] = contextlib.nullcontext,
) -> None:
    """Cuts the lines about a member, and those that name an address, however it is written, out of
    the roster. `still` keeps it as it is: what somebody writes meanwhile who had read it before
    goes as well. It is not held while the history is written anew, which waits for who follows
    that. Raises StoreError."""
    wanted = frozenset(map(key, addresses))
    for _ in range(_TRIES):
        tip = repo.ref()
        whom = _Whom(number, wanted, _bans(repo, tip, wanted))
        blobs, lines = _found(repo, None, tip, whom)
        if blobs:
            cut(repo, Cut(blobs=blobs), blobs, lines)
            continue
        with still():
            if not _found(repo, tip, repo.ref(), whom)[0]:
                return
    raise StoreError(f"{repo.path.name} is written to all the time. Type it again")


def _found(
    repo: Repo, since: Oid | None, tip: Oid | None, whom: _Whom
) -> tuple[dict[Oid, bytes], int]:
    """The files of a part of the log that have to change, as they stay; how many lines that is."""
    blobs: dict[Oid, bytes] = {}
    lines = 0
    with Reader(repo) as reader:
        for commit in log.commits(repo, since, tip) if tip and tip != since else ():
            for change in commit.changes:
                if not change.oid or change.oid in blobs or not change.path.endswith(".jsonl"):
                    continue
                old = reader.blob(change.oid)
                new = [_kept(line, whom) for line in old.splitlines(keepends=True)]
                if (data := b"".join(new)) != old:
                    blobs[change.oid] = data
                    lines += sum(
                        a != b for a, b in zip(old.splitlines(keepends=True), new, strict=True)
                    )
    return blobs, lines


def _bans(repo: Repo, tip: Oid | None, wanted: frozenset[str]) -> frozenset[str]:
    """Where one of the addresses is banned now."""
    last: dict[tuple[str, str], str] = {}
    with Reader(repo) as reader:
        for _, blob in eventfiles.read(reader, eventfiles.at(reader, tip)) if tip else ():
            if _STANDING not in blob:
                continue
            for event in rosterevents.decode_events(blob):
                who = key(str(event.data.get("address", "")))
                if event.type == "standing" and who in wanted:
                    place = str(event.data.get("conference", ""))
                    last[place, who] = str(event.data.get("standing", ""))
    return frozenset(place for (place, _), said in last.items() if said == _BANNED)


def is_named(repo: Repo, address: str) -> bool:
    """Whether a line of the roster, now or once, names an address and would go with it: of who is
    no member there are questions and conversations. Blocking."""
    tip, seen, wanted = repo.ref(), set[Oid](), frozenset((key(address),))
    whom = _Whom(None, wanted, _bans(repo, tip, wanted))
    with Reader(repo) as reader:
        for commit in log.commits(repo, None, tip) if tip else ():
            for change in commit.changes:
                if not change.oid or change.oid in seen or not change.path.endswith(".jsonl"):
                    continue
                seen.add(change.oid)
                lines = reader.blob(change.oid).splitlines(keepends=True)
                if any(_kept(line, whom) != line for line in lines):
                    return True
    return False


def _kept(line: bytes, whom: _Whom) -> bytes:
    """The line as it stays: itself, nothing, or a member that is nobody. One of another member, who
    had the address before, stays without that."""
    try:
        data = json.loads(line)
    except ValueError:
        return line
    if not isinstance(data, dict):
        return line
    named, whose = _names(data, whom.wanted), data.get("number")
    if data.get("type") == "standing":
        is_ban = data.get("standing") == _BANNED and data.get("conference") in whom.bans
        return line if is_ban or not named else b""
    number = whom.number
    mine = number is not None and any(data.get(name) == number for name in _NUMBERS)
    if data.get("type") == "member" and type(whose) is int and (mine or named):
        made = {**data, "address": nobody(whose)}
        if mine:
            made = {name: made[name] for name in ("at", "type", "number", "address")}
            made |= {"consent": {"source": "import"}, "state": "removed"}
        return (json.dumps(made) + "\n").encode("ascii")
    return b"" if mine or named else line


def _names(value: Any, wanted: frozenset[str]) -> bool:
    if isinstance(value, dict):
        return any(_names(one, wanted) for one in value.values())
    if isinstance(value, list):
        return any(_names(one, wanted) for one in value)
    return isinstance(value, str) and is_valid(value) and key(value) in wanted
