"""Commits of a log at equal distances, from one that the other hub has to the end: stones, on which
a long fetch crosses a bad line (stepping.py). What they are is proved by the signed tip alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from solicomm_build.features.network.carrying.stepping import APART, MOST_STONES
from solicomm_build.features.network.judging import offers
from solicomm_build.features.network.sharing import copying, offered
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import ID
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log as history
from solicomm_build.git.repo import Repo

_OID = re.compile(r"[0-9a-f]{40}")


def of(config: Config, name: str, hub: str, since: str) -> bytes | None:
    """Those in the log that a hub signed of something that this one hands to everybody, such as
    `conferences/water`, as JSON; None when there is none. Raises SoliCommError. Blocking."""
    if not ID.fullmatch(hub):
        return None
    repo = next((repo for one, repo in _public(config) if one == name), None)
    return in_(repo, hub, since) if repo else None


def in_(repo: Repo, hub: str, since: str) -> bytes | None:
    """The same of a repository. Where `since` is no commit of that log, from its beginning."""
    tag = repo.ref(offers.ref(hub))
    if tag is None:
        return None
    span = f"{tag}^{{commit}}"
    is_there = bool(_OID.fullmatch(since)) and history.goes_on(repo, Oid(since), tag)
    words = ("--end-of-options", span, *([f"^{since}"] if is_there else []))
    all_ = repo.git("rev-list", "--first-parent", "--reverse", *words).decode("ascii").split()
    found = all_[APART - 1 : -1 : APART]
    return json.dumps({"stones": found[:MOST_STONES], "left": len(found)}).encode()


def _public(config: Config) -> Iterator[tuple[str, Repo]]:
    identity, known = identities.if_any(config), peering.read(config)
    if identity is not None:
        for one in offered.all_(config, identity, known):
            yield one.name, one.repo
    for copy in known.copies.values():
        path = copying.place(config, copy)
        if path.exists():
            yield f"{copy.kind}/{path.stem}", Repo(path)
