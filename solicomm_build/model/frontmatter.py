"""Front matter: the head of a Markdown file between two lines `---`.

Pure. What SoliComm writes is a strict subset of YAML that needs no YAML parser, one `key: value` a
line, where a value is a bare word, a JSON string, or a JSON list of strings or of flat objects of
strings and whole numbers. `read` takes that subset by a fast path and everything else through
yamlsafe; for a text both can read, both give the same. Every scalar is a string.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from solicomm_build import yamlsafe
from solicomm_build.errors import ContentError
from solicomm_build.yamlsafe import Node, quote

Value: TypeAlias = str | Sequence[str | Mapping[str, str | int]]
"""What a key can be written with."""

MAX_BYTES = 1024 * 1024
"""A head is at most four times the header block it was made from (mail.md B.3: 256 KiB)."""

# A line as `write` makes it: a key and a bare word, or the beginning of a JSON value.
_LINE = re.compile(
    r'^([a-z][a-z0-9_]*): (?:([A-Za-z0-9](?:[A-Za-z0-9/@:.+_-]*[A-Za-z0-9/@.+_-])?)|(["\[].*))$',
    re.MULTILINE,
)
_WORD = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9/@:.+_-]*[A-Za-z0-9/@.+_-])?")
# What makes the fast path step aside: characters that YAML breaks lines at or refuses (JSON itself
# refuses the others), and escapes of surrogates, which JSON and YAML read differently.
_UNUSUAL = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_scan = json.decoder.scanstring  # type: ignore[attr-defined]


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key twice")
    return value


_strings = json.JSONDecoder(parse_int=str, parse_float=str, object_pairs_hook=_object)


def split(blob: bytes, *, file: str = "") -> tuple[str, str]:
    """The head (each line with its LF) and the body of a file. Raises ContentError."""
    end = blob.find(b"\n---\n", 3)
    if not blob.startswith(b"---\n") or (end < 0 and not blob.endswith(b"\n---")):
        raise ContentError(
            "the file does not begin with front matter",
            file=file,
            line=1,
            remedy="Begin with a line `---`, then `key: value` lines, then a line `---`, with LF",
        )
    if end < 0:
        end = len(blob) - 4
    try:
        return blob[4 : end + 1].decode("utf-8"), blob[end + 5 :].decode("utf-8")
    except UnicodeDecodeError as error:
        raise _not_utf8(blob, file) from error


def _not_utf8(blob: bytes, file: str) -> ContentError:
    try:
        start = len(blob.decode("utf-8"))
    except UnicodeDecodeError as error:
        start = error.start
    line = blob.count(b"\n", 0, start) + 1
    return ContentError(
        "the text is not UTF-8", file=file, line=line, remedy="Save the file as UTF-8"
    )


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
