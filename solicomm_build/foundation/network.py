"""One idea of a place on the network, for every listener: what is counted as one client.

An IPv4 address is a place, and so is an IPv6 /64: whoever has one address of it has all 2^64
(RFC 6177 2, RFC 7934). This machine is no place: a server in front of us speaks from here for
everybody, and counts by itself. Foundation; imports nothing of ours.
"""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from typing import Protocol

HERE = ""
"""The place of this machine, of a Unix socket, and of a client that nobody knows."""
_PREFIX = 64
_TRANSLATED = ipaddress.IPv6Network("64:ff9b::/96")
_NEAR = tuple(map(ipaddress.IPv6Network, ("::/96", "64:ff9b:1::/48", "fec0::/10")))
"""None of the internet, which Python 3.11 does not know: IPv4 in IPv6 of old (RFC 4291 2.5.5.1),
translators of one's own (RFC 8215), sites (RFC 3879)."""


def place(address: str, fronts: tuple[str, ...] = ()) -> str:
    """The place of a client's IP address: `192.0.2.1`, `2001:db8::/64`, or HERE, which the
    addresses and networks of servers in front of us are, too.

    An IPv4 address in IPv6 clothes (RFC 4291 2.5.5.2) is the IPv4 address. What is no IP address
    is HERE, since only a local socket has none. Never fails.
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return HERE
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is None:
            net = ipaddress.ip_network((int(found), _PREFIX), strict=False)
            return HERE if found.is_loopback or _is_of(found, fronts) else str(net)
        found = found.ipv4_mapped
    return HERE if found.is_loopback or _is_of(found, fronts) else str(found)


def is_of_internet(address: str) -> bool:
    """Whether an IP address is one of the internet; so must an IPv4 address be to which an IPv6 one
    leads: behind a translator `64:ff9b::a00:1` is 10.0.0.1 (RFC 6052 2.1). Raises ValueError."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found in _TRANSLATED:
            return ipaddress.IPv4Address(int(found) & 0xFFFFFFFF).is_global
        led = found.ipv4_mapped or found.sixtofour
        if any(found in net for net in _NEAR) or (led is not None and not led.is_global):
            return False
        return found.ipv4_mapped is not None or (found.is_global and not found.is_multicast)
    return found.is_global and not found.is_multicast


def _is_of(found: ipaddress.IPv4Address | ipaddress.IPv6Address, fronts: tuple[str, ...]) -> bool:
    return any(found in net for net in _networks(fronts))


@lru_cache(maxsize=16)
def _networks(
    fronts: tuple[str, ...],
) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    return tuple(ipaddress.ip_network(one) for one in fronts)


class Holder(Protocol):
    """Somebody who sends something that is held in memory until it is whole."""

    def let_go(self) -> None:
        """Keeps nothing of it, neither of what is still to come."""


class Memory:
    """What is held of all clients' unfinished messages or forms. For one event loop."""

    def __init__(self) -> None:
        self._held: dict[Holder, tuple[object, int]] = {}
        self._octets = 0

    def hold(self, one: Holder, place: str, octets: int, most: int) -> None:
        """Somebody at a place has so many octets more. What makes it more than `most` in all goes,
        the largest of the place that has most: nobody who sends much, and slowly, keeps others from
        sending. On this machine each is a place of its own."""
        before = self._held.get(one, (None, 0))[1]
        self._held[one] = place or one, before + octets
        self._octets += octets
        while self._octets > most:
            largest = self._largest()
            self.release(largest)
            largest.let_go()

    def release(self, one: Holder) -> None:
        """Nothing of it is held any more. Safe to call again."""
        self._octets -= self._held.pop(one, (None, 0))[1]

    def _largest(self) -> Holder:
        places: dict[object, dict[Holder, int]] = {}
        for one, (place, octets) in self._held.items():
            places.setdefault(place, {})[one] = octets
        most = max(places.values(), key=lambda held: sum(held.values()))
        return max(most, key=lambda one: most[one])
