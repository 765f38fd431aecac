"""The members of an etcd, each asked for itself: who answers, who leads, what its clock says."""

from __future__ import annotations

import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from solicomm_build.foundation.hub.cluster import etcd
from solicomm_build.foundation.hub.cluster.etcd import Etcd, EtcdError
from solicomm_build.foundation.hub.config import Config

_PATIENCE = 2.0  # seconds for each


@dataclass(frozen=True, slots=True)
class Member:
    """One of them: whether it answers, and whether it does so for a majority; its version; whether
    it leads; what it says is wrong, or why there is no answer; and how many seconds its clock is
    ahead of this machine's, as exactly as whole seconds tell (None: not known)."""

    address: str
    answers: bool
    has_majority: bool = False
    version: str = ""
    leads: bool = False
    says: str = ""
    ahead: float | None = None


def look(config: Config) -> list[Member]:
    """All that hub.yaml names, in its order. Blocking."""
    addresses = config.cluster.lease.etcd
    with ThreadPoolExecutor(max(1, len(addresses))) as pool:
        return list(pool.map(lambda address: _one(config, address), addresses))


def _one(config: Config, address: str) -> Member:
    client = Etcd([address], config.keys, _PATIENCE)
    began = time.time()
    try:
        said, date = client.status()
    except (EtcdError, OSError, http.client.HTTPException, ValueError) as error:
        return Member(address, answers=False, says=str(error))
    here = (began + time.time()) / 2
    try:
        client.below(etcd.NODES)  # as a majority knows it
        has_majority = True
    except EtcdError:
        has_majority = False
    leader = str(said.get("leader", "0"))
    return Member(
        address,
        answers=True,
        has_majority=has_majority,
        version=str(said.get("version", "")),
        leads=leader != "0" and leader == str(said.get("header", {}).get("member_id")),
        says="; ".join(map(str, said.get("errors", []))),
        ahead=_ahead(date, here),
    )


def _ahead(date: str, here: float) -> float | None:
    try:
        return round(parsedate_to_datetime(date).timestamp() + 0.5 - here, 1)
    except (TypeError, ValueError):
        return None
