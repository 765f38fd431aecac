"""Machines of their own for hubs: Linux network namespaces, each with a cable to the test, and
cables between some that can be pulled out (ip-netns(8)). Needs root and iproute2.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A machine: the name of its namespace, and the address at which the test meets it."""

    name: str
    address: str

    @property
    def words(self) -> list[str]:
        """What a command line begins with to run there."""
        return ["ip", "netns", "exec", self.name]


def missing() -> str:
    """Why there can be none here; empty when there can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    if shutil.which("ip") is None:
        return "network namespaces need iproute2"
    try:
        with places(["probe"]):
            return ""
    except subprocess.CalledProcessError as error:
        return f"network namespaces are not allowed here: {error.stderr.decode().strip()[:200]}"


@contextlib.contextmanager
def places(names: Sequence[str]) -> Iterator[dict[str, Place]]:
    """Machines that reach nobody but the test, until the block ends."""
    number, made = os.getpid(), {}
    with contextlib.ExitStack() as end:
        for at, name in enumerate(names):
            net, first = f"10.{200 + at}.{number >> 6 & 255}", number % 64 * 4  # of four addresses
            place = Place(f"sc{number}{name}", f"{net}.{first + 2}")
            _ip("netns", "add", place.name)
            end.callback(_ip, "netns", "del", place.name)
            outside = f"t{number % 10**7}{name[:1]}{at}"
            _ip("link", "add", outside, "type", "veth", "peer", "name", "eth0", "netns", place.name)
            end.callback(_ip, "link", "del", outside)  # connections of the dead may hold the rest
            _ip("addr", "add", f"{net}.{first + 1}/30", "dev", outside)
            _ip("link", "set", outside, "up")
            _ip("-n", place.name, "link", "set", "lo", "up")
            _ip("-n", place.name, "addr", "add", f"{place.address}/30", "dev", "eth0")
            _ip("-n", place.name, "link", "set", "eth0", "up")
            made[name] = place
        yield made


def lay(one: Place, other: Place, addresses: tuple[str, str]) -> None:
    """A cable between two, with the address of each on it; it goes when one of them does."""
    link = ("link", "add", "cable", "type", "veth", "peer", "name", "cable")
    _ip("-n", one.name, *link, "netns", other.name)
    for place, address in zip((one, other), addresses, strict=True):
        _ip("-n", place.name, "addr", "add", f"{address}/24", "dev", "cable")
        _ip("-n", place.name, "link", "set", "cable", "up")


def pull(place: Place, *, out: bool) -> None:
    """Pulls its cable out, or puts it in again."""
    _ip("-n", place.name, "link", "set", "cable", "down" if out else "up")


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
