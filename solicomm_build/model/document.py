"""Files that people write: YAML, or YAML front matter with Markdown below, ready to be checked.

Used by library cards, sites, pages, news and events. The format: the first line is `---`, YAML
follows, a second `---` line ends it, the rest is the body. UTF-8 without NUL, LF or CRLF. (The
front matter of posts, which only SoliComm writes, is a strict subset: `frontmatter`.)
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from solicomm_build import yamlsafe
from solicomm_build.errors import ContentError, ContentErrors
from solicomm_build.model.table import Faults, Table

MAX_BYTES = 262144
"""Front matter and body together: 256 KiB (security.md B.3)."""
_FENCE = "---"


@dataclass(frozen=True, slots=True)
class Document:
    """A file's front matter, ready to be read key by key, and its body (LF, NFC, one final LF)."""

    table: Table
    faults: Faults
    body: str


def split(blob: bytes, *, file: str) -> Document:
    """Reads a file with front matter.

    Raises ContentErrors when the file is too large, not UTF-8, has no front matter or no end of
    it, or when the YAML in it is refused by yamlsafe.
    """
    text = _text(blob, file)
    lines = text.split("\n")
    if lines[0].rstrip() != _FENCE:
        raise _single("the file has no front matter", file, 1, "Begin with a line `---`")
    for number, line in enumerate(lines[1:], 1):
        if line.rstrip() == _FENCE:
            # An empty line in place of the fence keeps the line numbers those of the file.
            front = "\n".join(["", *lines[1:number], ""])
            return Document(*_table(front, file), _trimmed("\n".join(lines[number + 1 :])))
    raise _single("the front matter does not end", file, 1, "End it with a line `---`")


def plain(blob: bytes, *, file: str) -> Document:
    """Reads a file that is YAML from end to end, such as `site.yaml`; raises as `split` does."""
    return Document(*_table(_text(blob, file), file), "")


def join(fields: Mapping[str, object], body: str) -> bytes:
    """The file that `split` reads back: front matter, then the body with one final LF."""
    gap = "\n" if body else ""
    return f"{_FENCE}\n{dump(fields)}{_FENCE}\n{gap}{body}".encode()


def dump(fields: Mapping[str, object]) -> str:
    """The fields (mappings, lists and strings) as YAML; empty ones are for the caller to drop."""
    return yamlsafe.dump(cast("yamlsafe.Node", dict(fields)))


def _text(blob: bytes, file: str) -> str:
    if len(blob) > MAX_BYTES:
        raise _single(f"the file has {len(blob)} bytes", file, 1, f"At most {MAX_BYTES}")
    try:
        text = blob.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = blob[: error.start].count(b"\n") + 1
        raise _single("the file is not UTF-8", file, line, "Save it as UTF-8") from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise _single("the file holds a NUL", file, line, "Take it out")
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n"))


def _table(text: str, file: str) -> tuple[Table, Faults]:
    try:
        value, lines = yamlsafe.load_marked(text, file=file)
    except ContentError as error:
        raise ContentErrors([error]) from error
    faults = Faults(file, lines)
    return Table(value, faults), faults


def _trimmed(body: str) -> str:
    stripped = body.strip("\n")
    return f"{stripped}\n" if stripped.strip() else ""


def _single(fault: str, file: str, line: int, remedy: str) -> ContentErrors:
    return ContentErrors([ContentError(fault, file=file, line=line, remedy=remedy)])
