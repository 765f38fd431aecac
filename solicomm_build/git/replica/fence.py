"""The fence of a repository: `refs/solicomm/fence`, a chain of commits without files.

Each says `epoch <token> seq <n>` and, as trailers, which machine made it, with which version of the
program, and which refs moved with it (docs/formats/cluster.md). A push that moves refs moves the
fence, too, and git itself refuses one whose fence is not where the pusher thinks (gitprotocol-pack,
"old-id"), under the lock of the ref. So whoever has moved it last is the only one who can move
anything.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import solicomm_build
from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git import refs
from solicomm_build.git.objects.athand import AtHand
from solicomm_build.git.repo import Repo

FENCE: Final = "refs/solicomm/fence"
NONE: Final = Oid("0" * 40)
"""What stands for no commit, as in git's own protocol."""

_EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
_WHO = b"SoliComm <hub@users.hub.invalid>"
_FIRST = re.compile(r"epoch (\d{1,19}) seq (\d{1,19})")
_REF = re.compile(r"Ref: (refs/\S{1,300}) ([0-9a-f]{40})")
_NODE = re.compile(r"Node: ([a-z0-9-]{1,40})")
_COVERS = re.compile(r"^Covers: (\d{1,19}) (\d{1,19})$", re.MULTILINE)
_PROGRAM = re.compile(r"Program: (\d{1,6})\.(\d{1,6})")
_STEPS = 8  # of a chain, that are looked at one by one


@dataclass(frozen=True, slots=True)
class Fence:
    """One commit of the chain: the token of its owner, its number under that token, and where refs
    went with it (None: they ended)."""

    oid: Oid
    parent: Oid | None
    epoch: int
    seq: int
    node: str = ""
    moved: Mapping[str, Oid | None] = field(default_factory=dict)
    program: tuple[int, ...] = ()
    """The version of the program that made it, major and minor; empty when it does not say."""
    covers: tuple[int, int] | None = None
    """Of one that a take-over put on top of what it found: the `reach` of that. None for a step."""

    @property
    def reach(self) -> tuple[int, int]:
        """How new what it stands for is. A take-over that was not ended stands for what it found at
        one place, and may be of a newer token than a step that counts."""
        return self.age if self.covers is None else self.covers

    @property
    def age(self) -> tuple[int, int]:
        """What a newer one has more of."""
        return self.epoch, self.seq


def make(
    repo: Repo,
    parent: Oid | None,
    epoch: int,
    seq: int,
    node: str,
    moved: Mapping[str, Oid | None],
    *,
    covers: tuple[int, int] | None = None,
) -> Fence:
    """A new commit of the chain, durable on return; no ref leads to it yet."""
    by = f"Program: {'.'.join(map(str, program()))}"
    over = [f"Covers: {covers[0]} {covers[1]}"] if covers else []
    moving = [f"Ref: {name} {oid or NONE}" for name, oid in moved.items()]
    trailers = [f"Node: {node}", by, *over, *moving]
    said = f"epoch {epoch} seq {seq}\n\n" + "\n".join(trailers) + "\n"
    line = b"parent %s\n" % parent.encode("ascii") if parent else b""
    when = b"%d +0000" % max(0, int(clock.timestamp()))
    octets = b"tree %s\n%sauthor %s %s\ncommitter %s %s\n\n%s" % (
        _EMPTY_TREE.encode("ascii"),
        line,
        _WHO,
        when,
        _WHO,
        when,
        said.encode("ascii"),
    )
    _write(repo, b"tree", b"")
    oid = Oid(_write(repo, b"commit", octets))
    return Fence(oid, parent, epoch, seq, node, dict(moved), program(), covers)


def here(repo: Repo) -> Fence | None:
    """The fence that this repository has; None before its first. Raises StoreError."""
    oid = refs.read(repo.path, FENCE)
    return None if oid is None else read(repo, oid)


def people(config: Config) -> str:
    """Where the repositories stand that say who may read and push: the roster's fence and that of
    access.git, as one text; `-` for one that is not there. Quick."""
    return " ".join(refs.read(one, FENCE) or "-" for one in of_people(config))


def of_people(config: Config) -> tuple[Path, Path]:
    """Those repositories."""
    return config.roster_repo, config.access_repo


def read(repo: Repo, oid: Oid) -> Fence:
    """One commit of the chain. Raises StoreError when it is none, or not here."""
    octets = _commit(AtHand(repo.path), oid)
    octets = repo.git("cat-file", "commit", oid) if octets is None else octets
    return _parsed(repo, oid, octets)


def leads_to(repo: Repo, old: Oid, new: Oid) -> bool:
    """Whether a fence is another one, or comes before it; both have to be here. Git is asked where
    the last steps, as they lie in the files of the repository, do not say so. Raises StoreError.
    Blocking."""
    if old == new:
        return True
    objects, is_here, at = AtHand(repo.path), False, new
    for _ in range(_STEPS):
        if (octets := _commit(objects, at)) is None:
            break
        is_here = True
        parent = _parsed(repo, at, octets).parent
        if parent is None or parent == old:
            return parent is not None
        at = parent
    is_here = is_here or repo.has_commit(new)
    return (
        is_here
        and (_commit(objects, old) is not None or repo.has_commit(old))
        and repo.succeeds("merge-base", "--is-ancestor", old, new)
    )


def _commit(objects: AtHand, oid: Oid) -> bytes | None:
    """The octets of a commit; None where git has to be asked for it."""
    found = objects.find(oid)
    return found.octets if found is not None and found.kind == "commit" else None


def _parsed(repo: Repo, oid: Oid, octets: bytes) -> Fence:
    head, _, said = octets.decode("utf-8", "replace").partition("\n\n")
    first = _FIRST.match(said)
    if first is None:
        raise StoreError(f"{repo.path.name}: {oid} is no commit of a fence")
    parents = [line[7:] for line in head.splitlines() if line.startswith("parent ")]
    node, by, over = _NODE.search(said), _PROGRAM.search(said), _COVERS.search(said)
    return Fence(
        oid,
        Oid(parents[0]) if parents else None,
        int(first[1]),
        int(first[2]),
        node[1] if node else "",
        {name: None if to == NONE else Oid(to) for name, to in _REF.findall(said)},
        (int(by[1]), int(by[2])) if by else (),
        (int(over[1]), int(over[2])) if over else None,
    )


def program() -> tuple[int, ...]:
    """Major and minor of this program: what is the same reads and writes the same."""
    return tuple(int(part) for part in solicomm_build.__version__.split(".")[:2])


def _write(repo: Repo, kind: bytes, octets: bytes) -> str:
    """A loose object (gitformat-loose, zlib of head and octets), durable on return: one file, where
    a pack has two."""
    whole = b"%s %d\0%s" % (kind, len(octets), octets)
    oid = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
    path = repo.path / "objects" / oid[:2] / oid[2:]
    if not path.exists():
        if not path.parent.is_dir():
            path.parent.mkdir(exist_ok=True)
            safeio.fsync_dir(path.parent.parent)
        safeio.write_atomic(path, zlib.compress(whole, 1), mode=0o444)
    return oid
