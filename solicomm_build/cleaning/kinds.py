"""What a file is, by its octets alone: names and declared types are what its sender says. Pure."""

from __future__ import annotations

import re

JPEG, PNG, GIF, WEBP, TIFF, BMP, HEIF = "jpeg", "png", "gif", "webp", "tiff", "bmp", "heif"
ZIP, PDF = "zip", "pdf"
MP3, OGG, FLAC, WAV, MP4 = "mp3", "ogg", "flac", "wav", "mp4"
AMR, AAC, WEBM = "amr", "aac", "webm"
TEXT, HTML, MAIL, UNKNOWN = "text", "html", "mail", "unknown"

PICTURES = frozenset({JPEG, PNG, GIF, WEBP, TIFF, BMP})
"""What Pillow reads for us."""
SOUNDS = frozenset({MP3, OGG, FLAC, WAV, MP4, AMR, AAC, WEBM})
"""What may be a voice; a film may be in some of these, too."""

_STARTS = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"BM", BMP),
    (b"PK\x03\x04", ZIP),
    (b"OggS", OGG),
    (b"fLaC", FLAC),
    (b"ID3", MP3),
    (b"\xff\xfb", MP3),
    (b"\xff\xfa", MP3),
    (b"\xff\xf3", MP3),
    (b"\xff\xf2", MP3),
    (b"\xff\xf1", AAC),
    (b"\xff\xf9", AAC),
    (b"#!AMR\n", AMR),
    (b"#!AMR-WB\n", AMR),
    (b"\x1aE\xdf\xa3", WEBM),
)
_STILL = frozenset({b"heic", b"heix", b"heim", b"heis", b"mif1", b"avif", b"hevc", b"hevx"})
_PDF_WITHIN = 1024  # readers bear this much in front of %PDF- (ISO 32000-1 annex H.3.4.1)
_ODD = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")
_NAMING = re.compile(
    rb"(?:\xef\xbb\xbf)?\s{0,200}(?:BEGIN:V(?:CARD|CALENDAR)\b|-----BEGIN [A-Z0-9]|%!PS)",
    re.IGNORECASE,
)
_OF_MAIL = re.compile(
    rb"^(?:From|To|Received|Delivered-To|Return-Path|Message-ID):", re.IGNORECASE | re.MULTILINE
)
_HEAD = 8192  # octets in which a mail says from whom it is, and to whom
_LOOK_AT = 1 << 20
_HTML = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^>]*+>\s*+)?(?:<!--(?:[^-]++|-(?!->))*+-->\s*+)*+"
    rb"(?:<!doctype html|<html|<head|<meta)",
    re.IGNORECASE,
)
_FIELD = re.compile(rb"(?:From |[A-Za-z][A-Za-z0-9-]{1,60}:)", re.ASCII)


def kind_of(data: bytes) -> str:
    """One of the names above."""
    for start, kind in _STARTS:
        if data.startswith(start) and (kind != BMP or not _is_text(data)):
            return kind
    if data[:4] == b"RIFF":
        return {b"WEBP": WEBP, b"WAVE": WAV}.get(data[8:12], UNKNOWN)
    if data[4:8] == b"ftyp":
        return HEIF if data[8:12] in _STILL else MP4
    if data[4:8] in (b"moov", b"mdat", b"wide", b"free"):
        return MP4
    if b"%PDF-" in data[:_PDF_WITHIN]:
        return PDF
    if not _is_text(data):
        return UNKNOWN
    if _HTML.match(data[:_HEAD]):
        return HTML
    return MAIL if _FIELD.match(data) and b"base64" in data.lower() else TEXT


def is_plain(data: bytes) -> bool:
    """Whether a file is text, which says only what can be read in it: nothing to take out."""
    return kind_of(data) == TEXT


def names_somebody(data: bytes) -> bool:
    """Whether it is of a kind that is there to say who somebody is, or says it in a code that
    nobody reads: cards and calendars (RFC 6350, RFC 5545), keys and certificates, which mail
    programs attach by themselves, PostScript (`%%For`), and mail, which says to whom it came."""
    if _NAMING.match(data):
        return True
    return bool(_FIELD.match(data) and _is_text(data) and _OF_MAIL.search(data[:_HEAD]))


def _is_text(data: bytes) -> bool:
    if data.startswith((b"{\\rtf", b"\xd0\xcf\x11\xe0")):  # RTF has \author, \operator, \company
        return False
    return not _ODD.search(data[:_LOOK_AT])
