"""Files on their way into a library: looked into, cleaned and named so that a card can hold them.

A child reads each (extraction/) and another cleans it (cleaning/). The text that was found in a
document and a picture of its first page become files of the card, too.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from solicomm_build.cleaning.child import clean
from solicomm_build.cleaning.result import Cleaned
from solicomm_build.extraction import sniff
from solicomm_build.extraction.child import extract
from solicomm_build.extraction.facts import Facts
from solicomm_build.features.library.cards.entry import File
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.language import languagetag
from solicomm_build.message.text import spoken

MAX_FILE = 200 << 20
"""Octets of one file."""

_SUFFIXES = {
    "application/pdf": ".pdf",
    "application/epub+zip": ".epub",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "audio/mpeg": ".mp3",
    "audio/ogg": ".ogg",
    "audio/flac": ".flac",
    "audio/x-wav": ".wav",
    "audio/mp4": ".m4a",
    "text/html": ".html",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "application/rtf": ".rtf",
    "application/vnd.oasis.opendocument.text": ".odt",
    "text/plain": ".txt",
}
_SUFFIX = re.compile(r"[a-z0-9]{1,5}")
_NO_NAME = re.compile(r"[^a-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file that shall come into a library: its octets and the name its sender gave it."""

    name: str
    data: bytes
    role: str = "main"
    lang: str = ""


@dataclass(frozen=True, slots=True)
class Shelved:
    """A file as the card names it, with its octets and what was found in it. The octets are a copy
    that knows nothing of its sender, unless `is_safe` is false; `came` is the SHA-256 of those that
    came."""

    file: File
    data: bytes
    facts: Facts
    came: str = ""
    is_safe: bool = True


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found in a file, and what is kept of it; no copy of what a library does not take."""

    facts: Facts
    copy: Cleaned | None


def read_files(
    files: Sequence[Incoming], known: Mapping[str, Looked] | None = None
) -> list[Shelved]:
    """Looks into the files, cleans them (cleaning/), and gives them names that fit a card.
    Blocking, up to 150 s a file that is not among those `known` by their SHA-256.

    Raises ContentError for a file that is empty, too large, or of a kind that libraries do not
    take: the file, the fault and the remedy.
    """
    found: list[Shelved] = []
    taken = {"entry.md"}
    for file in files:
        if not file.data:
            raise ContentError("the file is empty", file=file.name, remedy="Send it again")
        if len(file.data) > MAX_FILE:
            raise ContentError(
                f"the file has more than {MAX_FILE >> 20} MB",
                file=file.name,
                remedy="Split it or make it smaller",
            )
        sha256 = hashlib.sha256(file.data).hexdigest()
        looked = (known or {}).get(sha256) or look(file)
        facts = looked.facts
        if facts.type not in sniff.TYPES:
            raise ContentError(
                "a library does not take this kind of file",
                file=file.name,
                remedy="Send a PDF, EPUB, text, web page, office text, picture or recording",
            )
        name = _free(file_name(file.name, facts.type), taken)
        copy = looked.copy or clean(file.data)
        has_text = None if facts.type.startswith(("image/", "audio/")) else facts.text is not None
        found.append(
            Shelved(
                File(
                    sha256=hashlib.sha256(copy.octets).hexdigest(),
                    name=name,
                    type=facts.type,
                    size=len(copy.octets),
                    role=file.role if not found else _later(file.role),
                    lang=file.lang,
                    pages=facts.pages,
                    text=has_text,
                ),
                copy.octets,
                facts,
                sha256,
                copy.is_safe,
            )
        )
    return found


def file_name(name: str, kind: str) -> str:
    """A name of at most 100 characters of `a-z0-9._-` for a file that somebody called `name`."""
    last = re.split(r"[/\\]", name)[-1]
    plain = unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode().lower()
    stem, _, suffix = plain.rpartition(".")
    if not _SUFFIX.fullmatch(suffix):
        stem, suffix = plain, ""
    stem = _NO_NAME.sub("-", stem).strip("-._")[:80] or "document"
    return stem + (f".{suffix}" if suffix else _SUFFIXES.get(kind, ""))


def language_of(facts: Facts, default: str) -> str:
    """The language of a document: by its words, else as the file says, else `default`."""
    text = "\n".join(line.strip() for line in (facts.text or "")[:40_000].split("\n"))
    hint = languagetag.of(facts.lang)
    later = text[len(text) // 2 :]  # the first page may be a title and names
    return spoken.language(text, hint) or spoken.language(later, hint) or hint or default


def look(file: Incoming) -> Looked:
    """What a file holds, and its copy when a library takes such files. Blocking, up to 150 s."""
    facts = _facts(file)
    copy = clean(file.data) if facts.type in sniff.TYPES else None
    if copy is not None and copy.octets != file.data and (words := words_of(file.name, copy)):
        facts = replace(facts, text=words.text)
    return Looked(facts, copy)


def words_of(name: str, copy: Cleaned) -> Facts | None:
    """What a clean copy says in words, where that may be less than its original says: an office
    file names who commented and holds what was deleted. Blocking."""
    if not copy.octets.startswith(b"PK"):
        return None
    found = _facts(Incoming(name, copy.octets))
    return found if found.text is not None else None


def _facts(file: Incoming) -> Facts:
    with tempfile.NamedTemporaryFile(prefix="solicomm-", suffix=".document") as spooled:
        spooled.write(file.data)
        spooled.flush()
        return extract(Path(spooled.name), file.name)


def derived_files(shelved: Sequence[Shelved]) -> tuple[list[Shelved], list[str]]:
    """The texts and the cover made of the files; and what is to be said about them."""
    made: list[Shelved] = []
    notes: list[str] = []
    taken = {"entry.md", *(item.file.name for item in shelved)}
    for item in shelved:
        name, facts = item.file.name, item.facts
        stem = name.rpartition(".")[0] or name
        if facts.fault:
            notes.append(f"{name}: {facts.fault}. It was kept as it came")
        if not item.is_safe:
            notes.append(
                f"{name}: files of this kind cannot be cleaned. It may say who made it, where and "
                "on what; save it as PDF, .odt or .docx if nobody may know that"
            )
        if facts.scan:
            notes.append(f"{name} is a scan: there is no text in it to search or to send by mail")
        if facts.partial:
            notes.append(f"{name}: only the first part of its text was read")
        if facts.text and not facts.type.startswith(("text/", "application/json")):
            text = facts.text.encode("utf-8", "replace")
            made.append(_made(_free(f"{stem}.txt", taken), "text/plain", "text", text))
        if facts.cover and not any(other.file.role == "cover" for other in made):
            made.append(_made(_free("cover.webp", taken), "image/webp", "cover", facts.cover))
    return made, notes


def _made(name: str, kind: str, role: str, data: bytes) -> Shelved:
    text = True if role == "text" else None
    file = File(hashlib.sha256(data).hexdigest(), name, kind, len(data), role, text=text)
    return Shelved(file, data, Facts(kind))


def _later(role: str) -> str:
    """The role of a file that is not the first: there is one main file."""
    return "annex" if role == "main" else role


def _free(name: str, taken: set[str]) -> str:
    """`name`, or with a number when it is taken; takes it."""
    stem, dot, suffix = name.rpartition(".")
    number, free = 2, name
    while free in taken:
        free = f"{stem or name}-{number}{dot}{suffix if stem else ''}"
        number += 1
    taken.add(free)
    return free
