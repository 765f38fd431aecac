"""Who asks, as a server in front of this one says: `X-Forwarded-For` and `X-Forwarded-Proto`.

Nobody else is believed. Of the addresses that are named the last one counts that is no server in
front itself: what comes before it was written by whoever asked.
"""

from __future__ import annotations

import ipaddress
from contextlib import suppress

from starlette.types import Scope

from solicomm_build.foundation import network


class Fronts:
    """The servers in front: this machine, and the addresses in `fronts` of hub.yaml."""

    def __init__(self, addresses: tuple[str, ...] = ()) -> None:
        self._addresses = addresses

    def has(self, peer: object) -> bool:
        """Whether the peer name of a connection is one of them."""
        return isinstance(peer, tuple) and self._is_front(str(peer[0]))

    def believe(self, scope: Scope) -> None:
        """Writes into a request's scope who asks and how, where one of them says it."""
        if not self.has(scope["client"]):
            return
        headers = [(name, value.decode("latin-1")) for name, value in scope["headers"]]
        schemes = [value.strip() for name, value in headers if name == b"x-forwarded-proto"]
        if schemes and schemes[-1] in ("http", "https"):
            scope["scheme"] = schemes[-1]
        said = ",".join(value for name, value in headers if name == b"x-forwarded-for")
        names = [_bare(name) for name in said.split(",")]
        named = [name for name in names if name]
        if named:
            strangers = (name for name in reversed(named) if not self._is_front(name))
            scope["client"] = (next(strangers, named[0]), 0)

    def _is_front(self, address: str) -> bool:
        with suppress(ValueError):
            ipaddress.ip_address(address.partition("%")[0])
            return network.place(address, self._addresses) == network.HERE
        return False


def _bare(name: str) -> str:
    """An address without blanks, brackets and port."""
    name = name.strip()
    if name.startswith("["):
        return name[1:].partition("]")[0]
    host, _, port = name.partition(":")
    return host if "." in host and port.isdigit() else name
