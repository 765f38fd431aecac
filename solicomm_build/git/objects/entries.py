"""What tree objects hold: `<mode> SP <name> NUL <20 octets of id>`, one after the other.
And what `git ls-tree` says of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from solicomm_build.foundation.types import Oid

_TYPES = {"40000": "tree", "160000": "commit"}
_ENTRY = re.compile(rb"(\d{5,6}) ([^\0]+)\0(.{20})", re.DOTALL)
_ID_OCTETS = 20
_LOOKS = 100
"""Names that are looked for one by one in a tree, each from its beginning: then taking it apart has
cost less. What is asked of thousands in a folder of tens of thousands took seconds."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a tree: `mode` as git writes it (six digits), `path` from the tree asked for."""

    mode: str
    type: str
    oid: Oid
    path: str


class Names:
    """A tree object, asked for some of its names. Taking it apart costs more than finding one, and
    less than finding a hundred."""

    def __init__(self, tree: bytes) -> None:
        self._tree = tree
        self._all: dict[bytes, tuple[bytes, bytes]] | None = None
        self._looks = 0

    def entry(self, name: str) -> tuple[Oid | None, bool]:
        """The id of an entry and whether it is a tree; (None, False) when there is none."""
        octets = name.encode("utf-8", "surrogateescape")
        is_long = len(octets) > _ID_OCTETS and b" " not in octets  # then it cannot lie in an id
        if self._all is None and is_long and self._looks < _LOOKS:
            self._looks += 1
            at = self._tree.find(b" " + octets + b"\0")
            if at < 0:
                return None, False
            begin = at + len(octets) + 2
            mode, oid = self._tree[max(0, at - 5) : at], self._tree[begin : begin + _ID_OCTETS]
        else:
            if self._all is None:
                self._all = {found: (how, id_) for how, found, id_ in _ENTRY.findall(self._tree)}
            if octets not in self._all:
                return None, False
            mode, oid = self._all[octets]
        return Oid(oid.hex()), mode == b"40000"


def below(trees: Mapping[Oid, list[Entry]], root: Oid, prefix: str = "") -> Iterator[Entry]:
    """The files below a tree in git's order."""
    for entry in trees[root]:
        path = prefix + entry.path
        if entry.type == "tree":
            yield from below(trees, entry.oid, path + "/")
        else:
            yield replace(entry, path=path)


def entries(tree: bytes) -> list[Entry]:
    """A tree object's entries: `<mode> SP <name> NUL <20 octets of id>`, one after the other."""
    found, at = [], 0
    while at < len(tree):
        space = tree.index(b" ", at)
        end = tree.index(b"\0", space)
        mode = tree[at:space].decode("ascii")
        name = tree[space + 1 : end].decode("utf-8", "surrogateescape")
        oid = Oid(tree[end + 1 : end + 21].hex())
        found.append(Entry(mode.zfill(6), _TYPES.get(mode, "blob"), oid, name))
        at = end + 21
    return found


def listed(line: bytes) -> Entry:
    """A line of `git ls-tree -z`."""
    head, _, name = line.decode("utf-8", "surrogateescape").partition("\t")
    mode, kind, oid = head.split(" ")
    return Entry(mode, kind, Oid(oid), name)
