"""The records of BibTeX, their fields as people read them: commands of TeX are letters. Pure.

Addresses are read as they are, since `%` and `~` mean something else in them. In other fields a `%`
is one, too: few programs escape it, and what follows would be a comment to TeX.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from bibtexparser.entrypoint import parse_string
from bibtexparser.library import Library
from bibtexparser.middlewares import LatexDecodingMiddleware
from bibtexparser.middlewares.names import split_multiple_persons_names
from bibtexparser.model import Block, Field
from bibtexparser.model import Entry as Record

from solicomm_build.features.library.cards.entry import Creator
from solicomm_build.features.library.exchange import recordfields

_VERBATIM = ("url", "doi")
_PERCENT = re.compile(r"(?<!\\)%")
_TILDE = re.compile(r"\\textasciitilde|\$\\sim\$|\\~")
_ESCAPED = re.compile(r"\\([_%&#$])")


@dataclass(frozen=True, slots=True)
class Raw:
    """A record as it is written: its key and kind, the line on which it begins, its fields by their
    names in lower case."""

    key: str
    kind: str
    line: int
    fields: Mapping[str, str]


def records(text: str) -> tuple[list[int], list[Raw]]:
    """The lines of those that cannot be read, and all others."""
    logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)
    found = parse_string(text)
    return [_line(block) for block in found.failed_blocks], [
        Raw(
            one.key,
            one.entry_type.lower(),
            _line(one),
            {key.lower(): str(field.value) for key, field in one.fields_dict.items()},
        )
        for one in found.entries
    ]


def _line(block: Block) -> int:
    return (block.start_line or 0) + 1


def texts(fields: Mapping[str, str]) -> dict[str, str] | None:
    """What each field says, on one line and without braces; None when one cannot be read."""
    found = _decoded({key: text for key, text in fields.items() if key not in _VERBATIM})
    if found is None:
        return None
    said = {key: recordfields.plain(text) for key, text in found.items()}
    return said | {key: _address(fields[key]) for key in _VERBATIM if key in fields}


def creators(names: str) -> tuple[Creator, ...]:
    """Who is named, with `and` between; an organisation stands in braces. `others`, for those whom
    the record does not name, is nobody."""
    parts = [one.strip() for one in split_multiple_persons_names(names)]
    parts = [one for one in parts if one.lower() != "others"]
    numbered = {str(number): one for number, one in enumerate(parts)}
    said = _decoded(numbered) or numbered
    found = (
        Creator(recordfields.plain(said[key]), "org" if _is_braced(one) else "person")
        for key, one in numbered.items()
    )
    return tuple(one for one in found if one.name)


@cache
def _decoder() -> LatexDecodingMiddleware:
    return LatexDecodingMiddleware()


def _decoded(fields: Mapping[str, str]) -> dict[str, str] | None:
    escaped = [Field(key, _PERCENT.sub(r"\\%", text)) for key, text in fields.items()]
    made = _decoder().transform_entry(Record("misc", "key", escaped), Library())
    if not isinstance(made, Record):
        return None
    return {field.key: str(field.value) for field in made.fields}


def _address(text: str) -> str:
    """An address, also where it was escaped for TeX."""
    plain = recordfields.plain(text).removeprefix("\\url").strip()
    return _ESCAPED.sub(r"\1", _TILDE.sub("~", plain))


def _is_braced(text: str) -> bool:
    """Whether all of it stands in one pair of braces."""
    depth = 0
    for at, char in enumerate(text):
        depth += (char == "{") - (char == "}")
        if depth == 0:
            return at == len(text) - 1 > 0
    return False
