"""Catalogues of messages: a `.po` is compiled to a `.mo`, in which messages are looked up.

`make setup` writes the `.mo` beside each `.po`. It is used as long as it was made of this very
`.po`; else that is compiled in memory, once a process. Messages are found in the sorted table of
the `.mo` (GNU gettext manual 11.3), which is mapped: a process loads none but those it says.

    python -m solicomm_build.foundation.language.catalogue FILE.po…     writes each .mo
"""

from __future__ import annotations

import gettext
import hashlib
import io
import mmap
import re
import struct
import sys
from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path

_MAGIC = 0x950412DE
_SOURCE = "X-Source-SHA256"
_PLURALS = re.compile(r"^Plural-Forms:(.*)$", re.MULTILINE)


class Messages(gettext.NullTranslations):
    """The messages of a compiled catalogue; what it does not hold is answered as it is."""

    def __init__(self, octets: bytes | mmap.mmap) -> None:
        super().__init__()
        self._octets = octets
        _, _, self._count, self._ids, self._texts = struct.unpack_from("<5I", octets)
        self.header = self._found("") or ""
        rule = _PLURALS.search(self.header)
        self._form = _plural(rule[1].strip() if rule else "nplurals=2; plural=(n != 1);")

    def gettext(self, message: str) -> str:
        """The message in the language."""
        return self._found(message) or message

    def pgettext(self, context: str, message: str) -> str:
        """The message as it is said in a context."""
        return self._found(f"{context}\x04{message}") or message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """The form of the message for a number."""
        found = self._found(f"{msgid1}\0{msgid2}")
        if found is None:
            return super().ngettext(msgid1, msgid2, n)
        return found.split("\0")[self._form(n)]

    def _found(self, message: str) -> str | None:
        key, low, high = message.encode(), 0, self._count
        while low < high:
            middle = (low + high) // 2
            one = self._at(self._ids, middle)
            if one == key:
                return self._at(self._texts, middle).decode()
            low, high = (middle + 1, high) if one < key else (low, middle)
        return None

    def _at(self, table: int, row: int) -> bytes:
        length, start = struct.unpack_from("<2I", self._octets, table + 8 * row)
        return self._octets[start : start + length]


@lru_cache(maxsize=16)
def _plural(forms: str) -> Callable[[int], int]:
    """Which form a number takes by a catalogue's `Plural-Forms`: the standard library says it of a
    catalogue of one message, whose forms are their own numbers."""
    head = f"Content-Type: text/plain; charset=utf-8\nPlural-Forms: {forms}\n"
    numbered = b"\0".join(b"%d" % number for number in range(8))
    rows = gettext.GNUTranslations(io.BytesIO(_packed([(b"", head.encode()), (b"n\0n", numbered)])))
    return lambda number: int(rows.ngettext("n", "n", number))


def compiled(source: bytes) -> bytes:
    """The `.mo` of a `.po`; its head says of which one it was made."""
    from babel.messages.pofile import read_po

    rows = []
    for message in read_po(io.BytesIO(source)):
        forms = (message.string,) if isinstance(message.string, str) else message.string or ()
        ids = (message.id,) if isinstance(message.id, str) else message.id
        key = (f"{message.context}\x04" if message.context else "") + "\0".join(ids)
        text = "\0".join(forms) + ("" if key else f"{_SOURCE}: {_digest(source)}\n")
        rows.append((key.encode(), text.encode()))
    return _packed(rows)


def _packed(rows: Iterable[tuple[bytes, bytes]]) -> bytes:
    """A `.mo` of (message, translation): its tables are in the order of the messages' octets."""
    ordered = sorted(rows)
    count, texts = len(ordered), b""
    at, tables = 28 + 16 * count, [b"", b""]
    for column in (0, 1):
        for row in ordered:
            tables[column] += struct.pack("<2I", len(row[column]), at + len(texts))
            texts += row[column] + b"\0"
    return (
        struct.pack("<7I", _MAGIC, 0, count, 28, 28 + 8 * count, 0, at) + b"".join(tables) + texts
    )


def _digest(source: bytes) -> str:
    return hashlib.sha256(source).hexdigest()


_mapped: list[mmap.mmap] = []


def let_go() -> None:
    """Lets go of the pages of catalogues that this process has looked into: the kernel reads some
    around each, and has them still for who looks there again."""
    for one in _mapped:
        if hasattr(mmap, "MADV_DONTNEED"):
            one.madvise(mmap.MADV_DONTNEED)


@lru_cache(maxsize=16)
def load(path: Path) -> Messages:
    """The messages of a `.po`, from the `.mo` beside it when that was made of it."""
    source = path.read_bytes()
    made = path.with_suffix(".mo")
    if made.is_file():
        with made.open("rb") as file:
            octets = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        ready = Messages(octets)
        if f"{_SOURCE}: {_digest(source)}" in ready.header:
            _mapped.append(octets)
            return ready
    return Messages(compiled(source))


if __name__ == "__main__":
    for name in sys.argv[1:]:
        Path(name).with_suffix(".mo").write_bytes(compiled(Path(name).read_bytes()))
