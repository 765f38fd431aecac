"""Are libraries sound, and all files of their cards there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from solicomm_build.features.library import library
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.filestore import FileStore
from solicomm_build.features.library.comparing import clausesfile
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import elsewhere
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.post.store.fsck import settings_faults
from solicomm_build.post.store.hooks import Checked, Fault, all_in

_CLAUSES = re.compile(r"entries/[^/]+/clauses\.yaml")
_ENTRY = re.compile(r"entries/[^/]+/entry\.md")


def _library(reader: Reader, where: str) -> Iterator[Fault]:
    yield from settings_faults(reader, where, library.FILE, library.decode)
    cards = [e for e in reader.tree(MAIN, recursive=True) if _ENTRY.fullmatch(e.path)]
    for item, blob in zip(cards, reader.blobs(item.oid for item in cards), strict=True):
        try:
            entryfile.decode(blob, item.path)
        except SoliCommError as error:
            yield Fault(where, error.public, "Mend the card and push it")
    yield from _clauses(reader, where)


def _clauses(reader: Reader, where: str) -> Iterator[Fault]:
    """What curators wrote of agreements' clauses; a file with a fault counts for nothing."""
    files = [e for e in reader.tree(MAIN, recursive=True) if _CLAUSES.fullmatch(e.path)]
    for item, blob in zip(files, reader.blobs(item.oid for item in files), strict=True):
        try:
            clausesfile.decode(blob, item.path)
        except SoliCommError as error:
            remedy = "Save the clauses anew on the card's page, or mend the file and push it"
            yield Fault(where, error.public, remedy)


def _large(config: Config) -> Iterator[Fault]:
    """Files of cards that lie neither beside the card nor, whole, among the large ones."""
    for path in sorted(config.libraries.glob("*.git")):
        where = path.relative_to(config.root).as_posix()
        large, home = FileStore(config, path.stem), elsewhere.of(config, "libraries", path.stem)
        try:
            with Reader(open_repo(path)) as reader:
                items = reader.tree(MAIN, recursive=True)
                beside = {item.path for item in items}
                cards = [item for item in items if _ENTRY.fullmatch(item.path)]
                blobs = reader.blobs(item.oid for item in cards)
                for item, blob in zip(cards, blobs, strict=True):
                    yield from _files_of(item.path, blob, beside, large, where, home is not None)
        except SoliCommError:
            continue  # said where the repository was looked at


def _files_of(
    card: str, blob: bytes, beside: set[str], large: FileStore, where: str, is_copy: bool
) -> Iterator[Fault]:
    try:
        files = entryfile.decode(blob, card).files
    except SoliCommError:
        return
    folder = card.rpartition("/")[0]
    for file in files:
        if f"{folder}/{file.name}" in beside or not large.damaged(file.sha256):
            continue
        if is_copy and large.path(file.sha256) is None:
            continue  # it is fetched when somebody opens it
        state = "is missing" if large.path(file.sha256) is None else "is damaged"
        remedy = f"Bring {large.place(file.sha256)} back from a copy, or take it out of the card"
        yield Fault(where, f"{folder}/{file.name} {state} among the large files", remedy)


REPOSITORIES = (Checked("mailboxes", all_in(lambda config: config.libraries), _library),)
LARGE = (_large,)
