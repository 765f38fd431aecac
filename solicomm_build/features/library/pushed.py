"""A push to a library: cards and their files, by those who may hand them in."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from solicomm_build.features.library import libraryfiles
from solicomm_build.features.library.cards.entry import path as card_path
from solicomm_build.features.library.comparing import clausesfile
from solicomm_build.features.library.library import FILE, Library, decode
from solicomm_build.foundation.errors import ContentError, Findings
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.gate.findings import Found
from solicomm_build.gate.history import History, Rules
from solicomm_build.gate.push import Place, Pusher, Update
from solicomm_build.gate.ranks import lacks, rank_of
from solicomm_build.git.quarantine import Walk
from solicomm_build.git.reader import Reader


def read_settings(blob: bytes) -> Library:
    """Those of a library."""
    return decode(blob, FILE)


def own_address(_reader: Reader, _tip: Oid) -> str:
    """None that everybody may read is kept in a library's files."""
    return ""


def rules(config: Config) -> Rules:
    """What holds for every commit of a library."""

    def most(path: str) -> int:
        texts = libraryfiles.place(path) in ("settings", "card")
        return libraryfiles.MAX_TEXT if texts else config.limits.library_push_bytes

    return Rules(libraryfiles.misplaced, most)


def check(
    reader: Reader, place: Place, pusher: Pusher, update: Update, past: History, found: Found
) -> None:
    """Notes what is wrong with what is new on main."""
    tip = update.new
    if tip is None:
        return
    tree, old = reader.oid_at(tip), reader.oid_at(update.old) if update.old else None
    changes = list(Walk(reader).differences(old, tree)) if tree else []
    library = _settings(reader, place, tip, found)
    before = reader.oids_at(update.old, {path for path, _ in past.changed}) if update.old else {}
    paths = {path for path, oid in past.changed if before.get(path) != (oid or None)}
    _ranks(reader, place, pusher, update, library, sorted(paths), found)
    keys = {libraryfiles.key_of(change.path) for change in changes} - {""}
    folders = reader.oids_at(tip, map(_folder, keys))
    for key in sorted(keys):
        found.look(card_path(key), partial(_card, reader, folders[_folder(key)], key))


def _ranks(
    reader: Reader,
    place: Place,
    pusher: Pusher,
    update: Update,
    library: Library | None,
    paths: Iterable[str],
    found: Found,
) -> None:
    """Asks for the rank of whatever any commit of the push touches, also what another commit puts
    back: the history has both."""
    rank = rank_of(pusher, place)
    if library is not None and library.names(pusher.person) and rank in ("reader", "member"):
        rank = "moderator"
    deposit = library.deposit if library else "curators"
    keys = {path: libraryfiles.key_of(path) for path in paths}
    cards = {_folder(key) for key in keys.values() if key}
    known = reader.oids_at(update.old, cards) if update.old else {}
    for path, key in keys.items():
        is_there = known.get(_folder(key)) is not None
        kind = libraryfiles.place(path)
        needed = libraryfiles.rank_for(kind, adds=not is_there, deposit=deposit)
        found.add(filter(None, [lacks(rank, needed, path)]))


def _folder(key: str) -> str:
    """Where a card lies with its files."""
    return f"entries/{key}"


def _card(reader: Reader, folder: Oid | None, key: str) -> Findings:
    """What is wrong with a card, whose folder it is; None: there is none any more."""
    path = card_path(key)
    entries = reader.entries(folder) if folder is not None else []
    own_file = next((one.oid for one in entries if one.path == "entry.md"), None)
    blob = reader.blob(own_file) if own_file is not None else None
    if blob is None:
        if not entries:
            return Findings()  # taken away as a whole
        remedy = "Add entry.md beside the files"
        return Findings([ContentError("there is no card", file=path, remedy=remedy)])
    card, findings = libraryfiles.check_card(blob, path)
    if card is None:
        return findings
    files = [entry for entry in entries if entry.path != "entry.md"]
    own = {file.name for file in card.files}
    for entry in files:
        if entry.path == clausesfile.FILE and entry.path not in own:
            clauses = libraryfiles.check_clauses(reader.blob(entry.oid), clausesfile.path(key))
            findings.faults += clauses.faults
    digests = {entry.path: libraryfiles.digest(reader.blob(entry.oid)) for entry in files}
    findings.faults += libraryfiles.check_files(card, path, digests).faults
    return findings


def _settings(reader: Reader, place: Place, tip: Oid, found: Found) -> Library | None:
    blob = reader.at(tip, FILE)
    if blob is None:
        found.add([ContentError(f"there is no {FILE}", file=FILE, remedy="Bring it back")])
        return None
    library, findings = libraryfiles.check_settings(blob, place.id)
    found.add(findings.faults)
    return library
