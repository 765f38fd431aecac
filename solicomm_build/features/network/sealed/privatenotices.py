"""Notices and receipts of erasures that not everybody may see: those of conferences which are not
public here. They go, sealed, to the hubs that have the conference, or once had it: it was offered
to them, or it was public then and they signed how far they had it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from solicomm_build.features.network.erasures import notices
from solicomm_build.features.network.erasures.notices import Notice
from solicomm_build.features.network.judging import floors, offers, shared
from solicomm_build.features.network.sealed import closed
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.card import CONFERENCES
from solicomm_build.features.network.trust.peers import Peers
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import Identity
from solicomm_build.git.repo import Repo


def files(config: Config, identity: Identity, known: Peers, hub: str) -> Mapping[str, bytes]:
    """Those that a hub gets, by name."""
    return _of(config, {repo for repo, hubs in _heard(config, identity, known) if hub in hubs})


def public(config: Config, identity: Identity, known: Peers) -> Mapping[str, bytes]:
    """Those that everybody gets: of conferences that everybody may read."""
    repos = {one.name for one in shared.shared(config, identity, known)}
    return _of(config, repos)


def may_say(config: Config, identity: Identity, known: Peers, notice: Notice) -> bool:
    """Whether a hub has a part in the conference of which it says that something is erased: it is
    public, or shared with that hub."""
    if any(one.name == notice.repo for one in shared.shared(config, identity, known)):
        return True
    all_ = _heard(config, identity, known)
    return any(repo == notice.repo and notice.hub in hubs for repo, hubs in all_)


def _heard(
    config: Config, identity: Identity, known: Peers
) -> Iterator[tuple[str, frozenset[str]]]:
    """The conferences that are not public, and the hubs that hear of what is erased in each."""
    public = {one.name for one in shared.shared(config, identity, known)}
    offered = {one.shared.name: one.heard_by for one in closed.closed(config, identity, known)}
    for path in sorted(config.conferences.glob("*.git")):
        name = f"{CONFERENCES}/{path.stem}"
        if name not in public:
            there = {*offers.refs(Repo(path)), *floors.of(config, path.stem)}
            yield name, offered.get(name, frozenset()) | (there & known.peers.keys())


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
