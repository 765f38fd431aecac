"""`solicomm erase --verify`: looks for an erased message in everything the hub holds.

Reads every object of every repository (those too that no ref leads to), every file of the spools,
of private/, state/ and public/, compressed ones unpacked; and says what still holds it: the ids of
its objects in git, a message with its Message-ID (whose hash is the post id that the receipt has),
its address in a page, or, right after the erasure, a run of its words. A quote in somebody's answer
is found by those and is theirs: erase the answer, too, if it has to go.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import brotli

from solicomm_build.features.privacy.erasures import Receipt, folder
from solicomm_build.foundation import keys
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.post.store.bearing import Sought


@dataclass(frozen=True, slots=True)
class Left:
    """A place below the hub that still holds something, and how it was recognised."""

    where: str
    how: str

    def __str__(self) -> str:
        return f"{self.where}: {self.how}"


def search(config: Config, receipt: Receipt, needles: Iterable[str] = ()) -> Iterator[Left]:
    """Whatever is left of what a receipt says was erased. Blocking: about a minute a gigabyte."""
    look = _Look(
        Sought(frozenset(receipt.messages), key=keys.post_key_if_any(config.keys)),
        frozenset(receipt.objects),
        tuple(needle.encode("utf-8", "surrogateescape") for needle in needles),
    )
    repos = sorted(path for path in config.root.rglob("*.git") if (path / "objects").is_dir())
    for path in repos:
        where = path.relative_to(config.root).as_posix()
        for how in look.repository(open_repo(path)):
            yield Left(where, how)
    for name in receipt.deposits:
        if (config.private / name).exists():
            yield Left(f"private/{name}", "handed in by the erased person")
    for path in _files(config, {*repos}):
        where = path.relative_to(config.root).as_posix()
        shown = (config.public, config.previews, config.member_pages)
        is_page = any(path.is_relative_to(folder) for folder in shown)
        for how in look.file(path, is_page=is_page):
            yield Left(where, how)


def _files(config: Config, repos: set[Path]) -> Iterator[Path]:
    for place, folders, names in os.walk(config.root):
        here = Path(place)
        skipped = {config.keys, folder(config), *repos}
        folders[:] = sorted(name for name in folders if here / name not in skipped)
        for name in sorted(names):
            path = here / name
            if path.is_file() and not path.is_symlink():
                yield path


@dataclass(frozen=True)
class _Look:
    """What is looked for."""

    sought: Sought
    objects: frozenset[str]
    needles: tuple[bytes, ...]

    def repository(self, repo: Repo) -> Iterator[str]:
        """What a repository still has, unreachable objects and packs left over included."""
        process = repo.start("cat-file", "--batch", "--batch-all-objects", "--unordered")
        try:
            out = process.stdout
            while head := out.readline():
                oid, kind, size = head.decode("ascii").split()
                data = out.read(int(size))
                out.read(1)
                if oid in self.objects and data:
                    yield f"the object {oid} is there"
                elif kind != "tree":
                    yield from (
                        f"{how} in the {kind} {oid}" for how in self._octets(data, kind == "blob")
                    )
            if process.wait():
                raise StoreError(f"{repo.path}: git cannot read its objects. Run `solicomm fsck`")
        finally:
            process.end()

    def file(self, path: Path, *, is_page: bool) -> Iterator[str]:
        """What a file has."""
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return
        data = _unpacked(path, data)
        if is_page:
            for mid in self.sought.mids:
                if f'id="{mid}"'.encode("ascii") in data:
                    yield f"the address of the post {mid}"
        yield from self._octets(data, is_mail=not is_page)

    def _octets(self, data: bytes, is_mail: bool) -> Iterator[str]:
        if is_mail and self.sought.bears(data):
            yield "a copy of the message"
            return
        for needle in self.needles:
            if needle in data:
                yield "words of it"
                return


def _unpacked(path: Path, data: bytes) -> bytes:
    """A compressed file's content."""
    try:
        if path.suffix == ".gz":
            return gzip.decompress(data)
        if path.suffix == ".br":
            unpacked: bytes = brotli.decompress(data)
            return unpacked
    except (OSError, EOFError, brotli.error):
        pass
    return data
