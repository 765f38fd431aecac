"""`solicomm erase --verify`: looks for an erased message in everything the hub holds.

Reads every object of every repository (those too that no ref leads to), every file of the spools,
of private/, state/ and public/, compressed ones unpacked; and says what still holds it: the ids of
its objects in git, a message with its Message-ID (whose hash is the post id that the receipt has),
its address in a page, or, right after the erasure, a run of its words. A quote in somebody's answer
is found by those and is theirs: erase the answer, too, if it has to go. A ban of the address stays,
as it protects the others: what the roster has of that is passed over, and `bans` says it.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import brotli

from solicomm_build.features.privacy.erasures import Receipt, folder
from solicomm_build.foundation import keys
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.message.address import is_valid
from solicomm_build.people.kept import book
from solicomm_build.people.rosterstore import RosterStore
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
        _octets_of(needles := tuple(needles)),
    )
    beside_bans = replace(look, needles=_octets_of(set(needles) - bans(config, needles).keys()))
    repos = sorted(path for path in config.root.rglob("*.git") if (path / "objects").is_dir())
    for path in repos:
        where = path.relative_to(config.root).as_posix()
        is_roster = path == config.roster_repo
        for how in look.repository(open_repo(path), read=_without_whom if is_roster else bytes):
            yield Left(where, how)
    for name in receipt.deposits:
        if (config.private / name).exists():
            yield Left(f"private/{name}", "handed in by the erased person")
    for path in _files(config, {*repos}):
        where = path.relative_to(config.root).as_posix()
        shown = (config.public, config.previews, config.member_pages)
        is_page = any(path.is_relative_to(folder) for folder in shown)
        is_book = path.parent == config.state and path.name.startswith(book.FILE)
        for how in (beside_bans if is_book else look).file(path, is_page=is_page):
            yield Left(where, how)


def bans(config: Config, addresses: Iterable[str]) -> dict[str, list[str]]:
    """Where those of these addresses are banned that are; `*` is the whole hub."""
    store = RosterStore.of(config)
    try:
        roster = store.roster()
        said = {one: roster.standings_of(one) for one in addresses if is_valid(one)}
    finally:
        store.close()
    found = {
        one: sorted(place for place, standing in of_one.items() if standing == "banned")
        for one, of_one in said.items()
    }
    return {one: places for one, places in found.items() if places}


def _octets_of(needles: Iterable[str]) -> tuple[bytes, ...]:
    return tuple(needle.encode("utf-8", "surrogateescape") for needle in needles)


def _without_whom(blob: bytes) -> bytes:
    """A file of the roster without whom its bans are of; all else that they say stays."""
    return b"".join(map(_unbanned, blob.splitlines(keepends=True)))


def _unbanned(line: bytes) -> bytes:
    try:
        data = json.loads(line)
    except ValueError:
        return line
    if not isinstance(data, dict) or data.get("type") != "standing":
        return line
    if data.get("standing") != "banned":
        return line
    return json.dumps({**data, "address": ""}, ensure_ascii=False).encode("utf-8", "replace")


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

    def repository(self, repo: Repo, *, read: Callable[[bytes], bytes] = bytes) -> Iterator[str]:
        """What a repository still has, unreachable objects and packs left over included; its files
        as `read` makes them."""
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
                    data = read(data) if kind == "blob" else data
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
