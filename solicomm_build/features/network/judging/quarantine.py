"""Where foreign objects lie until they are judged: `mirrors/peers/<conference>.git`.

A bare repository that borrows what is in ours (alternates), so that only what is new is fetched. It
may be deleted at any time.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from solicomm_build.features.network.carrying import stepping, turns
from solicomm_build.features.network.carrying.stepping import Way
from solicomm_build.features.network.judging import offers
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.safeio import locked, write_atomic
from solicomm_build.foundation.types import Oid
from solicomm_build.git import exchange
from solicomm_build.git import refs as git_refs
from solicomm_build.git import repo as repos
from solicomm_build.git.repo import Repo

PREFIX = "refs/in/"
KNOWN = "refs/known/"
MOST = stepping.MOST
"""Octets of what one fetch may write."""


@contextlib.contextmanager
def quarantine(config: Config, name: str) -> Iterator[Repo]:
    """The place for a conference, held for oneself; another one, which goes afterwards, while
    somebody fetches into it. Blocking."""
    folder = config.mirrors / "peers"
    path = folder / f"{name}.git"
    with locked(folder / f".{name}.lock", blocking=False) as is_ours:
        if is_ours:
            try:
                yield _made(config, name, path)
            finally:
                _leave(config, name)
            return
    beside = folder / f"{name}~{os.getpid()}.git"
    try:
        yield _made(config, name, beside)
    finally:
        remove(beside)


def forget(config: Config, name: str) -> None:
    """Takes away what was fetched of a conference and not judged; what is being fetched just now
    goes when that ends."""
    folder = config.mirrors / "peers"
    for old in folder.glob(f"{name}~*.git"):
        if not Path(f"/proc/{old.stem.rpartition('~')[2]}").exists():
            remove(old)  # of a process that was killed
    if not (folder / f"{name}.git").exists():
        return
    _marker(config, name).touch()
    with locked(folder / f".{name}.lock", blocking=False) as is_ours:
        if is_ours:
            _leave(config, name)


def _made(config: Config, name: str, path: Path) -> Repo:
    if not (path / "HEAD").exists():
        shutil.rmtree(path, ignore_errors=True)
        repos.create(path, description="What other hubs offer, to be judged")
    borrow(config.conference_repo(name), path)
    place = Repo(path)
    if _packs(place) and not holds_more(place):
        _rest(place).touch()
    return place


def _leave(config: Config, name: str) -> None:
    """Who leaves the place takes it away when that was asked for meanwhile."""
    if _marker(config, name).exists():
        remove(config.mirrors / "peers" / f"{name}.git")
        _marker(config, name).unlink(missing_ok=True)


def _marker(config: Config, name: str) -> Path:
    return config.mirrors / "peers" / f".{name}.gone"


def fetch(
    into: Repo,
    source: str,
    *,
    hubs: Sequence[str] | None = None,
    seconds: float = 1800.0,
    token: str = "",
    most: int = MOST,
) -> None:
    """All offers that a source has, or those of some hubs: an address of git over HTTP, where a
    `token` may be needed, or a bundle file. Offers that were there before and are not in the source
    go. What was cut short (stumps.py) and does not fit is fetched whole. Raises StoreError."""
    for hub, oid in offers.refs(into, PREFIX).items():
        into.set_ref(PREFIX + hub, None, oid)
    names = ["*"] if hubs is None else hubs
    wanted = [f"+{offers.PREFIX}{hub}:{PREFIX}{hub}" for hub in names]
    try:
        _fetched(into, source, wanted, seconds, token, most)
    except StoreError as error:
        if not tips(into) or stepping.is_broken(error):
            raise
        _uncut(into)
        _fetched(into, source, wanted, seconds, token, most)


def fetch_far(into: Repo, way: Way, hubs: Sequence[str]) -> None:
    """The same over the net, step by step where much is to come, so that a fetch that breaks off
    goes on where it was (carrying/stepping.py). Raises StoreError."""
    try:
        if not tips(into):
            stepping.walk(into, way, hubs)
        fetch(into, way.source, hubs=hubs, token=way.token, most=min(MOST, way.most))
    except StoreError as error:
        if stepping.is_broken(error):
            stepping.broke(into)
            raise StoreError(f"{error.public}. What came stays; it goes on from there") from error
        raise
    ends = {hub: end for hub in brought(into) if (end := end_of(into, hub)) is not None}
    if not stepping.came(into, ends):
        empty(into)
        raise StoreError("the hub named steps that are not of its log. All is fetched anew")


def _fetched(
    into: Repo, source: str, wanted: list[str], seconds: float, token: str, most: int
) -> None:
    """Over the net others may work meanwhile, and it lasts as long as the look may."""
    if not source.startswith(("https://", "http://")):
        exchange.fetch(into, source, wanted, most=most, seconds=seconds)
        return
    with turns.away() as left:
        wait = min(seconds, left)
        exchange.fetch(into, source, wanted, most=most, seconds=wait, token=token)


def tips(into: Repo) -> dict[str, Oid]:
    """How far the offers of hubs went that are not kept, by their ids (stumps.py)."""
    return git_refs.below(into.path, KNOWN)


def holds_more(into: Repo) -> bool:
    """Whether there is something beside what the last `fetch` brought: logs that are cut short, and
    logs of which the end is not here yet."""
    return bool(tips(into) or stepping.begun(into))


def has_rest(into: Repo) -> bool:
    """Whether there may be something that an earlier `fetch` brought and nobody judged to its end,
    as when the hub was stopped in the middle."""
    return _rest(into).exists()


def _rest(into: Repo) -> Path:
    return into.path / "rest"


def _packs(into: Repo) -> list[Path]:
    return [*(into.path / "objects" / "pack").glob("pack-*")]


def _uncut(into: Repo) -> None:
    """Takes these away, and what stands in for files, so that all is fetched whole."""
    for hub, tip in tips(into).items():
        into.set_ref(KNOWN + hub, None, tip)
    (into.path / "shallow").unlink(missing_ok=True)
    for folder in (into.path / "objects").glob("[0-9a-f][0-9a-f]"):
        shutil.rmtree(folder, ignore_errors=True)  # what is fetched is always a pack


def brought(into: Repo) -> dict[str, Oid]:
    """The tags that the last `fetch` brought, by the ids in their names."""
    return offers.refs(into, PREFIX)


def end_of(into: Repo, hub: str) -> Oid | None:
    """The commit at which the offer of a hub ends that the last `fetch` brought, if it did."""
    tag = brought(into).get(hub)
    return Oid(into.git("rev-parse", f"{tag}^{{}}").decode("ascii").strip()) if tag else None


def hand_on(into: Repo, ours: Repo, hubs: Sequence[str], *, is_whole: bool) -> None:
    """Keeps offers that were taken beside our own, as they were signed, for whoever takes from us.
    Durable on return. Where `is_whole`, all that came was judged, and what we lack is packed as it
    is; else git looks at what these offers need once more."""
    if not is_whole:
        refspecs = [f"+{PREFIX}{hub}:{offers.ref(hub)}" for hub in hubs]
        exchange.copy(ours, into, refspecs, most=MOST)
        return
    borrow(ours.path, into.path)  # which was not there when this one founds it
    with ours.lock():  # or an erasure takes the pack away before something leads to it
        exchange.pack(into, ours)
        point("network.packed")
        for hub in hubs:
            ours.set_ref(offers.ref(hub), into.ref(PREFIX + hub), ours.ref(offers.ref(hub)))
    for path in _packs(into):
        path.unlink()  # all of it is in ours, of which this place borrows
    _rest(into).unlink(missing_ok=True)


def empty(into: Repo) -> None:
    """Takes away all that came; the next `quarantine` begins anew."""
    remove(into.path)


def remove(path: Path) -> None:
    """Takes away such a place. Its HEAD goes first: what has none is made anew, however much of it
    is left."""
    (path / "HEAD").unlink(missing_ok=True)
    shutil.rmtree(path, ignore_errors=True)


def borrow(ours: Path, path: Path) -> None:
    """Has the repository at `path` see the objects of one of ours, so that they are not fetched."""
    file = path / "objects" / "info" / "alternates"
    wanted = os.path.relpath(ours / "objects", path / "objects") + "\n" if ours.exists() else ""
    if (file.read_text("utf-8") if file.exists() else "") != wanted:
        file.parent.mkdir(exist_ok=True)
        write_atomic(file, wanted.encode())
