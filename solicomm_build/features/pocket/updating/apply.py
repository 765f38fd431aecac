"""Brings a stick up to date by an update file. Needs Python alone: it lies on every stick, too.

    python3 _stick/apply.py update.zip
    python3 _stick/apply.py update-1-of-2.zip update-2-of-2.zip

Nothing on the stick is changed before every file of the update has the sum that the new list says,
and the list the signature of the hub that wrote the stick, where OpenSSH is there to look. Broken
off, it is run again with the same files, and goes on. A copy of it that lies elsewhere is run in
the stick's folder. Format: docs/formats/stick.md of SoliComm.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any, NamedTuple

SCHEMA = "solicomm/update@1"
ABOUT = "update.json"
SUMS, SIGNATURE = "SHA256SUMS", "SHA256SUMS.sig"
SIGNERS, WRITING = "_stick/signers", "_stick/writing"
STICK = "_stick/stick.yaml"
NAMESPACE = "solicomm-stick"

_LINE = re.compile(r"([0-9a-f]{64})  ([^\r\n]{1,1000})")
_SUM = re.compile(r"[0-9a-f]{64}")
_AT = re.compile(rb"^at: ['\"]?([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z)['\"]?\r?$", re.MULTILINE)
_DATA = re.compile(r"data/([0-9]{1,7})\.([0-9]{1,5})")
_MOST = 256 * 1024 * 1024
"""Octets of a list of files, and of what an update says of itself."""
_CHUNK = 1 << 20
_MOST_PARTS = 10_000
_NAMED = 5
_MOST_ABOUT = 8 * 1024 * 1024  # octets of what a stick says of itself
_PROTECTED = frozenset(name.casefold() for name in (SUMS, SIGNATURE, SIGNERS, WRITING))
_SHORT = re.compile(r"~[0-9]")  # in the name that FAT makes of a longer one, `SHA256~1.SIG`
_DAMAGED = (ValueError, RuntimeError, EOFError, zipfile.BadZipFile, zlib.error)  # of a zip
_UNREADABLE = (OSError, LookupError, TypeError, OverflowError, *_DAMAGED)

Verify = Callable[[Path, bytes, str], "bool | None"]
"""Whether a signature of a list holds by the key of the stick; None when nobody can tell here."""
Progress = Callable[[int, int], None]
Open = Callable[[str], IO[bytes]]
"""Gives the octets of a piece by its name, out of a zip or a folder."""


class Refused(Exception):
    """Why an update is not applied, and what is to be done. Begins with a word, never with a path:
    it may become the first of a sentence."""


class New(NamedTuple):
    """A file as it shall be."""

    name: str
    sha256: str
    octets: int


class Update(NamedTuple):
    """An update: the sums of the lists that it leads from and to, the files that it brings, the
    names that go, the signature of the new list, and where the pieces of files lie."""

    hub: str
    since: str
    to: str
    at: str
    files: list[New]
    gone: list[str]
    signature: str
    pieces: dict[int, list[tuple[Open, str]]]


class Done(NamedTuple):
    """What was done: files written and taken away, and whether the signature was looked at."""

    written: int
    removed: int
    is_proved: bool


def carry_out(folder: Path, update: Update, verify: Verify, progress: Progress) -> Done:
    """Brings the stick in `folder` to where the update leads. Raises Refused; OSError when the
    stick was pulled out or is full: the same again goes on."""
    blob = _list_of(folder)
    now = hashlib.sha256(blob).hexdigest()
    if now == update.to:
        _whole(folder, blob, progress)
        return Done(0, 0, False)
    if now != update.since:
        raise Refused(
            f"this update is for a stick whose {SUMS} has the sum {update.since[:12]}…, and "
            f"here it is {now[:12]}…. Ask for one from there, and send _stick/stick.yaml along"
        )
    new = _new_list(blob, update)
    is_proved = verify(folder, new, update.signature)
    if is_proved is False:
        raise Refused("its signature is not of the hub that wrote this stick. Do not trust it")
    of = 2 * len(update.files) + len(update.gone)
    for number, one in enumerate(update.files):
        _compare(update, number, one)
        progress(number, of)
    _not_older(folder, update)
    written = _write(folder, update, lambda done: progress(len(update.files) + done, of))
    for name in update.gone:
        _remove(folder, name)
    _put(folder / SIGNATURE, iter([update.signature.encode("ascii")]))
    _put(folder / SUMS, iter([new]))
    (folder / WRITING).unlink(missing_ok=True)
    return Done(written, len(update.gone), bool(is_proved))


def opened(paths: list[Path]) -> Update:
    """What the parts of one update say. Raises Refused."""
    heads: dict[int, dict[str, Any]] = {}
    pieces: dict[int, dict[int, tuple[Open, str]]] = {}
    for path in paths:
        try:
            archive = zipfile.ZipFile(path)
            if archive.getinfo(ABOUT).file_size > _MOST:
                raise ValueError(ABOUT)
            head = json.loads(archive.read(ABOUT))
            heads[_number(head)] = head
        except _UNREADABLE as error:
            raise Refused(
                f"the file {path} is damaged, or no update of a stick. Get it anew"
            ) from error
        for name in archive.namelist():
            found = _DATA.fullmatch(name)
            if found is not None:
                pieces.setdefault(int(found[1]), {})[int(found[2])] = (archive.open, name)
    return _together(heads, pieces)


def _number(head: dict[str, Any]) -> int:
    """Which part it is. Raises ValueError for a number that is none, or too large."""
    part, parts = head["part"], head["parts"]
    if type(part) is not int or type(parts) is not int or not 1 <= part <= parts <= _MOST_PARTS:
        raise ValueError("part")
    return part


def _together(
    heads: dict[int, dict[str, Any]], pieces: dict[int, dict[int, tuple[Open, str]]]
) -> Update:
    first = next(iter(heads.values()), {})
    said_by_all = ("schema", "from", "to", "parts")
    same = {tuple(str(head.get(key)) for key in said_by_all) for head in heads.values()}
    if len(same) != 1 or first.get("schema") != SCHEMA:
        raise Refused("these are no parts of one update that this program knows")
    parts = first["parts"]
    missing = [number for number in range(1, parts + 1) if number not in heads]
    if missing:
        raise Refused(
            f"of {parts} parts, {', '.join(map(str, missing))} are missing. Name them all"
        )
    head = heads[1]
    try:
        files = [New(str(name), str(sha), int(size)) for name, sha, size in head["files"]]
        gone = [str(name) for name in head["gone"]]
        said = [str(head[key]) for key in ("hub", "from", "to", "at", "signature")]
        are_sums = all(_SUM.fullmatch(one.sha256) and one.octets >= 0 for one in files)
        if not are_sums or not said[4].isascii():
            raise ValueError("sums")
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise Refused("what the update says of itself is damaged. Get it anew") from error
    for name in (*(one.name for one in files), *gone):
        if not _is_ours(name):
            raise Refused(f"it would write {name!r}, which is none of a stick's files")
    ordered = {
        number: [found[piece] for piece in sorted(found)] for number, found in pieces.items()
    }
    return Update(said[0], said[1], said[2], said[3], files, gone, said[4], ordered)


def _is_ours(name: str) -> bool:
    """Whether a name is of the files that stand in a stick's list: none outside, no letters, and
    nothing of what proves the list; as FAT reads it too, which knows no case, no dot or space at
    the end, and short names."""
    path = PurePosixPath(name)
    is_within = bool(path.parts) and not path.is_absolute() and ".." not in path.parts
    is_plain = not any(sign in name for sign in '\\\0\r\n:*?"<>|') and len(name) <= 1000
    is_text = not any("\ud800" <= sign <= "\udfff" for sign in name)
    has_ends = not any(part.endswith((".", " ")) for part in path.parts)
    folded = name.casefold()
    first = folded.partition("/")[0]
    is_free = first != "outbox" and folded not in _PROTECTED and not _SHORT.search(first)
    return is_within and is_plain and is_text and has_ends and is_free and str(path) == name


def _list_of(folder: Path) -> bytes:
    path = folder / SUMS
    if not path.is_file():
        raise Refused(
            f"the folder {folder} is no stick: it has no {SUMS}. Name the folder with index.html"
        )
    if path.stat().st_size > _MOST:
        raise Refused(f"the file {path} is too long to be of a stick")
    return path.read_bytes()


def _listed(blob: bytes) -> dict[str, str]:
    """What a list says: sums by name."""
    lines = (_LINE.fullmatch(line) for line in blob.decode("utf-8", "replace").split("\n"))
    return {line[2]: line[1] for line in lines if line is not None}


def _whole(folder: Path, blob: bytes, progress: Progress) -> None:
    """Raises Refused, with names, when files of a stick are not as its list says."""
    wrong, listed = [], _listed(blob)
    for number, (name, sha) in enumerate(listed.items()):
        if not _is_ours(name) or _sum_of(folder / name) != sha:
            wrong.append(name)
        progress(number, len(listed))
    if wrong:
        more = f" and {len(wrong) - _NAMED} more" if len(wrong) > _NAMED else ""
        raise Refused(
            f"its list is up to date already, but of the stick are damaged or missing: "
            f"{', '.join(wrong[:_NAMED])}{more}. All of it is looked at by solicomm stick check, "
            f"or sha256sum -c {SUMS} there. It is mended at its hub, by solicomm stick"
        )


def _new_list(blob: bytes, update: Update) -> bytes:
    """The list as it shall be. Raises Refused when the update does not lead to what it says."""
    lines = _listed(blob)
    for name in update.gone:
        lines.pop(name, None)
    lines.update((one.name, one.sha256) for one in update.files)
    new = "".join(f"{sha}  {name}\n" for name, sha in sorted(lines.items())).encode()
    if hashlib.sha256(new).hexdigest() != update.to:
        raise Refused("it does not lead to the state that it says. Get it anew")
    return new


def _octets(update: Update, number: int) -> Iterator[bytes]:
    """A file of the update, a piece after the other. Raises Refused."""
    left = update.files[number].octets
    for open_piece, name in update.pieces.get(number, []):
        try:
            with open_piece(name) as piece:
                while some := piece.read(_CHUNK):
                    left -= len(some)
                    if left < 0:
                        raise ValueError("longer than it says")
                    yield some
        except _DAMAGED as error:
            fault = f"the file {update.files[number].name} in it is damaged. Get the update anew"
            raise Refused(fault) from error


def _compare(update: Update, number: int, one: New) -> None:
    found = hashlib.sha256()
    for some in _octets(update, number):
        found.update(some)
    if found.hexdigest() != one.sha256:
        raise Refused(f"the file {one.name} in it is not what its list says. Get the update anew")


def _not_older(folder: Path, update: Update) -> None:
    """Raises Refused when the state that an update leads to is older than the stick, by what both
    say of themselves in a file that the signed list names."""
    at = ""
    for number, one in enumerate(update.files):
        if one.name.casefold() == STICK:
            if one.octets > _MOST_ABOUT:
                raise Refused(f"{STICK} in it is too long. Get the update anew")
            at = _moment(b"".join(_octets(update, number)))
            if not at:
                raise Refused(f"{STICK} in it does not say of when it is. Get the update anew")
    if any(name.casefold() == STICK for name in update.gone):
        raise Refused(f"it would take {STICK} away. Get the update anew")
    mine = ""
    with contextlib.suppress(FileNotFoundError), (folder / STICK).open("rb") as file:
        mine = _moment(file.read(_MOST_ABOUT))
    if at and at < mine:
        raise Refused(
            f"it is older than this stick: of {at}, and here it is {mine}. Keep the stick"
        )


def _moment(said: bytes) -> str:
    found = _AT.search(said)
    return found[1].decode("ascii") if found is not None else ""


def _write(folder: Path, update: Update, progress: Callable[[int], None]) -> int:
    """Puts the files in their places; those that are there from a run that was broken off stay."""
    written = 0
    with (folder / WRITING).open("a", encoding="utf-8", newline="\n") as journal:
        for number, one in enumerate(update.files):
            path = folder / one.name
            if _has_link(folder, path):
                raise Refused(f"the file {path} lies behind a link. Take the link away")
            if _sum_of(path) != one.sha256:
                _put(path, _octets(update, number))
                written += 1
            journal.write(f"{one.sha256}  {one.name}\n")
            progress(number)
    return written


def _put(path: Path, octets: Iterator[bytes]) -> None:
    """In one step under its name: a stick that is pulled out has the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(path.name + ".part")
    half.unlink(missing_ok=True)  # of a run that was killed, or a link that leads out
    with half.open("xb") as file:
        file.writelines(octets)
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


def _remove(folder: Path, name: str) -> None:
    path = folder / name
    if _has_link(folder, path):
        return
    path.unlink(missing_ok=True)
    for parent in path.parents:
        if parent == folder or not parent.is_dir() or any(parent.iterdir()):
            return
        parent.rmdir()


def _has_link(folder: Path, path: Path) -> bool:
    return any(
        one.is_symlink() for one in (path, *path.parents) if one != folder and folder in one.parents
    )


def _sum_of(path: Path) -> str:
    found = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while some := file.read(_CHUNK):
                found.update(some)
    except OSError:
        return ""
    return found.hexdigest()


def by_openssh(folder: Path, new: bytes, signature: str) -> bool | None:
    """Whether OpenSSH says that the stick's own key signed the list; None where there is none."""
    keygen = shutil.which("ssh-keygen")
    signers = folder / SIGNERS
    if keygen is None or not signers.is_file():
        return None
    hub = signers.read_text("utf-8").split(" ", 1)[0]
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "sig"
        path.write_text(signature, "ascii", "replace")
        said = ["-Y", "verify", "-f", str(signers), "-I", hub, "-n", NAMESPACE, "-s", str(path)]
        ran = subprocess.run([keygen, *said], input=new, capture_output=True, check=False)
    return ran.returncode == 0


def main(words: list[str]) -> int:
    """The script by itself."""
    asks = bool({"-h", "--help"} & set(words))
    if asks or not words or any(word.startswith("-") for word in words):
        print(__doc__, file=sys.stdout if asks else sys.stderr)
        return 0 if asks else 64
    places = (Path(__file__).resolve().parent.parent, Path.cwd())  # where it lies, else is run
    folder = next((place for place in places if (place / SUMS).is_file()), places[0])

    def progress(done: int, of: int) -> None:
        if done % 50 == 0 and sys.stdout.isatty():
            print(f"\r{done * 100 // max(of, 1)} %", end="", flush=True)

    try:
        done = carry_out(folder, opened([Path(word) for word in words]), by_openssh, progress)
    except Refused as error:
        print(f"\rNot applied: {error}", file=sys.stderr)
        return 65
    except OSError as why:
        print(f"\rBroken off: {why.strerror or why}. Mend that, run it again", file=sys.stderr)
        return 75
    if not (done.written or done.removed):
        print("\rThis stick has all of it.")
        return 0
    print(f"\r{done.written} files written, {done.removed} taken away.")
    if not done.is_proved:
        print("Who signed it was not looked at: there is no OpenSSH here. The sums are right.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
