"""What one hub asks another for itself alone, signed: `POST /network/sealed`.

    schema: solicomm/ask@1, hub (who asks), to (who is asked), at, want

`want` is `table`, `settled`, `mail-port`, or something that the table names. Whoever is not known,
or asks in another's name, gets the same refusal; the answer is sealed to the key of the hub that
asked, so it tells nothing to anybody else, also of its length. Format: docs/formats/network.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from solicomm_build.features.network.trust import signed
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.identity import ID, Identity
from solicomm_build.foundation.yamlsafe import Node

PATH = "/network/sealed"
SCHEMA = "solicomm/ask@1"
TABLE = "table"
SETTLED = "settled"
MAIL_PORT = "mail-port"
MOST = 8192
"""Octets of what is asked."""

_WANT = re.compile(
    r"table|settled|mail-port|ids/[a-z0-9-]{1,28}/(?:[0-9a-f]{40})?"
    r"|steps/[a-z0-9-]{1,28}/[a-z0-9-]{3,40}/(?:[0-9a-f]{40})?|(?:notice|note)/[a-z0-9.-]{1,120}"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks whom for what, and by which key."""

    hub: str
    to: str
    want: str
    key: str


def write(identity: Identity, to: str, want: str) -> bytes:
    """This hub asks another."""
    at = f"{clock.now():%Y-%m-%dT%H:%M:%SZ}"
    values: dict[str, Node] = {
        "schema": SCHEMA,
        "hub": identity.id,
        "to": to,
        "at": at,
        "want": want,
    }
    return signed.write(values, identity)


def read(blob: bytes) -> Asked:
    """What is asked. Raises ContentError."""
    top, key = signed.read(blob)
    top.schema(SCHEMA)
    top.moment("at")
    found = Asked(
        top.text("hub", required=True, pattern=ID, example="water-3fk2q7ab"),
        top.text("to", required=True, pattern=ID, example="metal-u5wq2b7c"),
        top.text("want", required=True, pattern=_WANT, example=TABLE),
        key,
    )
    top.close()
    top.raise_faults()
    return found
