"""groups.io and Google Groups: a CSV of members and the archive as mbox, mostly in a zip.

groups.io exports both in one zip. Google gives the archive by Takeout (`topics.mbox` in a zip) and
the members by *Export list* as a CSV, whose first line is a title.

The archive is unpacked beside the hub's spool for the import. Sizes are counted while unpacking, so
that a small file cannot fill the disk.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from solicomm_build.features.migration.foreign import (
    Addresses,
    ForeignList,
    ForeignMember,
    some,
    text_of,
)
from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import ContentError, HubError
from solicomm_build.foundation.oneline import one_line
from solicomm_build.message.address import key

_LARGEST = 64 * 1024 * 1024 * 1024  # octets of an archive
_LARGEST_CSV = 512 * 1024 * 1024
_RATIO = 200  # mail compresses to a fifth; a thousandth is a trap
_CHUNK = 1 << 20
_EMAIL = re.compile(r"e-?mail(?: ?address)?$")

Row = tuple[ForeignMember, str]
"""A person and the role: owner, moderator, or empty; `_BANNED` and `_NO_MEMBER` are no members."""
_BANNED, _NO_MEMBER = "banned", "no member"
_FREELY = ("", "allowed", "normal", "not moderated", "unmoderated", "default")
"""What stands where a member may post as all do."""

_NAMES = ("display name", "name", "full name", "nickname")
_DELIVERY: tuple[tuple[str, dict[str, str]], ...] = (
    ("no email", {"mail": "off"}),
    ("no_email", {"mail": "off"}),
    ("none", {"mail": "off"}),
    ("special", {"mail": "off"}),
    ("plain", {"digest": "daily", "form": "plain"}),
    ("summar", {"digest": "daily", "form": "summary"}),
    ("abridged", {"digest": "daily", "form": "summary"}),
    ("digest", {"digest": "daily"}),
    ("individual", {}),
    ("single", {}),
    ("all", {}),
    ("each", {}),
)
"""What a word in the wish of a member means, the first that stands there: the same wish has been
called `Digest`, `Full Featured Digests` and `email_delivery_html_digest`."""
_EACH = ("", "email", "immediate")
"""Each message, in words that stand in other wishes, too."""
_PLACES = {
    "how": ("email delivery", "delivery", "message delivery", "email preference"),
    "status": ("status", "user status", "email status"),
    "role": ("moderator status", "role", "mod status", "moderator", "group status"),
    "posting": ("posting permissions", "posting status", "posting"),
}
"""The columns in which it may stand."""


@dataclass
class Table:
    """A CSV of members, and what of it has no counterpart here: wishes in words that we do not
    know, and who may not post there as the others do."""

    rows: list[Row] = field(default_factory=list)
    wishes: Counter[str] = field(default_factory=Counter)
    hindered: list[str] = field(default_factory=list)

    def unknown(self) -> Iterator[str]:
        """A sentence for each."""
        if self.hindered:
            yield f"may not post there, or only with leave, and may here: {some(self.hindered, 20)}"
        for wish, count in sorted(self.wishes.items()):
            yield f"delivery {one_line(wish, 40)!r}: {count:,} members, who get each message here"


def read(
    source: Path | None,
    name: str = "",
    unpack_to: Path | None = None,
    *,
    server: str = "groups.io",
    members: Path | None = None,
) -> ForeignList:
    """The group of an export; its mboxes are unpacked into `unpack_to`, or only named without one.
    `members` is a CSV beside the zip, or alone.

    Raises HubError for a file that is not there, ContentError for one that is no such export,
    ContentErrors naming every broken line of the members.
    """
    for file in (source, members):
        if file is not None and not file.is_file():
            raise HubError(f"{file}: no such file. Name the zip that {server} made")
    if source is None:
        return _made(server, name, members or Path(), _table(members), [], [])
    try:
        with safeio.reading_zip(), zipfile.ZipFile(source) as archive:
            return _read(archive, source, name, unpack_to, server, members)
    except zipfile.BadZipFile as error:
        remedy = "Fetch the export again, as it is"
        fault = f"the zip is damaged ({error})"
        raise ContentError(fault, file=str(source), remedy=remedy) from error


def _read(
    archive: zipfile.ZipFile,
    source: Path,
    name: str,
    unpack_to: Path | None,
    server: str,
    members: Path | None,
) -> ForeignList:
    found = [info for info in archive.infolist() if not info.is_dir()]
    infos = _of_one_group(found, name, source)
    tables = [one for one in infos if one.filename.lower().endswith(".csv")]
    rosters = [one for one in tables if _is_roster(one)] or tables
    boxes = [one for one in infos if _is_box(one)]
    if not rosters and not boxes:
        remedy = "Name an export with a CSV of members, an mbox, or both"
        raise ContentError(f"nothing of {server} in this zip", file=str(source), remedy=remedy)
    rows = _table(members)
    if members is None and rosters:
        rows = _zipped_table(archive, rosters[0], source)
    files = [_unpacked(archive, one, source, unpack_to) for one in boxes]
    return _made(server, name, source, rows, files, list(_others(infos)))


def _of_one_group(infos: list[zipfile.ZipInfo], name: str, source: Path) -> list[zipfile.ZipInfo]:
    """What is of one group: Takeout puts all that somebody looks after into one zip, a folder each,
    and neither what was written in one of them nor its members are for the others."""
    parents = [(one, PurePosixPath(one.filename).parent) for one in infos]
    boxes = {folder for one, folder in parents if _is_box(one)}
    folders = boxes if len(boxes) > 1 else {folder for one, folder in parents if _is_roster(one)}
    if len(folders) < 2:
        return infos
    own = [one for one in folders if _plain(one.name) == _plain(name)]
    if len(own) != 1:
        there = some(sorted({one.name for one in folders}), 20)
        remedy = "Say --list with one of them; bring the others by themselves"
        fault = f"several groups are in this zip: {there}"
        raise ContentError(fault, file=str(source), remedy=remedy)
    return [one for one in infos if own[0] in PurePosixPath(one.filename).parents]


def _plain(name: str) -> str:
    return name.partition("@")[0].lower()


def _is_box(info: zipfile.ZipInfo) -> bool:
    return info.filename.lower().endswith(".mbox")


def _is_roster(info: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(info.filename.lower()).name
    return name.endswith(".csv") and "member" in name


def _made(
    server: str,
    name: str,
    source: Path,
    table: Table | None,
    boxes: list[Path],
    others: list[str],
) -> ForeignList:
    here = name or source.stem.split(".")[0]
    rows = table.rows if table is not None else []
    people = [one for one in rows if one[1] not in (_BANNED, _NO_MEMBER)]
    waits = sum(role == _NO_MEMBER for _, role in rows)
    return ForeignList(
        server=server,
        name=here,
        title=one_line(here, 100),
        members=tuple(member for member, _ in people),
        owners=tuple(member.address for member, role in people if role == "owner"),
        moderators=tuple(member.address for member, role in people if role == "moderator"),
        banned=tuple(key(one.address) for one, role in rows if role == _BANNED),
        archives=tuple(boxes),
        absent=(
            "settings of the group: an export holds none; look through conference.yaml",
            *(() if boxes else ("no archive: there is no mbox",)),
            *(() if table is not None else ("no members: there is no CSV",)),
            *((f"no members there (invited, waiting, removed): {waits:,}",) if waits else ()),
            *(table.unknown() if table is not None else ()),
            *others,
        ),
    )


def _others(infos: list[zipfile.ZipInfo]) -> Iterator[str]:
    others = [one for one in infos if not one.filename.lower().endswith((".csv", ".mbox"))]
    if others:
        yield f"{len(others):,} files, photos and pages: put papers into a library"


def _table(file: Path | None) -> Table | None:
    if file is None:
        return None
    if file.stat().st_size > _LARGEST_CSV:
        raise ContentError("this table is too large", file=str(file))
    return _rows(file.read_bytes(), str(file))


def _zipped_table(archive: zipfile.ZipFile, info: zipfile.ZipInfo, source: Path) -> Table:
    file = f"{source} ({info.filename})"
    if info.file_size > _LARGEST_CSV:
        raise ContentError("this table is too large", file=file)
    with archive.open(info) as stream:
        return _rows(stream.read(_LARGEST_CSV), file)


def _rows(blob: bytes, file: str) -> Table:
    """The members in a CSV, also as a spreadsheet saved it; the line that names the columns may
    come after a title."""
    addresses, text = Addresses(file), text_of(blob)
    part = max(",;\t", key="\n".join(text[:4096].split("\n")[:3]).count)
    table = csv.reader(io.StringIO(text, newline=""), delimiter=part, strict=True)
    try:
        for row in itertools.islice(table, 3):
            heads = [head.strip().lower() for head in row]
            email = next((n for n, head in enumerate(heads) if _EMAIL.match(head)), -1)
            if email >= 0:
                found = Table()
                found.rows += _members(table, heads, email, addresses, found)
                addresses.check()
                return found
    except csv.Error as error:
        fault = f"no table from here on ({error})"
        raise ContentError(fault, file=file, line=table.line_num) from error
    fault = "the first lines name no column Email"
    remedy = "Name the list of members with all its lines, as it was exported"
    raise ContentError(fault, file=file, line=1, remedy=remedy)


def _members(
    table: Iterator[list[str]],
    heads: list[str],
    email: int,
    addresses: Addresses,
    found: Table,
) -> Iterator[Row]:
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
        status, how, role = (_fact(facts, *_PLACES[one]) for one in ("status", "how", "role"))
        stopped = "mail came back" if "bounc" in status else ""
        if {status, role} & {"pending", "removed", "not confirmed", "invited"}:
            yield ForeignMember(address), _NO_MEMBER
            continue
        if "banned" in (status, role):
            yield ForeignMember(address), _BANNED
            continue
        wish = next((those for word, those in _DELIVERY if word in how), None)
        if wish is None and how not in _EACH:
            found.wishes[how] += 1
        if _fact(facts, *_PLACES["posting"]) not in _FREELY:
            found.hindered.append(address)
        name = next((facts[one] for one in _NAMES if facts.get(one)), "")
        member = ForeignMember(
            address,
            name=one_line(name, 100),
            options=wish or {},
            stopped=stopped,
        )
        leads = "moderator" in role or "manager" in role
        yield member, "owner" if "owner" in role else "moderator" if leads else ""


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
