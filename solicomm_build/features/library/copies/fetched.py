"""Files of a copied library that lie outside of git: fetched from its home when somebody opens one,
or all at night (`--files whole`).

What comes is what the card says, by SHA-256 and octets, or it is not taken. Only files of published
cards that everybody may read are asked for. It is kept beside those of our own libraries, and goes
when no card names it any more.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from urllib.parse import quote

from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.entry import Entry, File
from solicomm_build.features.library.cards.filestore import FileStore, mark
from solicomm_build.foundation import fetching, outside
from solicomm_build.foundation.errors import ContentError, SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.safeio import locked
from solicomm_build.git import elsewhere
from solicomm_build.git.elsewhere import Home
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo

_RESTORING = 1800.0  # seconds in which large files are asked for
_SHA256 = 64  # characters
_NAMED = 10  # files that are named; how many there are is said


def wanted(config: Config, library: str, key: str, name: str) -> tuple[Home, File] | None:
    """The file of a card, when it is one that a copy may fetch; else None. Blocking."""
    home = elsewhere.of(config, "libraries", library)
    if (
        home is None
        or not entries.entry_id(f"lib:{key}")
        or not config.library_repo(library).is_dir()
    ):
        return None
    try:
        with Reader(open_repo(config.library_repo(library))) as reader:
            blob = reader.at(MAIN, entries.path(key))
            card = entryfile.decode(blob, entries.path(key)) if blob else None
    except (SoliCommError, ValueError):
        return None
    file = next((one for one in open_files(card) if one.name == name), None) if card else None
    return (home, file) if file else None


def fetch(config: Config, library: str, key: str, home: Home, file: File) -> None:
    """Has the file here; durable on return. What came when the line breaks is kept, and the next
    time goes on from there. Raises FetchError, or ContentError when it is not what the card says.
    Blocking, also while another one fetches it."""
    store = FileStore(config, library)
    if file.size > fetching.MAX_OCTETS:
        remedy = f"Read it at its home: {home.url}{key}/"
        raise ContentError("the file is too large to be fetched", file=file.name, remedy=remedy)
    part = _part(store, file.sha256)
    with locked(part):
        if store.path(file.sha256) is not None:
            return
        if not part.exists() or part.stat().st_size < file.size:
            fetching.fetch_on(f"{home.url}{key}/files/{quote(file.name)}", part)
        with part.open("rb") as came:
            sha256 = hashlib.file_digest(came, "sha256").hexdigest()
            is_right = (sha256, came.tell()) == (file.sha256, file.size)
            came.seek(0)
            if is_right:
                store.put(came)
        part.unlink()
        if not is_right:
            remedy = "Ask the operator of its home to look at it"
            raise ContentError("the file is not what its card says", file=file.name, remedy=remedy)


def _part(store: FileStore, sha256: str) -> Path:
    """Where what came of a file waits for the rest; in no backup, by its name."""
    return store.folder / f".{sha256}.tmp"


def nightly(config: Config, hub: str, _url: str, seconds: float) -> bool:
    """Of the copies of a hub's libraries: fetches what is wanted whole, takes away what no card
    names any more; whether all is done. Raises the first fault, after the rest was tried."""
    end, faults = time.monotonic() + seconds, list[SoliCommError]()
    for place, home in elsewhere.all_of(config).items():
        kind, _, library = place.partition("/")
        if kind != "libraries" or home.hub != hub or not config.library_repo(library).is_dir():
            continue
        named, store, is_new = set[str](), FileStore(config, library), False
        for card, beside in cards(config, library):
            for file in open_files(card):
                named.add(file.sha256)
                if file.name in beside or not home.whole or store.path(file.sha256) is not None:
                    continue
                if time.monotonic() > end:
                    return False
                try:
                    fetch(config, library, card.key, home, file)
                    is_new = True
                except SoliCommError as error:
                    faults.append(error)
        _prune(store, named)
        if is_new:
            outside.changed(config, mark(library))
    if faults:
        raise faults[0]
    return True


def come_home(config: Config, library: str, places: Sequence[str]) -> str:
    """Fetches the files of a library that was restored, from the addresses of copies of it; a
    sentence about those that nobody had. Blocking."""
    end, store = time.monotonic() + _RESTORING, FileStore(config, library)
    came, missing = 0, list[str]()
    for card, beside in cards(config, library):
        for file in card.files:
            if file.name in beside or store.path(file.sha256) is not None:
                continue
            asked = places if file in open_files(card) and time.monotonic() < end else ()
            if any(_came(config, library, card.key, place, file) for place in asked):
                came += 1
            else:
                missing.append(f"{card.key}/{file.name}")
    said = f"{came} large files came" if came else ""
    if missing:
        said += ", " if said else ""
        said += f"{len(missing)} did not, which nobody had: {', '.join(missing[:_NAMED])}"
        said += " …" if len(missing) > _NAMED else ""
    return said


def _came(config: Config, library: str, key: str, place: str, file: File) -> bool:
    try:
        fetch(config, library, key, Home("", "", place), file)
    except SoliCommError:
        return False
    return True


def _prune(store: FileStore, named: set[str]) -> None:
    for path in store.folder.glob("??/*"):
        if path.name not in named:
            path.unlink(missing_ok=True)
    parts = {_part(store, sha256) for sha256 in named}
    for path in store.folder.glob(f".{'?' * _SHA256}.tmp"):
        if path not in parts:
            path.unlink(missing_ok=True)


def open_files(card: Entry) -> Iterator[File]:
    """The files that everybody may read."""
    if card.status == "published" and card.rights.access == "open":
        yield from card.files


def cards(config: Config, library: str, at: str = MAIN) -> Iterator[tuple[Entry, set[str]]]:
    """Every card that can be read at a commit, with the names of the files that lie beside it."""
    with Reader(open_repo(config.library_repo(library))) as reader:
        beside: dict[str, set[str]] = {}
        for item in reader.tree(at, "entries", recursive=True):
            key, _, name = item.path.removeprefix("entries/").partition("/")
            beside.setdefault(key, set()).add(name)
        for key, names in sorted(beside.items()):
            blob = reader.at(at, f"entries/{key}/entry.md")
            try:
                card = entryfile.decode(blob, entries.path(key)) if blob else None
            except (SoliCommError, ValueError):
                card = None
            if card is not None:
                yield card, names
