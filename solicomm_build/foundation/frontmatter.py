"""Front matter: the head of a file between two lines `---`, and the Markdown below. Pure.

One reader for all files: a byte order mark and CRLF are read as if they were not there. `split`
gives the head and the body as they are, `document` a file that people write, ready to be checked
key by key, and `plain` one that is YAML from end to end; `record` the values of a file that is all
head and that programs write, such as an event.

What SoliComm writes is a strict subset of YAML that needs no YAML parser, one `key: value` a line,
where a value is a bare word, a JSON string, or a JSON list of strings or of flat objects of strings
and whole numbers. `read` takes that subset by a fast path and everything else through yamlsafe; for
a text both can read, both give the same. Every scalar is a string.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeAlias, cast

from solicomm_build.foundation import characters, schema, yamlsafe
from solicomm_build.foundation.errors import ContentError, ContentErrors
from solicomm_build.foundation.schema import Section
from solicomm_build.foundation.yamlsafe import Node, quote

Value: TypeAlias = str | Sequence[str | Mapping[str, str | int]]
"""What a key can be written with."""

MAX_BYTES = 1024 * 1024
"""A head is at most four times the header block it was made from, which has 256 KiB."""
MAX_DOCUMENT = 256 * 1024
"""Front matter and body together of a file that people write, octets."""
_FENCE, _BOM = "---", characters.BOM

# A line as `write` makes it: a key and a bare word, or the beginning of a JSON value.
_LINE = re.compile(
    r'^([a-z][a-z0-9_]*): (?:([A-Za-z0-9](?:[A-Za-z0-9/@:.+_-]*[A-Za-z0-9/@.+_-])?)|(["\[].*))$',
    re.MULTILINE,
)
_WORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9/@:.+_-]*[A-Za-z0-9/@.+_-])?")
# What makes the fast path step aside: characters that YAML breaks lines at or refuses (JSON itself
# refuses the others), and escapes of surrogates, which JSON and YAML read differently.
_UNUSUAL = characters.any_of(
    "\x7f-\x9f", characters.BREAKS, characters.BOM, characters.NO_CHARACTERS
)
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_scan = json.decoder.scanstring  # type: ignore[attr-defined]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key twice")
    return value


_strings = json.JSONDecoder(parse_int=str, parse_float=str, object_pairs_hook=_object)


@dataclass(frozen=True, slots=True)
class Document:
    """A file's front matter, ready to be read key by key, and its body (LF, NFC, one final LF)."""

    table: Section
    body: str


def split(blob: bytes, *, file: str = "") -> tuple[str, str]:
    """The head (each line with its LF) and the body of a file. Raises ContentError."""
    end = blob.find(b"\n---\n", 3)
    if blob.startswith(b"---\n") and (end >= 0 or blob.endswith(b"\n---")):  # as we write it
        end = end if end >= 0 else len(blob) - 4
        return _decoded(blob[4 : end + 1], blob, file), _decoded(blob[end + 5 :], blob, file)
    return _split(_decoded(blob, blob, file).removeprefix(_BOM).replace("\r\n", "\n"), file)


def _split(text: str, file: str) -> tuple[str, str]:
    lines = text.split("\n")
    if lines[0].rstrip() != _FENCE:
        remedy = "Begin with a line `---`"
        raise ContentError("the file has no front matter", file=file, line=1, remedy=remedy)
    for number, line in enumerate(lines[1:], 1):
        if line.rstrip() == _FENCE:
            head = "".join(f"{one}\n" for one in lines[1:number])
            return head, "\n".join(lines[number + 1 :])
    remedy = "End it with a line `---`"
    raise ContentError("the front matter does not end", file=file, line=1, remedy=remedy)


def _decoded(part: bytes, blob: bytes, file: str) -> str:
    try:
        return part.decode("utf-8")
    except UnicodeDecodeError:
        raise _not_utf8(blob, file) from None


def _not_utf8(blob: bytes, file: str) -> ContentError:
    try:
        start = len(blob.decode("utf-8"))
    except UnicodeDecodeError as error:
        start = error.start
    line = blob.count(b"\n", 0, start) + 1
    remedy = "Save it as UTF-8"
    return ContentError("the file is not UTF-8", file=file, line=line, remedy=remedy)


def document(blob: bytes, *, file: str) -> Document:
    """Reads a file that people write. Raises ContentErrors when it is too large, not UTF-8, has no
    front matter or no end of it, or when the YAML in it is refused by yamlsafe."""
    try:
        head, body = divided(blob, file=file)
        # An empty line in place of the fence keeps the line numbers those of the file.
        return Document(schema.open_file(f"\n{head}", file=file), body)
    except ContentError as error:
        raise ContentErrors([error]) from error


def divided(blob: bytes, *, file: str) -> tuple[str, str]:
    """The head of a file that people write, unread, and its body as `document` gives it. Raises
    ContentError when it is too large, not UTF-8, or has no front matter or no end of it."""
    head, body = _split(_text(blob, file), file)
    return head, _trimmed(body)


def plain(blob: bytes, *, file: str) -> Document:
    """Reads a file that is YAML from end to end, such as `site.yaml`; raises as `document` does."""
    try:
        return Document(schema.open_file(_text(blob, file), file=file), "")
    except ContentError as error:
        raise ContentErrors([error]) from error


def _text(blob: bytes, file: str) -> str:
    if len(blob) > MAX_DOCUMENT:
        fault, remedy = f"the file has {len(blob)} bytes", f"At most {MAX_DOCUMENT}"
        raise ContentError(fault, file=file, line=1, remedy=remedy)
    text = _decoded(blob, blob, file).removeprefix(_BOM)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ContentError("the file holds a NUL", file=file, line=line, remedy="Take it out")
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n"))


def _trimmed(body: str) -> str:
    stripped = body.strip("\n")
    return f"{stripped}\n" if stripped.strip() else ""


def record(blob: bytes, name: str, *, file: str = "", remedy: str = "") -> Record:
    """The values of a file that is all head and says `schema: name`. Raises ContentError. `remedy`
    is for all that is wrong with its values."""
    text = _decoded(blob, blob, file).removeprefix(_BOM).replace("\r\n", "\n")
    values = read(text, file=file, first_line=1)
    if values.get("schema") != name:
        begin = f"Begin with `schema: {name}`"
        raise ContentError("the schema is not known", file=file, line=1, remedy=begin)
    return Record(values, file, remedy)


@dataclass(frozen=True, slots=True)
class Record:
    """Values that a program wrote, each asked for by its key; the first fault is raised."""

    values: Mapping[str, Node]
    file: str = ""
    remedy: str = ""

    def text(self, key: str, remedy: str = "") -> str:
        value = self.values.get(key)
        if not isinstance(value, str):
            raise self.fault(key, remedy)
        return value

    def optional(self, key: str) -> str:
        """A text, empty when there is none."""
        value = self.values.get(key, "")
        if isinstance(value, str):
            return value
        remedy = self.remedy or f'Write `{key}: "..."`'
        raise ContentError(f"`{key}` is not a text", file=self.file, remedy=remedy)

    def texts(self, key: str) -> list[str]:
        """A list of texts, empty when there is none."""
        value = self.values.get(key)
        if not value:
            return []
        texts = [item for item in value if isinstance(item, str)]
        if isinstance(value, list) and len(texts) == len(value):
            return texts
        remedy = self.remedy or f'Write `{key}: ["...", "..."]`'
        raise ContentError(f"`{key}` is not a list of texts", file=self.file, remedy=remedy)

    def word(self, key: str, pattern: re.Pattern[str]) -> str:
        """A text that `pattern` matches."""
        remedy = f"Add `{key}: ...` as one plain word"
        value = self.text(key, remedy)
        if not pattern.fullmatch(value):
            raise self.fault(key, remedy)
        return value

    def moment(self, key: str) -> datetime:
        """A time with its offset, in UTC."""
        remedy = f"Write `{key}: 2026-03-04T06:12:00Z`"
        try:
            found = datetime.fromisoformat(self.text(key, remedy))
            if found.tzinfo is not None:
                return found.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise self.fault(key, remedy)

    def fault(self, key: str, remedy: str = "") -> ContentError:
        """The fault of a value."""
        said = f"is {self.values[key]!r}" if key in self.values else "is missing"
        return ContentError(f"`{key}` {said}", file=self.file, remedy=self.remedy or remedy)


def read(head: str, *, file: str = "", first_line: int = 2) -> dict[str, Node]:
    """The keys and values of a head that begins at `first_line`. Raises ContentError."""
    values = _read_canonical(head)
    if values is not None:
        return values
    value = yamlsafe.load("\n" * (first_line - 1) + head, file=file, max_bytes=MAX_BYTES)
    if isinstance(value, dict):
        return value
    raise ContentError(
        "the front matter is not a mapping", file=file, line=1, remedy="Write `key: value` lines"
    )


def _read_canonical(head: str) -> dict[str, Node] | None:
    """What `write` wrote; None when the text is anything else."""
    if len(head) > MAX_BYTES or not _is_usual(head):
        return None
    lines = _LINE.findall(head)
    values: dict[str, Node] = {}
    for key, word, text in lines:
        value = word or _value(text)
        if value is None:
            return None
        values[key] = value
    return values if len(values) == len(lines) == head.count("\n") else None


def _is_usual(head: str) -> bool:
    if "\\u" in head and _SURROGATE.search(head):
        return False
    return "\x7f" not in head if head.isascii() else not _UNUSUAL.search(head)


def _value(text: str) -> Node | None:
    """The value of a JSON string or list; None for what is neither."""
    try:
        if text[0] == '"':
            value, end = _scan(text, 1, True)
        else:
            found, end = _strings.scan_once(text, 0)  # type: ignore[attr-defined]
            value = _list(found)
    except (ValueError, RecursionError, StopIteration):
        return None
    return value if end == len(text) else None


def _list(value: Any) -> list[Node] | None:
    """A list of strings or of flat objects of strings; None for any other."""
    parts: list[Any] = []
    for item in value:
        parts.extend(item.values() if type(item) is dict else (item,))
    return value if set(map(type, parts)) <= {str} else None


def write(values: Mapping[str, Value], body: str) -> bytes:
    """A file of these keys, in their order, without the empty ones, and the body as it is.

    A value that is a bare word by type (`Word`) is written bare, every other string quoted.
    """
    return f"---\n{write_head(values)}---\n{body}".encode("utf-8", "replace")


def join(fields: Mapping[str, object], body: str) -> bytes:
    """The file that `document` reads back: front matter, then the body with one final LF."""
    gap = "\n" if body else ""
    return f"{_FENCE}\n{dump(fields)}{_FENCE}\n{gap}{body}".encode()


def dump(fields: Mapping[str, object]) -> str:
    """The fields (mappings, lists and strings) as YAML; empty ones are for the caller to drop."""
    return yamlsafe.dump(cast("Node", dict(fields)))


def write_head(values: Mapping[str, Value]) -> str:
    """The lines of a head, for files that are all head."""
    return "".join([f"{key}: {_written(value)}\n" for key, value in values.items() if value])


class Word(str):
    """A string of a closed vocabulary, written without quotes: a schema, a date, a language."""

    __slots__ = ()


def _written(value: Value) -> str:
    if isinstance(value, Word):
        return value if _WORD.fullmatch(value) else quote(value)
    if isinstance(value, str):
        return quote(value)
    return "[" + ", ".join([_item(item) for item in value]) + "]"


def _item(item: str | Mapping[str, str | int]) -> str:
    if isinstance(item, str):
        return quote(item)
    parts = [f'"{key}": {v if isinstance(v, int) else quote(v)}' for key, v in item.items()]
    return "{" + ", ".join(parts) + "}"
