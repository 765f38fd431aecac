"""Whose word about authors the hub believes, as hub.yaml says it."""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Finding, fault, fine, warning
from solicomm_build.message.auth import front


def results(config: Config) -> Iterator[Finding]:
    """Whether `authserv_id` names a server that hands mail over where nobody else can."""
    name = config.authserv_id
    if name is None:
        yield fine("nobody's results are believed; DKIM is verified here")
        return
    if config.lmtp and not _is_near(config.lmtp):
        yield fault(
            f"`lmtp: {config.lmtp}` listens to others than this machine, and what comes that way "
            f"may say that {name} checked it",
            "Write `lmtp: unix:/run/solicomm/lmtp`, or let a firewall keep others out",
        )
    if front.is_open(config) and not config.authserv_peers:
        host, port = config.smtp
        yield warning(
            f"`smtp: {host}:{port}` is open to the world, so what says there that {name} checked "
            "it is not believed",
            "Let that server hand mail over by LMTP, or name its addresses in `authserv_peers`",
        )
        return
    where = "LMTP" if config.lmtp else "SMTP from this machine"
    if config.authserv_peers:
        where = " and ".join([where, ", ".join(config.authserv_peers)])
    yield fine(f"{name} is believed by {where}; it has to take such fields away from strangers")


def _is_near(lmtp: str) -> bool:
    return lmtp.startswith("unix:") or front.is_loopback(lmtp.rpartition(":")[0].strip("[]"))
