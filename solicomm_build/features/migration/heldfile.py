"""What waited for a moderator where a list comes from: `private/migration/<id>-held.mbox`, mboxrd.

The operator looks through it, takes what is worth it into the archive, and deletes it. Until then
each message is its author's, as all mail here: it is told and erased. `<id>-held.seen` has a
SHA-256 of each that was ever put there, so that a list which is brought again does not bring back
what was decided on, or erased.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from solicomm_build.courier.sink import split_mbox
from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub.config import Config

PLACE = "migration/%s-held.mbox"
SEEN = "migration/%s-held.seen"
"""Both below `private`, with the id of the list."""
_FROM = re.compile(rb"^(>*From )", re.MULTILINE)
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
_HEAD = b"From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n"
_LOCK = ".held.lock"


def add(config: Config, name: str, held: Iterable[bytes]) -> int:
    """Puts what waited at a list there, each message once and for good; how many were new. Durable
    on return."""
    file = config.private / (PLACE % name)
    file.parent.mkdir(mode=0o700, exist_ok=True)
    with safeio.locked(file.with_name(_LOCK)):
        there = file.read_bytes() if file.exists() else b""
        seen = _seen(config, name) | {_mark(_message(one)) for one in split_mbox(there)}
        new = {mark: raw for raw in held if (mark := _mark(raw)) not in seen}
        plain = (raw.replace(b"\r\n", b"\n") for raw in new.values())
        pieces = [_HEAD + _FROM.sub(rb">\1", raw) + b"\n\n" for raw in plain]
        if new:
            safeio.write_atomic(file, b"".join([there, *pieces]), mode=0o600)
        marks = "".join(f"{mark}\n" for mark in sorted(seen | new.keys()))
        safeio.write_atomic(config.private / (SEEN % name), marks.encode(), mode=0o600)
    return len(new)


def file_of(config: Config, name: str) -> Path | None:
    """Where what waited at a list is; None when nothing is left of it."""
    file = config.private / (PLACE % name)
    return file if file.exists() else None


def _seen(config: Config, name: str) -> set[str]:
    """The marks of what was put there before; none of a hub of before there were any."""
    with contextlib.suppress(FileNotFoundError):
        return set((config.private / (SEEN % name)).read_text("ascii").split())
    return set()


def _mark(raw: bytes) -> str:
    """By line ends of either kind, and however many are at the end."""
    return hashlib.sha256(raw.replace(b"\r\n", b"\n").rstrip(b"\n")).hexdigest()


def every(config: Config) -> Iterator[tuple[str, bytes]]:
    """All messages of such files, with the list that each waited for. Lines end as mail's do."""
    for file in _files(config):
        with contextlib.suppress(FileNotFoundError):
            for entry in split_mbox(file.read_bytes()):
                yield file.name.removesuffix("-held.mbox"), _message(entry)


def take_out(config: Config, wanted: Callable[[bytes], bool]) -> int:
    """Takes messages away for good; how many. A file of which nothing is left goes. Durable on
    return; safe to do again."""
    count = 0
    for file in _files(config):
        with safeio.locked(file.with_name(_LOCK)), contextlib.suppress(FileNotFoundError):
            entries = split_mbox(file.read_bytes())
            left = [entry for entry in entries if not wanted(_message(entry))]
            if left and len(left) < len(entries):
                safeio.write_atomic(file, b"".join(left), mode=0o600)
            elif not left:
                file.unlink()
                safeio.fsync_dir(file.parent)
            count += len(entries) - len(left)
    return count


def _files(config: Config) -> list[Path]:
    return sorted(config.private.glob(PLACE % "*"))


def _message(entry: bytes) -> bytes:
    text = entry.partition(b"\n")[2]
    return _QUOTED.sub(rb"\1", text.removesuffix(b"\n")).replace(b"\n", b"\r\n")
