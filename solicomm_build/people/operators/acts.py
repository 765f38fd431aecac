"""What operators did, one commit each: `private/audit.git`.

    acts/<yyyy>/<mm>/<dd>/<time>-<8 hex digits>.json   {"at", "who", "words"[, "with"][, "killed"]}

Nothing is ever changed or taken away, so the history is that of the acts. Who writes one sees to it
that it names nobody by more than a person id: nothing in it has to go when a person is erased.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from solicomm_build.foundation.errors import ContentError
from solicomm_build.git import repo as repos
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.git.writer import Change, write_once


@dataclass(frozen=True, slots=True)
class Act:
    """One act: when, by whom, in the words of it that stay; `second` is who said yes to it, where
    one had to. Both are person ids, names of users of the machine, or masked addresses.
    One that was `killed` may be done, in half or not."""

    at: datetime
    who: str
    words: tuple[str, ...]
    second: str = ""
    killed: bool = False


def path_of(root: Path) -> Path:
    """The repository of a hub."""
    return root / "private" / "audit.git"


def write(root: Path, act: Act, *, source: str, once: str = "") -> None:
    """Writes an act down; durable on return. With `once`, a name for it, a second time changes
    nothing. Raises StoreError. Blocking, about 20 ms."""
    path = path_of(root)
    repos.open_or_create(path, description="What operators did; private")
    blob = encode(act)
    mark = hashlib.sha256(once.encode() or blob).hexdigest()[:8]
    name = f"acts/{act.at:%Y/%m/%d/%Y%m%dT%H%M%S.%fZ}-{mark}.json"
    with Reader(open_repo(path)) as reader:
        if once and reader.oid_at(MAIN, name) is not None:
            return
    message = compose(" ".join(act.words), Source=source)
    write_once(open_repo(path), [Change(name, blob)], message=message, when=act.at)


def every(root: Path) -> Iterator[Act]:
    """All that was written down, the oldest first; what cannot be read is passed over (fsck names
    it). Blocking."""
    path = path_of(root)
    if not path.is_dir():
        return
    with Reader(open_repo(path)) as reader:
        entries = sorted(reader.tree(MAIN, "acts", recursive=True), key=lambda one: one.path)
        for blob in reader.blobs(one.oid for one in entries):
            try:
                yield decode(blob)
            except ContentError:
                continue


def encode(act: Act) -> bytes:
    """What is written of one."""
    row: dict[str, Any] = {"at": act.at.isoformat(), "who": act.who, "words": act.words}
    row |= {"with": act.second} if act.second else {}
    row |= {"killed": True} if act.killed else {}
    return json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"


def decode(blob: bytes, file: str = "") -> Act:
    """One act. Raises ContentError."""
    try:
        found = json.loads(blob)
        words = tuple(str(one) for one in found["words"])
        at, second = datetime.fromisoformat(found["at"]), str(found.get("with", ""))
        return Act(at, str(found["who"]), words, second, bool(found.get("killed", False)))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ContentError("is no act of an operator", file=file) from error
