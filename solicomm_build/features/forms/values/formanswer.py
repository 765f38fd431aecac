"""An answer to a form as a part of a mail, and as lines of a post's front matter. Pure.

    Content-Type: application/vnd.solicomm.form-answer+json
    {"schema": "solicomm/form-answer@1", "form": "collective-agreement@1",
     "values": {"union": "hogar", "wage": [{"year": "2026", "rise_pct": "3.5"}]}, "replaces": "",
     "names": {"hogar": "Hogar Digno"}}

A mail with such a part becomes a post of the kind `form`. Here only the shape is looked at, since a
post is a function of its mail alone; whether the values are right for the form is asked by who
shows them (`formvalues.checked`), and that the desk made the mail by the rules for posting.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from solicomm_build.features.forms.values import form as forms
from solicomm_build.features.forms.values.formvalues import Values
from solicomm_build.foundation.frontmatter import Record, Value, Word
from solicomm_build.message.address import mask
from solicomm_build.message.values import Message

TYPE = "application/vnd.solicomm.form-answer+json"
SCHEMA = "solicomm/form-answer@1"
MAX_BYTES = 256 * 1024
NAME = "answer.json"

_KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_MID = re.compile(r"[a-z2-7]{32}")
_OF, _TEXT = "of", "_"  # what is no part of a row
_MOST_VALUES, _MOST_ROWS = forms.MOST_FIELDS, forms.MOST_ROWS


@dataclass(frozen=True, slots=True)
class Answer:
    """The public values of an answer to the form `form` (`id@version`). `replaces` is the post that
    it corrects, or empty; `names` are the titles, at that time, of unions that `values` names by
    their ids."""

    form: str
    values: Values = field(default_factory=dict)
    replaces: str = ""
    names: Mapping[str, str] = field(default_factory=dict)


def encode(answer: Answer) -> bytes:
    """The part's octets."""
    facts: dict[str, Any] = {
        "schema": SCHEMA,
        "form": answer.form,
        "values": answer.values,
        "replaces": answer.replaces,
        "names": answer.names,
    }
    return (json.dumps(facts, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")


def of_message(message: Message) -> Answer | None:
    """The answer in a mail, when it has exactly one that has the right shape."""
    found = [one.payload for one in message.attachments if one.type == TYPE]
    if len(found) != 1 or len(found[0]) > MAX_BYTES:
        return None
    try:
        facts = json.loads(found[0].decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(facts, dict) or facts.get("schema") != SCHEMA:
        return None
    form, replaces = facts.get("form"), facts.get("replaces")
    values = _values(facts.get("values"))
    if not isinstance(form, str) or forms.parse_ref(form) is None or not values:
        return None
    names = facts.get("names", {})
    named = _row(names) if names else {}
    if named is None:
        return None
    known = isinstance(replaces, str) and _MID.fullmatch(replaces)
    return Answer(form, values, replaces if known and isinstance(replaces, str) else "", named)


def _values(found: object) -> Values | None:
    """Texts and rows of texts by key, addresses masked; None when there is anything else."""
    if not isinstance(found, dict) or len(found) > _MOST_VALUES:
        return None
    values: Values = {}
    for key, value in found.items():
        if not _KEY.fullmatch(key):
            return None
        if isinstance(value, str):
            values[key] = mask(value)
        elif isinstance(value, list) and len(value) <= _MOST_ROWS:
            rows = [_row(row) for row in value]
            if not all(rows):
                return None
            values[key] = [row for row in rows if row]
        else:
            return None
    return values


def _row(found: object) -> dict[str, str] | None:
    if not isinstance(found, dict) or not 0 < len(found) <= forms.MOST_PARTS:
        return None
    pairs = found.items()
    if all(_NAME.fullmatch(key) and key != "of" and isinstance(text, str) for key, text in pairs):
        return {key: mask(text) for key, text in pairs}
    return None


# -- front matter -----------------------------------------------------------------------------


def fields(answer: Answer) -> dict[str, Value]:
    """The fields of its post."""
    return {
        "form": Word(answer.form),
        "answer": lines(answer.values),
        "replaces": answer.replaces,
        "names": [answer.names] if answer.names else [],
    }


def of_fields(read: Record) -> Answer | None:
    """The answer in a post; None when it says of itself that it is one, and is not."""
    form, found = read.optional("form"), read.values.get("answer", [])
    if forms.parse_ref(form) is None or not isinstance(found, list):
        return None
    rows = [row for row in found if isinstance(row, dict)]
    texts = [{key: v for key, v in row.items() if isinstance(v, str)} for row in rows]
    replaces, names = read.optional("replaces"), read.values.get("names", [])
    first = names[0] if isinstance(names, list) and names else {}
    titles = first.items() if isinstance(first, dict) else ()
    named = {key: title for key, title in titles if isinstance(title, str)}
    known = replaces if _MID.fullmatch(replaces) else ""
    return Answer(form, of_lines(texts), known, named)


def lines(values: Values) -> list[dict[str, str]]:
    """Values as flat objects: all texts in one, then each row of a list with the list's key as
    `of`. The text of a field that is itself called `of` stands alone."""
    texts = {key: value for key, value in values.items() if isinstance(value, str)}
    alone = texts.pop(_OF, None)
    rows = [{_OF: _OF, _TEXT: alone}] if alone is not None else []
    rows += [
        {_OF: key, **row}
        for key, value in values.items()
        if not isinstance(value, str)
        for row in value
    ]
    return [*([texts] if texts else []), *rows]


def of_lines(found: Iterable[Mapping[str, str]]) -> Values:
    """What `lines` was made of; the order of keys aside."""
    values: Values = {}
    for one in found:
        key = one.get(_OF, "")
        if not key:
            values |= one
            continue
        if key == _OF and _TEXT in one:
            values[_OF] = one[_TEXT]
            continue
        rows = values.setdefault(key, [])
        if isinstance(rows, list):
            rows.append({name: text for name, text in one.items() if name != _OF})
    return values
