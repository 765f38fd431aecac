"""The files of a library as they are pushed: cards, and what lies beside them. Pure.

Format: docs/formats/library-entry.md.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

from solicomm_build.features.library import library as settings
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.entry import Entry
from solicomm_build.features.library.comparing import clausesfile
from solicomm_build.features.library.library import Library
from solicomm_build.foundation import frontmatter
from solicomm_build.foundation.errors import ContentError, Findings, SoliCommError, listed
from solicomm_build.gate.conferencefiles import other_id

MAX_TEXT = frontmatter.MAX_DOCUMENT

_CARD = re.compile(r"entries/(\d{4}-[a-z2-7]{8})/entry\.md", re.ASCII)
_BESIDE = re.compile(r"entries/(\d{4}-[a-z2-7]{8})/[a-z0-9][a-z0-9._-]{0,99}", re.ASCII)


def place(path: str) -> str:
    """`settings`, `card` or `file`; empty for what has no place in a library."""
    if path == settings.FILE:
        return "settings"
    if _CARD.fullmatch(path):
        return "card"
    return "file" if _BESIDE.fullmatch(path) else ""


def misplaced(path: str) -> ContentError | None:
    """The fault of a file that has no place in a library, or None."""
    if place(path):
        return None
    remedy = "Files of a library are library.yaml, entries/<key>/entry.md and files beside it"
    return ContentError("this file has no place in a library", file=path, remedy=remedy)


def key_of(path: str) -> str:
    """The card that a file belongs to; empty for the settings."""
    match = _BESIDE.fullmatch(path)
    return match[1] if match else ""


def rank_for(kind: str, *, adds: bool, deposit: str) -> str:
    """Who may do this: `adds` is whether the whole card is new. Curators count as moderators."""
    if kind == "settings":
        return "host"
    return "member" if adds and deposit != "curators" else "moderator"


def check_settings(blob: bytes, identifier: str) -> tuple[Library | None, Findings]:
    """`library.yaml` of the library that the hub calls `identifier`."""
    try:
        found = settings.decode(blob, settings.FILE)
    except SoliCommError as error:
        return None, Findings(listed(error, settings.FILE))
    if found.id != identifier:
        return None, Findings([other_id(found.id, identifier, settings.FILE)])
    return found, Findings()


def check_card(blob: bytes, path: str) -> tuple[Entry | None, Findings]:
    """A card by itself."""
    try:
        card = entryfile.decode(blob, path)
    except SoliCommError as error:
        return None, Findings(listed(error, path))
    return card, Findings()


def check_clauses(blob: bytes, path: str) -> Findings:
    """The clauses that a curator wrote beside an agreement's card."""
    try:
        clausesfile.decode(blob, path)
    except SoliCommError as error:
        return Findings(listed(error, path))
    return Findings()


def check_files(card: Entry, path: str, digests: Mapping[str, tuple[str, int]]) -> Findings:
    """Whether the files beside a card are those it names; `digests` has SHA-256 and octets of each
    by name. Large files may lie in a store of their own, so one that is not there is no fault."""
    found, folder = Findings(), path.rpartition("/")[0]
    named = {file.name: file for file in card.files}
    for name, (digest, size) in digests.items():
        file = named.get(name)
        if file is None and name == clausesfile.FILE:
            continue
        if file is None:
            fault = f"the card does not name the file {name}"
            remedy = f"Add it to `files`, with sha256: {digest}"
            found.faults.append(ContentError(fault, file=f"{folder}/{name}", remedy=remedy))
        elif (file.sha256, file.size) != (digest, size):
            fault = f"the card names other octets for {name}"
            remedy = f"Write sha256: {digest} and bytes: {size}"
            found.faults.append(ContentError(fault, file=path, remedy=remedy))
    return found


def digest(blob: bytes) -> tuple[str, int]:
    """What a card says of a file: its SHA-256 and octets."""
    return hashlib.sha256(blob).hexdigest(), len(blob)
