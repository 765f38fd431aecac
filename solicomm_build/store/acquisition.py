"""Records from elsewhere become cards, once: the same source again changes nothing.

The last part of a card's id follows from the library and the record's source key, and
`provenance.source` keeps that key and a digest of the record. A record with the same digest is left
alone, whatever the librarian made of its card; one that changed renews the fields that it says and
leaves the others, the files and the note. A card that was withdrawn stays withdrawn.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime

from solicomm_build.model import entry as entries
from solicomm_build.model.entry import Creator, Entry, Provenance
from solicomm_build.model.exchange.reading import Found
from solicomm_build.store.cardindex import CardIndex
from solicomm_build.store.commitmessage import compose
from solicomm_build.store.librarystore import Incoming, LibraryStore, read_files
from solicomm_build.store.reader import Reader
from solicomm_build.store.writer import Change, write_once

_OURS = ("id", "files", "rights", "relations", "provenance", "version", "status", "body")


@dataclass(slots=True)
class Taken:
    """How many cards are new, changed, and as they were."""

    new: int = 0
    changed: int = 0
    same: int = 0


def take(store: LibraryStore, records: Iterable[Found], *, via: str, when: datetime) -> Taken:
    """All records as one commit: after a crash all of them are in, or none. Durable on return."""
    known = {row.key[5:]: row for row in store.rows()}
    taken, changes = Taken(), []
    for found in records:
        part = _part(store.id, found.source)
        source = f"{found.source} {_digest(found.entry)}"
        row = known.get(part)
        if row is None:
            entry = replace(
                found.entry, id=f"lib:{when:%Y}-{part}",
                provenance=Provenance(via=via, at=when, source=source),
            )  # fmt: skip
            taken.new += 1
        elif row.status == "gone":
            taken.same += 1
            continue
        else:
            before = store.read(row.key)
            if before.status == "withdrawn" or before.provenance.source == source:
                taken.same += 1
                continue
            entry = _renewed(before, found.entry, source)
            taken.changed += 1
        blob = entries.encode(entry)
        entries.decode(blob, entries.path(entry.key))
        changes.append(Change(entries.path(entry.key), blob))
    if changes:
        message = f"Import {taken.new} new and {taken.changed} changed cards"
        write_once(store.repo, changes, message=compose(message, Source=via), when=when)
    return taken


def take_document(store: LibraryStore, data: bytes, name: str, lang: str, when: datetime) -> bool:
    """A document as a card with its file, unless the library has the file; whether it came in.

    What the document says of itself is a guess: the card is a draft, and its provenance says
    "guessed". Raises ContentError for a file that a library does not take.
    """
    with CardIndex(store.config) as index, Reader(store.repo) as reader:
        index.follow(store.id, reader)
        if index.holding(store.id, hashlib.sha256(data).hexdigest()):
            return False
    facts = read_files([Incoming(name, data)])[0].facts
    main = facts.lang or lang
    title = " ".join(facts.title.split()) or name.rpartition(".")[0].replace("_", " ")
    draft = Entry(
        "", "report", {main: title[:300]}, languages=(main,), status="draft",
        creators=tuple(Creator(" ".join(creator.split())) for creator in facts.creators),
        provenance=Provenance(
            via="import", at=when, source=f"{name}; guessed: title, creators, languages"
        ),
    )  # fmt: skip
    store.add(draft, [Incoming(name, data)], when=when)
    return True


def _renewed(before: Entry, record: Entry, source: str) -> Entry:
    """The card with what the record says; what it says nothing of stays."""
    said = {
        item.name: getattr(record, item.name)
        for item in fields(Entry)
        if item.name not in _OURS and getattr(record, item.name) != item.default
    }
    return replace(
        before, **said, version=before.version + 1,
        provenance=replace(before.provenance, source=source),
    )  # fmt: skip


def _part(library: str, source: str) -> str:
    digest = hashlib.sha256(f"{library}\0{source}".encode()).digest()
    return base64.b32encode(digest[:5]).decode().lower()


def _digest(entry: Entry) -> str:
    return hashlib.sha256(entries.encode(replace(entry, id="lib:2000-aaaaaaaa"))).hexdigest()[:16]
