"""Readers of archives: mbox in its dialects and Maildir, one message at a time, bounded memory.

There is no standard for mbox; what follows from RFC 4155 and practice:

- A message begins with a line `From `, a sender and a date, at the start of the file or after a
  line end: one of asctime, or, as some programs write it, of RFC 5322 or ISO 8601. The date is
  checked and the next line must be a header field, so a sentence `From the beginning, …` that
  nobody escaped stays in its message. `From <40 hex digits> Mon Sep 17 00:00:00 2001` is a patch as
  git writes it: it counts only in a file that begins with one.
- mboxrd and mboxo quote `From ` lines of the body by `>`: one `>` is taken away.
- mboxcl and mboxcl2 give the body's octets in Content-Length. It is believed only when a message or
  the end follows exactly there. When that jumps over unquoted `From ` lines the file is mboxcl2,
  which quotes nothing, so nothing is unquoted from then on.
- Compressed files are known by their first octets (unpacking.py).

Who deletes a message in Thunderbird has it in the file until the folder is compacted, with a mark
in the first fields; in a Maildir it has the flag T. Such a message is said to be `deleted`.

The raw message of an mbox ends where its last line does: the empty line before the next `From ` is
the mbox's own.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from solicomm_build.foundation.errors import HubError
from solicomm_build.ingest import publicinbox, unpacking

LONGEST = 64 * 1024 * 1024
"""A message larger than this is not one, or nobody wants it: it is reported and passed over."""

_CHUNK = 1 << 20
_TAIL = 4096  # the longest `From ` line and the start of the field after it

_LONGEST_LINE = 1000
_TRIES = 3  # to open a message of a Maildir that others use

# A header field at the start of a file (RFC 5322 2.2): the file is one message, no mbox.
_FIELD = re.compile(rb"[!-9;-~]{1,76}:[ \t]")
_FROM = re.compile(
    rb"From (?:[^\n]*?\b\d{1,2}:\d\d(?::\d\d)?\b[^\n:]{0,30}?\b(?:19|20)\d\d\b"
    rb"|\S++[ \t]++(?:[A-Z][a-z]{2},?[ ])?"
    rb"(?:\d{1,2}[ ][A-Z][a-z]{2}|[A-Z][a-z]{2}[ ]{1,2}\d{1,2})[ ](?:19|20)\d\d[ ]\d{1,2}:\d\d\b"
    rb"|\S++[ \t]++(?:19|20)\d\d-\d\d-\d\d[T ]\d\d:\d\d\b)"
    rb"[^\n]*\n(?=[!-9;-~]+[ \t]*:|>?From |\r?\n|\Z)"
)
_PATCH = re.compile(rb"From [0-9a-f]{40} Mon Sep 17 00:00:00 2001\b")
_QUOTED = re.compile(rb"^>(>*From )", re.MULTILINE)
_LENGTH = re.compile(rb"\n(?i:content-length:)[ \t]*(\d{1,12})[ \t]*\r?$", re.MULTILINE)
_MOZILLA = re.compile(
    rb"(?:X-(?:Account-Key|UIDL|Mozilla-Keys):[^\n]*\n)*X-Mozilla-Status:[ \t]*([0-9A-Fa-f]{4})\b"
)
_EXPUNGED = 0x0008
_HEADER_END = re.compile(rb"\n\r?\n")


@dataclass(frozen=True, slots=True)
class Found:
    """One message of an archive: where it was, its octets, or the fault that kept it out.

    `octets_read` is how far into the file (as it is on disk) the reader has got.
    """

    where: str
    raw: bytes
    octets_read: int
    fault: str = ""
    deleted: bool = False


def read(path: Path, *, longest: int = LONGEST) -> Iterator[Found]:
    """The messages of an mbox (also compressed), of a Maildir, of a public-inbox or of one .eml
    file, in order. Streaming.

    Raises HubError when there is no such file, or it is neither.
    """
    if path.is_dir() and publicinbox.is_inbox(path):
        yield from _inbox(path, longest)
    elif path.is_dir():
        yield from _maildir(path, longest)
    elif path.is_file():
        yield from _mbox(path, longest)
    else:
        raise HubError(
            f"{path}: no such file. Name an mbox (also .gz .xz .zst), a Maildir, or a"
            " clone of a conference"
        )


def size(path: Path) -> int:
    """The octets that `read` will go through, for a progress bar."""
    if path.is_dir() and publicinbox.is_inbox(path):
        return publicinbox.size(path)
    if path.is_dir():
        return sum(map(_size, _maildir_files(path)))
    return path.stat().st_size if path.is_file() else 0


def below(path: Path) -> list[str]:
    """The folders of a Maildir below this one (Maildir++), which `read` leaves alone: what lies
    there, such as what somebody has sent, seldom belongs to a list."""
    if not (path / "cur").is_dir():
        return []
    return sorted(one.name for one in path.iterdir() if (one / "cur").is_dir())


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:  # it was read, moved or deleted just now
        return 0


def _inbox(folder: Path, longest: int) -> Iterator[Found]:
    done = 0
    for where, raw in publicinbox.read(folder):
        done += len(raw)
        fault = _too_long(longest) if len(raw) > longest else ""
        yield Found(where, b"" if fault else raw, done, fault)


# -- Maildir ----------------------------------------------------------------------------------


def _maildir(folder: Path, longest: int) -> Iterator[Found]:
    if not (folder / "cur").is_dir():
        raise HubError(f"{folder}: not a Maildir, it has no folder `cur`; nor a public-inbox")
    done = 0
    for file in _maildir_files(folder):
        where = f"{folder.name}/{file.parent.name}/{file.name}"
        raw, gone = None, "it went while the Maildir was read"
        try:
            raw = _octets(folder, file, longest)
        except ValueError as error:
            gone = f"it cannot be read: {error}"
        if raw is None:
            yield Found(where, b"", done, gone)
            continue
        done += len(raw)
        fault = _too_long(longest) if len(raw) > longest else ""
        deleted = "T" in file.name.partition(":2,")[2]
        yield Found(where, b"" if fault else raw, done, fault, deleted)


def _octets(folder: Path, file: Path, longest: int) -> bytes | None:
    """A message, no more of it than one octet over `longest`; None when it is gone. A mail program
    that has the Maildir open may give it other flags meanwhile, which are part of its name. Dovecot
    may keep messages compressed. Raises ValueError where such a one cannot be read."""
    for _ in range(_TRIES):
        try:
            with file.open("rb") as stream:
                return unpacking.content(stream, longest + 1)
        except FileNotFoundError:
            own = file.name.partition(":")[0]
            found = (one for one in _maildir_files(folder) if one.name.partition(":")[0] == own)
            file = next(found, file)
    return None


def _maildir_files(folder: Path) -> list[Path]:
    """The messages of `cur` and `new`, by name, which begins with the time of delivery."""
    files = [
        file
        for part in ("cur", "new")
        if (folder / part).is_dir()
        for file in (folder / part).iterdir()
        if file.is_file() and not file.name.startswith(".")
    ]
    return sorted(files, key=lambda file: file.name)


# -- mbox -------------------------------------------------------------------------------------


def _mbox(path: Path, longest: int) -> Iterator[Found]:
    if (single := _single(path, longest)) is not None:
        yield single
        return
    with path.open("rb") as file, contextlib.closing(unpacking.opened(file)) as stream:
        name, number = path.name, 0
        try:
            for raw in _Splitter(stream, longest).messages():
                number += 1
                where = f"{name}, message {number}"
                fault = _too_long(longest) if raw is None else ""
                yield Found(where, raw or b"", file.tell(), fault, _is_deleted(raw or b""))
        except unpacking.faults() as error:
            fault = f"the rest of the file cannot be read: {error}"
            yield Found(f"{name}, after message {number}", b"", file.tell(), fault)


def _is_deleted(raw: bytes) -> bool:
    mark = _MOZILLA.match(raw)
    return mark is not None and bool(int(mark[1], 16) & _EXPUNGED)


def _single(path: Path, longest: int) -> Found | None:
    """The message when the file holds just one (.eml): it begins with a header field."""
    with path.open("rb") as file:
        if not _FIELD.match(file.read(_LONGEST_LINE)):
            return None
        file.seek(0)
        raw = file.read(longest + 1)
        fault = _too_long(longest) if len(raw) > longest else ""
        return Found(path.name, b"" if fault else raw, path.stat().st_size, fault)


def _too_long(longest: int) -> str:
    return f"larger than {longest} octets; import it alone if it is wanted"


class _Splitter:
    """Cuts a stream into messages. Holds one message and two chunks at a time."""

    def __init__(self, stream: IO[bytes], longest: int) -> None:
        self._stream, self._longest = stream, longest
        self._buffer = bytearray()
        self._ended = False
        self._patches = False  # the file is a series of patches: their `From ` lines count
        self._quoted = True  # `>From ` stands for `From ` (not so in mboxcl2)

    def messages(self) -> Iterator[bytes | None]:
        """The raw messages; None stands for one that is too long. Raises ValueError at no mbox."""
        at = self._first()
        while at < len(self._buffer):
            start = self._buffer.index(b"\n", at) + 1
            at, too_long = self._end(start)
            yield None if too_long else self._message(bytes(self._buffer[start:at]))
            if at > _CHUNK:
                del self._buffer[:at]
                at = 0

    def _first(self) -> int:
        """Where the first `From ` line is; what comes before it is no message."""
        self._more()
        while len(self._buffer) < _TAIL and not self._ended:
            self._more()
        at = len(self._buffer) - len(self._buffer.lstrip(b"\r\n"))
        first = self._from_line(at)
        if first is None and at < len(self._buffer):
            raise ValueError("it does not begin with a `From ` line, so it is not an mbox")
        self._patches = bool(_PATCH.match(self._buffer, at))
        return at

    def _end(self, start: int) -> tuple[int, bool]:
        """Where the message ends: the next `From ` line or the file's end; True when too long."""
        at, dropped = start, False
        while True:
            limit = len(self._buffer) if self._ended else max(start, len(self._buffer) - _TAIL)
            found = self._buffer.find(b"\nFrom ", at - 1, limit) + 1
            if found:
                at = self._passed(found, start)
                if at == found:
                    return at, dropped
                continue  # there may be more of the file than before
            if self._ended:
                return len(self._buffer), dropped
            at = max(at, limit - 6)
            if at - start > self._longest:
                del self._buffer[start:at]
                at, dropped = start, True
            self._more()

    def _from_line(self, at: int) -> re.Match[bytes] | None:
        """The `From ` line at `at`, if it is one."""
        end = self._buffer.find(b"\n", at, at + _LONGEST_LINE)
        return _FROM.match(self._buffer, at, end + 100) if end >= 0 else None

    def _passed(self, at: int, start: int) -> int:
        """`at` when a message begins there, given that one began at `start`; else where to look on:
        behind all that Content-Length says is in it."""
        if self._from_line(at) is None or (not self._patches and _PATCH.match(self._buffer, at)):
            return at + 1
        return self._end_by_length(at, start)

    def _end_by_length(self, at: int, start: int) -> int:
        """Where the message ends when Content-Length says that `at` is inside it, and is right
        about it; else `at`."""
        header = _HEADER_END.search(self._buffer, start, at)
        if header is None:
            return at
        length = _LENGTH.search(self._buffer, start - 1, header.start() + 1)
        if length is None:
            return at
        end = header.end() + int(length[1])
        if end <= at or end - start > self._longest:
            return at
        while len(self._buffer) < end + _TAIL and not self._ended:
            self._more()
        rest = self._buffer[end : end + 4]
        behind = end + len(rest) - len(rest.lstrip(b"\r\n"))
        right = end <= len(self._buffer) and (
            behind == len(self._buffer) or self._from_line(behind) is not None
        )
        if not right:
            return at
        self._quoted = False
        return end

    def _message(self, raw: bytes) -> bytes:
        """Without the mbox's own empty line at the end, and unquoted."""
        if raw.endswith(b"\r\n\r\n"):
            raw = raw[:-2]
        elif raw.endswith(b"\n\n"):
            raw = raw[:-1]
        return _QUOTED.sub(rb"\1", raw) if self._quoted and b">From " in raw else raw

    def _more(self) -> None:
        chunk = self._stream.read(_CHUNK)
        self._ended = not chunk
        self._buffer += chunk
