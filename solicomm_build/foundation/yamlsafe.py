"""YAML as SoliComm reads and writes it: plain mappings, lists and strings, within limits.

Foundation; imports errors only. What makes YAML dangerous or surprising is refused, with file and
line: tags (`!!python/...`), anchors and aliases (alias bombs), duplicate keys, several documents,
nesting beyond 20, files over the size limit, anything that is not UTF-8. Every scalar is a string:
`no` is Norway, `1.10` keeps its zero; whoever knows the schema converts.

PyYAML is imported only here.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import NoReturn, TypeAlias

import yaml

from solicomm_build.foundation import characters
from solicomm_build.foundation.errors import ContentError

Node: TypeAlias = "dict[str, Node] | list[Node] | str"
"""What a file holds."""

Path: TypeAlias = "tuple[str | int, ...]"
"""The way to a value: keys of mappings and indexes of lists."""

MAX_BYTES = 262_144
MAX_DEPTH = 20

# A plain (unquoted) scalar that no YAML reader takes for anything but this string.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_./@+-]*(?: [A-Za-z0-9_./@+-]+)*")
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})
# Characters that YAML 1.1 5.1 does not let stand for themselves, line breaks of its own (NEL, LS,
# PS), and the bidi controls, which must not disguise a line of a file.
_UNPRINTABLE = characters.any_of("\x7f-\x9f", characters.DISGUISES, characters.SURROGATES)

_QUOTES = "Mend the line; a text with : or # in it needs quotes"
_TAB = "Begin the line with spaces: a tab stands there"


def load(data: bytes | str, *, file: str = "", max_bytes: int = MAX_BYTES) -> Node:
    """The value in `data`; an empty file is the empty string.

    Raises ContentError naming `file`, the line, the fault and the remedy.
    """
    return load_marked(data, file=file, max_bytes=max_bytes)[0]


def load_marked(
    data: bytes | str, *, file: str = "", max_bytes: int = MAX_BYTES
) -> tuple[Node, dict[Path, int]]:
    """The value in `data`, and for the way to each part of it the line (from 1) where it starts.

    The line of a mapping's entry is that of its key. Raises ContentError as `load` does.
    """
    text = _text(data, file, max_bytes)
    try:
        return _Builder(text, file).document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None)
        line = mark.line + 1 if mark else _line_of(error, text)
        raise ContentError(
            f"this is not YAML: {problem or 'unreadable'}",
            file=file,
            line=line,
            remedy=_TAB if _has_tab(text, line) else _QUOTES,
        ) from error


def _has_tab(text: str, line: int) -> bool:
    """Whether a line begins with one, which nobody sees: YAML is indented with spaces."""
    found = text.split("\n")[line - 1 : line] if line else []
    return any("\t" in one[: len(one) - len(one.lstrip(" \t"))] for one in found)


def _text(data: bytes | str, file: str, max_bytes: int) -> str:
    octets = data if isinstance(data, bytes) else data.encode("utf-8", "surrogatepass")
    if len(octets) > max_bytes:
        fault = f"the file has {len(octets)} bytes, {max_bytes} are allowed"
        raise ContentError(fault, file=file, remedy="Shorten it")
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        remedy = "Save it as UTF-8"
        raise ContentError("the file is not UTF-8", file=file, line=line, remedy=remedy) from error


def _line_of(error: yaml.YAMLError, text: str) -> int:
    """The line of a reader error, which knows only a position in the text."""
    position = getattr(error, "position", 0)
    return text.count("\n", 0, position) + 1 if isinstance(position, int) else 1


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    return mark.line + 1 if mark else 0


class _Builder:
    """Builds the value from the parser's events, so that nothing refused is ever constructed."""

    def __init__(self, text: str, file: str) -> None:
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=yaml.CSafeLoader)
        self._file = file
        self._lines: dict[Path, int] = {}
        self._twice: list[tuple[str, int]] = []

    def document(self) -> tuple[Node, dict[Path, int]]:
        value: Node = ""
        documents = 0
        for event in self._events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._refuse(event, "a second document starts here", "Keep one in a file")
                value = self._value(next(self._events), ())
        self._refuse_twice()
        return value, self._lines

    def _refuse_twice(self) -> None:
        """All keys that are there a second time, in one word: so one round of mending is enough."""
        if not self._twice:
            return
        (key, line), *more = self._twice
        keys = ", ".join([repr(key), *(f"{other!r} (line {at})" for other, at in more[:20])])
        raise ContentError(
            f"the key {keys} is here twice", file=self._file, line=line, remedy="Remove one of them"
        )

    def _value(self, event: yaml.Event, path: Path) -> Node:
        self._admit(event, path)
        self._lines.setdefault(path, _line(event))
        if isinstance(event, yaml.ScalarEvent):
            return str(event.value)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(path)
        return self._mapping(path)

    def _sequence(self, path: Path) -> list[Node]:
        values: list[Node] = []
        for event in self._events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            values.append(self._value(event, (*path, len(values))))
        return values

    def _mapping(self, path: Path) -> dict[str, Node]:
        values: dict[str, Node] = {}
        for event in self._events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            self._admit(event, path)
            if not isinstance(event, yaml.ScalarEvent):
                self._refuse(event, "a key is not a plain word", "Write `key: value`")
            key = str(event.value)
            if key in values:
                self._twice.append((key, _line(event)))
            self._lines[(*path, key)] = _line(event)
            values[key] = self._value(next(self._events), (*path, key))
        return values

    def _admit(self, event: yaml.Event, path: Path) -> None:
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            self._refuse(event, "anchors and aliases (& and *) are refused", "Repeat the text")
        if getattr(event, "tag", None) is not None:
            self._refuse(event, "tags (!) are refused", "Remove the tag, or quote the text")
        if len(path) >= MAX_DEPTH:
            self._refuse(event, f"more than {MAX_DEPTH} levels are nested", "Use fewer levels")

    def _refuse(self, event: yaml.Event, fault: str, remedy: str) -> NoReturn:
        line = _line(event)
        raise ContentError(fault, file=self._file, line=line, remedy=remedy)


def quote(text: str) -> str:
    """`text` as a double-quoted scalar on one line that is JSON and YAML alike.

    Lone surrogates, which no UTF-8 file can hold, become U+FFFD.
    """
    quoted: str = json.encoder.encode_basestring(text)
    if quoted.isascii() and "\x7f" not in quoted:
        return quoted
    return _UNPRINTABLE.sub(_escape, quoted)


def _escape(match: re.Match[str]) -> str:
    code = ord(match[0])
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else f"\\u{code:04x}"


def scalar(text: str) -> str:
    """`text` as a scalar, bare where every YAML reader sees a string, quoted otherwise."""
    bare = _PLAIN.fullmatch(text) and text.lower() not in _WORDS
    return text if bare else quote(text)


def dump(value: Node) -> str:
    """Deterministic YAML that `load` reads back as the same value: NFC, LF, keys in their order.

    Lists of plain texts and empty values are written on one line, the rest in block style.
    """
    if isinstance(value, str) or not value or _flat(value):
        return _inline(value) + "\n"
    return "".join(_block(value, 0))


def replaced(text: str, key: str, node: dict[str, Node]) -> str:
    """The text of a file with another value of a key of its top mapping: in its place, else at the
    end; all other lines stay. `node` is the mapping of this key alone, or empty to take it out.
    An empty line goes before a block that is new. Raises ContentError for what is no YAML, and
    where the key shares its lines with others."""
    text = text.rstrip("\n") + "\n"
    new = dump(node).rstrip("\n") + "\n" if node else ""
    begin, end = span(text, key)
    head, rest = text[:begin].splitlines(keepends=True), text[end:]
    if begin == end and new.count("\n") > 1:
        head.append("\n")
    while not new and begin < end and not rest and head and not head[-1].strip():
        head.pop()  # what stood between it and the rest
    changed = "".join(head) + new + rest
    if _others(changed, key) != _others(text, key):
        raise ContentError(
            f"`{key}` must stand at the beginning of a line",
            line=text.count("\n", 0, begin) + 1,
            remedy="Write `key: value` lines",
        )
    return changed


def _others(text: str, key: str) -> Node:
    """What a file says but for a key of its top mapping."""
    top = load(text)
    return {name: one for name, one in top.items() if name != key} if isinstance(top, dict) else {}


def span(text: str, key: str) -> tuple[int, int]:
    """Where the lines of a key of the top mapping begin, with its value, and where they end; twice
    the end of the text where it is not there. Comments and empty lines that stand before the next
    key are that one's. Raises ContentError for what is no YAML."""
    lines, (_, marked) = text.splitlines(keepends=True), load_marked(text)
    first = {path[0]: line - 1 for path, line in marked.items() if len(path) == 1}
    begin = first.get(key, len(lines))
    end = min((one for one in first.values() if one > begin), default=len(lines))
    while end > begin + 1 and (lines[end - 1].startswith("#") or not lines[end - 1].strip()):
        end -= 1
    return sum(map(len, lines[:begin])), sum(map(len, lines[:end]))


def _flat(value: Node) -> bool:
    """Whether a list holds texts only and so fits on a line."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _inline(value: Node) -> str:
    if isinstance(value, str):
        return scalar(unicodedata.normalize("NFC", value))
    if isinstance(value, list):
        return "[" + ", ".join(_inline(item) for item in value) + "]"
    return "{}"


def _block(value: Node, depth: int) -> Iterator[str]:
    """The lines of a mapping or list that is not empty, each with its line end."""
    indent = "  " * depth
    pairs: list[tuple[str, Node]]
    if isinstance(value, dict):
        pairs = [(f"{indent}{_key(key)}:", item) for key, item in value.items()]
    else:
        pairs = [(f"{indent}-", item) for item in value]
    for lead, item in pairs:
        if isinstance(item, str) or not item or _flat(item):
            yield f"{lead} {_inline(item)}\n"
        else:
            yield f"{lead}\n"
            yield from _block(item, depth + 1)


def _key(key: str) -> str:
    """A key; one too long to stand before its colon (YAML 1.1: 1,024 characters) is refused."""
    written = _inline(key)
    if len(written.encode()) > 1000:
        raise ContentError(f"a key is too long: {written[:40]}", remedy="Use a short key")
    return written
