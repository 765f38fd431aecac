"""Cards looked for by mail: `find`, `new` and `list` to `<library>-request@`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from solicomm_build.desk import vocabulary
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Attached, Case
from solicomm_build.features.library.cards.cardindex import CardIndex
from solicomm_build.features.library.cards.cardrows import Row, datetime_of
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.deposits.deliveries import Deliveries
from solicomm_build.features.search import finding
from solicomm_build.post.subjects import resolve

_SINCE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")


SHOWN = 50
"""Cards in one answer."""


_TEXTS = 10 * SHOWN  # pages of texts: several may be of one card


@dataclass(slots=True)
class Work:
    """One mail's requests on their way: what is said, and the letters with files."""

    office: Office
    case: Case
    store: CardStore
    index: CardIndex
    counts: Deliveries
    lang: str
    limit: int
    said: list[dict[str, Any]] = field(default_factory=list)
    files: list[tuple[str, Attached]] = field(default_factory=list)

    def say(self, what: str, **facts: Any) -> None:
        """Something that the letter `library/answer` tells."""
        self.said.append({"what": what, **facts})

    def url(self, key: str = "") -> str:
        return f"{self.office.config.url}/libraries/{self.case.library}/{key and key + '/'}"


def find(work: Work, words: list[str]) -> None:
    """Says the cards that have all the words, or whose text has them."""
    wanted = [vocabulary.plain(word) for word in words]

    def has(row: Row) -> bool:
        said = row.line
        fields = (row.title, said.summary, *said.creators, *said.subjects)
        text = vocabulary.plain(" ".join(fields))
        return all(word in text for word in wanted)

    cards = {row.key: row for row in work.index.lines(work.case.library)} if wanted else {}
    by_text = [cards[key] for key in _keys_by_text(work, words) if key in cards]
    by_card = [row for row in reversed(cards.values()) if has(row) and row not in by_text]
    table(work, [*by_text, *by_card][:SHOWN][::-1])


def _keys_by_text(work: Work, words: list[str]) -> list[str]:
    """The keys of cards whose text or card has the words, the best first, as the hub's search finds
    them: what is public and was built."""
    place = f"libraries/{work.case.library}"
    found = finding.best(work.office, place, words, work.lang, _TEXTS) if words else []
    return list(dict.fromkeys(row.url.partition("/")[0] for row in found))


def newest(work: Work, words: list[str]) -> None:
    """Says the cards that came in since a day, month or year; without one, the newest."""
    since = next((word for word in words if _SINCE.fullmatch(word)), "")
    rows = work.index.lines(work.case.library)
    table(work, [row for row in rows if f"{datetime_of(row.added):%Y-%m-%d}" >= since])


def by_subject(work: Work, words: list[str]) -> None:
    """Says the cards of a subject, by its name in any of six languages, with or without its scheme
    or a word before it (`list subject wages`); without one, all."""
    library = work.case.library
    known = [value for value, _ in work.index.facets(library, "subject")]
    named = (_known(" ".join(some), known) for some in (words, words[1:]) if some)
    value = next(filter(None, named), "")
    if words and not value:
        table(work, [])
        return
    table(work, work.index.lines(library, ("subject", value) if value else None))


def _known(text: str, known: list[str]) -> str:
    """The one of the subjects that somebody names; "" for none."""
    slug, meant = "-".join(text.lower().split()), resolve(text)
    same = (one for one in known if slug in (one, one.partition(":")[2]))
    return next(same, meant if meant in known else "")


def table(work: Work, rows: list[Row]) -> None:
    """Says the last `SHOWN` cards, the last one first."""
    shown = []
    for row in reversed(rows[-SHOWN:]):
        by = ", ".join(text for text in (*row.line.creators[:2], row.issued) if text)
        shown.append((f"lib:{row.key}", row.title[:70], by))
    work.say("cards" if shown else "nothing", rows=shown)
