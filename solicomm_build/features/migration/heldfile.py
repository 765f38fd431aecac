"""What waited for a moderator where a list comes from: `private/migration/<id>-held.mbox`, mboxrd.

The operator looks through it, takes what is worth it into the archive, and deletes it. Until then
each message is its author's, as all mail here: it is told and erased.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from solicomm_build.courier.sink import split_mbox
from solicomm_build.foundation import safeio
from solicomm_build.foundation.hub.config import Config

PLACE = "migration/%s-held.mbox"
"""Below `private`, with the id of the list."""
_FROM = re.compile(rb"^(>*From )", re.MULTILINE)
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
_HEAD = b"From MAILER-DAEMON Thu Jan  1 00:00:00 1970\n"
_LOCK = ".held.lock"


def write(config: Config, name: str, held: Iterable[bytes]) -> Path:
    """Puts what waited at a list there; where that is. Durable on return."""
    file = config.private / (PLACE % name)
    file.parent.mkdir(mode=0o700, exist_ok=True)
    plain = (raw.replace(b"\r\n", b"\n") for raw in held)
    pieces = [_HEAD + _FROM.sub(rb">\1", raw) + b"\n\n" for raw in plain]
    with safeio.locked(file.with_name(_LOCK)):
        safeio.write_atomic(file, b"".join(pieces), mode=0o600)
    return file


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
