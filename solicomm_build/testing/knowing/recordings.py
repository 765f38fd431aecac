"""Films, phones' pictures and sound."""

from __future__ import annotations

import io
import struct
from typing import Any

from PIL import Image

from solicomm_build.testing.knowing.pictures import picture
from solicomm_build.testing.knowing.secrets import DEVICE, FIRM, PERSON, PLACE, SERIAL


def _box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def film(brand: bytes = b"qt  ") -> bytes:
    """A film with a place, a device and a track of measurements; its samples are our words."""
    picture_octets, measured = b"\x01\x02\x03\x04" * 8, PLACE.encode() + SERIAL.encode()
    head = _box(b"ftyp", brand, bytes(4), brand)
    at = len(head) + 8
    tracks = [
        _track(b"vide", at, len(picture_octets)),
        _track(b"meta", at + len(picture_octets), len(measured)),
    ]
    xyz = struct.pack(">HH", len(PLACE), 0) + PLACE.encode()
    keys = _box(
        b"keys", bytes(4), struct.pack(">I", 1), _box(b"mdta", b"com.apple.quicktime.model")
    )
    value = _box(b"data", struct.pack(">II", 1, 0), DEVICE.encode())
    said = _box(
        b"meta",
        _box(b"hdlr", bytes(8), b"mdta", bytes(13)),
        keys,
        _box(b"ilst", _box(struct.pack(">I", 1), value)),
    )
    header = _box(
        b"mvhd", bytes(4), struct.pack(">IIII", 0xE6000000, 0xE6000000, 1000, 1000), bytes(80)
    )
    moov = _box(
        b"moov",
        header,
        *tracks,
        said,
        _box(b"udta", _box(b"\xa9xyz", xyz), _box(b"\xa9ART", PERSON.encode())),
    )
    return head + _box(b"mdat", picture_octets, measured) + moov


def _track(kind: bytes, at: int, size: int) -> bytes:
    table = _box(
        b"stbl",
        _box(b"stsz", bytes(4), struct.pack(">II", size, 1)),
        _box(b"stsc", bytes(4), struct.pack(">IIII", 1, 1, 1, 1)),
        _box(b"stco", bytes(4), struct.pack(">II", 1, at)),
    )
    media = _box(
        b"mdia",
        _box(b"mdhd", bytes(4), struct.pack(">IIII", 0xE6000000, 0xE6000000, 1000, 1000), bytes(4)),
        _box(b"hdlr", bytes(8), kind, bytes(12), DEVICE.encode() + b"\0"),
        _box(b"minf", table),
    )
    return _box(
        b"trak",
        _box(b"tkhd", bytes(4), struct.pack(">II", 0xE6000000, 0xE6000000), bytes(72)),
        media,
    )


def heic() -> bytes:
    """A picture of a telephone: an item of Exif and one of XMP. Nobody can decode the picture."""
    exif, xmp = Image.Exif(), f"<x>{PERSON} {PLACE}</x>".encode()
    exif[0x010F], exif[0x013B] = DEVICE, PERSON
    told = bytes(4) + exif.tobytes().removeprefix(b"Exif\0\0")
    shown = b"\x05" * 40
    info = _box(
        b"iinf",
        bytes(4),
        struct.pack(">H", 3),
        *(
            _box(b"infe", b"\x02\0\0\0", struct.pack(">HH", number, 0), kind, b"\0")
            for number, kind in ((1, b"hvc1"), (2, b"Exif"), (3, b"mime"))
        ),
    )
    head = _box(b"ftyp", b"heic", bytes(4), b"mif1heic")

    def meta(start: int) -> bytes:
        rows, at = b"", start
        for number, one in ((1, shown), (2, told), (3, xmp)):
            rows += struct.pack(">HHHII", number, 0, 1, at, len(one))
            at += len(one)
        where = _box(b"iloc", bytes(4), b"\x44\0", struct.pack(">H", 3), rows)
        return _box(b"meta", bytes(4), _box(b"hdlr", bytes(8), b"pict", bytes(13)), info, where)

    return (
        head
        + (made := meta(len(head) + len(meta(0)) + 8))
        + _box(b"mdat", shown, told, xmp)
        + made[:0]
    )


def mp3() -> bytes:
    """Frames of silence with ID3v2, ID3v1 and APE."""
    from mutagen.apev2 import APEv2
    from mutagen.id3 import COMM, ID3, TALB, TPE1

    frame = b"\xff\xfb\x90\x64" + bytes(413)
    target = io.BytesIO(frame * 20)
    tags = ID3()
    tags.add(TPE1(encoding=3, text=PERSON))
    tags.add(TALB(encoding=3, text=FIRM))
    tags.add(COMM(encoding=3, lang="eng", text=SERIAL))
    tags.save(target, v1=2)
    target.seek(0)
    ape = APEv2()
    ape["Artist"] = PERSON
    ape.save(target)
    return target.getvalue()


def flac() -> bytes:
    """The head of a FLAC file with comments and a cover."""
    from mutagen.flac import FLAC, Picture

    info = (
        struct.pack(">HH", 4096, 4096) + bytes(6) + b"\x0a\xc4\x42\xf0\x00\x00\x00\x00" + bytes(16)
    )
    target = io.BytesIO(b"fLaC\x80\x00\x00\x22" + info + b"\xff\xf8" + bytes(20))
    sound: Any = FLAC(target)
    sound.add_tags()
    sound["artist"], sound["location"] = PERSON, PLACE
    cover = Picture()
    cover.data, cover.mime = picture("JPEG"), "image/jpeg"
    sound.add_picture(cover)
    target.seek(0)
    sound.save(target)
    return target.getvalue()


def wav() -> bytes:
    """A sound with a list of who made it, as recorders write it."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack("<4sI", name, len(body)) + body + b"\0" * (len(body) & 1)

    told = chunk(b"LIST", b"INFO" + chunk(b"IART", PERSON.encode()))
    body = b"WAVE" + chunk(b"fmt ", struct.pack("<HHIIHH", 1, 1, 8000, 8000, 1, 8)) + told
    body += chunk(b"bext", DEVICE.encode() + bytes(400)) + chunk(b"data", b"\x80" * 100)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def ogg() -> bytes:
    """Opus with comments: two pages of headers and one of sound (RFC 7845 5)."""
    words = [f"ARTIST={PERSON}".encode(), f"LOCATION={PLACE}".encode()]
    tags = b"OpusTags" + struct.pack("<I", 4) + b"test" + struct.pack("<I", len(words))
    tags += b"".join(struct.pack("<I", len(one)) + one for one in words)
    head = b"OpusHead" + struct.pack("<BBHIhB", 1, 1, 0, 48000, 0, 0)
    pages = [(2, 0, head), (0, 0, tags), (4, 960, b"\xf8\xff\xfe")]
    return b"".join(_page(number, *page) for number, page in enumerate(pages))


def _page(number: int, flags: int, granule: int, body: bytes) -> bytes:
    lacing = bytes([255] * (len(body) // 255) + [len(body) % 255])
    head = struct.pack("<4sBBqIII", b"OggS", 0, flags, granule, 1, number, 0)
    page = head + bytes((len(lacing),)) + lacing + body
    return page[:22] + struct.pack("<I", _crc(page)) + page[26:]


def _crc(data: bytes) -> int:
    """The checksum of Ogg (RFC 3533 6): zlib's polynomial, not reflected."""
    value = 0
    for octet in data:
        value ^= octet << 24
        for _ in range(8):
            value = (value << 1) ^ 0x04C11DB7 if value & 0x80000000 else value << 1
        value &= 0xFFFFFFFF
    return value
