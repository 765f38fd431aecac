"""Whose Authentication-Results count: those of our own mail server in front, and only where it can
have written them.

Pure; imports config and types. `authserv_id` names the server, but anybody can write that name into
a field (RFC 8601 5). So the field counts on mail that came from that server: over LMTP, from a peer
that `authserv_peers` names, or from this machine while SMTP listens to this machine only. On what
the open SMTP port takes from anybody else it is a stranger's word.
"""

from __future__ import annotations

import ipaddress

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Envelope


def trusted(config: Config, envelope: Envelope) -> tuple[str, ...]:
    """The authserv-ids whose results count on a mail with this envelope: ours, or none."""
    if config.authserv_id is None or envelope.carried or not _is_front(config, envelope):
        return ()
    return (config.authserv_id,)


def is_open(config: Config) -> bool:
    """Whether others than this machine can reach the SMTP port."""
    return not is_loopback(config.smtp[0])


def is_loopback(host: str) -> bool:
    """Whether a host, name or IP address, is this machine and nobody else."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _is_front(config: Config, envelope: Envelope) -> bool:
    if envelope.lmtp:
        return True
    if not envelope.peer:  # no client: a program of this machine that is allowed into the spool
        return True
    try:
        peer = ipaddress.ip_address(envelope.peer)
    except ValueError:
        return False
    mapped = getattr(peer, "ipv4_mapped", None)
    peer = mapped if mapped is not None else peer
    if any(peer in ipaddress.ip_network(one) for one in config.authserv_peers):
        return True
    return peer.is_loopback and not is_open(config)
