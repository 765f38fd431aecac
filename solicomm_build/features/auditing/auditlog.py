"""What operators did, one commit a command: `private/audit.git`.

    acts/<yyyy>/<mm>/<dd>/<time>-<8 hex digits>.json   {"at", "who", "words"}

Nothing is ever changed or taken away, so the history is that of the acts. Only what names nobody
stays of the words (wording.py): nothing in it has to go when a person is erased. Who it was is the
user who became root by sudo, else the user of the shell.
"""

from __future__ import annotations

import getpass
import json
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from solicomm_build.cli import owner
from solicomm_build.features.auditing import wording
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import ContentError
from solicomm_build.git import repo as repos
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.git.writer import Change, write_once


@dataclass(frozen=True, slots=True)
class Act:
    """One command: when, by whom, in the words of it that stay."""

    at: datetime
    who: str
    words: tuple[str, ...]


def path_of(root: Path) -> Path:
    """The repository of a hub."""
    return root / "private" / "audit.git"


def note(root: Path, words: Sequence[str]) -> None:
    """Writes a command down, as the hub's owner; durable on return. About 20 ms. Raises
    SoliCommError, OSError."""
    who = os.environ.get("SUDO_USER") or _user()
    act = Act(clock.now(), who, tuple(wording.kept(root, words)))
    owner.by_owner(root, lambda: _written(root, act))


def acts(root: Path) -> Iterator[Act]:
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


def decode(blob: bytes, file: str = "") -> Act:
    """One act. Raises ContentError."""
    try:
        found = json.loads(blob)
        words = tuple(str(one) for one in found["words"])
        return Act(datetime.fromisoformat(found["at"]), str(found["who"]), words)
    except (ValueError, KeyError, TypeError) as error:
        raise ContentError("is no act of an operator", file=file) from error


def _written(root: Path, act: Act) -> dict[str, str]:
    path = path_of(root)
    if not path.exists():
        repos.create(path, description="What operators did; private")
    row = {"at": act.at.isoformat(), "who": act.who, "words": act.words}
    blob = json.dumps(row, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
    name = f"acts/{act.at:%Y/%m/%d/%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}.json"
    message = compose(" ".join(act.words), Source="cli")
    write_once(open_repo(path), [Change(name, blob)], message=message, when=act.at)
    return {}


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.geteuid())
