"""What somebody asked the search page: the words, and what narrows them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from solicomm_build.features.search.engine.analyser import normalise, words

SCRIPTLESS = "nojs"
"""The field that says that whoever asks has no scripts."""
PART = "part"
"""The field by which the page's script asks for what was found alone."""
TYPING = "typing"
"""The field that says that the last word may go on."""
OLDER = "older"
"""The field with the tier of a large index to begin with: 0, the newest, if it is missing."""

LONGEST = 300  # characters of a query that are looked at; longer ones are pasted by accident
PAGES = 20
_SHORT = 100
_PLACE = re.compile(r"[a-z0-9/._-]+")
_KIND = re.compile(r"[a-z]+")
_YEAR = re.compile(r"[0-9]{4}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A search; what is "" narrows nothing. `where` is a place or the end of its address, `when` a
    year, `language` a subtag, `who` words of a name. `older` is the tier to begin with."""

    text: str = ""
    where: str = ""
    kind: str = ""
    when: str = ""
    language: str = ""
    who: str = ""
    number: int = 1
    scriptless: bool = False
    older: int = 0

    @property
    def chosen(self) -> Mapping[str, str]:
        """What narrows, by the name of its field in addresses."""
        fields = (self.where, self.kind, self.when, self.language, self.who)
        return {name: value for name, value in zip(FIELDS, fields, strict=True) if value}

    @property
    def query(self) -> str:
        """In the query language of the search (docs/formats/search.md, section 8)."""
        return " ".join((*self._filters(), self.text))

    def _filters(self) -> Iterator[str]:
        if self.where:
            yield f"in:{self.where}"
        if self.kind:
            yield f"kind:{self.kind}"
        if self.language:
            yield f"lang:{self.language}"
        if self.when:
            yield f"after:{self.when} before:{int(self.when) + 1:04}"
        if self.who:
            yield f"by:{'+'.join(self.who.split())}"

    def link(self, **changes: str | int) -> str:
        """The address of this search, changed so, as a query string; from its beginning."""
        other = replace(self, **{"number": 1, "older": 0} | changes)  # type: ignore[arg-type]
        fields = {"q": other.text, **other.chosen}
        if other.scriptless:
            fields[SCRIPTLESS] = "1"
        if other.number > 1:
            fields["page"] = str(other.number)
        if other.older:
            fields[OLDER] = str(other.older)
        return "?" + urlencode(fields)


FIELDS = ("in", "kind", "when", "language", "who")
"""Fields of addresses that narrow, in the order in which they are shown."""
ATTRIBUTES = dict(zip(FIELDS, ("where", "kind", "when", "language", "who"), strict=True))
"""What `Asked` calls them."""


def read(fields: Mapping[str, str]) -> Asked:
    """What the fields of an address ask; what makes no sense narrows nothing, but for a place: one
    that is nowhere leaves nothing."""

    def one(name: str, form: re.Pattern[str]) -> str:
        value = fields.get(name, "").strip()[:_SHORT].lower()
        return value if form.fullmatch(value) else ""

    page, older = fields.get("page", ""), fields.get(OLDER, "")
    return Asked(
        " ".join(fields.get("q", "").split())[:LONGEST],
        "".join(fields.get("in", "").split())[:_SHORT],
        one("kind", _KIND),
        one("when", _YEAR).replace("9999", ""),
        one("language", _KIND),
        " ".join(words(normalise(fields.get("who", "")[:_SHORT]))),
        min(int(page), PAGES) if re.fullmatch(r"[1-9]\d?", page) else 1,
        bool(fields.get(SCRIPTLESS)),
        int(older) if re.fullmatch(r"[1-9]\d{0,4}", older, re.ASCII) else 0,
    )
