"""Files under public/: written only when their bytes change, in one step, with their compressed
siblings beside them; taken away when nothing makes them any more.

A page's `.br` and `.gz` siblings (a feed's `.gz`) are made here, so that no server compresses at
request time. They are a function of the page's bytes (no time stamps inside), which the equality of
builds relies on.
"""

from __future__ import annotations

import contextlib
import ctypes
import gzip
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import brotli

from solicomm_build.errors import StoreError

BROTLI_QUALITY = 5
BROTLI_FINEST = 11
"""For what is written once and fetched by everybody; too slow for pages (0.03 s a file)."""
GZIP_LEVEL = 6
_gzip: Callable[..., bytes] = gzip.compress
_brotli: Callable[..., bytes] = brotli.compress
_COMPRESSED = {".html", ".xml", ".json", ".css", ".js", ".svg", ".txt", ".csv", ".md", ".ics"}
_GZIP_ONLY = {".xml"}
"""Feeds, sitemaps and catalogues: what fetches them asks for gzip, and there is a feed a topic."""
_WORTH = 1200
"""Below this many bytes an answer fits one packet as it is."""


@dataclass(frozen=True, slots=True)
class Output:
    """A row of the manifest: a file's path below public/, who owns it, and what it is."""

    path: str
    section: str
    key: str
    sha256: str
    bytes: int


def path_of(url: str) -> str:
    """The file, relative to public/, that a root-relative URL is served from.

    Raises StoreError for a URL that would leave public/; none of ours does.
    """
    path = url.lstrip("/")
    if path == "" or path.endswith("/"):
        path += "index.html"
    parts = PurePosixPath(path).parts
    if any(part in {"..", "."} or "\0" in part for part in parts) or path.startswith("/"):
        raise StoreError("a page's address would leave the public folder")
    return path


NOT_PAGES = "/search/index/"
"""The search looks after its own files (search.py), at another time than the pages: the hub's, and
those of each conference for members only."""


class Publisher:
    """Writes below `root`; `written` counts the files whose bytes changed, siblings aside."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self.written: list[str] = []

    def put(
        self, url: str, data: bytes, *, section: str, key: str, quality: int = BROTLI_QUALITY,
        worth: int = _WORTH,
    ) -> Output:  # fmt: skip
        """Makes the file of `url` hold `data`; returns its manifest row. Atomic for readers. Of
        fewer octets than `worth` there are no compressed siblings."""
        path = path_of(url)
        target = self._root / path
        if not _holds(target, data):
            with contextlib.suppress(FileExistsError):
                target.parent.mkdir(parents=True, exist_ok=True)
            self._replace(target, data, quality, worth)
            self.written.append(path)
        return Output(path, section, key, hashlib.sha256(data).hexdigest(), len(data))

    def _replace(self, target: Path, data: bytes, quality: int, worth: int) -> None:
        new = not target.exists()  # nobody is given the siblings of a file that is not there
        small = target.suffix not in _COMPRESSED or len(data) < worth
        siblings = {} if small else _siblings(target.suffix, data, quality)
        for suffix in (".br", ".gz"):
            sibling = target.with_name(target.name + suffix)
            if suffix in siblings:
                (_write_plain if new else _write)(sibling, siblings[suffix])
            elif not new:
                sibling.unlink(missing_ok=True)
        _write(target, data)

    def remove(self, url: str) -> None:
        """Takes the file of `url` and its siblings away, and folders that are empty then."""
        target = self._root / path_of(url)
        for name in (target, *(target.with_name(target.name + s) for s in (".br", ".gz"))):
            name.unlink(missing_ok=True)
        folder = target.parent
        with contextlib.suppress(OSError):
            while folder != self._root:
                folder.rmdir()
                folder = folder.parent

    def sweep(self, known: set[str]) -> list[str]:
        """Takes away every file that is not in `known` (paths below root) and a page's; returns
        what went."""
        gone = []
        for folder, _, names in os.walk(self._root):
            if NOT_PAGES in f"/{os.path.relpath(folder, self._root)}/":
                continue
            for name in names:
                path = os.path.relpath(os.path.join(folder, name), self._root)
                bare = path.removesuffix(".br").removesuffix(".gz")
                if path not in known and bare not in known:
                    os.unlink(os.path.join(folder, name))
                    gone.append(path)
        for folder, _, _ in os.walk(self._root, topdown=False):
            if folder != os.fspath(self._root):
                with contextlib.suppress(OSError):
                    os.rmdir(folder)
        return gone


def sync(root: Path) -> None:
    """Makes all that was written below `root` durable. Blocking."""
    fd = os.open(root, os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(fd) != 0:
            os.sync()
    finally:
        os.close(fd)


def _holds(target: Path, data: bytes) -> bool:
    try:
        return target.stat().st_size == len(data) and target.read_bytes() == data
    except FileNotFoundError:
        return False


def _siblings(kind: str, data: bytes, quality: int) -> dict[str, bytes]:
    zipped = {".gz": _gzip(data, GZIP_LEVEL, mtime=0)}
    return zipped if kind in _GZIP_ONLY else {".br": _brotli(data, quality=quality), **zipped}


def _write_plain(target: Path, data: bytes) -> None:
    with open(target, "wb") as file:
        file.write(data)


def _write(target: Path, data: bytes) -> None:
    """One step for readers. The name aside is always the same, so that what a kill left is written
    over by the next try; two builders never write at once, since a child holds the build's lock."""
    temporary = target.with_name(f".{target.name}.new")
    with open(temporary, "wb") as file:
        file.write(data)
    os.replace(temporary, target)
