"""What was found out about a file. Pure values, and how they travel from the child to us."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from solicomm_build.foundation.errors import SoliCommError

MAX_TEXT = 4 << 20
"""Octets of text that are kept of one document: a thousand dense pages."""
MAX_COVER = 400 << 10


@dataclass(frozen=True, slots=True)
class Facts:
    """A file as its content says, whatever its name.

    `pages` is 0 where pages mean nothing. `text` is what can be read in it, LF line ends, pages
    ended by a form feed; None when this kind has no text (a picture) or when it is a scan, and then
    `scan` is true. `partial` says that limits cut the text short. `cover` is a small picture of the
    first page (WebP). `fault` says in a sentence why nothing more could be read: the file itself
    is as good as it came. `title`, `creators` and `lang` are what the file says of itself: guesses.
    """

    type: str
    pages: int = 0
    text: str | None = None
    scan: bool = False
    partial: bool = False
    cover: bytes = b""
    fault: str = ""
    title: str = ""
    creators: tuple[str, ...] = field(default=())
    lang: str = ""
    seconds: float = 0.0


def encode(facts: Facts) -> bytes:
    """One line of JSON, then text and cover, each as long as the line says."""
    head = asdict(facts)
    text = None if facts.text is None else facts.text.encode("utf-8", "replace")
    head |= {"text": None if text is None else len(text), "cover": len(facts.cover)}
    return json.dumps(head).encode() + b"\n" + (text or b"") + facts.cover


def decode(octets: bytes) -> Facts:
    """What `encode` wrote; raises SoliCommError when the child was cut off."""
    try:
        line, _, rest = octets.partition(b"\n")
        head = json.loads(line)
        size, cover = head["text"], head["cover"]
        if len(rest) != (size or 0) + cover:
            raise ValueError(f"{len(rest)} octets follow")
        head["text"] = None if size is None else rest[:size].decode()
        head["cover"] = rest[size or 0 :]
        head["creators"] = tuple(head["creators"])
        return Facts(**head)
    except (ValueError, KeyError, TypeError) as fault:
        raise SoliCommError(f"a reader of documents was cut off: {fault}") from fault
