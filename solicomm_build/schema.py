"""Reads mappings against closed schemas and collects every fault, so that one mending is enough.

Foundation; imports yamlsafe and errors. A schema is code that asks a `Section` for its keys one by
one; what was never asked for is unknown, and is named with the nearest key that exists. Each fault
says file, line, what is wrong and what to write instead.

    top = schema.open_file(blob, file="conference.yaml")
    kind = top.choice("kind", ("conference", "list"), default="conference")
    top.close()
    top.raise_faults(ContentErrors)
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from solicomm_build import characters
from solicomm_build.errors import ContentError, ContentErrors
from solicomm_build.languagetag import TAG
from solicomm_build.yamlsafe import Node, Path, load_marked

T = TypeVar("T")

_SIZE = re.compile(r"(\d{1,15})\s*(B|kB|KB|KiB|MB|MiB|GB|GiB|k|K|M|G)?")
_UNITS = {"": 1, "B": 1, "K": 1024, "M": 1024**2, "G": 1024**3}


class Section:
    """One mapping of a file. Every reader answers with its default after noting a fault."""

    def __init__(
        self, value: Node, lines: dict[Path, int], file: str, path: Path, faults: list[ContentError]
    ) -> None:
        self.file, self.path, self.faults = file, path, faults
        self._lines = lines
        self._known: list[str] = []
        self.values: dict[str, Node] = value if isinstance(value, dict) else {}
        self._broken = not isinstance(value, dict)
        if self._broken:
            self.fault("", f"{self._where('')} is not a mapping", "Write `key: value` lines")

    # -- faults ---------------------------------------------------------------------------------

    def line(self, key: str = "") -> int:
        """The line of a key, or of the mapping when the key is not there."""
        path = (*self.path, key) if key else self.path
        return self._lines.get(path) or self._lines.get(self.path, 0)

    def fault(self, key: str, fault: str, remedy: str) -> None:
        """Notes a fault at `key` (the mapping itself when empty)."""
        self.faults.append(ContentError(fault, file=self.file, line=self.line(key), remedy=remedy))

    def close(self) -> None:
        """Notes every key that was never asked for; call it when all were."""
        for key in self.values:
            if key in self._known:
                continue
            near = difflib.get_close_matches(key, self._known, 1, 0.5)
            remedy = f"Did you mean `{near[0]}`?" if near else f"Known: {', '.join(self._known)}"
            self.fault(key, f"{self._where(key)} is not a known key", remedy)

    def raise_faults(self, kind: type[ContentErrors]) -> None:
        """Raises `kind` with all faults noted so far, in the order of their lines."""
        if self.faults:
            raise kind(sorted(self.faults, key=lambda fault: fault.line))

    def _where(self, key: str) -> str:
        parts = [str(part) for part in (*self.path, *([key] if key else []))]
        return "`" + ".".join(parts) + "`" if parts else "the file"

    # -- readers --------------------------------------------------------------------------------

    def has(self, key: str) -> bool:
        """Whether the key is there with a value that is not empty."""
        self._know(key)
        return self.values.get(key, "") not in ("", [], {})

    def value(self, key: str, *, required: bool = False, example: str = "") -> Node | None:
        """The raw value; None when absent or empty."""
        if self.has(key):
            return self.values[key]
        if required and not self._broken:
            self.fault(key, f"{self._where(key)} is missing", f"Add `{key}: {example or '...'}`")
        return None

    def text(
        self, key: str, default: str = "", *, required: bool = False, example: str = "",
        longest: int = 500, lines: bool = False,
    ) -> str:  # fmt: skip
        """A text without control characters and bidi overrides, on one line unless `lines`."""
        value = self.value(key, required=required, example=example)
        if value is None:
            return default
        if not isinstance(value, str):
            self.fault(
                key, f"{self._where(key)} is not a text", f"Write `{key}: {example or '...'}`"
            )
            return default
        value = value.strip()
        if characters.IN_LINES.search(value) or ("\n" in value and not lines):
            self.fault(key, f"{self._where(key)} holds control characters", "Retype the text")
            return default
        if len(value) > longest:
            self.fault(key, f"{self._where(key)} is longer than {longest}", "Shorten the text")
            return default
        return value

    def choice(self, key: str, options: Sequence[str], default: str) -> str:
        """One of a few words."""
        value = self.text(key, default)
        if value in options:
            return value
        near = difflib.get_close_matches(value, options, 1, 0.6)
        hint = f"Did you mean `{near[0]}`?" if near else f"Write one of: {', '.join(options)}"
        self.fault(key, f"{self._where(key)} cannot be {value!r}", hint)
        return default

    def flag(self, key: str, default: bool) -> bool:
        """`true` or `false`."""
        return self.choice(key, ("true", "false"), "true" if default else "false") == "true"

    def integer(self, key: str, default: int, *, low: int = 0, high: int = 10**15) -> int:
        """A whole number within bounds; sizes may be written as `25 MiB` (1 MiB = 1,048,576)."""
        value = self.text(key, str(default))
        match = _SIZE.fullmatch(value)
        number = int(match[1]) * _UNITS[(match[2] or "")[:1].upper()] if match else -1
        if low <= number <= high:
            return number
        self.fault(
            key,
            f"{self._where(key)} is {value!r}, not a number between {low} and {high}",
            f"Write for example `{key}: {default}`",
        )
        return default

    def parsed(self, key: str, parse: Callable[[str], T], default: T, remedy: str) -> T:
        """A text turned into a value by `parse`, whose ValueError says what is wrong."""
        value = self.text(key)
        if not value:
            return default
        try:
            return parse(value)
        except ValueError as error:
            self.fault(key, f"{self._where(key)}: {error}", remedy)
            return default

    def words(
        self, key: str, default: tuple[str, ...] = (), *, pattern: re.Pattern[str], example: str
    ) -> tuple[str, ...]:
        """A list of words that each match `pattern`, none twice."""
        value = self.value(key)
        if value is None:
            return default
        items = value if isinstance(value, list) else [value]
        bad = [item for item in items if not isinstance(item, str) or not pattern.fullmatch(item)]
        words = [item for item in items if isinstance(item, str)]
        if bad or isinstance(value, dict):
            named = f"{self._where(key)}: {bad[0]!r} does not fit here"
            self.fault(key, named, f"Write a list such as `{key}: {example}`")
            return default
        for word in sorted({word for word in words if words.count(word) > 1}):
            self.fault(key, f"{self._where(key)} names {word!r} twice", "Remove one")
        return tuple(words)

    def languages(
        self, key: str = "languages", default: tuple[str, ...] = ("en",)
    ) -> tuple[str, ...]:
        """A list of language tags; the first is the default language."""
        return self.words(key, default, pattern=TAG, example="[en, fr]")

    def words_by_language(self, key: str, default_language: str) -> dict[str, str]:
        """Texts by language tag: `{en: Water, fr: Eau}`; a bare text is the default language's."""
        value = self.value(key)
        if value is None:
            return {}
        if isinstance(value, str):
            return {default_language: text} if (text := self.text(key)) else {}
        section = self.section(key)
        texts: dict[str, str] = {}
        for tag in section.values:
            if TAG.fullmatch(tag):
                texts[tag] = section.text(tag, longest=5000, lines=True)
            else:
                section.has(tag)
                section.fault(tag, f"{tag!r} is not a language tag", f"Write `{key}: {{en: ...}}`")
        return texts

    def section(self, key: str) -> Section:
        """The mapping at `key`; an empty one when it is absent."""
        value = self.value(key)
        empty: dict[str, Node] = {}
        return self._child(empty if value is None else value, (*self.path, key))

    def sections(self, key: str) -> list[Section]:
        """The mappings of the list at `key`."""
        value = self.value(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fault(key, f"{self._where(key)} is not a list", "Begin each entry with `- `")
            return []
        return [self._child(item, (*self.path, key, at)) for at, item in enumerate(value)]

    def _child(self, value: Node, path: Path) -> Section:
        return Section(value, self._lines, self.file, path, self.faults)

    def _know(self, key: str) -> None:
        if key not in self._known:
            self._known.append(key)


def open_file(data: bytes | str, *, file: str = "", max_bytes: int = 262_144) -> Section:
    """The top mapping of a file. Raises ContentError when it is not our YAML at all."""
    value, lines = load_marked(data, file=file, max_bytes=max_bytes)
    return Section({} if value == "" else value, lines, file, (), [])


def check_schema(top: Section, name: str, *, required: bool = True) -> None:
    """Notes a fault unless the file's `schema` is `name` (such as `solicomm/conference@1`)."""
    found = top.text("schema", "" if required else name, required=required, example=name)
    if found and found != name:
        top.fault("schema", f"the schema {found!r} is not known here", f"Write `schema: {name}`")
