"""Reads a parsed YAML mapping against a closed schema and collects every fault.

A `Table` is one mapping of a file. The caller asks it for each key it knows, by type; keys that
were never asked for are faults when the table is closed. Faults carry file, line and remedy and are
raised together, so that one round of mending is enough. Scalars are strings here (yamlsafe promises
it): what is a date or a number is said by the schema alone.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import NamedTuple

from solicomm_build import characters
from solicomm_build.errors import ContentError, ContentErrors
from solicomm_build.languagetag import TAG

Path = tuple[str | int, ...]
_PARTIAL_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")
_YES, _NO = ("yes", "true"), ("no", "false")


@dataclass
class Faults:
    """The faults of one file as they are found; `lines` maps a key path to its line in the file."""

    file: str
    lines: Mapping[Path, int]
    found: list[ContentError] = field(default_factory=list)

    def add(self, path: Path, fault: str, remedy: str) -> None:
        self.found.append(ContentError(fault, file=self.file, line=self._line(path), remedy=remedy))

    def raise_any(self) -> None:
        """Raises ContentErrors with all faults in the order of the file, or returns."""
        if self.found:
            raise ContentErrors(sorted(self.found, key=lambda fault: fault.line))

    def _line(self, path: Path) -> int:
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


class _Shape(NamedTuple):
    chars: int
    lines: bool


class Table:
    """One mapping, read key by key. Getters return a neutral value where they noted a fault."""

    def __init__(self, value: object, faults: Faults, path: Path = ()) -> None:
        self.faults, self.path = faults, path
        self._asked: list[str] = []
        self._values: Mapping[str, object] = {}
        if isinstance(value, Mapping):
            self._values = value
        elif value not in ("", None):
            where = f"`{_dotted(path)}`" if path else "The file"
            faults.add(path, f"{where} must hold `key: value` lines", "Write a mapping")

    def __contains__(self, key: str) -> bool:
        return self._values.get(key) not in ("", None)

    def keys(self) -> tuple[str, ...]:
        """The keys as written, in the file's order."""
        return tuple(self._values)

    def fault(self, key: str, fault: str, remedy: str) -> None:
        self.faults.add((*self.path, key), fault, remedy)

    def schema(self, name: str, *, required: bool = True) -> None:
        """The file must say `schema: solicomm/<name>@1`; another version is a fault of its own."""
        wanted = f"solicomm/{name}@1"
        got = self.text("schema", required=required)
        if got and got != wanted:
            known = got.startswith(f"solicomm/{name}@")
            fault = f"schema {got} is {'newer than this program' if known else 'not for this file'}"
            self.fault("schema", fault, f"Write `schema: {wanted}`")

    def text(
        self,
        key: str,
        *,
        required: bool = False,
        max_chars: int = 500,
        pattern: re.Pattern[str] | None = None,
        like: str = "",
        lines: bool = False,
    ) -> str:
        """A string, NFC and trimmed; with `lines` it may hold line breaks. `like` is an example."""
        value = self._take(key)
        if value in ("", None):
            if required:
                self.fault(key, f"`{key}` is missing", _example(key, like))
            return ""
        shape = _Shape(max_chars, lines)
        return self._checked((*self.path, key), value, pattern, like, shape)

    def choice(self, key: str, options: Collection[str], default: str = "") -> str:
        """One of `options`; `default` when the key is missing ("" = the key is required)."""
        value = self.text(key, required=not default)
        if not value or value in options:
            return value or default
        near = difflib.get_close_matches(value, options, 1)
        remedy = f"Did you mean `{near[0]}`?" if near else f"One of: {', '.join(options)}"
        self.fault(key, f"`{key}: {value[:60]}` is not known", remedy)
        return default

    def flag(self, key: str, default: bool = False) -> bool:
        """`yes` or `no` (also `true`, `false`)."""
        value = self.choice(key, (*_YES, *_NO), "yes" if default else "no")
        return value in _YES

    def integer(
        self, key: str, *, least: int = 0, most: int = 2**53, required: bool = False
    ) -> int:
        """A whole number within bounds; 0 when missing."""
        value = self.text(key, required=required)
        if not value:
            return 0
        if re.fullmatch(r"-?\d{1,16}", value, re.ASCII) and least <= int(value) <= most:
            return int(value)
        self.fault(key, f"`{key}: {value[:60]}` is not possible", f"A number, {least} to {most}")
        return 0

    def partial_date(self, key: str, *, required: bool = False) -> str:
        """`2025`, `2025-11` or `2025-11-03`, as written; "" when missing."""
        value = self.text(key, required=required, like="2025-11-03")
        if value and not _is_partial_date(value):
            remedy = "Write year, year-month or year-month-day, as in `2025-11-03`"
            self.fault(key, f"`{key}: {value[:60]}` is not a date", remedy)
            return ""
        return value

    def moment(self, key: str, *, required: bool = False) -> datetime | None:
        """A date with time and offset as a UTC-aware datetime, e.g. `2026-10-03T14:00:00+03:00`."""
        value = self.text(key, required=required, like="2026-10-03T14:00:00Z")
        if not value:
            return None
        try:
            moment = datetime.fromisoformat(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            remedy = "Write it as in `2026-10-03T14:00:00Z`"
            self.fault(key, f"`{key}: {value[:60]}` is not a date with a time", remedy)
            return None

    def words(
        self,
        key: str,
        *,
        required: bool = False,
        pattern: re.Pattern[str] | None = None,
        like: str = "",
        most: int = 100,
    ) -> tuple[str, ...]:
        """A list of one-line texts; one text alone counts as a list of one."""
        value = self._take(key)
        if value in ("", None, []):
            if required:
                self.fault(key, f"`{key}` is missing", _example(key, f"[{like}]"))
            return ()
        items = value if isinstance(value, list) else [value]
        if len(items) > most:
            self.fault(key, f"`{key}` has {len(items)} items", f"At most {most}")
            return ()
        where = (*self.path, key)
        found = [
            self._checked((*where, i), item, pattern, like, _Shape(500, False))
            for i, item in enumerate(items)
        ]
        return tuple(item for item in found if item)

    def languages(self, key: str = "languages") -> tuple[str, ...]:
        """At least one language tag, the first being the default, none twice."""
        tags = self.words(key, required=True, pattern=TAG, like="en, fr")
        if len(set(tags)) != len(tags):
            self.fault(key, f"`{key}` names a language twice", "Leave one")
        return tags

    def by_language(
        self, key: str, *, required: bool = False, max_chars: int = 300, lines: bool = False
    ) -> dict[str, str]:
        """`{en: Title, fr: Titre}`; keys are language tags."""
        if isinstance(self._values.get(key), str) and key in self:
            self._take(key)
            self.fault(key, f"`{key}` needs its language", f"Write `{key}: {{en: …}}`")
            return {}
        table = self.table(key)
        texts = {
            tag: table.text(tag, max_chars=max_chars, lines=lines)
            for tag in table.keys()  # noqa: SIM118 -- a Table is no mapping
        }
        for tag in texts:
            if not TAG.fullmatch(tag):
                table.fault(tag, f"`{tag[:20]}` is not a language", "Write en, fr, es, …")
        texts = {tag: text for tag, text in texts.items() if text}
        if required and not texts:
            self.fault(key, f"`{key}` is missing", f"Add `{key}: {{en: …}}`")
        return texts

    def table(self, key: str) -> Table:
        """The mapping under `key`, an empty one when missing. Close it."""
        return Table(self._take(key), self.faults, (*self.path, key))

    def tables(self, key: str, *, most: int = 200) -> list[Table]:
        """The list of mappings under `key`. Close each."""
        value = self._take(key)
        if value in ("", None):
            return []
        if not isinstance(value, list) or len(value) > most:
            self.fault(key, f"`{key}` must be a list of at most {most}", "Start each with `- `")
            return []
        return [Table(item, self.faults, (*self.path, key, i)) for i, item in enumerate(value)]

    def close(self) -> None:
        """Notes a fault for each key that no getter asked for."""
        for key in self._values:
            if key not in self._asked:
                near = difflib.get_close_matches(str(key), self._asked, 1, 0.75)
                remedy = f"Did you mean `{near[0]}`?" if near else "Take it out"
                self.fault(str(key), f"`{str(key)[:60]}` is not a key of this file", remedy)

    def _take(self, key: str) -> object:
        self._asked.append(key)
        return self._values.get(key)

    def _checked(
        self, path: Path, value: object, pattern: re.Pattern[str] | None, like: str, shape: _Shape
    ) -> str:
        name = _name(path)
        if not isinstance(value, str):
            self.faults.add(path, f"`{name}` must be a text", _example(name, like))
            return ""
        value = unicodedata.normalize("NFC", value).strip()
        if characters.IN_LINES.search(value):
            self.faults.add(path, f"`{name}` holds an invisible control character", "Type it anew")
        elif not shape.lines and "\n" in value:
            self.faults.add(path, f"`{name}` must be one line", "Join the lines")
        elif len(value) > shape.chars:
            self.faults.add(path, f"`{name}` is {len(value)} long", f"Keep to {shape.chars}")
        elif pattern and not pattern.fullmatch(value):
            fault = f"`{name}: {value[:60]}` is not understood"
            self.faults.add(path, fault, f"Write it as in `{like}`")
        else:
            return value
        return ""


def _is_partial_date(value: str) -> bool:
    if not _PARTIAL_DATE.fullmatch(value):
        return False
    try:
        date.fromisoformat((value + "-01-01")[:10])
    except ValueError:
        return False
    return True


def _example(key: str, like: str) -> str:
    return f"Add a line such as `{key}: {like}`" if like else f"Add a line `{key}: …`"


def _name(path: Path) -> str:
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def _dotted(path: Path) -> str:
    return ".".join(str(part) for part in path)
