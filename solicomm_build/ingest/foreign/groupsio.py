"""groups.io: the zip of its export, with a CSV of members and the archive as mbox.

The archive is unpacked beside the hub's spool for the import. Sizes are counted while unpacking, so
that a small file cannot fill the disk.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from solicomm_build.errors import ContentError, HubError
from solicomm_build.message.address import key
from solicomm_build.model.foreign import Addresses, ForeignList, ForeignMember
from solicomm_build.model.oneline import one_line

_LARGEST = 64 * 1024 * 1024 * 1024  # octets of an archive
_LARGEST_CSV = 512 * 1024 * 1024
_RATIO = 200  # mail compresses to a fifth; a thousandth is a trap
_CHUNK = 1 << 20

_DELIVERY: Mapping[str, dict[str, str]] = {
    "individual": {},
    "single": {},
    "digest": {"digest": "daily"},
    "full digest": {"digest": "daily"},
    "plain digest": {"digest": "daily", "form": "plain"},
    "daily summary": {"digest": "daily", "form": "summary"},
    "summary": {"digest": "daily", "form": "summary"},
    "special": {"mail": "off"},
    "special notices only": {"mail": "off"},
    "none": {"mail": "off"},
    "no email": {"mail": "off"},
}


def read(source: Path, name: str = "", unpack_to: Path | None = None) -> ForeignList:
    """The group of an export; its mboxes are unpacked into `unpack_to`, or only named without one.

    Raises HubError for a file that is not there, ContentError for one that is no such export,
    ContentErrors naming every broken line of the members.
    """
    if not source.is_file():
        raise HubError(f"{source}: no such file. Name the zip that groups.io made")
    try:
        with zipfile.ZipFile(source) as archive:
            return _read(archive, source, name, unpack_to)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError) as error:
        remedy = "Fetch the export again, as it is"
        fault = f"the zip is damaged ({error})"
        raise ContentError(fault, file=str(source), remedy=remedy) from error


def _read(archive: zipfile.ZipFile, source: Path, name: str, unpack_to: Path | None) -> ForeignList:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    tables = [one for one in infos if one.filename.lower().endswith(".csv")]
    rosters = [one for one in tables if "member" in one.filename.lower()] or tables
    boxes = [one for one in infos if one.filename.lower().endswith(".mbox")]
    if not rosters and not boxes:
        remedy = "Name an export with members.csv, an mbox, or both"
        raise ContentError("nothing of groups.io in this zip", file=str(source), remedy=remedy)
    addresses = Addresses(str(source))
    rows = [row for info in rosters[:1] for row in _rows(archive, info, source, addresses)]
    addresses.check()
    here = name or source.stem.split(".")[0]
    return ForeignList(
        server="groups.io",
        name=here,
        title=one_line(here, 100),
        members=tuple(member for member, _ in rows),
        owners=tuple(member.address for member, role in rows if role == "owner"),
        moderators=tuple(member.address for member, role in rows if role == "moderator"),
        archives=tuple(_unpacked(archive, one, source, unpack_to) for one in boxes),
        absent=(
            "settings of the group: an export holds none; look through conference.yaml",
            *(() if boxes else ("no archive: the zip holds no mbox",)),
            *(() if rosters else ("no members: the zip holds no CSV",)),
            *_others(infos),
        ),
    )


def _others(infos: list[zipfile.ZipInfo]) -> Iterator[str]:
    others = [one for one in infos if not one.filename.lower().endswith((".csv", ".mbox"))]
    if others:
        yield f"{len(others):,} files, photos and pages: put papers into a library"


def _rows(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, source: Path, addresses: Addresses
) -> Iterator[tuple[ForeignMember, str]]:
    addresses.file = f"{source} ({info.filename})"
    if info.file_size > _LARGEST_CSV:
        raise ContentError("this table is too large", file=addresses.file)
    with archive.open(info) as stream:
        text = stream.read(_LARGEST_CSV).decode("utf-8-sig", "replace")
    table = csv.reader(io.StringIO(text, newline=""))
    try:
        heads = [head.strip().lower() for head in next(table, [])]
        email = next(
            (at for at, head in enumerate(heads) if "email" in head or "e-mail" in head), -1
        )
        if email < 0:
            remedy = "Name the member list with its first line, as groups.io wrote it"
            fault = "the first line names no column Email"
            raise ContentError(fault, file=addresses.file, line=1, remedy=remedy)
        yield from _members(table, heads, email, addresses)
    except csv.Error as error:
        fault = f"no table from here on ({error})"
        raise ContentError(fault, file=addresses.file, line=table.line_num) from error


def _members(
    table: Iterator[list[str]], heads: list[str], email: int, addresses: Addresses
) -> Iterator[tuple[ForeignMember, str]]:
    seen: set[str] = set()
    for row in table:
        line: int = table.line_num  # type: ignore[attr-defined]
        if not any(cell.strip() for cell in row):
            continue
        facts = dict(zip(heads, row, strict=False))
        address = addresses.take(row[email] if email < len(row) else "", line=line)
        if not address or key(address) in seen:
            continue
        seen.add(key(address))
        status = _fact(facts, "status", "user status")
        how = _fact(facts, "email delivery", "delivery", "message delivery")
        stopped = "mail came back" if "bounc" in status else ""
        if status in ("banned", "pending", "removed", "not confirmed"):
            continue
        name = facts.get("display name") or facts.get("name") or facts.get("full name") or ""
        member = ForeignMember(
            address,
            name=one_line(name, 100),
            options=_DELIVERY.get(how, {}),
            stopped=stopped,
        )
        role = _fact(facts, "moderator status", "role", "mod status", "moderator")
        yield member, "owner" if "owner" in role else "moderator" if "moderator" in role else ""


def _fact(facts: Mapping[str, str], *names: str) -> str:
    return next((facts[name].strip().lower() for name in names if facts.get(name)), "")


def _unpacked(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, source: Path, folder: Path | None
) -> Path:
    """The mbox on the disk. Its name in the zip is not believed."""
    if folder is None:
        return source
    if info.file_size > min(_LARGEST, _CHUNK + info.compress_size * _RATIO):
        raise ContentError("an mbox in it is larger than mail can be", file=str(source))
    target = folder / f"{len(list(folder.iterdir()))}.mbox"
    left = info.file_size
    with archive.open(info) as stream, target.open("wb") as file:
        while chunk := stream.read(_CHUNK):
            left -= len(chunk)
            if left < 0:
                raise ContentError("an mbox in it is larger than it says", file=str(source))
            file.write(chunk)
    return target
