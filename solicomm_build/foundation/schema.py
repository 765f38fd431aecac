"""Reads mappings against closed schemas and collects every fault, so that one mending is enough.

Foundation; imports yamlsafe, characters, languagetag and errors. A schema is code that asks a
`Section` for its keys one by one; what was never asked for is unknown, and is named with the
nearest key that exists. Each fault says file, line, what is wrong and what to write instead.
Scalars are texts here (yamlsafe promises it): what is a date or a number, the schema alone says.

    top = schema.open_file(blob, file="conference.yaml")
    kind = top.choice("kind", ("conference", "list"), default="conference")
    top.close()
    top.raise_faults()
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime
from typing import TypeVar

from solicomm_build.foundation import characters
from solicomm_build.foundation.errors import ContentError, ContentErrors
from solicomm_build.foundation.language.languagetag import TAG
from solicomm_build.foundation.yamlsafe import Node, Path, load_marked

T = TypeVar("T")

_SIZE = re.compile(r"(-?\d{1,16})\s*(B|kB|KB|KiB|MB|MiB|GB|GiB|k|K|M|G)?", re.ASCII)
_UNITS = {"": 1, "B": 1, "K": 1024, "M": 1024**2, "G": 1024**3}
_PARTIAL_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)
_YES, _NO = ("yes", "true"), ("no", "false")
_MOST_UNKNOWN = 50
"""Keys of a mapping that are looked for among those that exist, one by one."""


class Section:
    """One mapping of a file. Every reader answers with its default after noting a fault."""

    def __init__(
        self,
        value: object,
        lines: Mapping[Path, int],
        file: str = "",
        path: Path = (),
        faults: list[ContentError] | None = None,
    ) -> None:
        self.file, self.path = file, path
        self.faults: list[ContentError] = [] if faults is None else faults
        self._lines = lines
        self._known: dict[str, None] = {}
        self.values: dict[str, Node] = value if isinstance(value, dict) else {}
        self._broken = not isinstance(value, dict)
        if self._broken:
            self.fault("", f"{self._where('')} is not a mapping", "Write `key: value` lines")

    # -- faults ---------------------------------------------------------------------------------

    def line(self, key: str = "") -> int:
        """The line of a key, or of what holds it when the key is not there."""
        path = (*self.path, key) if key else self.path
        while path and path not in self._lines:
            path = path[:-1]
        return self._lines.get(path, 1)

    def fault(self, key: str, fault: str, remedy: str) -> None:
        """Notes a fault at `key` (the mapping itself when empty)."""
        self.faults.append(ContentError(fault, file=self.file, line=self.line(key), remedy=remedy))

    def close(self) -> None:
        """Notes every key that was never asked for, many as so many; call it when all were."""
        unknown = [key for key in self.values if key not in self._known]
        for key in unknown[:_MOST_UNKNOWN]:
            near = difflib.get_close_matches(key, self._known, 1, 0.6)
            remedy = f"Did you mean `{near[0]}`?" if near else f"Known: {', '.join(self._known)}"
            self.fault(key, f"{self._where(key)} is not a known key", remedy)
        if more := unknown[_MOST_UNKNOWN:]:
            remedy = f"Known: {', '.join(self._known)}"
            self.fault(more[0], f"more keys are not known from here on: {len(more)}", remedy)

    def raise_faults(self, kind: type[ContentErrors] = ContentErrors) -> None:
        """Raises `kind` with all faults of the file noted so far, in the order of their lines."""
        if self.faults:
            raise kind(sorted(self.faults, key=lambda fault: fault.line))

    def _where(self, key: str) -> str:
        parts = [str(part)[:60] for part in (*self.path, *([key] if key else []))]
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

    def schema(self, name: str, *, required: bool = True) -> None:
        """The file must say `schema: <name>`, such as `solicomm/site@1`."""
        found = self.text("schema", "" if required else name, required=required, example=name)
        if found and found != name:
            is_newer = found.startswith(name.partition("@")[0] + "@")
            fault = f"the schema {found!r} is not known here"
            fault = f"schema {found} is newer than this program" if is_newer else fault
            self.fault("schema", fault, f"Write `schema: {name}`")

    def text(
        self,
        key: str,
        default: str = "",
        *,
        required: bool = False,
        example: str = "",
        longest: int = 500,
        lines: bool = False,
        pattern: re.Pattern[str] | None = None,
    ) -> str:
        """A text in NFC that holds nothing unseen, on one line unless `lines`. `example` is one
        that `pattern` matches."""
        value = self.value(key, required=required, example=example)
        if value is None:
            return default
        if not isinstance(value, str):
            remedy = f"Write `{key}: {example or '...'}`"
            self.fault(key, f"{self._where(key)} is not a text", remedy)
            return default
        value = unicodedata.normalize("NFC", value).strip()
        fault, remedy = self._unfit(key, value, longest, lines)
        if not fault and pattern and not pattern.fullmatch(value):
            fault, remedy = (
                f"{self._said(key, value)} is not understood",
                f"Write it as in `{example}`",
            )
        if fault:
            self.fault(key, fault, remedy)
            return default
        return value

    def _unfit(self, key: str, value: str, longest: int, lines: bool) -> tuple[str, str]:
        """What is wrong with any text, and the remedy; two empty texts when nothing is."""
        where = self._where(key)
        if characters.IN_LINES.search(value):
            return f"{where} holds an invisible control character", "Type it anew"
        if "\n" in value and not lines:
            return f"{where} must be one line", "Join the lines"
        if len(value) > longest:
            return f"{where} is {len(value)} long", f"Keep to {longest}"
        return "", ""

    def _said(self, key: str, value: str) -> str:
        return f"{self._where(key)[:-1]}: {value[:60]}`"

    def choice(self, key: str, options: Collection[str], default: str = "") -> str:
        """One of a few words; without a default it must be there."""
        value = self.text(key, default, required=not default)
        if not value or value in options:
            return value
        near = difflib.get_close_matches(value, options, 1, 0.6)
        hint = f"Did you mean `{near[0]}`?" if near else f"Write one of: {', '.join(options)}"
        self.fault(key, f"{self._where(key)} cannot be {value[:60]!r}", hint)
        return default

    def flag(self, key: str, default: bool = False) -> bool:
        """`true` or `false`, also `yes` or `no`."""
        value = self.text(key, "yes" if default else "no")
        if value in (*_YES, *_NO):
            return value in _YES
        remedy = "Write one of: true, false"
        self.fault(key, f"{self._where(key)} cannot be {value[:60]!r}", remedy)
        return default

    def integer(
        self,
        key: str,
        default: int = 0,
        *,
        low: int = 0,
        high: int = 10**15,
        required: bool = False,
        things: bool = False,
    ) -> int:
        """A whole number within bounds; sizes may be written as `25 MiB` (1 MiB = 1,048,576). With
        `things` it is no size: `10k` of them may be, octets may not."""
        value = self.text(key, required=required, example=str(default))
        if not value:
            return default
        match = _SIZE.fullmatch(value)
        if match and things and "B" in (match[2] or ""):
            match = None
        number = int(match[1]) * _UNITS[(match[2] or "")[:1].upper()] if match else low - 1
        if low <= number <= high:
            return number
        fault = f"{self._where(key)} is {value[:60]!r}, not a number between {low} and {high}"
        self.fault(key, fault, f"Write for example `{key}: {max(default, low)}`")
        return default

    def partial_date(self, key: str, *, required: bool = False) -> str:
        """`2025`, `2025-11` or `2025-11-03`, as written; "" when missing."""
        value = self.text(key, required=required, example="2025-11-03")
        if value and not _is_partial_date(value):
            remedy = "Write year, year-month or year-month-day, as in `2025-11-03`"
            self.fault(key, f"{self._said(key, value)} is not a date", remedy)
            return ""
        return value

    def moment(self, key: str, *, required: bool = False) -> datetime | None:
        """A date with time and offset as a UTC-aware datetime, e.g. `2026-10-03T14:00:00+03:00`."""
        value = self.text(key, required=required, example="2026-10-03T14:00:00Z")
        if not value:
            return None
        try:
            moment = datetime.fromisoformat(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            remedy = "Write it as in `2026-10-03T14:00:00Z`"
            self.fault(key, f"{self._said(key, value)} is not a date with a time", remedy)
            return None

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
        self,
        key: str,
        default: tuple[str, ...] = (),
        *,
        pattern: re.Pattern[str] | None = None,
        example: str = "",
        required: bool = False,
        most: int = 1000,
        repeats: bool = False,
    ) -> tuple[str, ...]:
        """A list of one-line texts that each match `pattern`, none twice unless `repeats`; one text
        alone counts as a list of one."""
        value = self.value(key, required=required, example=example)
        if value is None:
            return default
        items = value if isinstance(value, list) else [value]
        if len(items) > most:
            self.fault(key, f"{self._where(key)} has {len(items)} items", f"At most {most}")
            return default
        words = [unicodedata.normalize("NFC", one).strip() for one in items if isinstance(one, str)]
        bad = [one for one in words if not _fits(one, pattern)]
        bad += [repr(one) for one in items if not isinstance(one, str)]
        if bad:
            fault = f"{self._where(key)}: {bad[0][:60]!r} does not fit here"
            shown = example if example.startswith("[") else f"[{example or 'one, two'}]"
            self.fault(key, fault, f"Write a list such as `{key}: {shown}`")
            return default
        for word in sorted(
            {word for word in words if words.count(word) > 1} if not repeats else ()
        ):
            self.fault(key, f"{self._where(key)} names {word!r} twice", "Remove one")
        return tuple(filter(None, words))

    def languages(
        self, key: str = "languages", default: tuple[str, ...] = ("en",), *, required: bool = False
    ) -> tuple[str, ...]:
        """A list of language tags; the first is the default one."""
        return self.words(key, default, required=required, pattern=TAG, example="[en, fr]")

    def by_language(
        self,
        key: str,
        default_language: str = "",
        *,
        required: bool = False,
        longest: int = 300,
        lines: bool = False,
    ) -> dict[str, str]:
        """Texts by language tag: `{en: Water, fr: Eau}`; a bare text is the default language's, and
        a fault where there is none."""
        value = self.value(key)
        if isinstance(value, str):
            if not default_language:
                fault = f"{self._where(key)} needs its language"
                self.fault(key, fault, f"Write `{key}: {{en: …}}`")
                return {}
            return {default_language: text} if (text := self.text(key)) else {}
        section = self.section(key)
        texts: dict[str, str] = {}
        for tag in section.values:
            if TAG.fullmatch(tag):
                texts[tag] = section.text(tag, longest=longest, lines=lines)
            else:
                section.fault(tag, f"`{tag[:20]}` is not a language", "Write en, fr, es, …")
        texts = {tag: text for tag, text in texts.items() if text}
        if required and not texts:
            self.fault(key, f"{self._where(key)} is missing", f"Add `{key}: {{en: …}}`")
        return texts

    def section(self, key: str) -> Section:
        """The mapping at `key`; an empty one when it is absent. Close it."""
        value = self.value(key)
        empty: dict[str, Node] = {}
        return self._child(empty if value is None else value, (*self.path, key))

    def sections(self, key: str, *, most: int = 1000) -> list[Section]:
        """The mappings of the list at `key`. Close each."""
        value = self.value(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.fault(key, f"{self._where(key)} is not a list", "Begin each entry with `- `")
            return []
        if len(value) > most:
            self.fault(key, f"{self._where(key)} has {len(value)} items", f"At most {most}")
            return []
        return [self._child(item, (*self.path, key, at)) for at, item in enumerate(value)]

    def _child(self, value: Node, path: Path) -> Section:
        return Section(value, self._lines, self.file, path, self.faults)

    def _know(self, key: str) -> None:
        self._known[key] = None


def open_file(data: bytes | str, *, file: str = "", max_bytes: int = 262_144) -> Section:
    """The top mapping of a file. Raises ContentError when it is not our YAML at all."""
    value, lines = load_marked(data, file=file, max_bytes=max_bytes)
    return Section({} if value == "" else value, lines, file)


def _fits(word: str, pattern: re.Pattern[str] | None) -> bool:
    if len(word) > 500 or "\n" in word or characters.IN_LINES.search(word):
        return False
    return pattern is None or pattern.fullmatch(word) is not None


def _is_partial_date(value: str) -> bool:
    if not _PARTIAL_DATE.fullmatch(value):
        return False
    try:
        date.fromisoformat((value + "-01-01")[:10])
    except ValueError:
        return False
    return True
