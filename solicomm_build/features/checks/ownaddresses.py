"""The addresses of this machine, as the kernel lists them; nobody is asked."""

from __future__ import annotations

import contextlib
import ipaddress
import re
from pathlib import Path

from solicomm_build.message.auth.spf import Address

_LOCAL_V4 = re.compile(r"\|-- ([0-9.]+)\n\s+/32 host LOCAL")
_NET = Path("/proc/net")


def of_machine(net: Path = _NET) -> tuple[Address, ...]:
    """All but those that only this machine or this wire knows; empty when the kernel does not say
    (proc(5): fib_trie, if_inet6)."""
    found: set[Address] = set()
    with contextlib.suppress(OSError):
        for match in _LOCAL_V4.finditer((net / "fib_trie").read_text("ascii")):
            found.add(ipaddress.ip_address(match[1]))
    with contextlib.suppress(OSError):
        for line in (net / "if_inet6").read_text("ascii").splitlines():
            found.add(ipaddress.IPv6Address(int(line.split()[0], 16)))
    kept = [one for one in found if not (one.is_loopback or one.is_link_local)]
    return tuple(sorted(kept, key=lambda one: (one.version, int(one))))
