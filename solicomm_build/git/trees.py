"""The tree objects of a branch, as far as its writer needed them: edited path by path, and what
changed written anew.

A commit touches a handful of trees, but one of them lists a thousand folders. They stay here
between commits, so that git is asked for each once, and a changed one goes into the pack as its
distance from the one before.

Format: gitformat-pack and git's tree objects: `<mode> SP <name> NUL <20 octets of id>`, by name, a
folder as if its name ended in a slash.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Union

from solicomm_build.git import pack as packs
from solicomm_build.git.pack import Pack

Edits = dict[bytes, Union["Edits", bytes, None]]
"""What changes in a folder, by name: a file's new id (20 octets), None for its end (a folder's,
too), or what changes in a folder below. `CLEARED` among the names: it begins empty. `_HELD`: files
were put below and taken away again, so that it is no file any more, whatever it was.
"""

CLEARED: Final = b""
_HELD: Final = b"/"

_FILE = b"100644"
_FOLDER = b"40000"
_ENTRY = re.compile(rb"([0-7]{5,6}) ([^\0]+)\0.{20}", re.DOTALL)
_KEPT = 4096
"""Trees in memory, about; more are forgotten once their commits are on the disk."""


@dataclass(slots=True)
class _Tree:
    """A tree object and those below it that were needed. `keys` are its names in git's order, a
    folder's with its slash, `starts` where their entries begin in `octets`, and its end."""

    octets: bytes = b""
    oid: bytes = b""
    used: int = 0
    below: dict[bytes, _Tree] = field(default_factory=dict)
    keys: list[bytes] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)

    def span(self, key: bytes) -> tuple[int, int]:
        """Where the entry with this key begins and ends; where it would, when it is not there."""
        if not self.starts:
            self._take_apart()
        at = bisect_left(self.keys, key)
        start = self.starts[at]
        is_there = at < len(self.keys) and self.keys[at] == key
        return start, self.starts[at + 1] if is_there else start

    def id_of(self, key: bytes) -> bytes | None:
        """The id of the entry with this key, or None."""
        start, end = self.span(key)
        return self.octets[end - 20 : end] if end > start else None

    def shift(self, key: bytes, size: int) -> None:
        """Says that an entry with this key has come into `octets`, or (`size` negative) gone."""
        at = bisect_left(self.keys, key)
        after = [start + size for start in self.starts[at + (size < 0) :]]
        if size > 0:
            self.keys.insert(at, key)
            self.starts[at + 1 :] = after
        else:
            del self.keys[at]
            self.starts[at:] = after

    def _take_apart(self) -> None:
        keys: list[bytes] = []
        starts: list[int] = []
        at = 0
        for mode, name in _ENTRY.findall(self.octets):
            keys.append(name + b"/" if mode == _FOLDER else name)
            starts.append(at)
            at += len(mode) + len(name) + 22
        starts.append(at)
        self.keys, self.starts = keys, starts


def put(edits: Edits, path: bytes, edit: bytes | None) -> None:
    """Says what becomes of the file at a path (its new id, or None), after what was said before."""
    *folders, name = path.split(b"/")
    passed: list[Edits] = []
    for folder in folders:
        below = edits.get(folder)
        if not isinstance(below, dict):
            if edit is None and folder in edits:
                return  # a file, or nothing any more: nothing lies below it
            below = edits[folder] = {CLEARED: None} if folder in edits else {}
        edits = below
        passed.append(edits)
    if edit is None and _held(edits.get(name)):
        for above in passed:
            above[_HELD] = None
    edits[name] = edit


def _held(edit: Edits | bytes | None) -> bool:
    """Whether these edits put a file, if only for a while."""
    if isinstance(edit, dict):
        return _HELD in edit or any(map(_held, edit.values()))
    return edit is not None


class Trees:
    """The trees below one root. Not for several threads."""

    def __init__(self, read: Callable[[bytes], bytes]) -> None:
        """`read` gives the octets of a tree object by its id; it may raise."""
        self._read = read
        self._root = _Tree()
        self._now = 0
        self._count = 0

    def begin(self, root: bytes | None) -> None:
        """Goes on from the tree with this id; None: from an empty one."""
        self._now += 1
        if self._count > _KEPT:
            self._count = _forget(self._root, self._now - 1)
        if root is None:
            self._root = _Tree()
        elif root != self._root.oid:
            self._root = _Tree(self._read(root), root, below=self._root.below)

    def apply(self, edits: Edits, pack: Pack) -> bytes:
        """Makes the edits, adds the trees that changed to the pack, and returns the root's id."""
        self._change(self._root, edits, pack)
        if not self._root.octets:
            self._root.oid = pack.add(packs.TREE, b"")
        return self._root.oid

    def _change(self, tree: _Tree, edits: Edits, pack: Pack) -> None:
        tree.used = self._now
        if CLEARED in edits:
            tree.octets, tree.oid, tree.starts, tree.below = b"", b"", [], {}
        entries: dict[bytes, bytes | None] = {}
        for name, edit in edits.items():
            if name in (CLEARED, _HELD):
                continue
            folder = name + b"/"
            if isinstance(edit, dict):
                oid = self._below(tree, name, edit, pack)
                entries[folder] = _FOLDER + b" " + name + b"\0" + oid if oid else None
                if oid or CLEARED in edit or _HELD in edit:
                    entries[name] = None  # a file where the folder is now
            else:
                entries[name] = _FILE + b" " + name + b"\0" + edit if edit else None
                entries[folder] = None
        _write(tree, entries, pack)

    def _below(self, tree: _Tree, name: bytes, edits: Edits, pack: Pack) -> bytes:
        """Makes the edits in a folder of a tree; its new id, empty when nothing is left in it."""
        oid = tree.id_of(name + b"/")
        child = tree.below.get(name)
        if child is None or child.oid != oid:
            self._count += 1
            child = _Tree() if oid is None else _Tree(self._read(oid), oid)
            tree.below[name] = child
        self._change(child, edits, pack)
        return child.oid if child.octets else b""


def _write(tree: _Tree, entries: Mapping[bytes, bytes | None], pack: Pack) -> None:
    """Puts entries into a tree, by key; None takes one away. Adds the tree when that changed it."""
    if not tree.octets:
        _begin(tree, entries, pack)
        return
    old, at = tree.octets, 0
    moved: list[tuple[bytes, int]] = []  # entries that came (their size) or went (less than none)
    pieces: list[bytes] = []
    parts: list[bytes] = []
    for key in sorted(entries):
        entry = entries[key]
        start, end = tree.span(key)
        if old[start:end] == (entry or b""):
            continue
        pieces.append(old[at:start])
        parts.append(packs.copied(at, start - at))
        if entry:
            pieces.append(entry)
            parts.append(packs.inserted(entry))
        if end - start != len(entry or b""):
            moved.append((key, len(entry or b"") - (end - start)))
        at = end
    if not pieces:
        return
    pieces.append(old[at:])
    parts.append(packs.copied(at, len(old) - at))
    tree.octets = b"".join(pieces)
    if len(moved) == 1:
        tree.shift(*moved[0])
    elif moved:
        tree.starts = []
    if tree.octets:
        delta = packs.delta_of(len(old), len(tree.octets), parts)
        tree.oid = pack.add_changed(packs.TREE, tree.octets, tree.oid, delta)


def _begin(tree: _Tree, entries: Mapping[bytes, bytes | None], pack: Pack) -> None:
    """Writes a tree that had nothing in it: two of the five of a post that opens a topic are so."""
    tree.octets = b"".join(entry for key in sorted(entries) if (entry := entries[key]))
    tree.starts = []
    if tree.octets:
        tree.oid = pack.add(packs.TREE, tree.octets)


def _forget(tree: _Tree, since: int) -> int:
    """Drops the trees below that were not used since; how many are left."""
    tree.below = {name: child for name, child in tree.below.items() if child.used >= since}
    return len(tree.below) + sum(_forget(child, since) for child in tree.below.values())
