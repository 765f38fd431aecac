"""`smarthost` of hub.yaml: a provider's server to which Postfix hands all that goes out.

Where a provider closes port 25, or an address is new and nobody knows it. Postfix logs in there;
what it logs in with stands in `PASSWORDS` on the machine, for root alone, and never in hub.yaml.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from solicomm_build.foundation import schema

PASSWORDS = "/etc/postfix/solicomm_relay"
"""One line: `[HOST]:PORT USER:PASSWORD`."""
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Smarthost:
    """Its name, and the port: 465 speaks TLS at once, the others STARTTLS, which is demanded."""

    host: str
    port: int = 587


def read(top: schema.Section) -> Smarthost | None:
    """What the file says; faults are noted."""
    if not top.has("smarthost"):
        return None
    section = top.section("smarthost")
    host = section.text("host", required=True, example="smtp.provider.example", pattern=_HOST)
    port = section.integer("port", 587, low=1, high=65535)
    section.close()
    return Smarthost(host, port) if host else None
