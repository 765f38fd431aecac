"""Messages of our own as octets: text parts, multiparts, a whole message.

Pure. Header fields come from `transform.header_field`, so nothing from outside can break out of
one; what is put inside a multipart keeps its octets. All line ends are CRLF.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote

from solicomm_build.message import body, header
from solicomm_build.message.split import split
from solicomm_build.message.transform import header_field

_NAME = 60  # characters of a message's name in a digest
_LONGEST_LINE = 900  # RFC 5322 2.1.1: at most 998


def message(fields: Iterable[bytes], part: bytes) -> bytes:
    """A whole message: its own fields, then a part that brings its content fields."""
    return b"".join((*fields, header_field("MIME-Version", "1.0"), part))


def date_field(moment: datetime) -> bytes:
    """The Date field of an aware moment (RFC 5322 3.3)."""
    return header_field("Date", format_datetime(moment))


def text_part(text: str, subtype: str = "plain") -> bytes:
    """A part of text/`subtype` in UTF-8: content fields, blank line, body."""
    octets = text.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8", "replace")
    encoding, body = _encoded(octets)
    return _fields(f"text/{subtype}; charset=utf-8", encoding) + b"\r\n" + body


def file_part(kind: str, name: str, octets: bytes) -> bytes:
    """A part that is a file (RFC 2183), in base64; names that are not ASCII as RFC 2231 4 says."""
    body = base64.encodebytes(octets).replace(b"\n", b"\r\n")
    plain = re.fullmatch(r"[ !#-\[\]-~]{1,100}", name)
    shown = f'filename="{name}"' if plain else f"filename*=utf-8''{quote(name, safe='')}"
    disposition = header_field("Content-Disposition", f"attachment; {shown}")
    return _fields(kind, "base64") + disposition + b"\r\n" + body


def encoded_part(kind: str, name: str, octets: bytes) -> bytes:
    """A part of any leaf type, in the encoding that suits it; a file to keep when it has a name."""
    encoding, body = _encoded(octets)
    return _head(kind, name) + _fields("", encoding) + b"\r\n" + body


def whole_part(kind: str, name: str, octets: bytes) -> bytes:
    """A part that keeps its octets, such as message/rfc822 (RFC 2046 5.2.1) and the fields of one;
    a file to keep when it has a name."""
    return _head(kind, name) + _fields("", "" if octets.isascii() else "8bit") + b"\r\n" + octets


def message_part(raw: bytes) -> bytes:
    """A message/rfc822 part that holds a message octet by octet (RFC 2046 5.2.1). Inside a
    multipart/digest use `digest_part`, where the type goes without saying."""
    return _fields("message/rfc822", "" if raw.isascii() else "8bit") + b"\r\n" + raw


def digest_part(raw: bytes) -> bytes:
    """A message as a part of a multipart/digest (RFC 2046 5.1.5). The type would be the default; it
    is written down with a name, made of the subject, since programs show what has none as
    `noname.eml`. Raises MessageError when its header cannot be read."""
    values = (one.value for one in split(raw).named("subject"))
    subject = header.decode(next(values, "")).replace("/", "-").replace("\\", "-")
    name = f"{body.safe_name(subject)[:_NAME].strip(' .') or 'message'}.eml"
    head = _head("message/rfc822", name).replace(b"Disposition: attachment", b"Disposition: inline")
    wide = b"" if raw.isascii() else header_field("Content-Transfer-Encoding", "8bit")
    return head + wide + b"\r\n" + raw


def report_part(text: str) -> bytes:
    """A message/delivery-status part (RFC 3464 2.1) of these lines."""
    return _fields("message/delivery-status", "") + b"\r\n" + text.encode("ascii", "replace")


def multipart(kind: str, parts: Sequence[bytes], *, seed: str) -> bytes:
    """A multipart of these parts (with their content fields): content fields, blank line, body.

    `kind` is a subtype, with parameters if need be. The boundary is made of `seed` alone, so that
    the same message is the same octets.
    """
    whole = b"\r\n".join(parts)
    mark = boundary(whole, seed)
    subtype, semicolon, parameters = kind.partition(";")
    value = f'multipart/{subtype}; boundary="{mark}"{semicolon}{parameters}'
    encoding = "" if whole.isascii() else "8bit"
    dash = b"--" + mark.encode("ascii")
    body = b"".join(dash + b"\r\n" + part + b"\r\n" for part in parts)
    return _fields(value, encoding) + b"\r\n" + body + dash + b"--\r\n"


def boundary(whole: bytes, seed: str) -> str:
    """At most 70 octets that do not occur in `whole` (RFC 2046 5.1.1); always the same for both."""
    number = 0
    while True:
        digest = hashlib.sha256(f"{number} {seed}".encode("utf-8", "replace")).hexdigest()[:32]
        mark = f"=_{digest}"
        if mark.encode("ascii") not in whole:
            return mark
        number += 1


def _head(kind: str, name: str) -> bytes:
    """What a part is and how its file is called, each parameter on a line of its own (RFC 2183,
    RFC 2231 4). Old programs look for the name in the type, where only ASCII may stand."""
    old = _parameter("name", name) if name.isascii() else b""
    head = b"Content-Type: %s%s\r\n" % (kind.encode("ascii"), old)
    if name:
        shown = _parameter("filename", name)
        head += b"Content-Disposition: attachment%s\r\n" % shown
    return head


def _parameter(name: str, value: str) -> bytes:
    if not value:
        return b""
    if re.fullmatch(r"[ !#-[\]-~]+", value):
        return f';\r\n {name}="{value}"'.encode("ascii")
    return f";\r\n {name}*=utf-8''{quote(value, safe='')}".encode("ascii")


def _fields(kind: str, encoding: str) -> bytes:
    lines = [header_field("Content-Type", kind)] if kind else []
    if encoding:
        lines.append(header_field("Content-Transfer-Encoding", encoding))
    return b"".join(lines)


def _encoded(octets: bytes) -> tuple[str, bytes]:
    """7bit where it can be, else the shorter of quoted-printable and base64 (RFC 2045 6)."""
    if octets.isascii() and all(len(line) <= _LONGEST_LINE for line in octets.split(b"\r\n")):
        return "7bit", octets
    printable = binascii.b2a_qp(octets, istext=True)
    coded = base64.encodebytes(octets).replace(b"\n", b"\r\n")
    if len(printable) <= len(coded):
        return "quoted-printable", printable
    return "base64", coded
