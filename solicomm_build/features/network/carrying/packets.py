"""What travels on a stick or in a mail: one file, a zip.

    manifest.yaml                 who made it, for whom, each file with size and SHA-256; signed
    hubs/<id>.yaml                cards
    conferences/<id>.bundle       all offers that the hub has, as `git bundle` writes them
    erasures/<eid>…               notices and receipts of erasures
    sealed/for.age                what is for that hub alone (sealed/parcels.py)
    conferences/<id>.ids.age      Message-IDs, sealed for the hub that it is made for
    copies/…, large/…, …          libraries and sites of which copies are kept (sharing/packing.py)

A file that was damaged is refused whole, before anything of it is looked at. Who carried it counts
for nothing: each offer within is judged by the key of its own hub (taking.py).
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from solicomm_build.features.network.carrying import fitting, messageids, zipped
from solicomm_build.features.network.carrying.messageids import Told
from solicomm_build.features.network.carrying.zipped import Packet
from solicomm_build.features.network.directory import book
from solicomm_build.features.network.erasures import heeding
from solicomm_build.features.network.judging import offers, quarantine, shared
from solicomm_build.features.network.judging.shared import Shared
from solicomm_build.features.network.judging.taking import Report, Taking
from solicomm_build.features.network.sealed import parcels, privatenotices
from solicomm_build.features.network.sharing import large, packing
from solicomm_build.features.network.sharing import offered as offering
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust import signed
from solicomm_build.features.network.trust.peers import Peer, Peers
from solicomm_build.foundation import scratch
from solicomm_build.foundation.errors import ContentError, SoliCommError, UsageError
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import Identity
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.types import PostId
from solicomm_build.git import exchange
from solicomm_build.post.store import postplaces

_CONFERENCE = re.compile(r"conferences/[a-z0-9-]+\.bundle")
_MOST_CARDS = 1000
_MOST_OCTETS = (4 << 30) - (64 << 20)  # FAT32 holds files of less than 4 GiB
_SPARE = 16 << 20  # octets that stay free on a stick
_BESIDE = ".packet-"  # a folder beside the file, while it is written

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
    room: int | None = None,
    once: bool = False,
    progress: Progress = _silent,
) -> list[str]:
    """Writes the file for one hub: what it lacks by its last offers; the names of what is in it.
    `wishes` are what it shall have besides (sharing/packing.py). It has at
    most `room` octets with large files in it, else as many as fit where it is written; `once`: none
    of those that were brought since the hub last said what it lacks (sharing/large.py). Replaces
    `out` in one step. Raises UsageError when there is nothing to bring."""
    chosen = set(only)
    wanted = _chosen(config, identity, known, peer, chosen)
    all_, wanted = len(wanted), fitting.first(wanted, peer, identity)
    out.parent.mkdir(parents=True, exist_ok=True)
    config.state.mkdir(parents=True, exist_ok=True)
    there = out.absolute().parent
    scratch.sweep(there, _BESIDE)  # what a killed one left takes the room of this one
    with (
        scratch.folder(config.state, scratch.PACKET) as near,
        scratch.folder(there, _BESIDE) as folder,
    ):
        aside = near / "files"
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
        those = packing.brings(config, identity, known, peer, chosen)
        fits = (_room(there) if room is None else room) - _octets(aside)
        more += large.put(config, peer.id, those, aside, fits, once=once)
        if not (wanted or sealed or more) and privatenotices.files(
            config, identity, known, peer.id
        ):
            more = ["what was erased"]
        if not (wanted or sealed or more):
            raise UsageError(f"there is nothing here that {peer.id} could be brought")
        if all_ > len(wanted):
            more.append(f"{all_ - len(wanted)} conferences left for the next")
        if left := fitting.fit(aside, identity.id):
            more.append(f"{left} smaller things left for the next")
        made = folder / "packet"
        zipped.write(aside, made, identity, peer.id)
        point("network.packet-written")
        made.replace(out)
        large.bring(config, peer.id, aside)
    return [*(one.name for one in wanted), *sealed, *more]


def _room(folder: Path) -> int:
    """Octets that a file may have in a folder."""
    return min(_MOST_OCTETS, shutil.disk_usage(folder).free - _SPARE)


def _octets(aside: Path) -> int:
    """What is in a folder of files, with what a zip and its manifest need for each."""
    return sum(path.stat().st_size + large.ENTRY for path in aside.rglob("*") if path.is_file())


def _chosen(
    config: Config, identity: Identity, known: Peers, peer: Peer, chosen: Collection[str]
) -> list[Shared]:
    """What is brought: the conferences that are named, else those that the hub is known to have or
    said that it follows, else all that are shared."""
    all_ = [*shared.shared(config, identity, known)]
    if chosen:
        return [one for one in all_ if one.name in chosen or one.id in chosen]
    said = packing.followed(config, peer.id)
    with_it = [
        one
        for one in all_
        if one.repo.ref(offers.ref(peer.id)) is not None or f"{one.name}@{one.home}" in said
    ]
    return with_it or all_


def _bundled(config: Config, one: Shared, peer: Peer, aside: Path) -> None:
    last = offers.held(one.repo, peer.id, peer.keys)
    without = {last.tip, *last.has.values()} if last else set()
    there = [oid for oid in sorted(without) if one.repo.has_commit(oid)]
    tags = [offers.ref(hub) for hub in offers.refs(one.repo)]
    target = aside / "conferences" / f"{one.id}.bundle"
    target.parent.mkdir(exist_ok=True)
    exchange.bundle(one.repo, target, tags, there)
    mids = postplaces.mids(one.repo, one.tip, last.tip if last and last.tip in there else None)
    table = messageids.told(config, one.id, mids)
    if table:
        _put(aside, f"conferences/{one.id}.ids.age", messageids.sealed(table, peer.key))


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


# -- reading ----------------------------------------------------------------------------------


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
    with zipped.opened(config, path) as packet:
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
                    ids = Told(_table(packet, conference, identity, report))
                    report.add(taking.take(place, conference, packet.hub, ids))
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
        report.add(packing.take(config, known, made_by, packet.files, log, at=packet.at))
        return report


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
