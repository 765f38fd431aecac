"""`smarthost` of hub.yaml: a provider's server to which Postfix hands all that goes out; and
`relay`: the mail server, mostly that Postfix, to which the hub itself hands copies.

Where a provider closes port 25, or an address is new and nobody knows it. Postfix logs in there;
what it logs in with stands in `PASSWORDS` on the machine, for root alone, and never in hub.yaml.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from solicomm_build.foundation import schema

PASSWORDS = "/etc/postfix/solicomm_relay"
"""One line: `[HOST]:PORT USER:PASSWORD`."""
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")

_RELAY = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9.])?")


@dataclass(frozen=True, slots=True)
class Smarthost:
    """Its name, and the port: 465 speaks TLS at once, the others STARTTLS, which is demanded."""

    host: str
    port: int = 587


def relay(top: schema.Section) -> tuple[str, int]:
    """Where copies are handed over with `delivery: relay`, a host and a port; faults are noted."""
    section = top.section("relay")
    alone = "Write the name or the address alone, `host: 127.0.0.1`, and the port beside it"
    host = section.parsed("host", _relay_host, "127.0.0.1", alone)
    port = section.integer("port", 25, low=1, high=65535, things=True)
    several = top.values.get("cluster")
    named = top.has("relay") or (isinstance(several, dict) and several.get("relay"))
    if top.values.get("delivery") == "relay" and not named:
        top.fault(
            "delivery",
            "delivery is `relay`, but no relay is named",
            "Add `relay: {host: 127.0.0.1, port: 25}`",
        )
    section.close()
    return host, port


def _relay_host(text: str) -> str:
    """A name, which may be that of a container, or an IP address. Raises ValueError."""
    if ":" in text:
        try:
            return str(ipaddress.IPv6Address(text))
        except ValueError:
            raise ValueError(f"{text!r} is not a host") from None
    if not _RELAY.fullmatch(text):
        raise ValueError(f"{text!r} is not a host")
    return text


def read(top: schema.Section) -> Smarthost | None:
    """What the file says; faults are noted."""
    if not top.has("smarthost"):
        return None
    section = top.section("smarthost")
    host = section.text("host", required=True, example="smtp.provider.example", pattern=_HOST)
    port = section.integer("port", 587, low=1, high=65535, things=True)
    section.close()
    return Smarthost(host, port) if host else None
