"""Files under public/: written only when their bytes change, in one step, with their compressed
siblings beside them; taken away when nothing makes them any more.

A page's `.br` and `.gz` siblings (a feed's `.gz`) are made here, so that no server compresses at
request time. They are a function of the page's bytes (no time stamps inside), which the equality of
builds relies on.
"""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import brotli

from solicomm_build.builder.gzipped import gzipped
from solicomm_build.foundation.errors import StoreError

BROTLI_QUALITY = 5
"""Of what is made and replaced all the time: pages."""
_FINEST = 11
_brotli: Callable[..., bytes] = brotli.compress
_WINDOW, _WINDOW_OF_MORE = 16, 22
"""How far back brotli looks, as a power of two. Of what fits into the smaller one it makes the same
or less, a tenth to a fifth faster."""
_COMPRESSED = {".html", ".xml", ".json", ".css", ".js", ".svg", ".txt", ".csv", ".md", ".ics"}
SIBLINGS = (".br", ".gz")
_GZIP_ONLY = {".xml"}
"""Feeds, sitemaps and catalogues: what fetches them asks for gzip, and there is a feed a topic."""
_ANEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
_WORTH = 1200
"""Below this many bytes an answer fits one packet as it is."""


class Output(NamedTuple):
    """A row of the manifest: a file's path below public/, who owns it, and what it is. A named
    tuple because each comes out of a child."""

    path: str
    section: str
    key: str
    sha256: str
    bytes: int


class Taken(NamedTuple):
    """A file on its way to another machine: its path below the root, its octets, and those of its
    compressed siblings by suffix."""

    path: str
    octets: bytes
    siblings: Mapping[str, bytes]


def path_of(url: str) -> str:
    """The file, relative to public/, that a root-relative URL is served from.

    Raises StoreError for a URL that would leave public/; none of ours does.
    """
    path = url.lstrip("/")
    if path == "" or path.endswith("/"):
        path += "index.html"
    if "\0" in path or ".." in path.split("/"):
        raise StoreError("a page's address would leave the public folder")
    return path


PEERS = "/search/peers/"
NOT_PAGES = "/search/index/"
"""The search looks after its own files (search.py), at another time than the pages: the hub's, and
those of each conference for members only; and the copies of other hubs' below `PEERS`."""
TAKE = "/take/"
"""What the operator has put there to be fetched; nothing that is built."""


class Publisher:
    """Writes below `root`; `written` counts the files whose bytes changed, siblings aside. Pages
    that no server hands out (`packed` False) have none."""

    def __init__(self, root: Path, *, packed: bool = True) -> None:
        self._root, self._packed = root, packed
        self.written: list[str] = []

    def put(
        self,
        url: str,
        data: bytes,
        *,
        section: str,
        key: str,
        worth: int = _WORTH,
        shared: bool = False,
        brotlied: Callable[[bytes], bytes] | None = None,
    ) -> Output:
        """Makes the file of `url` hold `data`; returns its manifest row. Atomic for readers. Of
        fewer octets than `worth` there are no compressed siblings. A file that several pages have
        is `shared`: two children may write it at once. `brotlied` makes its `.br` where it is not
        as quick as a page's has to be."""
        path = path_of(url)
        target = os.path.join(self._root, path)
        lies = _size(target)
        if lies != len(data) or _octets(target) != data:
            write = _write_shared if shared else _write
            self._replace(
                target, data, brotlied, worth, new=lies is None and not shared, write=write
            )
            self.written.append(path)
        elif not self._packed:  # of a time when they were handed out
            _unlink_siblings(target)
        return Output(path, section, key, hashlib.sha256(data).hexdigest(), len(data))

    def _replace(
        self,
        target: str,
        data: bytes,
        brotlied: Callable[[bytes], bytes] | None,
        worth: int,
        *,
        new: bool,
        write: Callable[[str, bytes], None],
    ) -> None:
        """`new` is whether no file is there: nobody is given the siblings of such a one."""
        kind = os.path.splitext(target)[1]
        small = not self._packed or kind not in _COMPRESSED or len(data) < worth
        siblings = {} if small else _siblings(kind, data, brotlied or _quickly)
        for suffix in SIBLINGS:
            if suffix in siblings:
                (_write_plain if new else write)(target + suffix, siblings[suffix])
            elif not new:
                _unlink(target + suffix)
        write(target, data)

    def bring(self, file: Taken) -> None:
        """Makes a file hold what another machine made of it, its compressed siblings, too. As
        atomic as `put`. Raises StoreError for a path that leaves the root."""
        path, data, siblings = file
        target = os.path.join(self._root, path_of("/" + path))
        lies = _size(target)
        if lies == len(data) and _octets(target) == data:
            return
        for suffix in SIBLINGS:
            if suffix in siblings:
                (_write_plain if lies is None else _write)(target + suffix, siblings[suffix])
            elif lies is not None:
                _unlink(target + suffix)
        _write(target, data)
        self.written.append(path)

    def remove(self, url: str) -> None:
        """Takes the file of `url` and its siblings away, and folders that are empty then."""
        target = self._root / path_of(url)
        for name in (target, *(target.with_name(target.name + s) for s in SIBLINGS)):
            name.unlink(missing_ok=True)
        folder = target.parent
        with contextlib.suppress(OSError):
            while folder != self._root:
                folder.rmdir()
                folder = folder.parent

    def sweep(self, known: set[str]) -> list[str]:
        """Takes away every file that is not in `known` (paths below root) and a page's; returns
        what went."""
        gone, folders, root = list[str](), list[str](), os.fspath(self._root)
        for folder, _, names in os.walk(root):
            place = folder[len(root) :] + "/"
            folders.append(folder)
            if NOT_PAGES in place or place.startswith((PEERS, TAKE)):
                continue
            for name in names:
                path = place[1:] + name
                bare = path.removesuffix(".br").removesuffix(".gz")
                if path not in known and bare not in known:
                    os.unlink(os.path.join(folder, name))
                    gone.append(path)
        for folder in reversed(folders):  # what is in a folder before it
            if folder not in (root, root + TAKE[:-1]):
                with contextlib.suppress(OSError):
                    os.rmdir(folder)
        return gone


def taken(root: Path, paths: Iterable[str]) -> Iterator[Taken]:
    """Files below `root`, which are gone from there then. What is not there is passed over."""
    for path in paths:
        target = os.path.join(root, path)
        if _size(target) is not None:
            there = [one for one in SIBLINGS if _size(target + one) is not None]
            yield Taken(path, _octets(target), {one: _octets(target + one) for one in there})
            for suffix in (*there, ""):
                os.unlink(target + suffix)


def sync(root: Path) -> None:
    """Makes all that was written below `root` durable. Blocking."""
    fd = os.open(root, os.O_RDONLY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(fd) != 0:
            os.sync()
    finally:
        os.close(fd)


def _unlink_siblings(target: str) -> None:
    for suffix in SIBLINGS:
        _unlink(target + suffix)


def _unlink(name: str) -> None:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(name)


def _size(target: str) -> int | None:
    """The octets of a file; None when there is none."""
    try:
        return os.stat(target).st_size
    except FileNotFoundError:
        return None


def _octets(target: str) -> bytes:
    with open(target, "rb", buffering=0) as file:
        return file.readall()


def _siblings(kind: str, data: bytes, brotlied: Callable[[bytes], bytes]) -> dict[str, bytes]:
    zipped = {".gz": gzipped(data)}
    return zipped if kind in _GZIP_ONLY else {".br": brotlied(data), **zipped}


def _quickly(data: bytes, quality: int = BROTLI_QUALITY) -> bytes:
    window = _WINDOW if len(data) <= (1 << _WINDOW) - 16 else _WINDOW_OF_MORE
    return _brotli(data, quality=quality, lgwin=window)


def finest(data: bytes, kept: bytes = b"") -> bytes:
    """`data` in brotli's finest compression, for what is written once and fetched by everybody;
    too slow for pages (0.03 s a file). `kept` is that already, unless it is damaged."""
    with contextlib.suppress(brotli.error):
        if kept and brotli.decompress(kept) == data:
            return kept
    return _quickly(data, _FINEST)


def _write_plain(target: str, data: bytes, flags: int = _ANEW) -> None:
    """Few calls and no buffers: a full build does this three times a page. Most folders are there
    already, so one is only made when it is missed."""
    try:
        fd = os.open(target, flags, 0o666)
    except FileNotFoundError:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        fd = os.open(target, flags, 0o666)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(fd, rest) :]
        if not flags & os.O_TRUNC:
            os.ftruncate(fd, len(data))
    finally:
        os.close(fd)


def _write(target: str, data: bytes) -> None:
    """One step for readers. The name aside is always the same, so that what a kill left is written
    over by the next try; two builders never write at once, since a child holds the build's lock."""
    temporary = _aside(target)
    _write_plain(temporary, data)
    os.replace(temporary, target)


def _write_shared(target: str, data: bytes) -> None:
    """The same, while another child may write the same octets there. Nothing is cut before it is
    written over, so that the file is whole whichever of them puts it in its place; who comes second
    finds it there."""
    temporary = _aside(target)
    _write_plain(temporary, data, _ANEW & ~os.O_TRUNC)
    try:
        os.replace(temporary, target)
    except FileNotFoundError:
        if _size(target) != len(data) or _octets(target) != data:
            raise


def _aside(target: str) -> str:
    folder, name = os.path.split(target)
    return os.path.join(folder, f".{name}.new")
