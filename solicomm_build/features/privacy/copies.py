"""Takes copies of a message out of mailboxes, mirrors and logs. Each step is safe to repeat."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from solicomm_build.courier.sink import recipient_of, split_mbox
from solicomm_build.foundation import keys
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.safeio import fsync_dir, locked, write_atomic
from solicomm_build.git.replica import setaside
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.message.address import key
from solicomm_build.post.store.bearing import Sought
from solicomm_build.post.store.erasing import Bears

_ID = re.compile(rb"[a-z2-7]{32}")
"""As files of messages are named in trees, and headers of posts name them."""


def from_sink(config: Config, bears: Bears, to: Collection[str] = ()) -> int:
    """Takes messages out of `spool/sink.mbox`, and those for addresses; returns how many."""
    wanted = frozenset(map(key, to))
    if not config.sink.exists():
        return 0
    with locked(config.sink.with_name(".sink.lock")):
        entries = split_mbox(config.sink.read_bytes())
        left = [
            entry
            for entry in entries
            if not (bears(entry) or (wanted and key(recipient_of(entry)) in wanted))
        ]
        if len(left) < len(entries):
            write_atomic(config.sink, b"".join(left), mode=0o600)
        return len(entries) - len(left)


def from_maildirs(folder: Path, bears: Bears) -> int:
    """Takes messages out of all Maildirs below a folder, and what Dovecot has noted of header
    fields there, which it makes again; returns how many."""
    count = 0
    for place, _, names in os.walk(folder):
        if os.path.basename(place) not in ("new", "cur", "tmp"):
            continue
        for name in names:
            path = Path(place, name)
            with contextlib.suppress(FileNotFoundError):
                if bears(path.read_bytes()):
                    path.unlink()
                    path.parent.with_name("dovecot.index.cache").unlink(missing_ok=True)
                    count += 1
    return count


def from_mirrors(config: Config, conferences: Iterable[str], bears: Bears) -> Iterator[str]:
    """Takes messages out of the members' Maildirs of conferences, and whole inboxes of those that
    lost something: the mirror stage builds them anew. Yields the places."""
    with locked(config.mirrors / ".lock"):
        if from_maildirs(config.mirrors / "imap", bears):
            yield "mirrors/imap"
        for name in conferences:
            folder = config.mirrors / "public-inbox" / name
            if folder.exists():
                folder.with_name(f".{name}.at").unlink(missing_ok=True)
                shutil.rmtree(folder)
                fsync_dir(folder.parent)
                yield f"mirrors/public-inbox/{name}"


def from_set_aside(config: Config, mids: Collection[str], objects: Collection[str]) -> int:
    """Takes repositories away for good that the hub has no more and this machine set aside, where
    one has or names a message, has an object that went, or cannot be read; returns how many."""
    setaside.sweep(config)  # with what a kill left of others
    ids = frozenset(one.encode("ascii") for one in (*mids, *objects))
    sought = Sought(frozenset(mids), key=keys.post_key_if_any(config.keys))
    found = [one for one in setaside.repositories(config) if _has(open_repo(one), ids, sought)]
    for path in found:
        setaside.take_away(path)
    return len(found)


def _has(repo: Repo, ids: Collection[bytes], sought: Sought) -> bool:
    """Whether an object, one that no ref leads to included, is or names one of these, or bears a
    message that is sought."""
    process = repo.start("cat-file", "--batch", "--batch-all-objects", "--unordered")
    try:
        out = process.stdout
        while head := out.readline():
            oid, kind, size = head.split()
            octets = out.read(int(size))
            out.read(1)
            if oid in ids or any(one in ids for one in _ID.findall(octets)):
                return True
            if kind == b"blob" and sought.bears(octets):
                return True
        return bool(process.wait())
    finally:
        process.end()


def from_log(path: Path, words: tuple[bytes, ...]) -> int:
    """Takes the lines that have one of the words out of the mail log and those set aside; returns
    how many. Who writes the log sees at the next line that the file is another."""
    count = 0
    with locked(path.with_name(f".{path.name}.lock")):
        for file in (*sorted(path.parent.glob(f"{path.stem}-*.log")), path):
            with contextlib.suppress(FileNotFoundError):
                lines = file.read_bytes().splitlines(keepends=True)
                left = [line for line in lines if not any(word in line for word in words)]
                if len(left) < len(lines):
                    write_atomic(file, b"".join(left), mode=0o600)
                    count += len(lines) - len(left)
    return count
