"""Office files and books: zips whose members are cleaned one by one. Runs in the child only.

The zip is written anew, in the order in which it came, with one date for all: what packed it, and
when, is not in it. What is encrypted, or holds programs, is nothing that we can look through.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable

from solicomm_build.cleaning.members import Members
from solicomm_build.cleaning.result import BROKEN, CLEANED, UNKNOWN, Cleaned

MOST_MEMBERS = 10_000
MOST_OCTETS = 192 << 20
MOST_RATIO = 200
"""Octets out for each that is in: above this, and 1 MiB, a member is a bomb."""
DEEPEST = 3
"""Files within files."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
_STORED = ("mimetype",)
_PROGRAMS = ("vbaproject.bin", "vbadata.xml", "/activex/", "basic/", "scripts/")
Inner = Callable[[bytes, int], Cleaned]
"""Cleans a file within a file, so deep."""


def clean(data: bytes, inner: Inner, depth: int) -> Cleaned:
    """The office file or book; UNKNOWN for other zips. Raises ValueError, KeyError, OSError,
    zipfile.BadZipFile and what lxml raises for what is damaged."""
    from solicomm_build.cleaning import books, opendocument, openxml

    members = read(data)
    if members is None or depth > DEEPEST:
        return Cleaned(UNKNOWN, data)
    kind = members.files.get("mimetype", b"")[:100]
    if kind.startswith(b"application/epub+zip"):
        known = books.clean(members)
    elif kind.startswith(b"application/vnd.oasis.opendocument."):
        known = opendocument.clean(members)
    elif "[Content_Types].xml" in members.files:
        known = openxml.clean(members)
    else:
        return Cleaned(UNKNOWN, data)
    if not known or any(part in name.lower() for name in members.files for part in _PROGRAMS):
        return Cleaned(UNKNOWN, data)
    if not _enclosed(members, inner, depth):
        return Cleaned(BROKEN, data)
    return Cleaned(CLEANED, write(members))


def read(data: bytes) -> Members | None:
    """The members within limits; None when some are encrypted. Raises ValueError for a bomb."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = archive.infolist()
        if len(infos) > MOST_MEMBERS or sum(one.file_size for one in infos) > MOST_OCTETS:
            raise ValueError("it swells")
        files: dict[str, bytes] = {}
        for info in infos:
            if info.flag_bits & 1:
                return None
            if info.is_dir():
                continue
            if info.file_size > max(1 << 20, info.compress_size * MOST_RATIO):
                raise ValueError("a member swells")
            files[info.filename] = archive.read(info)
        return Members(files)


def write(members: Members) -> bytes:
    """The zip anew."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, octets in sorted(members.files.items(), key=lambda one: one[0] != "mimetype"):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_STORED if name in _STORED else zipfile.ZIP_DEFLATED
            info.create_system = 3
            info.external_attr = 0o644 << 16
            archive.writestr(info, octets)
    return target.getvalue()


def _enclosed(members: Members, inner: Inner, depth: int) -> bool:
    """Cleans the pictures, sounds and files that are embedded; False when one cannot be."""
    from solicomm_build.cleaning import kinds

    for name, octets in members.files.items():
        if name.endswith((".xml", ".rels", ".opf", ".ncx", ".xhtml", ".html", ".css", ".vml")):
            continue
        kind = kinds.kind_of(octets)
        if kind in (kinds.TEXT, kinds.UNKNOWN, kinds.BMP) or not octets:
            continue
        made = inner(octets, depth + 1)
        if not made.is_safe:
            return False
        members.files[name] = made.octets
    return True
