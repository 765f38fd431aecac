"""One issue as its readers get it: the same for all who want all of it, and one edition for each
set of posts that some want nothing of, since they muted those topics. Pure, but for `waiting`.

There are never more editions than readers with such a wish; each costs one rendering.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from solicomm_build.features.digests.octets import KEY_FIELD
from solicomm_build.features.digests.values import Entry
from solicomm_build.foundation.errors import MessageError, StoreError
from solicomm_build.foundation.spool import Spool
from solicomm_build.message.split import split
from solicomm_build.people.address import fold
from solicomm_build.people.membership import Member


@dataclass(frozen=True, slots=True)
class Edition:
    """What some readers get of an issue: `mark` is empty for those who get all of it."""

    mark: str
    members: Sequence[Member]
    entries: Sequence[tuple[datetime, Entry]]

    def key(self, issue: str) -> str:
        """Its name in the hub, given the issue's."""
        return f"{issue}/{self.mark}" if self.mark else issue


def editions(
    members: Sequence[Member],
    entries: Sequence[tuple[datetime, Entry]],
    unwanted: Mapping[str, frozenset[str]],
) -> Iterator[Edition]:
    """The editions of an issue, that of all posts first; those without a post or a reader are left
    out. `unwanted` are the addresses, folded, of who wants nothing of a post, by its id."""
    readers: dict[frozenset[str], list[Member]] = {}
    mids = [entry.mid for _, entry in entries]
    for member in members:
        address = fold(member.address)
        without = frozenset(mid for mid in mids if address in unwanted.get(mid, ()))
        readers.setdefault(without, []).append(member)
    for without in sorted(readers, key=lambda one: (len(one), sorted(one))):
        left = [one for one in entries if one[1].mid not in without]
        if left:
            text = " ".join(sorted(without))
            mark = sha256(text.encode("ascii", "replace")).hexdigest()[:16] if without else ""
            yield Edition(mark, readers[without], left)


@dataclass
class Waiting:
    """The digests that wait in the spool when a courier begins: their keys, and the members who
    are in some edition of an issue."""

    keys: set[str] = field(default_factory=set)
    readers: dict[str, set[int]] = field(default_factory=dict)

    def clear(self) -> None:
        """From here on the cursors say it all."""
        self.keys.clear()
        self.readers.clear()


def waiting(spool: Spool) -> Waiting:
    """Looks through the spool. Blocking."""
    found = Waiting()
    for path in spool.pending():
        try:
            items = spool.read(path)
        except StoreError:
            continue  # the queue sets it aside when it comes to it
        for item in items:
            for key in _key_of(item.raw) if item.envelope.list_id else []:
                found.keys.add(key)
                issue = "/".join(key.split("/")[:3])
                found.readers.setdefault(issue, set()).update(item.envelope.members)
    return found


def _key_of(raw: bytes) -> list[str]:
    try:
        return [field.value.strip() for field in split(raw).fields if field.name == KEY_FIELD]
    except MessageError:
        return []
