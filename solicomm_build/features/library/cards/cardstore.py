"""A library as what can be done to it: add a card with its files, change one, withdraw one.

Every change is one commit, durable on return. Files are looked into (shelving.py) before anything
is written; small ones are committed beside the card, large ones kept by filestore.py first.
"""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.cardindex import CardIndex
from solicomm_build.features.library.cards.cardrows import Row
from solicomm_build.features.library.cards.entry import Entry, File, Provenance
from solicomm_build.features.library.cards.filestore import IN_GIT, FileStore
from solicomm_build.features.library.cards.shelving import (
    Incoming,
    Shelved,
    derived_files,
    language_of,
    read_files,
)
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import elsewhere
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.message.text import spoken

CLEANED = "Clean the files of"
"""How the message of a commit begins that puts clean copies in the place of files."""


@dataclass(frozen=True, slots=True)
class Added:
    """A card that was added; `notes` are sentences for whoever added it (a scan has no text)."""

    entry: Entry
    notes: tuple[str, ...] = field(default=())


def held(index: CardIndex, library: str, item: Shelved) -> list[str]:
    """The cards that have this file, as a copy or, from before there were copies, as it came."""
    found = index.holding(library, item.file.sha256)
    return list(found or (index.holding(library, item.came) if item.came else ()))


class CardStore:
    """Writes one library of a hub. Raises HubError when there is no such library."""

    def __init__(self, config: Config, library: str) -> None:
        self._config = self.config = config
        path = config.library_repo(library)
        self.id = path.stem  # as it is called now
        if not path.is_dir():
            remedy = f"Make it: solicomm new library {library}"
            raise HubError(f"there is no library {library}. {remedy}")
        self.repo = open_repo(path)
        self.files = FileStore(config, self.id)

    def add(
        self, draft: Entry, files: Sequence[Incoming] = (), *, when: datetime, twice: bool = False
    ) -> Added:
        """A new card like `draft`, whose id counts for nothing, with these files beside its own. A
        draft without languages has its texts under "": they get the document's language.

        Durable on return. Raises ContentError for a file that cannot be taken, and HubError when
        the library has one of the files already, unless `twice`; both before anything is written.
        """
        shelved = read_files(files)
        if not draft.languages:
            draft = _in_its_language(draft, shelved, self._config.languages[0])
        with CardIndex(self._config) as index, Reader(self.repo) as reader:
            index.follow(self.id, reader)
            for item in shelved if not twice else ():
                if keys := held(index, self.id, item):
                    raise HubError(
                        f"{item.file.name}: the library has this file already, in lib:{keys[0]}. "
                        "Change that card, or say that it shall be there twice"
                    )
            entry = replace(draft, id=_new_id(index, self.id, when))
        derived, notes = derived_files(shelved)
        shelved += derived
        entry = replace(entry, files=(*draft.files, *(item.file for item in shelved)))
        blob = entryfile.encode(entry)
        entryfile.decode(blob, entries.path(entry.key))  # what we write, we can read
        self._write(entry.key, blob, shelved, f"Add {entry.title_in('')}", entry.provenance, when)
        return Added(entry, tuple(notes))

    def place(self, entry: Entry, shelved: Sequence[Shelved], *, when: datetime) -> None:
        """Publishes a card that has its id and whose files were read before, in one commit.

        Durable on return, safe to call twice: a card that is there stays as it is.
        """
        with Reader(self.repo) as reader:
            if reader.oid_at("HEAD", entries.path(entry.key)) is not None:
                return
        blob = entryfile.encode(entry)
        entryfile.decode(blob, entries.path(entry.key))
        self._write(entry.key, blob, shelved, f"Add {entry.title_in('')}", entry.provenance, when)

    def end_embargoes(self, today: str, *, when: datetime) -> list[str]:
        """Opens the published cards whose embargo is over on `today` (an ISO date), a commit each;
        their keys. `until: 2027` is over when 2027 begins. Blocking, durable on return."""
        opened: list[str] = []
        with CardIndex(self._config) as index, Reader(self.repo) as reader:
            index.follow(self.id, reader)
            keys = index.over(self.id, today)
        for key in keys:
            entry = self.read(key)
            rights = entry.rights
            if rights.access == "embargo" and rights.until <= today[: len(rights.until)]:
                free = replace(entry, rights=replace(rights, access="open", until=""))
                self.change(free, f"End the embargo of {entry.title_in('')}", when=when)
                opened.append(key)
        return opened

    def octets(self, entry: Entry, file: File) -> bytes | None:
        """The octets of a card's file; None when they are nowhere here."""
        with Reader(self.repo) as reader:
            data = reader.at("HEAD", f"entries/{entry.key}/{file.name}")
        path = self.files.path(file.sha256)
        return data if data is not None else path.read_bytes() if path else None

    def change(self, entry: Entry, message: str, *, when: datetime) -> None:
        """Replaces a card. Raises ContentErrors when it could not be read back."""
        blob = entryfile.encode(entry)
        entryfile.decode(blob, entries.path(entry.key))
        self._write(entry.key, blob, (), message, entry.provenance, when)

    def is_in_git(self, key: str, file: File) -> bool:
        """Whether a card's file lies beside it in the repository."""
        with Reader(self.repo) as reader:
            return reader.oid_at("HEAD", f"entries/{key}/{file.name}") is not None

    def exchange(
        self, entry: Entry, copies: Sequence[tuple[File, bytes]], *, when: datetime
    ) -> None:
        """Replaces a card and some of its files, in one commit. Durable on return."""
        elsewhere.refuse(self._config, "libraries", self.id)
        folder, rights = f"entries/{entry.key}", entry.rights
        is_open = rights.access == "open" and entry.status != "draft"
        changes = [Change(entries.path(entry.key), entryfile.encode(entry))]
        for file, data in copies:
            if self.is_in_git(entry.key, file) or (len(data) <= IN_GIT and is_open):
                changes.append(Change(f"{folder}/{file.name}", data))
            else:
                self.files.put(io.BytesIO(data))
        text = compose(f"{CLEANED} {entry.title_in('')}", Source="cli")
        write_once(self.repo, changes, message=text, when=when)

    def withdraw(self, key: str, reason: str, *, when: datetime) -> Entry:
        """Takes a document out of the library; its card stays as a tombstone that says why."""
        entry = self.read(key)
        body = f"{entry.body.rstrip()}\n\n{reason}\n".lstrip() if reason else entry.body
        gone = replace(entry, status="withdrawn", body=body)
        self.change(gone, f"Withdraw {entry.title_in('')}", when=when)
        return gone

    def read(self, key: str) -> Entry:
        """One card. Raises HubError when there is none."""
        with Reader(self.repo) as reader:
            blob = reader.at("HEAD", entries.path(key))
        if blob is None:
            raise HubError(f"there is no lib:{key} in {self.id}. See `solicomm library list`")
        return entryfile.decode(blob, entries.path(key))

    def rows(self) -> list[Row]:
        """All cards, oldest first."""
        with CardIndex(self._config) as index, Reader(self.repo) as reader:
            index.follow(self.id, reader)
            return list(index.rows(self.id))

    def _write(
        self,
        key: str,
        blob: bytes,
        files: Sequence[Shelved],
        message: str,
        provenance: Provenance,
        when: datetime,
    ) -> None:
        elsewhere.refuse(self._config, "libraries", self.id)
        folder = entries.path(key).rpartition("/")[0]
        card = entryfile.decode(blob, entries.path(key))
        # What not everybody may read lies outside git: whoever clones a library would have it.
        is_open = card.rights.access == "open" and card.status != "draft"
        changes = [Change(entries.path(key), blob)]
        for item in files:
            if len(item.data) <= IN_GIT and is_open:
                changes.append(Change(f"{folder}/{item.file.name}", item.data))
            else:
                self.files.put(io.BytesIO(item.data))
        text = compose(message, Source=provenance.via or "cli")
        write_once(self.repo, changes, message=text, when=when)


def _in_its_language(draft: Entry, shelved: Sequence[Shelved], default: str) -> Entry:
    said = " ".join((*draft.title.values(), *(draft.abstract or {}).values()))
    default = spoken.language(said) or default
    lang = language_of(shelved[0].facts, default) if shelved else default

    def named(texts: Mapping[str, str]) -> dict[str, str]:
        return {name or lang: text for name, text in texts.items()}

    return replace(
        draft,
        languages=(lang,),
        title=named(draft.title),
        abstract=named(draft.abstract) if draft.abstract else None,
    )


def _new_id(index: CardIndex, library: str, when: datetime) -> str:
    """An id that no card here ever had: the year and 40 random bits."""
    while True:
        key = f"{when:%Y}-{base64.b32encode(os.urandom(5)).decode().lower()}"
        if index.row(library, key) is None:
            return f"lib:{key}"
