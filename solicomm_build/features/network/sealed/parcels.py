"""The sealed part of what travels on a stick or in a mail: `sealed/for.age`, for one hub alone.

Within is a zip without compression, filled up so that its length tells little:

    conferences/<id>.bundle, .ids     conferences for members, with Message-IDs
    erasures/<name>                   notices and receipts about them
    notes/<name>                      what it has for the homes of conferences (counting/notes.py)
    settled.yaml                      what became of notes of that hub (counting/settled.py)
    pad                               zeros

Every packet has one, so that nobody who finds a stick sees whether there is anything. Format:
docs/formats/network.md.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from solicomm_build.features.network.carrying import messageids
from solicomm_build.features.network.carrying.messageids import Told
from solicomm_build.features.network.counting import notes, settled
from solicomm_build.features.network.erasures import heeding
from solicomm_build.features.network.judging import offers, quarantine
from solicomm_build.features.network.judging.shared import Shared
from solicomm_build.features.network.judging.taking import Report, Taking
from solicomm_build.features.network.sealed import answering, closed, looking, padding
from solicomm_build.features.network.sealed import privatenotices as private
from solicomm_build.features.network.trust import sealing, signed
from solicomm_build.features.network.trust.peers import Peer, Peers
from solicomm_build.foundation import safeio, scratch
from solicomm_build.foundation.errors import ContentError, SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import Identity
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.git import exchange

FILE = "sealed/for.age"

_NAME = re.compile(r"(?:conferences|erasures|notes)/(?!\.)[a-z0-9.-]{1,120}|settled\.yaml|pad")
_SETTLED = "settled.yaml"
_MOST_FILES = 5000
_EPOCH = (1980, 1, 1, 0, 0, 0)
_HEADS = 512  # octets that a file needs in a zip beside its own, with a name as long as may be


# -- writing ----------------------------------------------------------------------------------


def write(
    config: Config, identity: Identity, known: Peers, peer: Peer, aside: Path, only: set[str]
) -> list[str]:
    """Writes the sealed part into a folder of files for a packet; the names of the conferences in
    it (`conferences/<id>`). With `only` these alone."""
    folder, names = aside.parent / f"{aside.name}.sealed", []
    folder.mkdir()
    for one in closed.for_hub(config, identity, known, peer.id):
        if not only or one.name in only or one.id in only:
            _bundled(config, one, peer, folder)
            names.append(one.name)
    for name, blob in private.files(config, identity, known, peer.id).items():
        _put(folder, f"erasures/{name}", blob)
    for name, blob in notes.files(config, identity, known, peer.id).items():
        _put(folder, f"notes/{name}", blob)
    if told := settled.told(config, identity, peer.id):
        _put(folder, _SETTLED, told)
    plain, out = aside.parent / f"{aside.name}.parcel", aside / FILE
    _zip(folder, plain)
    out.parent.mkdir(exist_ok=True)
    sealing.seal_file(plain, out, peer.key)
    return names


def _bundled(config: Config, one: Shared, peer: Peer, folder: Path) -> None:
    """What the hub lacks by its last offer."""
    last = offers.held(one.repo, peer.id, peer.keys)
    without = {last.tip, *last.has.values()} if last else set()
    there = [oid for oid in sorted(without) if one.repo.has_commit(oid)]
    target = folder / "conferences" / f"{one.id}.bundle"
    target.parent.mkdir(exist_ok=True)
    tags = [offers.ref(hub) for hub in offers.refs(one.repo)]
    exchange.bundle(one.repo, target, tags, there)
    since = last.tip if last and last.tip in there else None
    _put(folder, f"conferences/{one.id}.ids", answering.ids_of(config, one, since))


def _put(folder: Path, name: str, blob: bytes) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(blob)


def _zip(folder: Path, out: Path) -> None:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    size = sum(path.stat().st_size + _HEADS for path in paths) + 2 * _HEADS
    with _zipped(out) as made:
        for path in paths:
            made.write(path, path.relative_to(folder).as_posix())
        made.writestr(zipfile.ZipInfo("pad", _EPOCH), b"")
    gap = padding.room(size) - out.stat().st_size
    with _zipped(out) as made:
        for path in paths:
            made.write(path, path.relative_to(folder).as_posix())
        made.writestr(zipfile.ZipInfo("pad", _EPOCH), bytes(gap))


def _zipped(out: Path) -> zipfile.ZipFile:
    """A new zip, also while the clock says a year that no zip can."""
    return zipfile.ZipFile(out, "w", zipfile.ZIP_STORED, strict_timestamps=False)


# -- reading ----------------------------------------------------------------------------------


def take(
    config: Config,
    identity: Identity,
    known: Peers,
    taking: Taking,
    path: Path,
    via: str,
    log: MailLog,
) -> Report:
    """Takes what the sealed part of a packet brings. One that was made for another hub is named,
    and nothing of it is taken."""
    report = Report()
    try:
        with _opened(config, identity, path) as files:
            told = {
                name.removeprefix("erasures/"): found.read_bytes()
                for name, found in files.items()
                if name.startswith("erasures/") and found.stat().st_size <= signed.MOST
            }
            report.lines += heeding.received(config, identity, known, told)
            for name in sorted(files):
                if name.endswith(".bundle"):
                    conference = name.removeprefix("conferences/").removesuffix(".bundle")
                    report.add(_bundle(config, known, taking, files, conference, via))
            said = {
                name.removeprefix("notes/"): found.read_bytes()
                for name, found in files.items()
                if name.startswith("notes/") and found.stat().st_size <= notes.MOST
            }
            lines, is_new = notes.taken(config, identity, known, said, log)
            report.lines += lines + _heard(config, identity, known, files, via)
            report.changed = report.changed or is_new
    except SoliCommError as error:
        report.lines.append(error.public)
    return report


def _heard(
    config: Config, identity: Identity, known: Peers, files: dict[str, Path], via: str
) -> list[str]:
    path, peer = files.get(_SETTLED), known.peers.get(via)
    if path is None or peer is None or path.stat().st_size > signed.MOST:
        return []
    return settled.heard(config, identity, known, peer, path.read_bytes())


def _bundle(
    config: Config,
    known: Peers,
    taking: Taking,
    files: dict[str, Path],
    name: str,
    via: str,
) -> Report:
    repo = f"conferences/{name}"
    is_here = config.conference_repo(name).exists()
    if repo not in known.follows and not is_here:
        return Report([looking.not_followed(repo, via)])
    if line := looking.only_shown(known, repo):
        return Report([line], faults=[line])
    try:
        with quarantine.quarantine(config, name) as place:
            quarantine.fetch(place, str(files[f"conferences/{name}.bundle"]))
            return taking.take(place, name, via, _told(files.get(f"conferences/{name}.ids")))
    except SoliCommError as error:
        line = f"{name}: {error.public}"
        return Report([line], faults=[line], is_unfinished=not error.permanent)


def _told(path: Path | None) -> Told:
    if path is None or path.stat().st_size > messageids.MOST:
        return Told()
    return Told(messageids.table(path.read_bytes()))


@contextmanager
def _opened(config: Config, identity: Identity, path: Path) -> Iterator[dict[str, Path]]:
    """The files of a sealed part, unpacked aside. Raises ContentError."""
    with scratch.folder(config.state, scratch.PARCEL) as folder:
        plain, out = folder / "plain", folder / "files"
        try:
            sealing.open_file(path, plain, identity)
            with safeio.reading_zip(), zipfile.ZipFile(plain) as read:
                found = _unpacked(read, out, plain.stat().st_size)
        except zipfile.BadZipFile as error:
            raise sealing.closed() from error
        yield found


def _unpacked(read: zipfile.ZipFile, out: Path, most: int) -> dict[str, Path]:
    found: dict[str, Path] = {}
    all_ = read.infolist()
    fits = all(one.compress_type == zipfile.ZIP_STORED for one in all_)
    if not fits or len(all_) > _MOST_FILES or sum(one.file_size for one in all_) > most:
        raise ContentError("the sealed part holds more than it may", remedy="Have it written anew")
    for info in all_:
        if info.filename == "pad" or not _NAME.fullmatch(info.filename):
            continue  # of a newer hub
        target = out / info.filename
        target.parent.mkdir(parents=True, exist_ok=True)
        with read.open(info) as source, target.open("wb") as file:
            while chunk := source.read(1 << 20):
                file.write(chunk)
        found[info.filename] = target
    return found
