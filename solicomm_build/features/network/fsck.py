"""Is what the hub keeps of networks sound: its key, cards, notices, tables, and the offers that lie
in conferences."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from solicomm_build.features.network.erasures import notices
from solicomm_build.features.network.judging import offers
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.keychain import Keys
from solicomm_build.git.repo import Repo
from solicomm_build.post.store import pastfiles
from solicomm_build.post.store.hooks import Fault

_FROM_COPY = "Bring it back from a copy"


def _large(config: Config) -> Iterator[Fault]:
    if not peering.folder(config).is_dir():
        return
    try:
        identity, known = identities.if_any(config), peering.read(config)
    except SoliCommError as error:
        yield Fault("private/network", error.public, _FROM_COPY)
        return
    yield from _files(config, "hubs", _card, "Get it anew: solicomm peer sync, or peer add FILE")
    remedy = "Take the file away: it comes anew with the next look, or stick"
    yield from _files(config, "erasures", notices.read, remedy)
    yield from _table(config)
    keys = {peer.id: peer.keys for peer in known.peers.values()}
    if identity is not None:
        keys[identity.id] = identity.keys
    for _, repo in pastfiles.conferences(config):
        yield from _offers(config, repo, keys)


def _card(blob: bytes, _file: str) -> Any:
    return cards.read(blob)


def _files(
    config: Config, name: str, read: Callable[[bytes, str], Any], remedy: str
) -> Iterator[Fault]:
    for path in sorted((peering.folder(config) / name).glob("*.yaml")):
        where = _where(config, path)
        try:
            read(path.read_bytes(), where)
        except (OSError, SoliCommError) as error:
            said = error.public if isinstance(error, SoliCommError) else str(error)
            yield Fault(where, said, remedy)


def _table(config: Config) -> Iterator[Fault]:
    path = peering.folder(config) / "message-ids.sqlite"
    if not path.exists():
        return
    try:
        with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as table:
            (said,) = table.execute("pragma quick_check(1)").fetchone()
    except sqlite3.Error as error:
        said = str(error)
    if said != "ok":
        remedy = "Take the file away: copies of old posts then thread by the names of their pages"
        yield Fault(_where(config, path), f"the table is damaged ({said})", remedy)


def _offers(config: Config, repo: Repo, keys: dict[str, Keys]) -> Iterator[Fault]:
    where = _where(config, repo.path)
    for hub, tag in offers.refs(repo).items():
        if hub not in keys:
            continue  # of a hub that is known no more
        try:
            offers.read(repo.git("cat-file", "tag", tag), keys[hub], oid=tag)
        except SoliCommError as error:
            ref = offers.ref(hub)
            remedy = f"Take it away: git --git-dir={repo.path} update-ref -d {ref}. It comes anew"
            yield Fault(f"{where}: {ref}", error.public, remedy)


def _where(config: Config, path: Path) -> str:
    return path.relative_to(config.root).as_posix()


LARGE = (_large,)
