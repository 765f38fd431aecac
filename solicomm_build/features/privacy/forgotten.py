"""What the roster keeps of a person who was erased: the number, so that nobody gets it again.

Every line about the person goes, in every file that the roster's history has; the line that made
the number is one about nobody. Whom a conference has banned stays banned: the ban is what protects
the others, and says an address only where one was banned by it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log
from solicomm_build.git.history import Cut
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo
from solicomm_build.message.address import is_valid
from solicomm_build.people.address import fold

_NUMBERS = ("number", "member")


def nobody(number: int) -> str:
    """The address that stands in the place of an erased one; no mail goes to it (RFC 2606)."""
    return f"erased-{number}@users.hub.invalid"


def from_roster(
    repo: Repo,
    number: int | None,
    address: str,
    cut: Callable[[Repo, Cut, Iterable[str], int], None],
) -> None:
    """Cuts the lines about a member, and those that name the address, out of the roster."""
    blobs: dict[Oid, bytes] = {}
    lines = 0
    tip = repo.ref()
    with Reader(repo) as reader:
        for commit in log.commits(repo, None, tip) if tip else ():
            for change in commit.changes:
                if not change.oid or change.oid in blobs or not change.path.endswith(".jsonl"):
                    continue
                old = reader.blob(change.oid)
                new = [_kept(line, number, address) for line in old.splitlines(keepends=True)]
                if (data := b"".join(new)) != old:
                    blobs[change.oid] = data
                    lines += sum(
                        a != b for a, b in zip(old.splitlines(keepends=True), new, strict=True)
                    )
    cut(repo, Cut(blobs=blobs), blobs, lines)


def is_named(repo: Repo, address: str) -> bool:
    """Whether a line of the roster, now or once, names an address and would go with it: of who is
    no member there are questions and conversations. Blocking."""
    tip, seen = repo.ref(), set[Oid]()
    with Reader(repo) as reader:
        for commit in log.commits(repo, None, tip) if tip else ():
            for change in commit.changes:
                if not change.oid or change.oid in seen or not change.path.endswith(".jsonl"):
                    continue
                seen.add(change.oid)
                lines = reader.blob(change.oid).splitlines(keepends=True)
                if any(_kept(line, None, address) != line for line in lines):
                    return True
    return False


def _kept(line: bytes, number: int | None, address: str) -> bytes:
    """The line as it stays: itself, nothing, or a member that is nobody."""
    try:
        data = json.loads(line)
    except ValueError:
        return line
    if not isinstance(data, dict) or data.get("type") == "standing":
        return line
    mine = number is not None and any(data.get(key) == number for key in _NUMBERS)
    if mine and data.get("type") == "member":
        made = {
            "at": data["at"],
            "type": "member",
            "number": number,
            "address": nobody(number or 0),
        }
        made |= {"consent": {"source": "import"}, "state": "removed"}
        return (json.dumps(made) + "\n").encode("ascii")
    return b"" if mine or _names(data, address) else line


def _names(value: Any, address: str) -> bool:
    if isinstance(value, dict):
        return any(_names(one, address) for one in value.values())
    if isinstance(value, list):
        return any(_names(one, address) for one in value)
    if not (address and isinstance(value, str) and is_valid(value)):
        return False
    try:
        return fold(value) == fold(address)
    except SoliCommError:
        return False
