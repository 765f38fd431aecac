"""What travels on a stick or in a mail: one file, a zip.

    manifest.yaml                 who made it, for whom, each file with size and SHA-256; signed
    hubs/<id>.yaml                cards
    conferences/<id>.bundle       all offers that the hub has, as `git bundle` writes them
    erasures/<eid>…               notices and receipts of erasures
    sealed/for.age                what is for that hub alone (sealed/parcels.py)
    conferences/<id>.ids.age      Message-IDs, sealed for the hub that it is made for

A file that was damaged is refused whole, before anything of it is looked at. Who carried it counts
for nothing: each offer within is judged by the key of its own hub (taking.py).
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from solicomm_build.features.network.carrying import messageids
from solicomm_build.features.network.directory import book
from solicomm_build.features.network.erasures import heeding
from solicomm_build.features.network.judging import offers, quarantine, shared
from solicomm_build.features.network.judging.shared import Shared
from solicomm_build.features.network.judging.taking import Report, Taking
from solicomm_build.features.network.sealed import parcels, privatenotices
from solicomm_build.features.network.sharing import offered as offering
from solicomm_build.features.network.sharing import packing
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust import signed
from solicomm_build.features.network.trust.peers import Peer, Peers
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import ContentError, SoliCommError, UsageError
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import ID, Identity
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.schema import Section
from solicomm_build.foundation.types import Oid, PostId
from solicomm_build.foundation.yamlsafe import Node
from solicomm_build.git import exchange
from solicomm_build.git.repo import Repo
from solicomm_build.post.store import postplaces

SCHEMA = "solicomm/packet@1"
MANIFEST = "manifest.yaml"
MOST = 8 << 30
"""Octets of all files in one."""

_NAME = re.compile(r"[a-z]{2,20}/[a-z0-9.-]{1,80}")
_CONFERENCE = re.compile(r"conferences/[a-z0-9-]+\.bundle")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST_FILES = 2000
_MOST_CARDS = 1000
_CHUNK = 1 << 20
_SLACK = 1 << 20  # octets
_FOLDS = 20
_EPOCH = (1980, 1, 1, 0, 0, 0)

Progress = Callable[[int, int, str], None]
"""How far long work is: done, of how many, and what is in hand."""


def _silent(_done: int, _of: int, _what: str) -> None:
    return None


# -- writing ----------------------------------------------------------------------------------


def write(
    config: Config,
    identity: Identity,
    known: Peers,
    out: Path,
    peer: Peer,
    *,
    only: Iterable[str] = (),
    wishes: Collection[str] = (),
    progress: Progress = _silent,
) -> list[str]:
    """Writes the file for one hub: what it lacks by its last offers; the names of what is in it.
    `wishes` are what it shall have besides (sharing/packing.py). Replaces `out` in one step. Raises
    UsageError when there is nothing to bring."""
    wanted, chosen = _chosen(config, identity, known, peer), set(only)
    if chosen:
        wanted = [one for one in wanted if one.name in chosen or one.id in chosen]
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".packet-", dir=out.absolute().parent) as folder:
        aside = Path(folder) / "files"
        aside.mkdir()
        for number, one in enumerate(wanted):
            progress(number, len(wanted), one.id)
            _bundled(config, one, peer, aside)
        for name, blob in _cards(config, identity, known).items():
            _put(aside, f"hubs/{name}.yaml", blob)
        for name, blob in privatenotices.public(config, identity, known).items():
            _put(aside, f"erasures/{name}", blob)
        more = packing.put(config, identity, known, peer, aside, only=chosen, wishes=wishes)
        sealed = parcels.write(config, identity, known, peer, aside, chosen)
        if not (wanted or sealed or more):
            raise UsageError(f"there is nothing here that {peer.id} could be brought")
        made = Path(folder) / "packet"
        _zip(aside, made, identity, peer)
        made.replace(out)
    return [*(one.name for one in wanted), *sealed, *more]


def _chosen(config: Config, identity: Identity, known: Peers, peer: Peer) -> list[Shared]:
    """What is brought: the conferences that the hub is known to have, else all that are shared."""
    all_ = [*shared.shared(config, identity, known)]
    with_it = [one for one in all_ if one.repo.ref(offers.ref(peer.id)) is not None]
    return with_it or all_


def _bundled(config: Config, one: Shared, peer: Peer, aside: Path) -> None:
    last = offers.held(one.repo, peer.id, peer.keys)
    without = {last.tip, *last.has.values()} if last else set()
    there = [oid for oid in sorted(without) if _has(one.repo, oid)]
    tags = [offers.ref(hub) for hub in offers.refs(one.repo)]
    target = aside / "conferences" / f"{one.id}.bundle"
    target.parent.mkdir(exist_ok=True)
    exchange.bundle(one.repo, target, tags, there)
    mids = postplaces.mids(one.repo, one.tip, last.tip if last and last.tip in there else None)
    table = messageids.told(config, one.id, mids)
    if table:
        _put(aside, f"conferences/{one.id}.ids.age", messageids.sealed(table, peer.key))


def _has(repo: Repo, oid: Oid) -> bool:
    return repo.succeeds("rev-parse", "--verify", "-q", f"{oid}^{{commit}}")


def _cards(config: Config, identity: Identity, known: Peers) -> dict[str, bytes]:
    offered = offering.names(config, identity, known)
    own = cards.own(config, identity, offered, known.vouched)
    book.refresh(config, identity, known)
    all_ = book.of(config)
    found = {one.card.id: all_.blobs[one.card.id] for one in all_.handed_on[:_MOST_CARDS]}
    return found | {identity.id: own}


def _put(aside: Path, name: str, blob: bytes) -> None:
    path = aside / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(blob)


def _zip(aside: Path, out: Path, identity: Identity, peer: Peer) -> None:
    files = sorted(path for path in aside.rglob("*") if path.is_file())
    listed: list[Node] = [
        {
            "name": path.relative_to(aside).as_posix(),
            "bytes": str(path.stat().st_size),
            "sha256": _hashed(path),
        }
        for path in files
    ]
    values: dict[str, Node] = {
        "schema": SCHEMA,
        "hub": identity.id,
        "for": peer.id,
        "at": clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "files": listed,
    }
    manifest = signed.write(values, identity)
    if not _written(out, manifest, aside, files, folding=True):
        _written(out, manifest, aside, files, folding=False)


def _written(
    out: Path, manifest: bytes, aside: Path, files: Sequence[Path], *, folding: bool
) -> bool:
    """Writes the zip, bundles compressed where it is `folding`; whether none of them unfolds so far
    that it would be taken for a bomb. Durable on return."""
    with out.open("wb") as file, zipfile.ZipFile(file, "w", compresslevel=5) as made:
        made.writestr(zipfile.ZipInfo(MANIFEST, _EPOCH), manifest)
        for path in files:
            info = zipfile.ZipInfo(path.relative_to(aside).as_posix(), _EPOCH)
            info.file_size = path.stat().st_size
            if folding and path.suffix == ".bundle":
                info.compress_type = zipfile.ZIP_DEFLATED
            with path.open("rb") as source, made.open(info, "w", force_zip64=True) as target:
                while chunk := source.read(_CHUNK):
                    target.write(chunk)
        made.close()
        file.flush()
        os.fsync(file.fileno())
        return all(_unfolds(one.file_size, one.compress_size) for one in made.infolist())


def _unfolds(size: int, folded: int) -> bool:
    """Whether a file of so many octets may come of so few: text and trees become a fourth."""
    return size <= _SLACK + _FOLDS * folded


def _hashed(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# -- reading ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Packet:
    """A file that is whole: who made it and signed it, and where its files lie now."""

    hub: str
    key: str
    for_: str
    files: dict[str, Path]


def take(
    config: Config,
    identity: Identity,
    known: Peers,
    path: Path,
    log: MailLog,
    *,
    progress: Progress = _silent,
) -> Report:
    """Takes what a file brings. Raises ContentError when it is damaged: nothing of it is taken."""
    with opened(config, path) as packet:
        report = Report([f"made by {packet.hub}"])
        known = _take_cards(config, identity, known, packet, report)
        told = {
            name.removeprefix("erasures/"): path.read_bytes()
            for name, path in packet.files.items()
            if name.startswith("erasures/") and path.stat().st_size <= signed.MOST
        }
        report.lines += heeding.received(config, identity, known, told)
        taking = Taking(config, identity, known, log)
        names = [name for name in packet.files if _CONFERENCE.fullmatch(name)]
        for number, name in enumerate(names):
            conference = name.removeprefix("conferences/").removesuffix(".bundle")
            progress(number, len(names), conference)
            if not _is_ours(config, known, conference):
                report.lines.append(
                    f"{conference}: not followed here. To keep it, too: solicomm peer follow "
                    f"{packet.hub} conferences/{conference}"
                )
                continue
            try:
                with quarantine.quarantine(config, conference) as place:
                    quarantine.fetch(place, str(packet.files[name]))
                    table = _table(packet, conference, identity, report)
                    report.add(taking.take(place, conference, packet.hub, table))
            except SoliCommError as error:
                report.lines.append(f"{conference}: {error.public}")
                report.faults.append(f"{conference}: {error.public}")
                report.is_unfinished = report.is_unfinished or not error.permanent
        maker = known.peers.get(packet.hub)
        is_of_known = maker is not None and maker.key == packet.key
        if (alone := packet.files.get(parcels.FILE)) and packet.for_ == identity.id:
            report.add(parcels.take(config, identity, known, taking, alone, packet.hub, log))
        report.is_unfinished = report.is_unfinished and is_of_known
        made_by = packet.hub if is_of_known else ""
        report.add(packing.take(config, known, made_by, packet.files, log))
        return report


@contextmanager
def opened(config: Config, path: Path) -> Iterator[Packet]:
    """The file, unpacked aside and compared with its manifest. Raises ContentError."""
    config.state.mkdir(parents=True, exist_ok=True)
    try:
        with (
            zipfile.ZipFile(path) as read,
            tempfile.TemporaryDirectory(prefix="packet-", dir=config.state) as folder,
        ):
            manifest = read.getinfo(MANIFEST)
            if manifest.file_size > signed.MOST or manifest.compress_type != zipfile.ZIP_STORED:
                raise _damaged(path, "its manifest is too long")
            top, key = signed.read(read.read(manifest), file=MANIFEST)
            hub, for_, files = _listed(top, key, path)
            if {one.filename for one in read.infolist()} != {MANIFEST, *files}:
                raise _damaged(path, "it does not hold what its manifest names")
            found = Packet(hub, key, for_, _unpacked(read, files, Path(folder), path))
            if not (identities.fits(hub, key) or _is_of(found)):
                raise _damaged(path, "another hub has signed it than it says")
            yield found
    except (
        zipfile.BadZipFile,
        zlib.error,
        KeyError,
        EOFError,
        NotImplementedError,
        OSError,
    ) as error:
        if isinstance(error, OSError) and not isinstance(error, EOFError) and error.errno:
            raise
        raise _damaged(path, "it is no file of `solicomm peer bundle`, or cut off") from error


def _is_of(packet: Packet) -> bool:
    """Whether the card within says that the hub has this key now."""
    card = packet.files.get(f"hubs/{packet.hub}.yaml")
    try:
        return card is not None and cards.read(card.read_bytes()).key == packet.key
    except SoliCommError:
        return False


def _listed(top: Section, key: str, path: Path) -> tuple[str, str, dict[str, tuple[int, str]]]:
    top.schema(SCHEMA)
    hub = top.text("hub", required=True, example="water-3fk2q7ab", pattern=ID)
    for_ = top.text("for", example="water-3fk2q7ab", pattern=ID)
    top.moment("at")
    files = {}
    for one in top.sections("files", most=_MOST_FILES):
        name = one.text("name", required=True, example="hubs/x.yaml", pattern=_NAME)
        size = one.integer("bytes", required=True, high=MOST)
        files[name] = size, one.text("sha256", required=True, example="0" * 64, pattern=_SHA256)
        one.close()
    top.close()
    top.raise_faults()
    if sum(size for size, _ in files.values()) > MOST:
        raise _damaged(path, f"it holds more than {MOST:,} bytes")
    return hub, for_, files


def _unpacked(
    read: zipfile.ZipFile, files: dict[str, tuple[int, str]], folder: Path, path: Path
) -> dict[str, Path]:
    found = {}
    for name, (size, sha256) in files.items():
        info = read.getinfo(name)
        if info.file_size != size or not _unfolds(size, info.compress_size):
            raise _damaged(path, f"{name} has not the size that it should have")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _damaged(path, f"{name} is compressed otherwise than by deflate")
        target = folder / name
        target.parent.mkdir(exist_ok=True)
        with read.open(info) as source, target.open("wb") as out:
            if _copied(source, out) != sha256:
                raise _damaged(path, f"{name} was changed")
        found[name] = target
    return found


def _copied(source: IO[bytes], out: IO[bytes]) -> str:
    digest = hashlib.sha256()
    while chunk := source.read(_CHUNK):
        digest.update(chunk)
        out.write(chunk)
    return digest.hexdigest()


def _take_cards(
    config: Config, identity: Identity, known: Peers, packet: Packet, report: Report
) -> Peers:
    """Takes the cards; whom this hub knows then, since a card may bring a hub's next key."""
    brought = []
    for name, path in packet.files.items():
        hub = name.removeprefix("hubs/").removesuffix(".yaml")
        if not name.startswith("hubs/") or path.stat().st_size > signed.MOST:
            continue
        brought.append(path.read_bytes())
        if hub in known.peers:
            try:
                peering.keep_card(config, known.peers[hub], brought[-1])
            except SoliCommError as error:
                report.lines.append(f"the card of {hub}: {error.public}")
    known = peering.read(config)
    report.changed = book.refresh(config, identity, known, brought) or report.changed
    return known


def _table(
    packet: Packet, conference: str, identity: Identity, report: Report
) -> dict[PostId, str]:
    path = packet.files.get(f"conferences/{conference}.ids.age")
    if path is None or path.stat().st_size > messageids.MOST:
        return {}
    try:
        return messageids.opened(path.read_bytes(), identity)
    except ContentError as error:
        report.lines.append(f"{conference}: {error.public}")
        return {}


def _is_ours(config: Config, known: Peers, conference: str) -> bool:
    is_followed = f"conferences/{conference}" in known.follows
    return is_followed or config.conference_repo(conference).exists()


def _damaged(path: Path, what: str) -> ContentError:
    remedy = "Nothing of it was taken. Have it written again: solicomm peer bundle"
    return ContentError(f"the file cannot be trusted: {what}", file=path.name, remedy=remedy)
