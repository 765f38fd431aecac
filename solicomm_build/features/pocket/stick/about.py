"""`_stick/stick.yaml`: whose pages lie on a stick, since when, and which repositories.

Format: docs/formats/stick.md. Its sum stands in the signed list, so it needs no signature.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from solicomm_build.features.pocket.stick.bundles import Bundled
from solicomm_build.foundation import schema, yamlsafe
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub import keychain
from solicomm_build.foundation.hub.keychain import Step
from solicomm_build.foundation.types import HUB_ID, Oid
from solicomm_build.foundation.yamlsafe import Node

FILE = "_stick/stick.yaml"
SCHEMA = "solicomm/stick@1"

_MOMENT = "%Y-%m-%dT%H:%M:%SZ"
_MOST = 8 * 1024 * 1024
_PATH = re.compile(
    r"(?:content/(?:conferences|libraries)|unions)/[a-z0-9-]{1,64}\.git|content/site\.git"
)
_TIP = re.compile(r"[0-9a-f]{40}")
_BUNDLE = re.compile(r"_stick/bundles/(?:[a-z]+/)?[a-z0-9-]{1,64}(?:\.[0-9]{1,2})?\.bundle")


@dataclass(frozen=True, slots=True)
class About:
    """A stick: the id, name and address of its hub, the languages of its pages, when it was last
    brought up to date, and its repositories by their paths below a hub's root. `since`: they and
    the pages hold only what is new from that moment on, in commits of their own. `chain` is how the
    hub's key changed."""

    hub: str
    name: str
    url: str
    languages: tuple[str, ...]
    at: datetime
    repositories: Mapping[str, Bundled] = field(default_factory=dict)
    since: datetime | None = None
    chain: tuple[Step, ...] = ()

    def is_by(self, key: str) -> bool:
        """Whether the hub that this names may have this key: its first, or the last one to which
        both signatures lead each time."""
        if not self.chain:
            return identities.fits(self.hub, key)
        try:
            keychain.check(identities.root(self.hub), self.chain, key, file=FILE)
        except ContentError:
            return False
        return True


def encode(about: About) -> bytes:
    """The file."""
    rows: list[Node] = [
        {"path": path, "tip": one.tip, "bundles": [*one.files]}
        for path, one in sorted(about.repositories.items())
    ]
    values: dict[str, Node] = {
        "schema": SCHEMA,
        "hub": about.hub,
        "name": about.name,
        "url": about.url,
        "languages": [*about.languages],
        "at": about.at.strftime(_MOMENT),
        **({"since": about.since.strftime(_MOMENT)} if about.since else {}),
        **({"former_keys": keychain.write(about.chain)} if about.chain else {}),
        "repositories": rows,
    }
    return yamlsafe.dump(values).encode("utf-8")


def decode(blob: bytes, file: str = FILE) -> About:
    """What a file says. Raises ContentErrors."""
    top = schema.open_file(blob, file=file, max_bytes=_MOST)
    top.schema(SCHEMA)
    hub = top.text("hub", required=True, example="water-3fk2q7ab", pattern=HUB_ID)
    name = top.text("name", required=True, example="Workers' hub")
    url = top.text("url", required=True, example="https://hub.example")
    languages = top.words("languages")
    at, since = top.moment("at", required=True), top.moment("since")
    chain = keychain.read(top.sections("former_keys", most=keychain.MOST))
    found = {}
    for row in top.sections("repositories", most=100_000):
        path = row.text("path", required=True, example="unions/dockers.git", pattern=_PATH)
        tip = row.text("tip", required=True, example="0" * 40, pattern=_TIP)
        files = row.words("bundles", pattern=_BUNDLE)
        found[path] = Bundled(Oid(tip), tuple(files))
        row.close()
    top.close()
    top.raise_faults()
    at = at or datetime.fromtimestamp(0, UTC)
    return About(hub, name, url, tuple(languages), at, found, since, chain)
