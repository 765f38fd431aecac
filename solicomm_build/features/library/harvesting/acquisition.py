"""Records from elsewhere become cards, once: the same source again changes nothing.

The last part of a card's id follows from the library's first name and the record's source key, and
`provenance.source` keeps that key and a digest of the record. A record with the same digest is left
alone, whatever the librarian made of its card; one that changed renews the fields that it says and
leaves the others, the files and the note. A card that was withdrawn stays withdrawn,
unless its source had deleted the record and brings it back. What the library exported itself, under
the ids of its cards, is as it was.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from itertools import product
from typing import TypeVar

from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.cardindex import CardIndex
from solicomm_build.features.library.cards.cardrows import BROKEN, Row
from solicomm_build.features.library.cards.cardstore import CardStore, held
from solicomm_build.features.library.cards.entry import (
    Creator,
    Dates,
    Entry,
    Identifiers,
    Provenance,
)
from solicomm_build.features.library.cards.shelving import Incoming, language_of, read_files
from solicomm_build.features.library.exchange.reading import Found, Gone
from solicomm_build.foundation import formernames
from solicomm_build.foundation.errors import ConflictError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import elsewhere
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN
from solicomm_build.git.writer import Change, write_once

_Part = TypeVar("_Part", Dates, Identifiers)
_OURS = ("id", "files", "rights", "relations", "provenance", "version", "status", "body")

_PROVIDED = re.compile(r"oai:https?://([^\s#]*[^\s#/])/?#(\S+)")
"""The key of a harvested record: the provider's address, and what it calls the record."""

_TRIES = 9
_DELETED = "deleted"
"""In the digest's place: the source withdrew the card, and may bring it back."""


@dataclass(slots=True)
class Taken:
    """How many cards are new, changed, as they were, and withdrawn; what is wrong with those that
    cannot be read, and stay as they are."""

    new: int = 0
    changed: int = 0
    same: int = 0
    withdrawn: int = 0
    broken: list[str] = field(default_factory=list)


def take(store: CardStore, records: Iterable[Found | Gone], *, via: str, when: datetime) -> Taken:
    """All records as one commit: after a crash all of them are in, or none. Durable on return. What
    somebody else writes meanwhile stays.

    Cards whose records carry the greatest note keep it, even when nothing else changed, so that a
    harvest knows how far the last one came. Raises HubError for a copy of another hub's library,
    and ConflictError when others write each time.
    """
    elsewhere.refuse(store.config, "libraries", store.id)
    records = list(records)
    for left in reversed(range(_TRIES)):
        tip = store.repo.ref(MAIN)
        taken, changes = _taken(store, records, tip, via, when)
        if not changes:
            return taken
        message = f"Import {taken.new} new and {taken.changed} changed cards"
        if taken.withdrawn:
            message += f", withdraw {taken.withdrawn}"
        text = compose(message, Source=via)
        try:
            write_once(store.repo, changes, message=text, when=when, expect=tip)
            return taken
        except ConflictError:  # a card that was corrected meanwhile is looked at again
            if not left:
                raise
    return Taken()


def _taken(
    store: CardStore, records: Sequence[Found | Gone], tip: Oid | None, via: str, when: datetime
) -> tuple[Taken, list[Change]]:
    """What becomes of the records where the library's branch is at `tip`."""
    notes = (found.note for found in records)
    newest = max((one for one in notes if not is_ahead(one, when)), default="")
    rows = store.rows()
    known = _Known(store, rows)
    own = {row.key for row in rows}
    taken, changes = Taken(), list[Change]()
    with Reader(store.repo) as reader:
        for found in records:
            if isinstance(found, Found) and found.source.partition(":")[2] in own:
                taken.same += 1  # a citation of a card of this library, by its own id
                continue
            row = known.row(found.source)
            if row is not None and row.status == BROKEN:
                taken.broken.append(row.fault)
                continue
            before = None
            if tip is not None and row is not None and row.status != "gone":
                path = entries.path(row.key)
                before = entryfile.decode(reader.at(tip, path) or b"", path)
            entry = None
            if row is None or before is not None:
                entry = _next(known.part(found.source), before, found, via, when)
            same = entry is None
            if before is not None and entry is None and found.note and found.note == newest:
                entry = _noted(before, found)
            if same:
                taken.same += 1
            if entry is None:
                continue
            blob = entryfile.encode(entry)
            entryfile.decode(blob, entries.path(entry.key))
            changes.append(Change(entries.path(entry.key), blob))
            if same:
                continue
            if before is None:
                taken.new += 1
            elif isinstance(found, Gone):
                taken.withdrawn += 1
            else:
                taken.changed += 1
    return taken, changes


def is_ahead(stamp: str, when: datetime) -> bool:
    """Whether a datestamp, or a note that begins with one, is of a day that has come nowhere yet:
    a provider's clock was wrong, or somebody typed it. It says nothing of what was there before."""
    return stamp[:10] > f"{when + timedelta(days=1):%Y-%m-%d}"


class _Known:
    """The cards of a library by the records of which they were made, whatever it was called."""

    def __init__(self, store: CardStore, rows: Sequence[Row]) -> None:
        private = store.config.private
        first = formernames.first(private, "libraries").get(store.id, store.id)
        former = formernames.of(private, "libraries", store.id)
        self._names = tuple(dict.fromkeys((first, store.id, *former)))
        self._rows = {row.key[5:]: row for row in rows}

    def part(self, source: str) -> str:
        """The last part of the id of a card that is made of this record."""
        return _part(self._names[0], source)

    def row(self, source: str) -> Row | None:
        """The card that was made of this record, also where its provider has moved to https."""
        parts = (_part(name, one) for one in _spelled(source) for name in self._names)
        return next((self._rows[part] for part in parts if part in self._rows), None)


def _spelled(source: str) -> Iterator[str]:
    """The key of a record as it is, then as the same provider's other addresses have it: http or
    https, a slash at the end or none."""
    yield source
    if match := _PROVIDED.fullmatch(source):
        for scheme, slash in product(("https", "http"), ("", "/")):
            yield f"oai:{scheme}://{match[1]}{slash}#{match[2]}"


def _next(
    part: str, before: Entry | None, found: Found | Gone, via: str, when: datetime
) -> Entry | None:
    """The card as it shall be, None when it stays as it is. Its source is the record's key, the
    note if there is one, and a digest: three parts with spaces between. `part` ends a new id."""
    digest = _DELETED if isinstance(found, Gone) else _digest(found.entry)
    source = " ".join(filter(None, (found.source, found.note, digest)))
    if before is None:
        if isinstance(found, Gone):
            return None
        provenance = Provenance(via=via, at=when, source=source)
        return replace(found.entry, id=f"lib:{when:%Y}-{part}", provenance=provenance)
    last = before.provenance.source.rpartition(" ")[2]
    if isinstance(found, Gone):
        if before.status == "withdrawn":
            return None
        kept = replace(before.provenance, source=source)
        return replace(before, status="withdrawn", provenance=kept)
    if last == digest or (before.status == "withdrawn" and last != _DELETED):
        return None
    renewed = _renewed(before, found.entry, source)
    return replace(renewed, status="published") if last == _DELETED else renewed


def take_document(store: CardStore, data: bytes, name: str, lang: str, when: datetime) -> bool:
    """A document as a card with its file, unless the library has the file; whether it came in.

    What the document says of itself is a guess: the card is a draft, and its provenance says
    "guessed". Raises ContentError for a file that a library does not take.
    """
    (shelved,) = read_files([Incoming(name, data)])
    with CardIndex(store.config) as index, Reader(store.repo) as reader:
        index.follow(store.id, reader)
        if held(index, store.id, shelved):
            return False
    facts = shelved.facts
    main = language_of(facts, lang)
    title = " ".join(facts.title.split()) or name.rpartition(".")[0].replace("_", " ")
    draft = Entry(
        "",
        "report",
        {main: title[:300]},
        languages=(main,),
        status="draft",
        creators=tuple(Creator(" ".join(creator.split())) for creator in facts.creators),
        provenance=Provenance(
            via="import", at=when, source=f"{name}; guessed: title, creators, languages"
        ),
    )
    store.add(draft, [Incoming(name, data)], when=when)
    return True


def _noted(before: Entry, found: Found | Gone) -> Entry | None:
    """The card with the record's note, None when it has that already."""
    digest = before.provenance.source.rpartition(" ")[2]
    source = f"{found.source} {found.note} {digest}"
    if before.provenance.source == source:
        return None
    return replace(before, provenance=replace(before.provenance, source=source))


def _renewed(before: Entry, record: Entry, source: str) -> Entry:
    """The card with what the record says; what it says nothing of stays. A record that is for
    members closes a card that is open; none opens one."""
    said = {
        item.name: getattr(record, item.name)
        for item in fields(Entry)
        if item.name not in _OURS and getattr(record, item.name) != item.default
    }
    is_closed = record.rights.access == "members" and before.rights.access == "open"
    if record.abstract:
        said["abstract"] = _texts(before.abstract or {}, record.abstract, before.languages[0])
    return replace(
        before,
        **said
        | {
            "title": _texts(before.title, record.title, before.languages[0]),
            "date": _filled(before.date, record.date),
            "identifiers": _filled(before.identifiers, record.identifiers),
            "rights": replace(before.rights, access="members") if is_closed else before.rights,
        },
        version=before.version + 1,
        provenance=replace(before.provenance, source=source),
    )


def _texts(before: Mapping[str, str], record: Mapping[str, str], main: str) -> dict[str, str]:
    """The record's texts, and those that somebody added in other languages than the document's."""
    added = {tag: text for tag, text in before.items() if tag != main and tag not in record}
    return {**record, **added}


def _filled(before: _Part, record: _Part) -> _Part:
    """A part of a card as the record has it, with what was said here where the record is silent."""
    silent = {item.name for item in fields(record) if not getattr(record, item.name)}
    return replace(record, **{name: getattr(before, name) for name in silent})


def _part(library: str, source: str) -> str:
    digest = hashlib.sha256(f"{library}\0{source}".encode()).digest()
    return base64.b32encode(digest[:5]).decode().lower()


def _digest(entry: Entry) -> str:
    return hashlib.sha256(entryfile.encode(replace(entry, id="lib:2000-aaaaaaaa"))).hexdigest()[:16]
