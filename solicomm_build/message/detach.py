"""A copy without its large attachments: a short text stands where each of them was.

Pure. Works by byte range: every other part, and the header but for what describes a lone
attachment, keep their octets. What is signed or encrypted as a whole (RFC 1847) stays whole.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator

from solicomm_build.message.split import split
from solicomm_build.message.structure import Part, tree
from solicomm_build.message.transform import line_end, replace_fields

CLOSED = frozenset(("multipart/signed", "multipart/encrypted"))
"""What is signed or encrypted as a whole (RFC 1847)."""


def detached(raw: bytes, note: Callable[[bytes], str]) -> bytes:
    """The message with what `note` says in the place of each part it says something about.

    It is asked with the decoded octets of every part that holds no parts of its own and of every
    attached message; an empty answer leaves the part. Raises MessageError beyond the limits.
    """
    root, _ = tree(raw, split(raw))
    taken = [(part, text) for part in _leaves(root) if (text := note(part.payload(raw)))]
    if not taken:
        return raw
    if taken[0][0] is root:
        return _alone(raw, root, taken[0][1])
    pieces, at = [], 0
    for part, text in taken:
        pieces += [raw[at : part.head], _entity(text).replace(b"\r\n", line_end(raw))]
        at = part.stop
    return b"".join([*pieces, raw[at:]])


def _leaves(part: Part) -> Iterator[Part]:
    """In the order they stand in. At most `types.FARTHEST.mime_depth` deep."""
    if not part.type.startswith("multipart/"):
        yield part
    elif part.type not in CLOSED:
        for child in part.parts:
            yield from _leaves(child)


def _alone(raw: bytes, root: Part, text: str) -> bytes:
    """A message that is nothing but the attachment, with a text in its place."""
    head, _, body = _entity(text).partition(b"\r\n\r\n")
    lines = [line + b"\r\n" for line in head.split(b"\r\n")]
    short = replace_fields(
        raw[: root.start], lambda field: field.name.lower().startswith("content-"), lines
    )
    return short + body.replace(b"\r\n", line_end(raw)) + line_end(raw)


def _entity(text: str) -> bytes:
    """The text as a part of its own, CRLF, without a line end after the last line."""
    octets = text.replace("\n", "\r\n").encode("utf-8", "replace")
    encoding, body = b"7bit", octets
    if not octets.isascii():
        encoding, body = b"base64", base64.encodebytes(octets).replace(b"\n", b"\r\n").rstrip()
    return (
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Disposition: inline\r\n"
        b"Content-Transfer-Encoding: %s\r\n\r\n%s" % (encoding, body)
    )
