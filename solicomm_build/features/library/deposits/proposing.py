"""A proposal to correct a published card: a deposit without files of its own.

mail with `Card: lib:…` → drafted    the card with its lines, to be decided on as a deposit
accepted                → put_right  what differed goes into the card as it is then
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from solicomm_build.features.library.cards import cardchange, entryfile
from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards.cardchange import CardChangedError, Seen
from solicomm_build.features.library.cards.entry import Entry, Provenance
from solicomm_build.features.library.correcting import cardedit
from solicomm_build.features.library.deposits import depositform
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo

_TRIES = 20
_LISTS: Mapping[str, str] = {
    "author": ";",
    "organisation": ";",
    "subject": ",",
    "country": ",",
    "replaces": ",",
}
"""Lines of several values, and what stands between them."""


def target(config: Config, library: str, card: str) -> Seen | None:
    """The published card with this id; None where there is none. Blocking."""
    try:
        seen = cardchange.seen(open_repo(config.library_repo(library)), card.removeprefix("lib:"))
    except SoliCommError:
        return None
    return seen if seen and seen.entry.status == "published" else None


def drafted(
    seen: Seen, key: str, said: Mapping[str, str], when: datetime
) -> tuple[Entry, list[str]]:
    """The card of a proposal: the published one under the deposit's key, with what was said; and
    the keys whose value cannot be taken."""
    none = depositform.NOTHING
    plain = {name: "" if value == none else value for name, value in said.items()}
    entry, bad = cardedit.changed(seen.entry, plain)
    return replace(entry, id=f"lib:{key}", provenance=Provenance(via="mail", at=when)), bad


def base_of(config: Config, library: str, card: str, base: str) -> Entry:
    """The card as it was when the proposal was made. Blocking."""
    with Reader(open_repo(config.library_repo(library))) as reader:
        return entryfile.decode(reader.blob(Oid(base)), entries.path(card))


def changes(before: Entry, draft: Entry) -> dict[str, str]:
    """What a proposal says otherwise than the card did, by key. Pure."""
    was, now = depositform.shown(before), depositform.shown(draft)
    return {key: value for key, value in now.items() if value != was[key]}


def lines(before: Entry, draft: Entry, lang: str) -> list[tuple[str, str, str]]:
    """(label, before, after) of each line that would change. Pure."""
    was, now = cardedit.values(before, lang), cardedit.values(draft, lang)
    said = changes(before, draft)
    return [(cardedit.name(key, lang), was[key], now[key]) for key in said]


def put_right(
    config: Config, library: str, card: str, base: str, draft: Entry, *, by: str, when: datetime
) -> None:
    """Corrects the card as it is now by what was proposed. Durable on return, safe to call twice;
    nothing when the card is not published any more. Blocking."""
    before = base_of(config, library, card, base)
    said = changes(before, draft)

    def make(entry: Entry) -> Entry:
        return cardedit.changed(entry, _onto(before, said, entry))[0]

    for _ in range(_TRIES):
        seen = target(config, library, card)
        if seen is None:
            return
        repo, title = open_repo(config.library_repo(library)), seen.entry.title_in("")
        try:
            cardchange.change(
                repo, card, seen.blob, make, f"Correct {title}", when=when, source="mail", by=by
            )
        except CardChangedError:
            continue  # somebody corrected it in between
        return


def _onto(before: Entry, said: Mapping[str, str], now: Entry) -> dict[str, str]:
    """What a proposal says, with what others have put into lists, or taken out of them, since it
    was made."""
    was, shown = depositform.shown(before), depositform.shown(now)
    merged = {
        key: _merged(was[key], said[key], shown[key], mark)
        for key, mark in _LISTS.items()
        if key in said and shown[key] != was[key]
    }
    return {**said, **merged}


def _merged(was: str, said: str, now: str, mark: str) -> str:
    """The values there are now, without those that were taken out, and with those put in."""
    old, new, here = (
        [one.strip() for one in text.split(mark) if one.strip()] for text in (was, said, now)
    )
    kept = [one for one in here if one in new or one not in old]
    return f"{mark} ".join(dict.fromkeys([*kept, *(one for one in new if one not in old)]))
