"""The letters in the folder `outbox` of a stick, or in files that are named: read within bounds.

Whoever had the stick may have put anything there. Only plain files are opened, links and devices
never; nothing of a zip is unpacked to the disk, and none of it is believed about its size.
"""

from __future__ import annotations

import errno
import io
import itertools
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from solicomm_build.foundation.errors import MessageError, UsageError

OUTBOX, READ = "outbox", "read"
MOST_LETTERS = 500
"""Letters that are read at once."""
MOST_OCTETS = 25 * 1024 * 1024
"""Octets of a letter."""
MOST_TOGETHER = 200 * 1024 * 1024
"""Octets of all letters that are read at once, and of a zip: as much as may wait here in a day of
what comes from one place (ingest/holdingroom.py)."""
_MOST_NAMES = 5000
"""Names in a folder or zip that are looked at."""
KINDS = (".eml", ".zip")
"""How the names of files of letters end."""


@dataclass(frozen=True, slots=True)
class Found:
    """A letter by the name of its file, and in a zip of its own: its octets, or the `fault` for
    which it was not read."""

    name: str
    octets: bytes = b""
    fault: str = ""


@dataclass(slots=True)
class Bag:
    """A file of letters. `outbox` is the folder of letters that it lies in; None for one that was
    named by itself, and is left where it is."""

    path: Path
    outbox: Path | None = None
    letters: Iterator[Found] = field(default_factory=lambda: iter(()))


@dataclass(slots=True)
class Budget:
    """How much of what is found is still read in this run: letters, and octets of them."""

    letters: int = MOST_LETTERS
    octets: int = MOST_TOGETHER

    def fault(self, octets: int) -> str:
        """Why a letter of so many octets is not read; else empty, and it counts."""
        if octets > MOST_OCTETS:
            return f"it is larger than {MOST_OCTETS >> 20} MB. Send it by mail, or in parts"
        if self.letters < 1 or octets > self.octets:
            return (
                f"{MOST_LETTERS} letters and {MOST_TOGETHER >> 20} MB are read at once, and this "
                "is more. Read the rest tomorrow: run the same again"
            )
        self.letters -= 1
        self.octets -= octets
        return ""


def bags(places: tuple[Path, ...], budget: Budget) -> Iterator[Bag]:
    """The files of letters of sticks and files. Raises UsageError for what is neither."""
    for place in places:
        if not place.is_dir():
            yield Bag(place, None, _letters(place, budget))
            continue
        outbox = place / OUTBOX if place.name != OUTBOX else place
        if outbox.is_symlink() or not outbox.is_dir():
            raise UsageError(
                f"{place} has no folder {OUTBOX}. Name a stick, its {OUTBOX}, or files of letters"
            )
        for path in _files(outbox):
            yield Bag(path, outbox, _letters(path, budget))
        for stray in _strays(outbox):
            yield Bag(outbox / stray.name, outbox, iter((stray,)))


def keep_apart(bag: Bag) -> bool:
    """Moves a file whose letters were all read to `outbox/read/`; False where that cannot be, as on
    a stick that is locked. It is remembered anyway."""
    if bag.outbox is None:
        return True
    folder = bag.outbox / READ
    try:
        if folder.is_symlink():
            return False
        folder.mkdir(exist_ok=True)
        target, number = folder / bag.path.name, 1
        while target.exists() or target.is_symlink():
            target, number = folder / f"{bag.path.stem}-{number}{bag.path.suffix}", number + 1
        bag.path.rename(target)
    except OSError:
        return False
    return True


def reminder(place: Path) -> str:
    """What is to be done about the letters in `outbox/read` of a stick, or of an outbox: they show
    names and addresses to whoever gets the stick. Empty when there are none."""
    folder = (place / OUTBOX if place.name != OUTBOX else place) / READ
    try:
        files = [] if folder.is_symlink() else _files(folder)
    except OSError:
        return ""
    if not files:
        return ""
    one = "letter" if all(file.suffix.lower() == ".eml" for file in files) else "file of letters"
    many = "letters" if one == "letter" else "files of letters"
    said, them = (f"1 {one}", "it") if len(files) == 1 else (f"{len(files):,} {many}", "them")
    return (
        f"{OUTBOX}/{READ} holds {said} with names and addresses: delete {them} before you hand "
        "the stick on"
    )


def _files(outbox: Path) -> list[Path]:
    names = []
    with os.scandir(outbox) as entries:
        for number, entry in enumerate(entries):
            if number >= _MOST_NAMES:
                break
            is_letter = entry.name.lower().endswith(KINDS) and not entry.name.startswith(".")
            if is_letter and not entry.is_dir(follow_symlinks=False):
                names.append(entry.name)
    return [outbox / name for name in sorted(names)]


def _strays(outbox: Path) -> Iterator[Found]:
    """What else lies there: a letter, perhaps, that was saved by another name."""
    with os.scandir(outbox) as entries:
        for entry in sorted(itertools.islice(entries, _MOST_NAMES), key=lambda one: one.name):
            name = entry.name.lower()
            if entry.is_dir(follow_symlinks=False):
                if name != READ:
                    fault = f"it is a folder. Put the letters in it straight into {OUTBOX}"
                    yield Found(entry.name, fault=fault)
            elif not name.startswith(".") and not name.endswith(KINDS):
                fault = "its name ends in neither .eml nor .zip. If it is a letter, rename it"
                yield Found(entry.name, fault=fault)


def _letters(path: Path, budget: Budget) -> Iterator[Found]:
    """The letters of one file. What cannot be read is a letter with a fault."""
    name = path.name
    try:
        most = MOST_TOGETHER if name.lower().endswith(".zip") else MOST_OCTETS
        octets = _plain(path, most)
    except MessageError as error:
        yield Found(name, fault=error.public)
        return
    if not name.lower().endswith(".zip"):
        fault = budget.fault(len(octets))
        yield Found(name, b"" if fault else octets, fault)
        return
    try:
        with zipfile.ZipFile(io.BytesIO(octets)) as archive:
            yield from _members(name, archive, budget)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        yield Found(name, fault="it is damaged, or no zip. Bring it once more")


def _members(name: str, archive: zipfile.ZipFile, budget: Budget) -> Iterator[Found]:
    """The letters within a zip."""
    infos = archive.infolist()
    for info in infos[:_MOST_NAMES]:
        called = f"{name}/{Path(info.filename).name}"
        if info.is_dir():
            continue
        if not info.filename.lower().endswith(".eml"):
            yield Found(called, fault="it is no letter: its name does not end in .eml")
        elif info.flag_bits & 1:
            yield Found(called, fault="it is locked with a password. Save it without one")
        elif info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            yield Found(called, fault="it is packed in a way that few programs read. Pack it anew")
        elif fault := budget.fault(info.file_size):
            yield Found(called, fault=fault)
        else:
            yield _member(called, archive, info)
    if len(infos) > _MOST_NAMES:
        yield Found(name, fault=f"it holds more than {_MOST_NAMES:,} files; the rest was not read")


def _member(called: str, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Found:
    try:
        with archive.open(info) as file:
            octets = file.read(info.file_size + 1)
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, zlib.error, EOFError):
        return Found(called, fault="it is damaged. Bring it once more")
    if len(octets) != info.file_size:
        return Found(called, fault="it is not as large as the zip says. Bring it once more")
    return Found(called, octets)


def _plain(path: Path, most: int) -> bytes:
    """The octets of a plain file. Raises MessageError."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        file = os.open(path, flags)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise MessageError("it is a link, and no file. Copy the file itself") from error
        raise MessageError(f"it cannot be read ({error.strerror})") from error
    try:
        facts = os.fstat(file)
        if not stat.S_ISREG(facts.st_mode):
            raise MessageError("it is no plain file")
        if facts.st_size > most:
            raise MessageError(f"it is larger than {most >> 20} MB. Send it by mail, or in parts")
        found = bytearray()
        while len(found) <= most and (some := os.read(file, 1 << 20)):
            found += some
    except OSError as error:
        raise MessageError(f"it cannot be read ({error.strerror})") from error
    finally:
        with suppress(OSError):
            os.close(file)
    return bytes(found[:most])
