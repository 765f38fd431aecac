"""Which hubs a conference for members is shared with: `hubs/home.yaml` in its repository.

The home's operator says it (`solicomm peer offer`), the hub alone writes it, and the home's signed
log carries it, so every hub that has the conference knows whom it may hand it on to, and members
read on its page who else can see what they write. Format: docs/formats/network.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from solicomm_build.foundation import schema, yamlsafe
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.identity import ID
from solicomm_build.foundation.types import Oid
from solicomm_build.foundation.yamlsafe import Node
from solicomm_build.gate.hubsfiles import HubsFiles
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo

FILE = "hubs/home.yaml"
SCHEMA = "solicomm/shared-with@1"

_MOST = 64 * 1024  # octets
_MOST_HUBS = 500


@dataclass(frozen=True, slots=True)
class SharedWith:
    """The ids of the hubs that may have a conference, and of those that might once and not any
    more: they keep what they have, so they still hear of erasures."""

    hubs: tuple[str, ...] = ()
    before: tuple[str, ...] = ()

    @property
    def ever(self) -> frozenset[str]:
        """All of them."""
        return frozenset((*self.hubs, *self.before))

    def with_(self, hub: str) -> SharedWith:
        """And with one more."""
        return SharedWith(_sorted(self.hubs, hub), tuple(one for one in self.before if one != hub))

    def without(self, hub: str) -> SharedWith:
        """And with one less."""
        if hub not in self.hubs:
            return self
        return SharedWith(tuple(one for one in self.hubs if one != hub), _sorted(self.before, hub))


def _sorted(some: tuple[str, ...], one: str) -> tuple[str, ...]:
    return tuple(sorted({*some, one}))


NOBODY = SharedWith()


def encode(said: SharedWith) -> bytes:
    """The file."""
    values: dict[str, Node] = {"schema": SCHEMA, "hubs": list(said.hubs)}
    if said.before:
        values["before"] = list(said.before)
    return yamlsafe.dump(values).encode("utf-8")


def decode(blob: bytes, file: str = FILE) -> SharedWith:
    """What it says. Raises ContentErrors."""
    top = schema.open_file(blob, file=file, max_bytes=_MOST)
    top.schema(SCHEMA)
    found = SharedWith(
        top.words("hubs", pattern=ID, example="[water-3fk2q7ab]", most=_MOST_HUBS),
        top.words("before", pattern=ID, example="[water-3fk2q7ab]", most=_MOST_HUBS),
    )
    top.close()
    top.raise_faults()
    return found


@lru_cache(maxsize=1024)
def at(path: Path, commit: Oid) -> SharedWith:
    """What a repository says as of a commit; nobody where it says nothing that can be read."""
    with Reader(Repo(path)) as reader:
        return of(reader, commit)


def of(reader: Reader, commit: str) -> SharedWith:
    """The same, by a reader."""
    blob = reader.at(commit, FILE)
    try:
        return decode(blob) if blob else NOBODY
    except SoliCommError:
        return NOBODY


# -- at the gate ------------------------------------------------------------------------------

_FILES = HubsFiles(
    lambda path: path == FILE,
    "the hub itself says which hubs have the conference",  # else words of members go elsewhere
    "The operator of the hub does that: solicomm peer offer conferences/ID --to HUB-ID",
    decode,
)
is_pushed, is_hubs, misplaced = _FILES.is_pushed, _FILES.is_hubs, _FILES.misplaced
not_pushed, check = _FILES.not_pushed, _FILES.check
