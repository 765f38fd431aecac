"""Notices and receipts of erasures that not everybody may see: those of conferences which are not
public here. They go, sealed, to the hubs that have the conference, or once had it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from solicomm_build.features.network.erasures import notices
from solicomm_build.features.network.erasures.notices import Notice
from solicomm_build.features.network.judging import shared
from solicomm_build.features.network.sealed import closed
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.peers import Peers
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import Identity


def files(config: Config, identity: Identity, known: Peers, hub: str) -> Mapping[str, bytes]:
    """Those that a hub gets, by name."""
    repos = {
        one.shared.name for one in closed.closed(config, identity, known) if hub in one.heard_by
    }
    return _of(config, repos)


def public(config: Config, identity: Identity, known: Peers) -> Mapping[str, bytes]:
    """Those that everybody gets: of conferences that everybody may read."""
    repos = {one.name for one in shared.shared(config, identity, known)}
    return _of(config, repos)


def may_say(config: Config, identity: Identity, known: Peers, notice: Notice) -> bool:
    """Whether a hub has a part in the conference of which it says that something is erased: it is
    public, or shared with that hub."""
    if any(one.name == notice.repo for one in shared.shared(config, identity, known)):
        return True
    all_ = closed.closed(config, identity, known)
    return any(one.shared.name == notice.repo and notice.hub in one.heard_by for one in all_)


def _of(config: Config, repos: set[str]) -> Mapping[str, bytes]:
    if not repos:
        return {}
    eids = {eid for eid, repo in _repos(config) if repo in repos}
    return {name: blob for name, blob in notices.files(config).items() if name[:26] in eids}


def _repos(config: Config) -> Iterator[tuple[str, str]]:
    """Which notice is about which conference."""
    for path in sorted((peering.folder(config) / "erasures").glob("*.yaml")):
        if "." not in path.stem:
            yield path.stem, _repo(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4096)
def _repo(path: Path, _changed: int) -> str:
    try:
        one = notices.read(path.read_bytes(), str(path))
    except (OSError, SoliCommError):
        return ""
    return one.repo if isinstance(one, Notice) else ""
