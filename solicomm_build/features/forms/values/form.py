"""A form: `forms/<id>@<version>.yaml` in a conference's repository, `solicomm/form@1`.

Pure; imports schema, yamlsafe, isic, formwords. The vocabulary is closed: what is not known is
refused, with the nearest word that is. No pattern, no expression, no markup: all that a form says
is names, bounds and texts, and texts are shown as texts. A file is never changed once it is there;
a better form is the next version. Format: docs/formats/form.md.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache

from solicomm_build.features.forms.values import formwords
from solicomm_build.features.forms.values.formwords import Wrong, folded
from solicomm_build.foundation import schema
from solicomm_build.foundation.errors import ContentError, ContentErrors
from solicomm_build.foundation.language import wordtables
from solicomm_build.foundation.schema import Section

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
_MOST_LONG = {"text": 500, "longtext": 20_000, "registry": 200}

_ID = re.compile(r"[a-z][a-z0-9-]{0,27}")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_WORD = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_LABEL = re.compile(r"[^:：;؛|#<>{}\n]{1,80}")
_PATH = re.compile(r"forms/([a-z][a-z0-9-]{0,27})@([1-9][0-9]{0,3})\.yaml")
_REF = re.compile(r"([a-z][a-z0-9-]{0,27})@([1-9][0-9]{0,3})")
_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_COMPARED = ("le", "ge", "gt", "lt")

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


@lru_cache(maxsize=256)
def decode(blob: bytes, file: str = "") -> Form:
    """The form in a file. Raises ContentErrors with every fault found."""
    try:
        top = schema.open_file(blob, file=file, max_bytes=MAX_BYTES)
    except ContentError as error:
        raise ContentErrors([error]) from error
    top.schema(SCHEMA)
    form = _read(top)
    top.close()
    _check_whole(form, top)
    top.raise_faults()
    return form


def _read(top: Section) -> Form:
    identifier = top.text("id", required=True, example="collective-agreement")
    if identifier and not _ID.fullmatch(identifier):
        top.fault("id", f"{identifier!r} is not an id", "Use up to 28 of a-z, 0-9 and -")
    version = top.integer("version", 1, low=1, high=9999)
    title = top.by_language("title", "en", longest=5000, lines=True)
    if not title:
        top.value("title", required=True, example="{en: Collective agreement report}")
    found = parse_path(top.file)
    if found and identifier and found != f"{identifier}@{version}":
        remedy = f"Write `id: {found.partition('@')[0]}` and `version: {found.partition('@')[2]}`"
        top.fault("id", f"the file's name says {found}", remedy)
    post_to = top.section("post_to")
    post_title = post_to.text("title", required=True, example='"{union}: {employer}"', longest=200)
    post_to.close()
    fields = _fields(top)
    public = top.words("public", pattern=_KEY, example="[union, employer]")
    outputs = top.words(
        "outputs", OUTPUTS, pattern=re.compile("|".join(OUTPUTS)), example="[table, csv]"
    )
    return Form(
        identifier,
        version,
        title,
        top.by_language("description", "en", longest=5000, lines=True),
        post_title,
        fields,
        public,
        outputs,
    )


def _fields(top: Section) -> tuple[Field, ...]:
    sections = top.sections("fields")
    if not sections:
        top.value("fields", required=True, example="[{key: union, type: text}]")
    if len(sections) > MOST_FIELDS:
        top.fault("fields", f"there are {len(sections)} fields", f"At most {MOST_FIELDS}")
        return ()
    return tuple(_field(section) for section in sections)


def _field(section: Section, *, part: bool = False) -> Field:
    key = section.text("key", required=True, example="employer")
    if key and not _KEY.fullmatch(key):
        section.fault("key", f"{key!r} is not a key", "Use a-z, 0-9 and _, a letter first")
    kinds = tuple(kind for kind in TYPES if kind in SIMPLE) if part else TYPES
    section.value("type", required=True, example="text")
    kind = section.choice("type", kinds, "text") if section.has("type") else "text"
    label, hint = _label(section), section.by_language("hint", "en", longest=5000, lines=True)
    aliases = () if part else section.words("aliases", pattern=_LABEL, example="[Sindicato]")
    if len(aliases) > MOST_ALIASES:
        section.fault("aliases", f"there are {len(aliases)} aliases", f"At most {MOST_ALIASES}")
    least, most = _bounds(section, kind)
    compared = (
        () if part else tuple((how, section.text(how)) for how in _COMPARED if section.has(how))
    )
    when = () if part else _when(section)
    found = Field(
        key,
        kind,
        label,
        hint,
        aliases,
        section.flag("required", False),
        least,
        most,
        compared,
        when,
        _options(section) if kind == "choice" else {},
        _parts(section) if kind == "list" else (),
        section.text("library", longest=28) if kind == "library" else "",
    )
    section.close()
    return found


def _label(section: Section) -> dict[str, str]:
    label = section.by_language("label", "en", longest=5000, lines=True)
    for tag, text in label.items():
        if not _LABEL.fullmatch(text):
            fault = f"the label {text[:40]!r} ({tag}) cannot stand before a colon in a mail"
            section.fault("label", fault, "Up to 80 characters, none of : ; | # < > { }")
    return label


def _bounds(section: Section, kind: str) -> tuple[str, str]:
    read = {"integer": "number", "number": "number", "money": "number", "date": "date"}
    how = read.get(kind, "count" if kind in ("text", "longtext", "registry", "list") else "")
    if not how:
        return "", ""
    least, most = (_bound(section, name, how) for name in ("min", "max"))
    top = MOST_ROWS if kind == "list" else _MOST_LONG.get(kind, 0)
    if top and most and int(most) > top:
        section.fault("max", f"`max: {most}` is more than {top}", f"Write at most `max: {top}`")
        most = str(top)
    return least, most


def _bound(section: Section, name: str, how: str) -> str:
    def parse(text: str) -> str:
        try:
            if how == "count":
                if not re.fullmatch("[0-9]{1,9}", text):
                    raise ValueError("not a whole number")
                return str(int(text))
            return formwords.day(text) if how == "date" else formwords.number(text)
        except Wrong as error:
            raise ValueError(error.said("en")) from error

    example = "2026-01-01" if how == "date" else "1"
    return section.parsed(name, parse, "", f"Write for example `{name}: {example}`")


def _when(section: Section) -> tuple[tuple[str, tuple[str, ...]], ...]:
    inside = section.section("when")
    found = tuple(
        (key, inside.words(key, pattern=_WORD, example="[strike, lockout]"))
        for key in inside.values
    )
    inside.close()
    return found


def _options(section: Section) -> dict[str, dict[str, str]]:
    value = section.value("options", required=True, example="[none, mediation, strike]")
    if isinstance(value, dict):
        inside = section.section("options")
        found = {
            word: inside.by_language(word, "en", longest=5000, lines=True) for word in inside.values
        }
        inside.close()
    else:
        found = {word: {} for word in section.words("options", pattern=_WORD, example="[a, b]")}
    for word in found:
        if not _WORD.fullmatch(word):
            section.fault("options", f"{word!r} is not an option", "Use a-z, 0-9, - and _")
    owners: dict[str, str] = {}
    for word, texts in found.items():
        for text in {folded(word), *map(folded, texts.values())}:
            if owners.setdefault(text, word) != word:
                fault = f"the options `{owners[text]}` and `{word}` are both called {text!r}"
                section.fault("options", fault, "Choose another word for one of them")
    if len(found) > MOST_OPTIONS:
        section.fault("options", f"there are {len(found)} options", f"At most {MOST_OPTIONS}")
    return found


def _parts(section: Section) -> tuple[Field, ...]:
    value = section.value("of", required=True, example="{year: integer, rise: number}")
    if isinstance(value, list):
        found = tuple(_field(one, part=True) for one in section.sections("of"))
    else:
        inside = section.section("of")
        found = tuple(
            Field(key, inside.choice(key, sorted(SIMPLE), "text")) for key in inside.values
        )
        for one in found:
            if not _KEY.fullmatch(one.key) or one.type == "choice":
                remedy = "Write a list: `- {key: ..., type: choice, options: [...]}`"
                inside.fault(one.key, f"`{one.key}` cannot be written in short", remedy)
        inside.close()
    if len(found) > MOST_PARTS:
        section.fault("of", f"a row has {len(found)} parts", f"At most {MOST_PARTS}")
    if any(one.key == "of" for one in found):
        section.fault("of", "a part cannot be called `of`", "Choose another key")
    return found


# -- the whole --------------------------------------------------------------------------------


def _check_whole(form: Form, top: Section) -> None:
    """What only all fields together show."""
    fields = {one.key: one for one in form.fields}
    keys = [one.key for one in form.fields if one.key]
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        top.fault("fields", f"two fields have the key `{key}`", "Choose another for one of them")
    for part in (one for one in form.fields if one.of):
        inner = [one.key for one in part.of]
        for key in sorted({key for key in inner if inner.count(key) > 1}):
            top.fault("fields", f"`{part.key}` has two parts `{key}`", "Choose another for one")
    _check_labels(form, top)
    for key in form.public:
        if key not in fields:
            _unknown(top, "public", key, keys)
    for one in form.fields:
        for _, other in one.compared:
            if other not in fields:
                _unknown(top, "fields", other, keys)
            elif fields[other].type not in _COMPARABLE.get(one.type, ()):
                fault = f"`{one.key}` cannot be compared with `{other}`"
                top.fault("fields", fault, "Compare numbers with numbers and days with days")
        for other, words in one.when:
            _check_when(one, fields.get(other), other, words, keys, top)
    for key in _PLACE.findall(form.post_title):
        if key not in fields:
            _unknown(top, "post_to", key, keys)
        elif key not in form.public or fields[key].type in ("list", "longtext", "library"):
            fault = f"the title shows `{key}`, which is not public, or not one line"
            top.fault("post_to", fault, "Take it out of `post_to.title`, or name it in `public`")
    if not _PLACE.search(form.post_title) and form.post_title:
        top.fault("post_to", "the title is always the same", 'Write `title: "{union}: ..."`')


_COMPARABLE = {
    "integer": ("integer", "number"),
    "number": ("integer", "number"),
    "date": ("date",),
}


def _check_when(
    one: Field, other: Field | None, key: str, words: tuple[str, ...], keys: list[str], top: Section
) -> None:
    if other is None:
        _unknown(top, "fields", key, keys)
    elif other.type not in ("choice", "boolean") or other.key == one.key:
        remedy = "Name a field of the type choice or boolean"
        top.fault("fields", f"`{one.key}` cannot depend on `{key}`", remedy)
    else:
        known = list(other.options) if other.type == "choice" else ["true", "false"]
        for word in words:
            if word not in known:
                _unknown(top, "fields", word, known)


def _unknown(top: Section, key: str, word: str, known: list[str]) -> None:
    near = difflib.get_close_matches(word, known, 1, 0.5)
    remedy = f"Did you mean `{near[0]}`?" if near else f"Known: {', '.join(known)}"
    top.fault(key, f"nothing is called `{word}`", remedy)


def _check_labels(form: Form, top: Section) -> None:
    owners = {folded(text): f"the line {text!r}" for text in _reserved()}
    for one in form.fields:
        for text in dict.fromkeys(map(folded, labels(one))):
            if not text:
                top.fault("fields", f"a label of `{one.key}` has no letters", "Write a word")
            elif text in owners and owners[text] != one.key:
                fault = f"`{one.key}` and `{owners[text]}` are both called {text!r}"
                top.fault("fields", fault, "Choose another label or alias for one of them")
            owners.setdefault(text, one.key)


def _reserved() -> Iterator[str]:
    for texts in RESERVED.values():
        yield from wordtables.every(texts)


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
