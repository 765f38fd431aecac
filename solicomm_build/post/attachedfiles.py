"""What an attached file is, by name, declared type and first octets: may it go to a list? Pure.

Senders say what a file is in three ways, and those who mean harm say different things. A file of an
allow-list (`attachments: types` in conference.yaml) has a name on the list and octets that begin as
such files do; a program is one whatever it is called (docs/mail-rules.md#posting).
"""

from __future__ import annotations

import re

from solicomm_build.message.values import Attachment

_PROGRAMS = re.compile(
    r"apk|appimage|bat|cmd|com|cpl|dll|dmg|exe|hta|iso|jar|jse?|lnk|msc|msi|pif|ps1|reg|scr|sh|"
    r"vb[es]?|wsf",
    re.IGNORECASE,
)
_PROGRAM_TYPES = re.compile(
    r"application/(?:x-(?:msdownload|msdos-program|dosexec|executable|mach-binary|sh|bat|msi|"
    r"java-archive)|java-archive|vnd\.microsoft\.portable-executable|hta)"
)
_PROGRAM_STARTS = (
    b"MZ",
    b"\x7fELF",
    b"#!",
    b"\xfe\xed\xfa",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
)
_VOICE = (b"#!AMR\n", b"#!AMR-WB\n")  # begins like a script, and is none (RFC 4867 5)
_ADTS = (b"\xff\xf1", b"\xff\xf9")
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_STARTS: dict[str, tuple[bytes, ...]] = {
    "pdf": (b"%PDF-",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "gif": (b"GIF87a", b"GIF89a"),
    "webp": (b"RIFF",),
    "rtf": (b"{\\rtf",),
    "doc": (b"\xd0\xcf\x11\xe0",),
    "xls": (b"\xd0\xcf\x11\xe0",),
    "ppt": (b"\xd0\xcf\x11\xe0",),
    **dict.fromkeys(("ogg", "oga", "opus"), (b"OggS",)),
    "mp3": (b"ID3", b"\xff\xfb", b"\xff\xfa", b"\xff\xf3", b"\xff\xf2", *_ADTS),
    "aac": (b"ID3", *_ADTS),
    "amr": _VOICE,
    "webm": (b"\x1aE\xdf\xa3",),
    **dict.fromkeys(("zip", "odt", "ods", "odp", "docx", "xlsx", "pptx", "epub"), _ZIP),
}
"""How files of a kind begin; kinds that are not here, such as text, begin in any way."""

_PDF_WITHIN = 1024  # readers bear this much in front of %PDF- (ISO 32000-1 annex H.3.4.1)


def extension(attachment: Attachment) -> str:
    """The end of a file's name in lower case; empty when it has none."""
    return attachment.name.rpartition(".")[2].lower() if "." in attachment.name else ""


def is_program(attachment: Attachment) -> bool:
    """Whether its name, its declared type or its octets make it something that a system runs."""
    if _PROGRAMS.fullmatch(extension(attachment)) or _PROGRAM_TYPES.fullmatch(attachment.type):
        return True
    if attachment.payload.startswith(_VOICE):
        return False
    return attachment.payload.startswith(_PROGRAM_STARTS)


def is_what_it_says(attachment: Attachment) -> bool:
    """Whether its octets begin as its name promises; True where nothing is known of such files."""
    kind = extension(attachment)
    if kind == "m4a":
        return attachment.payload[4:8] == b"ftyp"  # ISO/IEC 14496-12 4.3
    starts = _STARTS.get(kind)
    if starts is None or not attachment.payload:
        return True
    if kind == "pdf":
        return b"%PDF-" in attachment.payload[:_PDF_WITHIN]
    return attachment.payload.startswith(starts)
