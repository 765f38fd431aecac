"""Mail from other hubs, and mail that goes on to them."""

from __future__ import annotations

from solicomm_build.features.network.carrying import inbox
from solicomm_build.features.network.trust import mirrored, names
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item
from solicomm_build.ingest import forwarding


def _packet(config: Config, _detail: str, item: Item) -> str:
    return inbox.keep(config, item)


def _passed(config: Config, local: str, item: Item) -> str:
    """To the conference's home, as it came."""
    name = local.partition("+")[0]
    to = f"{local}@{mirrored.domain_of(config, name)}"
    sent = forwarding.forward(config, f"{local}@{config.domain}", to, item)
    return "peer-passed" if sent else "peer-loop"


ROLES = {names.PACKET: _packet, names.PASSED: _passed}
