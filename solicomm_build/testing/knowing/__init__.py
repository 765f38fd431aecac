"""Files of every kind that know their sender, for tests: place, device, serial number, names,
history. Made here, so that none lies in the repository.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from solicomm_build.testing.knowing.documents import (
    docx,
    epub,
    opendocument,
    other_pdf,
    pdf,
    pptx,
    xlsx,
)
from solicomm_build.testing.knowing.pictures import moving, picture
from solicomm_build.testing.knowing.recordings import film, flac, heic, mp3, ogg, wav
from solicomm_build.testing.knowing.secrets import PERSON, PLANTED

__all__ = [
    "PERSON",
    "PLANTED",
    "corpus",
    "docx",
    "opendocument",
    "other_pdf",
    "pdf",
    "picture",
    "unpacked",
]


def corpus() -> dict[str, bytes]:
    """A file of every kind, by the name that its sender would give it."""
    return {
        "march.jpg": picture("JPEG"),
        "turned.jpg": picture("JPEG", orientation=6),
        "poster.png": picture("PNG"),
        "drawing.gif": picture("GIF"),
        "wall.webp": picture("WEBP"),
        "scan.tiff": picture("TIFF"),
        "moving.gif": moving("GIF"),
        "moving.png": moving("PNG"),
        "moving.webp": moving("WEBP"),
        "minutes.docx": docx(),
        "wages.xlsx": xlsx(),
        "talk.pptx": pptx(),
        "minutes.odt": opendocument(),
        "wages.ods": opendocument("spreadsheet"),
        "talk.odp": opendocument("presentation"),
        "guide.epub": epub(),
        "report.pdf": pdf(),
        "rally.mov": film(),
        "rally.mp4": film(b"mp42"),
        "song.m4a": film(b"M4A "),
        "phone.heic": heic(),
        "song.mp3": mp3(),
        "song.flac": flac(),
        "speech.wav": wav(),
        "speech.opus": ogg(),
    }


def unpacked(data: bytes, depth: int = 0) -> bytes:
    """A file with what is compressed in it beside it, to look for words in."""
    parts = [data]
    if data.startswith(b"PK") and depth < 3:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts += [unpacked(archive.read(name), depth + 1) for name in archive.namelist()]
    if data.startswith(b"\x89PNG"):
        at = 8
        while at + 8 <= len(data):
            size, name = struct.unpack_from(">I4s", data, at)
            body = data[at + 8 : at + 8 + size]
            if name in (b"zTXt", b"iTXt") and b"\0\1\0" in body:
                parts.append(
                    zlib.decompress(body[body.index(b"\0\1\0") + 3 :].partition(b"\0")[2][1:])
                )
            at += 12 + size
    if b"%PDF-" in data[:1024]:
        import pikepdf

        with pikepdf.open(io.BytesIO(data)) as document:
            for thing in document.objects:
                if isinstance(thing, pikepdf.Stream):
                    try:
                        parts.append(thing.read_bytes())
                    except pikepdf.PdfError:
                        parts.append(thing.read_raw_bytes())
            for name in document.attachments:
                parts.append(
                    unpacked(document.attachments[name].get_file().read_bytes(), depth + 1)
                )
    return b"\n".join(parts)
