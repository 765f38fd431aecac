"""What a file in a repository that people push to may be called and be. Pure.

Names travel to Windows and to phones, into addresses and into zip files: small letters of ASCII,
digits, `.`, `_` and `-`, so that no two differ only by case or by how an accent is written. What an
object is says git's mode, never its name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from solicomm_build.foundation.errors import ContentError

DEEPEST = 8
"""Folders and file together."""
FILE_MODES = ("100644", "100755")
TREE, LINK, SUBMODULE = "040000", "120000", "160000"

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}", re.ASCII)
_PROGRAMS = (
    ".py",
    ".j2",
    ".jinja",
    ".html",
    ".htm",
    ".xhtml",
    ".js",
    ".mjs",
    ".css",
    ".php",
    ".sh",
    ".rst",
    ".exe",
    ".bat",
    ".cmd",
    ".com",
    ".jar",
    ".xml",
    ".xsl",
    ".wasm",
)
_DRAWINGS = (".svg", ".svgz")
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.ASCII)


def check_mode(path: str, mode: str) -> ContentError | None:
    """The fault of an object's type, or None for a plain file."""
    file = shown(path)
    if mode == LINK:
        return ContentError(
            "this is a symbolic link", file=file, remedy="Put the file itself in its place"
        )
    if mode == SUBMODULE:
        return ContentError(
            "this is another repository (a submodule)", file=file, remedy="Put its files here"
        )
    if mode not in FILE_MODES:
        return ContentError("this is not a plain file", file=file, remedy="Add it anew")
    return None


def check_path(path: str) -> ContentError | None:
    """The first fault of a path in its names, or None."""
    parts = path.split("/")
    if len(parts) > DEEPEST:
        return _fault(path, "the folders are nested too deeply", f"At most {DEEPEST} levels")
    for part in parts:
        fault = _check_name(path, part)
        if fault is not None:
            return fault
    return _check_kind(path, parts[-1])


def _check_name(path: str, name: str) -> ContentError | None:
    if name.startswith("."):
        remedy = "Take it out; list what git should not see in .git/info/exclude"
        return _fault(path, "hidden files are not taken", remedy)
    if not name.isprintable() or name != name.encode("utf-8", "replace").decode("utf-8"):
        return _fault(path, "the name holds characters that cannot be shown", _PLAIN)
    if name != unicodedata.normalize("NFC", name):
        return _fault(path, "the name is not in Unicode's composed form (NFC)", _PLAIN)
    if name != name.lower():
        return _fault(path, "the name has capital letters", _PLAIN)
    if len(name) > 100:
        return _fault(path, "the name is longer than 100 characters", "Shorten it")
    if not _NAME.fullmatch(name) or name.endswith("."):
        return _fault(path, "the name has characters that are not taken", _PLAIN)
    if _DEVICES.fullmatch(name):
        return _fault(path, "no computer with Windows can hold a file of this name", "Rename it")
    return None


def _check_kind(path: str, name: str) -> ContentError | None:
    if name.endswith(_PROGRAMS):
        fault = "programs, styles and HTML are not taken"
        return _fault(path, fault, "Write the text as Markdown, in a file that ends in .md")
    if name.endswith(_DRAWINGS):
        fault = "a picture of this kind is not taken"
        return _fault(path, fault, "Save it as PNG, JPEG or WebP")
    return None


def twins(folder: str, names: Iterable[str]) -> list[ContentError]:
    """A fault for each name in one folder that differs from another one by case or accents only."""
    known: dict[str, str] = {}
    faults = []
    for name in sorted(names):
        folded = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
        if folded in known:
            path = f"{folder}/{name}" if folder else name
            fault = f"the name differs from {shown(known[folded])} only by capital letters"
            faults.append(_fault(path, fault, "Rename one of them"))
        known.setdefault(folded, name)
    return faults


def shown(path: str) -> str:
    """A path as a message may show it: nothing that moves a terminal's cursor, not endless."""
    text = path.encode("utf-8", "replace").decode("utf-8")
    plain = "".join(char if char.isprintable() else "?" for char in text)
    return plain if len(plain) <= 200 else plain[:199] + "…"


_PLAIN = "Use small letters a to z, digits, - and _"


def _fault(path: str, fault: str, remedy: str) -> ContentError:
    return ContentError(fault, file=shown(path), remedy=remedy)
