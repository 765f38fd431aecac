"""A library as what can be done to it: add a card with its files, change one, withdraw one.

Every change is one commit, durable on return. Files are read by a child (extraction/) before
anything is written; small ones are committed beside the card, large ones kept by
features/library/cards/filestore.py
first. The text that was found in a document and a picture of its first page become files of the
card, too.
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import re
import tempfile
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from solicomm_build.cleaning.child import clean
from solicomm_build.cleaning.result import Cleaned
from solicomm_build.extraction import sniff
from solicomm_build.extraction.child import extract
from solicomm_build.extraction.facts import Facts
from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards.cardindex import CardIndex
from solicomm_build.features.library.cards.cardrows import Row
from solicomm_build.features.library.cards.entry import Entry, File, Provenance
from solicomm_build.features.library.cards.filestore import IN_GIT, FileStore
from solicomm_build.foundation.errors import ContentError, HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.language import languagetag
from solicomm_build.git import elsewhere
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.message.text import spoken

MAX_FILE = 200 << 20
"""Octets of one file."""

_SUFFIXES = {
    "application/pdf": ".pdf",
    "application/epub+zip": ".epub",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/flac": ".flac",
    "audio/x-wav": ".wav",
    "audio/mp4": ".m4a",
    "text/html": ".html",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "application/rtf": ".rtf",
    "application/vnd.oasis.opendocument.text": ".odt",
    "text/plain": ".txt",
}
_SUFFIX = re.compile(r"[a-z0-9]{1,5}")
_NO_NAME = re.compile(r"[^a-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that shall come into a library: its octets and the name its sender gave it."""

    name: str
    data: bytes
    role: str = "main"
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Shelved:
    """A file as the card names it, with its octets and what was found in it. The octets are a copy
    that knows nothing of its sender, unless `is_safe` is false; `came` is the SHA-256 of those that
    came."""

    file: File
    data: bytes
    facts: Facts
    came: str = ""
    is_safe: bool = True


@dataclass(frozen=True, slots=True)
class Added:
    """A card that was added; `notes` are sentences for whoever added it (a scan has no text)."""

    entry: Entry
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found in a file, and what is kept of it; no copy of what a library does not take."""

    facts: Facts
    copy: Cleaned | None


def read_files(
    files: Sequence[Incoming], known: Mapping[str, Looked] | None = None
) -> list[Shelved]:
    """Looks into the files, cleans them (cleaning/), and gives them names that fit a card.
    Blocking, up to 150 s a file that is not among those `known` by their SHA-256.

    Raises ContentError for a file that is empty, too large, or of a kind that libraries do not
    take: the file, the fault and the remedy.
    """
    found: list[Shelved] = []
    taken = {"entry.md"}
    for file in files:
        if not file.data:
            raise ContentError("the file is empty", file=file.name, remedy="Send it again")
        if len(file.data) > MAX_FILE:
            raise ContentError(
                f"the file has more than {MAX_FILE >> 20} MB",
                file=file.name,
                remedy="Split it or make it smaller",
            )
        sha256 = hashlib.sha256(file.data).hexdigest()
        looked = (known or {}).get(sha256) or look(file)
        facts = looked.facts
        if facts.type not in sniff.TYPES:
            raise ContentError(
                "a library does not take this kind of file",
                file=file.name,
                remedy="Send a PDF, EPUB, text, web page, office text, picture or recording",
            )
        name = _free(file_name(file.name, facts.type), taken)
        copy = looked.copy or clean(file.data)
        has_text = None if facts.type.startswith(("image/", "audio/")) else facts.text is not None
        found.append(
            Shelved(
                File(
                    sha256=hashlib.sha256(copy.octets).hexdigest(),
                    name=name,
                    type=facts.type,
                    size=len(copy.octets),
                    role=file.role if not found else _later(file.role),
                    lang=file.lang,
                    pages=facts.pages,
                    text=has_text,
                ),
                copy.octets,
                facts,
                sha256,
                copy.is_safe,
            )
        )
    return found


def held(index: CardIndex, library: str, item: Shelved) -> list[str]:
    """The cards that have this file, as a copy or, from before there were copies, as it came."""
    found = index.holding(library, item.file.sha256)
    return list(found or (index.holding(library, item.came) if item.came else ()))


def file_name(name: str, kind: str) -> str:
    """A name of at most 100 characters of `a-z0-9._-` for a file that somebody called `name`."""
    last = re.split(r"[/\\]", name)[-1]
    plain = unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode().lower()
    stem, _, suffix = plain.rpartition(".")
    if not _SUFFIX.fullmatch(suffix):
        stem, suffix = plain, ""
    stem = _NO_NAME.sub("-", stem).strip("-._")[:80] or "document"
    return stem + (f".{suffix}" if suffix else _SUFFIXES.get(kind, ""))


class CardStore:
    """Writes one library of a hub. Raises HubError when there is no such library."""

    def __init__(self, config: Config, library: str) -> None:
        self._config = self.config = config
        self.id = library
        path = config.library_repo(library)
        if not path.is_dir():
            remedy = f"Make it: solicomm new library {library}"
            raise HubError(f"there is no library {library}. {remedy}")
        self.repo = open_repo(path)
        self.files = FileStore(config, library)

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
        blob = entries.encode(entry)
        entries.decode(blob, entries.path(entry.key))  # what we write, we can read
        self._write(entry.key, blob, shelved, f"Add {entry.title_in('')}", entry.provenance, when)
        return Added(entry, tuple(notes))

    def place(self, entry: Entry, shelved: Sequence[Shelved], *, when: datetime) -> None:
        """Publishes a card that has its id and whose files were read before, in one commit.

        Durable on return, safe to call twice: a card that is there stays as it is.
        """
        with Reader(self.repo) as reader:
            if reader.oid_at("HEAD", entries.path(entry.key)) is not None:
                return
        blob = entries.encode(entry)
        entries.decode(blob, entries.path(entry.key))
        self._write(entry.key, blob, shelved, f"Add {entry.title_in('')}", entry.provenance, when)

    def end_embargoes(self, today: str, *, when: datetime) -> list[str]:
        """Opens the published cards whose embargo is over on `today` (an ISO date), a commit each;
        their keys. `until: 2027` is over when 2027 begins. Blocking, durable on return."""
        opened: list[str] = []
        for row in self.rows():
            if row.status != "published" or row.line.open:
                continue
            entry = self.read(row.key)
            rights = entry.rights
            if rights.access == "embargo" and rights.until <= today[: len(rights.until)]:
                free = replace(entry, rights=replace(rights, access="open", until=""))
                self.change(free, f"End the embargo of {entry.title_in('')}", when=when)
                opened.append(row.key)
        return opened

    def octets(self, entry: Entry, file: File) -> bytes | None:
        """The octets of a card's file; None when they are nowhere here."""
        with Reader(self.repo) as reader:
            data = reader.at("HEAD", f"entries/{entry.key}/{file.name}")
        path = self.files.path(file.sha256)
        return data if data is not None else path.read_bytes() if path else None

    def change(self, entry: Entry, message: str, *, when: datetime) -> None:
        """Replaces a card. Raises ContentErrors when it could not be read back."""
        blob = entries.encode(entry)
        entries.decode(blob, entries.path(entry.key))
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
        changes = [Change(entries.path(entry.key), entries.encode(entry))]
        for file, data in copies:
            if self.is_in_git(entry.key, file) or (len(data) <= IN_GIT and is_open):
                changes.append(Change(f"{folder}/{file.name}", data))
            else:
                self.files.put(io.BytesIO(data))
        text = compose(f"Clean the files of {entry.title_in('')}", Source="cli")
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
        return entries.decode(blob, entries.path(key))

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
        card = entries.decode(blob, entries.path(key))
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


def language_of(facts: Facts, default: str) -> str:
    """The language of a document: by its words, else as the file says, else `default`."""
    text = "\n".join(line.strip() for line in (facts.text or "")[:40_000].split("\n"))
    hint = languagetag.of(facts.lang)
    later = text[len(text) // 2 :]  # the first page may be a title and names
    return spoken.language(text, hint) or spoken.language(later, hint) or hint or default


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


def look(file: Incoming) -> Looked:
    """What a file holds, and its copy when a library takes such files. Blocking, up to 150 s."""
    facts = _facts(file)
    copy = clean(file.data) if facts.type in sniff.TYPES else None
    if copy is not None and copy.octets != file.data and (words := words_of(file.name, copy)):
        facts = replace(facts, text=words.text)
    return Looked(facts, copy)


def words_of(name: str, copy: Cleaned) -> Facts | None:
    """What a clean copy says in words, where that may be less than its original says: an office
    file names who commented and holds what was deleted. Blocking."""
    if not copy.octets.startswith(b"PK"):
        return None
    found = _facts(Incoming(name, copy.octets))
    return found if found.text is not None else None


def _facts(file: Incoming) -> Facts:
    with tempfile.NamedTemporaryFile(prefix="solicomm-", suffix=".document") as spooled:
        spooled.write(file.data)
        spooled.flush()
        return extract(Path(spooled.name), file.name)


def derived_files(shelved: Sequence[Shelved]) -> tuple[list[Shelved], list[str]]:
    """The texts and the cover made of the files; and what is to be said about them."""
    made: list[Shelved] = []
    notes: list[str] = []
    taken = {"entry.md", *(item.file.name for item in shelved)}
    for item in shelved:
        name, facts = item.file.name, item.facts
        stem = name.rpartition(".")[0] or name
        if facts.fault:
            notes.append(f"{name}: {facts.fault}. It was kept as it came")
        if not item.is_safe:
            notes.append(
                f"{name}: files of this kind cannot be cleaned. It may say who made it, where and "
                "on what; save it as PDF, .odt or .docx if nobody may know that"
            )
        if facts.scan:
            notes.append(f"{name} is a scan: there is no text in it to search or to send by mail")
        if facts.partial:
            notes.append(f"{name}: only the first part of its text was read")
        if facts.text and not facts.type.startswith(("text/", "application/json")):
            text = facts.text.encode("utf-8", "replace")
            made.append(_made(_free(f"{stem}.txt", taken), "text/plain", "text", text))
        if facts.cover and not any(other.file.role == "cover" for other in made):
            made.append(_made(_free("cover.webp", taken), "image/webp", "cover", facts.cover))
    return made, notes


def _made(name: str, kind: str, role: str, data: bytes) -> Shelved:
    text = True if role == "text" else None
    file = File(hashlib.sha256(data).hexdigest(), name, kind, len(data), role, text=text)
    return Shelved(file, data, Facts(kind))


def _later(role: str) -> str:
    """The role of a file that is not the first: there is one main file."""
    return "annex" if role == "main" else role


def _free(name: str, taken: set[str]) -> str:
    """`name`, or with a number when it is taken; takes it."""
    stem, dot, suffix = name.rpartition(".")
    number, free = 2, name
    while free in taken:
        free = f"{stem or name}-{number}{dot}{suffix if stem else ''}"
        number += 1
    taken.add(free)
    return free


def _new_id(index: CardIndex, library: str, when: datetime) -> str:
    """An id that no card here ever had: the year and 40 random bits."""
    while True:
        key = f"{when:%Y}-{base64.b32encode(os.urandom(5)).decode().lower()}"
        if index.row(library, key) is None:
            return f"lib:{key}"
