"""A form: `forms/<id>@<version>.yaml` in a conference's repository, `solicomm/form@1`.

Pure; formfile.py reads the file. The vocabulary is closed: what is not known is
refused, with the nearest word that is. No pattern, no expression, no markup: all that a form says
is names, bounds and texts, and texts are shown as texts. A file is never changed once it is there;
a better form is the next version. Format: docs/formats/form.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from solicomm_build.features.forms.values.formwords import folded
from solicomm_build.foundation.language import wordtables

SCHEMA = "solicomm/form@1"
TYPES = (
    "text",
    "longtext",
    "integer",
    "number",
    "money",
    "boolean",
    "date",
    "choice",
    "country",
    "isic4",
    "registry",
    "list",
    "library",
)
SIMPLE = frozenset(TYPES) - {"list", "library", "longtext", "registry"}
"""What a row of a list may hold."""
OUTPUTS = ("table", "csv", "json", "sqlite")
MAX_BYTES = 65_536
MOST_FIELDS, MOST_OPTIONS, MOST_PARTS, MOST_ROWS, MOST_ALIASES = 60, 60, 8, 20, 20
LONGEST = {"text": 200, "longtext": 4000, "registry": 120}
"""How long a text may be when the form does not say, in characters."""

_PATH = re.compile(r"forms/([a-z][a-z0-9-]{0,27})@([1-9][0-9]{0,3})\.yaml")
_REF = re.compile(r"([a-z][a-z0-9-]{0,27})@([1-9][0-9]{0,3})")

RESERVED = wordtables.table(__file__, "lines")
"""Lines of every template that are no field: which form it is, and which report it corrects."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `least` and `most` are bounds as written in the one spelling of the type: of a
    text its length, of a list its rows. `compared` is (`le`, `ge`, `gt` or `lt`, another key);
    `when` says under which values of other fields it is asked. `options` are the words of a choice
    with their labels; `of` the parts of a list's rows."""

    key: str
    type: str
    label: Mapping[str, str] = field(default_factory=dict)
    hint: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    required: bool = False
    least: str = ""
    most: str = ""
    compared: tuple[tuple[str, str], ...] = ()
    when: tuple[tuple[str, tuple[str, ...]], ...] = ()
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    of: tuple[Field, ...] = ()
    library: str = ""

    def label_in(self, lang: str) -> str:
        """The label in a language, else in English, else in any, else the key."""
        found = self.label.get(lang) or self.label.get("en") or next(iter(self.label.values()), "")
        return found or self.key.replace("_", " ").capitalize()

    def hint_in(self, lang: str) -> str:
        """The hint likewise; empty when there is none."""
        return self.hint.get(lang) or self.hint.get("en") or next(iter(self.hint.values()), "")

    def option_in(self, word: str, lang: str) -> str:
        """How an option is called."""
        texts = self.options.get(word, {})
        found = texts.get(lang) or texts.get("en") or next(iter(texts.values()), "")
        return found or word.replace("_", " ")

    @property
    def longest(self) -> int:
        """The characters a text may have."""
        return int(self.most) if self.most else LONGEST.get(self.type, 200)

    @property
    def rows(self) -> int:
        """The rows a list may have."""
        return int(self.most) if self.most else MOST_ROWS


@dataclass(frozen=True, slots=True)
class Form:
    """A form in one version."""

    id: str
    version: int
    title: Mapping[str, str]
    description: Mapping[str, str]
    post_title: str
    fields: tuple[Field, ...]
    public: tuple[str, ...]
    outputs: tuple[str, ...] = OUTPUTS
    words: Mapping[str, str] = field(init=False, compare=False, repr=False)
    """Field by folded label, alias or key, in all languages."""

    def __post_init__(self) -> None:
        words = {folded(text): one.key for one in self.fields for text in labels(one)}
        object.__setattr__(self, "words", words)

    @property
    def ref(self) -> str:
        """`collective-agreement@1`: what conference.yaml, templates and answers name."""
        return f"{self.id}@{self.version}"

    def title_in(self, lang: str) -> str:
        """The title in a language, else in English, else in any."""
        return self.title.get(lang) or self.title.get("en") or next(iter(self.title.values()))

    def description_in(self, lang: str) -> str:
        """The description likewise; empty when there is none."""
        texts = self.description
        return texts.get(lang) or texts.get("en") or next(iter(texts.values()), "")

    def get(self, key: str) -> Field | None:
        """The field of this key."""
        return next((one for one in self.fields if one.key == key), None)

    @property
    def asks_in_private(self) -> bool:
        """Whether there are fields that nobody sees but the moderators."""
        return any(one.key not in self.public for one in self.fields)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages it has a title in."""
        return tuple(self.title)


# -- where ------------------------------------------------------------------------------------


def path(ref: str) -> str:
    """Where a form lies in its conference's repository."""
    return f"forms/{ref}.yaml"


def parse_path(text: str) -> str:
    """The form that a path names, as `id@version`; empty for any other path."""
    match = _PATH.fullmatch(text)
    return f"{match[1]}@{match[2]}" if match else ""


def parse_ref(text: str) -> tuple[str, int] | None:
    """(id, version) of `id@version`."""
    match = _REF.fullmatch(text)
    return (match[1], int(match[2])) if match else None


def in_force(refs: tuple[str, ...]) -> dict[str, str]:
    """The forms of `forms:` in conference.yaml by id: of several versions, the newest."""
    found: dict[str, tuple[int, str]] = {}
    for ref in refs:
        parsed = parse_ref(ref)
        if parsed and parsed[1] > found.get(parsed[0], (0, ""))[0]:
            found[parsed[0]] = (parsed[1], ref)
    return {name: ref for name, (_, ref) in sorted(found.items())}


# -- reading ----------------------------------------------------------------------------------


# -- the whole --------------------------------------------------------------------------------


def labels(one: Field) -> list[str]:
    """All that a field may be called: its labels, aliases and key."""
    return [*one.label.values(), *one.aliases, one.key.replace("_", " ")]


def fits(how: str, value: str, other: str) -> bool:
    """Whether a value stands to another as `le`, `ge`, `gt` or `lt` says."""
    sign = _compare(value, other)
    return {"le": sign <= 0, "ge": sign >= 0, "gt": sign > 0, "lt": sign < 0}[how]


def _compare(one: str, two: str) -> int:
    """-1, 0 or 1; days compare as texts, everything else as numbers."""
    if "-" in one[1:]:
        return (one > two) - (one < two)
    first, second = Decimal(one), Decimal(two)
    return (first > second) - (first < second)
