"""The mail that is measured with: real messages where they are, else the sample's, resampled.

../shared/corpora (beside the project) holds public list mail as mboxrd with LF line ends. Where it
is absent, or more is wanted than it has, messages are taken again with new ids, a number in the
subject and later dates.
"""

from __future__ import annotations

import io
import lzma
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path

import zstandard

PROJECT = Path(__file__).resolve().parents[2]
CORPORA = PROJECT.parent / "shared" / "corpora"
WHOLE = 17_885

_SEPARATOR = b"From mboxrd@z Thu Jan  1 00:00:00 1970\n"
_QUOTED = re.compile(rb"^>(>*From )", re.M)
_TO_QUOTE = re.compile(rb"^(>*From )", re.M)
_IDS = re.compile(rb"<([^<>@\s]+)@([^<>@\s]+)>")
_ID_FIELD = re.compile(rb"^Message-ID:\s*<([^<>\s]+)>", re.M | re.I)
_DATE_FIELD = re.compile(rb"^Date: ([^\n]*)$", re.M | re.I)
_RECEIVED = re.compile(rb"^Received:[^\n]*\n(?:[ \t][^\n]*\n)*", re.M | re.I)
_SUBJECT_FIELD = re.compile(rb"^(Subject: [^\n]*)$", re.M | re.I)


@dataclass(frozen=True, slots=True)
class Corpus:
    """Messages with LF line ends, and where they are from."""

    name: str
    messages: list[bytes]

    def first(self, count: int) -> Corpus:
        """The first so many."""
        return Corpus(self.name, self.messages[:count])

    def write(self, path: Path) -> Path:
        """Writes them as mboxrd; returns the path."""
        with open(path, "wb") as file:
            for message in self.messages:
                end = b"\n" if message.endswith(b"\n") else b"\n\n"
                file.write(_SEPARATOR + _TO_QUOTE.sub(rb">\1", message) + end)
        return path


def load(count: int) -> Corpus:
    """So many messages, real ones first."""
    name, real = _real(count)
    messages = real or _sample()
    if len(messages) < count:
        name += f", resampled to {count:,}"
        messages = _resampled(messages, count)
    return Corpus(name, messages[:count])


def archive(corpus: Corpus, start: int, end: int) -> Iterator[bytes]:
    """Messages number `start` to `end` of an archive without end: the corpus, then itself again,
    each time a month earlier and under other ids. What says it is of the future is not made."""
    for number in range(start, end):
        round_, place = divmod(number, len(corpus.messages))
        yield _again(corpus.messages[place], -round_) if round_ else corpus.messages[place]


def id_of(message: bytes) -> bytes | None:
    """The Message-ID without brackets."""
    match = _ID_FIELD.search(message.partition(b"\n\n")[0] + b"\n")
    return match[1] if match else None


def _real(count: int) -> tuple[str, list[bytes]]:
    openers: dict[str, Callable[[Path], io.BufferedIOBase]] = {
        "linux-man-2000.mbox.xz": lzma.LZMAFile,
        "linux-man-17885.mbox.zst": _zstd,
    }
    for name, opener in openers.items():
        wanted = min(count, WHOLE)
        if not (CORPORA / name).exists() or (wanted > 2000 and "2000" in name):
            continue
        with opener(CORPORA / name) as stream:
            messages = []
            for message in _messages(stream):
                messages.append(message)
                if len(messages) == wanted:
                    break
        return name, messages
    return "sample mail (../shared/corpora is absent)", []


def _zstd(path: Path) -> io.BufferedIOBase:
    raw = open(path, "rb")  # noqa: SIM115 - closed with the reader
    return io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(raw, closefd=True))


def _messages(stream: io.BufferedIOBase) -> Iterator[bytes]:
    lines: list[bytes] = []
    for line in stream:
        if line == _SEPARATOR and lines:
            yield _QUOTED.sub(rb"\1", b"".join(lines)[:-1])
            lines = []
        elif line != _SEPARATOR:
            lines.append(line)
    if lines:
        yield _QUOTED.sub(rb"\1", b"".join(lines)[:-1])


def _sample() -> list[bytes]:
    found: list[bytes] = []
    for file in sorted((PROJECT / "content" / "mail").glob("*.mbox")):
        parts = re.split(rb"(?m)^From .*\n", file.read_bytes().replace(b"@HUB@", b"hub.example"))
        found += [_QUOTED.sub(rb"\1", part)[:-1] for part in parts[1:]]
    return found


def _resampled(messages: Sequence[bytes], count: int) -> list[bytes]:
    found = list(messages)
    round_ = 1
    while len(found) < count:
        found += [_again(message, round_) for message in messages[: count - len(found)]]
        round_ += 1
    return found


def _again(message: bytes, round_: int) -> bytes:
    """The same mail `round_` months later, under other ids, so that threads stay threads."""
    head, _, body = message.partition(b"\n\n")
    head = _IDS.sub(rb"<\1.%d@\2>" % round_, head)
    head = _SUBJECT_FIELD.sub(rb"\1 (%d)" % round_, head, count=1)
    head = _DATE_FIELD.sub(lambda match: b"Date: " + _later(match[1], round_), head, count=1)
    return head + b"\n\n" + body


def _later(date: bytes, months: int) -> bytes:
    try:
        moment = parsedate_to_datetime(date.decode("ascii", "replace").strip())
        return format_datetime(moment + timedelta(days=30 * months)).encode()
    except (ValueError, OverflowError):
        return date


def week_after(corpus: Corpus, count: int) -> Corpus:
    """So many messages of the seven days after a corpus's newest: its first ones, under other ids
    and spread evenly, without the servers that passed them on: an import takes no mail for newer
    than it was received. What says it is of the future does not count."""
    now = datetime.now(UTC)
    newest = max(moment for one in corpus.messages if (moment := _moment(one)) < now)
    step, round_ = timedelta(days=7) / count, 1 + len(corpus.messages)
    found = []
    for number, message in enumerate(corpus.messages[:count], 1):
        head, _, body = _again(message, round_).partition(b"\n\n")
        date = b"Date: " + format_datetime(newest + step * number).encode()
        head = _RECEIVED.sub(b"", _DATE_FIELD.sub(date, head, count=1) + b"\n")
        found.append(head + b"\n" + body)
    return Corpus(corpus.name, found)


def _moment(message: bytes) -> datetime:
    """When it was written, in UTC; long ago where it does not say."""
    match = _DATE_FIELD.search(message.partition(b"\n\n")[0] + b"\n")
    try:
        moment = parsedate_to_datetime(match[1].decode("ascii", "replace").strip() if match else "")
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
