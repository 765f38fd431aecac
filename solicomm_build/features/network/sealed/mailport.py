"""Whether mail gets in at port 25, which nobody can see from the machine itself: a known hub tries,
and tells the one that asked alone.

    solicomm check ─ signed question (asking.py) ─→ a known hub ─→ port 25 of who asks
                   ←─ sealed: its address, and what is there ─┘

Only the address that the question came from is connected to, at port 25, so nobody makes a hub
knock elsewhere; its greeting is looked at (RFC 5321 4.2), not handed on. Once in ten minutes for
each hub: who asks again meanwhile is told the same.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import threading
import time
from collections.abc import Iterator

from solicomm_build.features.network.sealed import asking
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.foundation import network
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Check, Finding, fine, warning

PORT = 25
_REST = 600.0  # seconds
_PATIENCE = 3.0  # seconds for the connection, and for each part of the greeting
_WAIT = 8.0  # seconds for another hub's answer: it tries for six at most
_MOST_ASKED = 2
"""Known hubs that are asked until one answers."""

_told: dict[str, tuple[float, str, bytes]] = {}
_telling = threading.Lock()


def answer(hub: str, address: str, fronts: tuple[str, ...] = ()) -> bytes:
    """What the hub that asks from `address` is told. A question that seems to come from this
    machine, or from one of the servers in front, came through one that does not say for whom it
    asks: nothing is looked at. Blocking, for some seconds."""
    with _telling:
        at, before, said = _told.get(hub, (float("-inf"), "", b""))
        if before == address and time.monotonic() - at < _REST:
            return said
        if time.monotonic() - at < _REST:
            return _said(address, "later")
        is_elsewhere = network.place(address, fronts) != network.HERE
        said = _said(address, seen(address) if is_elsewhere else "unseen")
        _told[hub] = (time.monotonic(), address, said)
        return said


def seen(address: str, port: int = PORT) -> str:
    """What is at an address: `open`, a mail server; `silent`, something else; `closed`."""
    try:
        with socket.create_connection((address, port), timeout=_PATIENCE) as server:
            try:
                return "open" if server.recv(3) == b"220" else "silent"
            except OSError:
                return "silent"
    except OSError:
        return "closed"


def _said(address: str, mail: str) -> bytes:
    return json.dumps({"address": address, "mail": mail}).encode()


def _heard(octets: bytes) -> tuple[str, str]:
    """The address and what is there, of what another hub says: nothing else of it is shown. Raises
    ValueError, KeyError, TypeError or RecursionError."""
    said = json.loads(octets)
    address = str(said["address"]).partition("%")[0]
    return str(ipaddress.ip_address(address)), str(said["mail"])


def look(config: Config) -> Iterator[Finding]:
    """What a known hub says of this hub's port 25."""
    if config.delivery == "sink" or config.dns == "off":
        yield fine("is not asked about: nobody is mailed, or `dns: off`")
        return
    known, identity = peering.read(config), identities.if_any(config)
    if identity is None or not known.peers:
        yield fine("no other hub is known that could look: `solicomm docs howto/network`")
        return
    from solicomm_build.features.network.sealed import looking

    for peer in [*known.peers.values()][:_MOST_ASKED]:
        try:
            address, mail = _heard(looking.ask(identity, peer, asking.MAIL_PORT, _WAIT))
        except (SoliCommError, OSError, ValueError, KeyError, TypeError, RecursionError):
            continue
        if mail == "open":
            yield fine(f"{peer.id} reaches a mail server at {address}")
            return
        if mail in _WRONG:
            yield warning(f"{peer.id} {_WRONG[mail].format(address)}", _REMEDY)
            return
    yield fine("no hub that is known could look now")


_WRONG = {
    "closed": "does not get through to port 25 of {}, from where it was asked",
    "silent": "reaches something at port 25 of {} that does not greet as a mail server does",
}
_REMEDY = (
    "Let port 25 in at the firewall, at the router and at the provider's panel. All is well where "
    "this machine asks from another address than that of its MX"
)

CHECK = Check("port-outside", "port 25 from outside", look)
