"""A copy with a footer below its text: a few lines, or a part of its own.

Pure. Works by byte range, as Mailman does it: lines go below a lone text/plain whose encoding takes
them as they are; every other message becomes multipart/mixed, with what it was as the first part,
octet by octet, and the footer as the last. What is signed or encrypted as a whole (RFC 1847,
RFC 8551, or OpenPGP in the text) stays as it is.
"""

from __future__ import annotations

import binascii

from solicomm_build.message import compose
from solicomm_build.message.detach import CLOSED
from solicomm_build.message.split import Field, split
from solicomm_build.message.structure import Part, tree
from solicomm_build.message.transform import header_field, line_end, replace_fields

_WHOLE = CLOSED | {"application/pkcs7-mime", "application/x-pkcs7-mime"}
_ARMOUR = b"-----BEGIN PGP "
_RULE = "_" * 30
_PLAIN = frozenset({"", "7bit", "8bit"})
_DESCRIBES = frozenset(
    {
        "content-type",
        "content-transfer-encoding",
        "content-disposition",
        "content-description",
        "content-id",
        "content-language",
        "content-location",
        "content-md5",
    }
)


def with_footer(raw: bytes, text: str, *, seed: str) -> bytes:
    """The message with `text` (LF, a few short lines) below; the message itself where it must stay
    as it is. `seed` names it: a boundary is made of it. Raises MessageError beyond the limits."""
    root, _ = tree(raw, split(raw))
    if _is_closed(root) or _ARMOUR in raw:
        return raw
    if root.type == "text/plain":
        lines = _lines(raw, root, f"{_RULE}\n{text}")
        if lines is not None:
            return lines
    if root.type == "multipart/mixed" and (inserted := _last(raw, root, text)) is not None:
        return inserted
    return _enclosed(raw, root, text, seed)


def _is_closed(root: Part) -> bool:
    waiting = [root]
    while waiting:
        part = waiting.pop()
        if part.type in _WHOLE:
            return True
        waiting += part.parts if part.type.startswith("multipart/") else ()
    return False


def _lines(raw: bytes, root: Part, text: str) -> bytes | None:
    """The footer as lines of the text; None where its characters or encoding do not take them."""
    if root.fields.get("content-disposition", "inline").partition(";")[0].strip() != "inline":
        return None
    octets = _octets(text, root.params.get("charset", "us-ascii"))
    if octets is None or root.encoding not in (*_PLAIN, "quoted-printable"):
        return None
    eol, body = line_end(raw), raw[root.start :].rstrip(b"\r\n")
    if root.encoding == "quoted-printable":
        octets, body = binascii.b2a_qp(octets, istext=True), body.removesuffix(b"=")
    elif root.encoding != "8bit" and not octets.isascii():
        return None
    gap = eol * 2 if body else b""
    return raw[: root.start] + body + gap + octets.replace(b"\n", eol) + eol


def _octets(text: str, charset: str) -> bytes | None:
    """The text in a character set that has ASCII in it; None where it does not fit."""
    try:
        return text.encode(charset) if "\n_".encode(charset) == b"\n_" else None
    except (LookupError, ValueError):
        return None


def _last(raw: bytes, root: Part, text: str) -> bytes | None:
    """The footer as one more part of a multipart/mixed; None where its end is not to be found."""
    mark = b"--" + root.params.get("boundary", "").encode("utf-8", "replace")
    if not root.parts:
        return None
    eol, stop = line_end(raw), root.parts[-1].stop
    if not raw[stop : stop + 2 + len(mark) + 2].lstrip(b"\r\n").startswith(mark + b"--"):
        return None
    part = _part(text).replace(b"\r\n", eol).removesuffix(eol)
    return raw[:stop] + eol + mark + eol + part + raw[stop:]


def _enclosed(raw: bytes, root: Part, text: str, seed: str) -> bytes:
    """A multipart/mixed of what it was and the footer."""
    eol = line_end(raw)
    fields = [one for one in split(raw).fields if one.name.lower() in _DESCRIBES]
    head = b"".join(_whole(raw, one, eol) for one in fields)
    inner = head + eol + raw[root.start :]
    mark = compose.boundary(inner, seed).encode("ascii")
    body = b"".join(
        [
            b"--" + mark + eol + inner + (b"" if inner.endswith(b"\n") else eol),
            b"--" + mark + eol + _part(text).replace(b"\r\n", eol),
            b"--" + mark + b"--" + eol,
        ]
    )
    lines = [header_field("Content-Type", f'multipart/mixed; boundary="{mark.decode()}"')]
    if not inner.isascii():
        lines.append(header_field("Content-Transfer-Encoding", "8bit"))
    if not split(raw).named("mime-version"):
        lines.append(header_field("MIME-Version", "1.0"))
    outer = replace_fields(raw[: root.start], lambda one: one.name.lower() in _DESCRIBES, ())
    return b"".join(line.replace(b"\r\n", eol) for line in lines) + outer + body


def _part(text: str) -> bytes:
    """The footer as a part, CRLF; programs show it below the text."""
    made = compose.text_part(f"{_RULE}\n{text}\n")
    return made.replace(b"\r\n", b"\r\nContent-Disposition: inline\r\n", 1)


def _whole(raw: bytes, one: Field, eol: bytes) -> bytes:
    octets = raw[one.start : one.end]
    return octets if octets.endswith(b"\n") else octets + eol
