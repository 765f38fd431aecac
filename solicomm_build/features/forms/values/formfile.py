"""Reads the file of a form (form.py), and says everything that is wrong with it.

Pure. What a field says by itself is looked at first, then what only all of them show together.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from functools import lru_cache

from solicomm_build.features.forms.values import formwords
from solicomm_build.features.forms.values.form import (
    MAX_BYTES,
    MOST_ALIASES,
    MOST_FIELDS,
    MOST_OPTIONS,
    MOST_PARTS,
    MOST_ROWS,
    OUTPUTS,
    RESERVED,
    SCHEMA,
    SIMPLE,
    TYPES,
    Field,
    Form,
    labels,
    parse_path,
)
from solicomm_build.features.forms.values.formwords import Wrong, folded
from solicomm_build.foundation import schema
from solicomm_build.foundation.errors import ContentError, ContentErrors
from solicomm_build.foundation.language import wordtables
from solicomm_build.foundation.schema import Section

_MOST_LONG = {"text": 500, "longtext": 20_000, "registry": 200}

_ID = re.compile(r"[a-z][a-z0-9-]{0,27}")
_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_WORD = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_LABEL = re.compile(r"[^:：;؛|#<>{}\n]{1,80}")
_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_COMPARED = ("le", "ge", "gt", "lt")


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
