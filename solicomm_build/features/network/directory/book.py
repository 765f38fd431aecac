"""The directory of hubs on disk: `content/hubs.git`, made when this hub first knows another.

    known.yaml             whose keys were compared here
    hubs/<id>/<seq>.yaml   the newest card of each, as its hub signed it

Cards go from hub to hub: with the packets of a stick, and over HTTP. Each proves itself, whoever
carried it; which are kept says placing.py. Format: docs/formats/network.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from solicomm_build.features.network.directory import placing
from solicomm_build.features.network.directory.placing import Entry
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.card import Card
from solicomm_build.features.network.trust.peers import Peers
from solicomm_build.foundation import clock, safeio, schema, yamlsafe
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import ID, Identity
from solicomm_build.foundation.types import Oid
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo, create, open_repo
from solicomm_build.git.writer import Change, write_once

KNOWN = "known.yaml"
SCHEMA = "solicomm/known@1"

_MOST_KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class Book:
    """All that is in the directory as of a commit: cards as octets by the hub's id, whose directory
    it is and whom that hub knows, and the hubs by how near they stand."""

    blobs: dict[str, bytes]
    own: str = ""
    known: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()

    @property
    def handed_on(self) -> list[Entry]:
        """Those that other hubs are told of: not those for whom nobody stands."""
        return [one for one in self.entries if one.standing != placing.UNKNOWN]


def read(reader: Reader, commit: Oid) -> Book:
    """The directory as of a commit. A file that is no card any more is passed over."""
    own, known = _known(reader.at(commit, KNOWN) or b"")
    blobs, found = dict[str, bytes](), dict[str, Card]()
    for entry in reader.tree(commit, "hubs", recursive=True):
        blob = reader.blob(entry.oid)
        card = _card(blob)
        if card is not None:
            _keep(found, blobs, card, blob)
    return Book(blobs, own, known, tuple(placing.placed(found, own, known)))


def of(config: Config) -> Book:
    """The directory of a hub as it is now; empty when there is none. Raises StoreError."""
    if not config.hubs_repo.exists():
        return Book({})
    tip = open_repo(config.hubs_repo).ref()
    return _at(config.hubs_repo, tip) if tip else Book({})


@lru_cache(maxsize=4)
def _at(path: Path, tip: Oid) -> Book:
    with Reader(Repo(path)) as reader:
        return read(reader, tip)


def refresh(
    config: Config, identity: Identity, known: Peers, brought: Iterable[bytes] = ()
) -> bool:
    """Takes this hub's own card, those of the hubs it knows, and those that somebody brought;
    whether the directory is another now. Durable on return. Cards that are forged, or no cards, or
    by another key of a hub than we know, are passed over. Nothing while no other hub was ever
    known."""
    if not (known.peers or config.hubs_repo.exists()):
        return False
    place = peering.folder(config)
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    with safeio.locked(place / ".hubs"):
        before, keys = of(config), {one.id: one.key for one in known.peers.values()}
        keys[identity.id] = identity.public
        here = (one.card for one in before.entries)
        found = {one.id: one for one in here if keys.get(one.id, one.key) == one.key}
        blobs = dict(before.blobs)
        for blob in (*_kept_here(place, known), *brought):
            card = _card(blob)
            if card is not None and keys.get(card.id, card.key) == card.key:
                _keep(found, blobs, card, blob)
        entries = placing.placed(found, identity.id, known.peers)
        changes = list(_changes(before, entries, blobs))
        said = _said(identity.id, sorted(known.peers))
        if (before.own, before.known) != (identity.id, tuple(sorted(known.peers))):
            changes.append(Change(KNOWN, said))
        if changes:
            _write(config, changes)
    return bool(changes)


def newer(book: Book, told: dict[str, int], most: int) -> list[str]:
    """The ids among those that another hub tells of whose cards are newer than ours, or not here,
    in its order; `most` at most."""
    here = {one.card.id: one.card.seq for one in book.entries}
    return [hub for hub, seq in told.items() if seq > here.get(hub, -1)][:most]


def _kept_here(place: Path, known: Peers) -> Iterator[bytes]:
    for path in (place / "card.yaml", *(place / "hubs" / f"{one}.yaml" for one in known.peers)):
        if path.exists():
            yield path.read_bytes()


def _card(blob: bytes) -> Card | None:
    try:
        return cards.read(blob)
    except SoliCommError:
        return None


def _keep(found: dict[str, Card], blobs: dict[str, bytes], card: Card, blob: bytes) -> None:
    """The newer counts; of two with one number the greater octets, so that all hubs agree. One by
    a key that the hub gave up is older."""
    before = found.get(card.id)
    if before is not None and before.key != card.key:
        if any(card.key == one.key for one in before.chain):
            return
        if any(before.key == one.key for one in card.chain):
            before = None
    if before is None or (before.seq, blobs[card.id]) < (card.seq, blob):
        found[card.id], blobs[card.id] = card, blob


def _changes(before: Book, entries: list[Entry], blobs: dict[str, bytes]) -> Iterator[Change]:
    seqs = {one.card.id: one.card.seq for one in before.entries}
    kept = {one.card.id for one in entries}
    for one in entries:
        hub, seq = one.card.id, one.card.seq
        if before.blobs.get(hub) == blobs[hub]:
            continue
        if hub in seqs and seqs[hub] != seq:
            yield Change(_path(hub, seqs[hub]), None)
        yield Change(_path(hub, seq), blobs[hub])
    for hub in seqs.keys() - kept:
        yield Change(_path(hub, seqs[hub]), None)


def _path(hub: str, seq: int) -> str:
    return f"hubs/{hub}/{seq}.yaml"


def _write(config: Config, changes: list[Change]) -> None:
    path = config.hubs_repo
    repo = open_repo(path) if path.exists() else create(path, description="Cards of hubs")
    write_once(repo, changes, message="Keep cards of hubs\n\nSource: network\n", when=clock.now())


def _said(own: str, known: list[str]) -> bytes:
    return yamlsafe.dump({"schema": SCHEMA, "hub": own, "known": list(known)}).encode("utf-8")


def _known(blob: bytes) -> tuple[str, tuple[str, ...]]:
    if not blob:
        return "", ()
    try:
        top = schema.open_file(blob, file=KNOWN, max_bytes=1 << 20)
        return top.text("hub"), top.words("known", pattern=ID, most=_MOST_KNOWN)
    except SoliCommError:
        return "", ()
