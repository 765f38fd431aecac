"""Who moderates at the home of a conference: `roles/home.yaml` in its repository.

    home:     site.git: roles/… ─→ here, before an offer is signed
    follower: here ─→ private/network/roles/<conference>.yaml ─→ facts for that conference alone

The home's signature of the offer covers the file, so it goes wherever the log goes. It holds person
ids and moments, and nothing else of anybody. Format: docs/formats/network.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from solicomm_build.features.network.judging.shared import Shared
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.foundation import clock, outside, safeio, schema, yamlsafe
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import SLUG, Oid
from solicomm_build.foundation.yamlsafe import Node
from solicomm_build.gate.hubsfiles import HubsFiles
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people import grants
from solicomm_build.people.grant import HOSTS, Grant, Grants
from solicomm_build.people.roster import HUB, ROLES

FILE = "roles/home.yaml"
SCHEMA = "solicomm/roles@1"

_NEEDED = "moderator"
_MOST = 1024 * 1024  # octets
_PERSON = re.compile(r"[A-Za-z0-9_-]{1,40}")


def of(known: Grants, conference: str) -> tuple[Grant, ...]:
    """Whoever was a moderator of a conference, or more, with each moment at which that changed. How
    somebody got the role and who gave it is nobody's business elsewhere."""
    found = []
    for person in sorted(known.persons(conference)):
        held = ROLES[0]
        for at in known.moments(person, conference):
            role = known.role(person, conference, at)
            role = role if ROLES.index(role) >= ROLES.index(_NEEDED) else ROLES[0]
            if role != held:
                found.append(Grant(person, conference, role, at, "hub"))
            held = role
    return tuple(found)


def encode(facts: Iterable[Grant]) -> bytes:
    """The file."""
    roles: list[Node] = [
        {"person": one.person, "role": one.role, "at": one.at.strftime("%Y-%m-%dT%H:%M:%SZ")}
        for one in facts
    ]
    values: dict[str, Node] = {"schema": SCHEMA, "roles": roles}
    return yamlsafe.dump(values).encode("utf-8")


def decode(blob: bytes, conference: str, file: str = FILE) -> tuple[Grant, ...]:
    """The facts in it, for that conference. Raises ContentErrors."""
    top = schema.open_file(blob, file=file, max_bytes=_MOST)
    top.schema(SCHEMA)
    found = []
    for one in top.sections("roles", most=10_000):
        person = one.text("person", required=True, example="p_7h2kqm3x9d", pattern=_PERSON)
        role = one.choice("role", ROLES, ROLES[0])
        at = one.moment("at", required=True)
        if at is not None and person not in HOSTS:
            found.append(Grant(person, conference, role, at, "hub"))
        one.close()
    top.close()
    top.raise_faults()
    return tuple(found)


# -- at the home ------------------------------------------------------------------------------


def say(config: Config, one: Shared) -> Shared:
    """Has a conference of our own say who moderates; the conference with what is new. Durable on
    return."""
    known = grants.read(config)
    facts = of(known, one.id)
    names = {fact.person for fact in facts}
    facts += tuple(fact for fact in _kept(config, one.id) if fact.person not in names)
    wanted = encode(sorted(facts, key=lambda fact: (fact.at, fact.person)))
    blob = _blob(one.repo.path, one.tip)
    if blob == wanted or (blob is None and not facts):
        return one
    message = compose("Say who moderates", Source="hub")
    tip = write_once(one.repo, [Change(FILE, wanted)], message=message, when=clock.now())
    return replace(one, tip=tip)


@lru_cache(maxsize=256)
def _blob(path: Path, tip: Oid) -> bytes | None:
    with Reader(Repo(path)) as reader:
        return reader.at(tip, FILE)


# -- at who follows ---------------------------------------------------------------------------


def keep(config: Config, ours: Repo, conference: str) -> None:
    """Takes up what the home of a conference said, durable on return. What cannot be read changes
    nothing."""
    tip = ours.ref()
    blob = _blob(ours.path, tip) if tip else None
    if blob is None:
        return
    try:
        decode(blob, conference)
    except SoliCommError:
        return
    write(config, conference, blob)


def write(config: Config, conference: str, blob: bytes) -> None:
    """Takes up a file of roles, durable on return."""
    path = _path(config, conference)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists() or path.read_bytes() != blob:
        safeio.write_atomic(path, blob, mode=0o600)
        outside.changed(config, "roles")


def facts(config: Config) -> tuple[Grant, ...]:
    """What all homes said, each for its own conference. Some files are looked at."""
    folder = _folder(config)
    if not folder.is_dir():
        return ()
    found = (_kept(config, path.stem) for path in sorted(folder.glob("*.yaml")))
    return tuple(fact for some in found for fact in some)


def _kept(config: Config, conference: str) -> tuple[Grant, ...]:
    path = _path(config, conference)
    try:
        about = path.stat()
    except FileNotFoundError:
        return ()
    return _read(path, about.st_mtime_ns, about.st_ino)


@lru_cache(maxsize=256)
def _read(path: Path, _changed: int, _inode: int) -> tuple[Grant, ...]:
    conference = path.stem
    if not SLUG.fullmatch(conference) or conference == HUB:
        return ()
    try:
        return decode(path.read_bytes(), conference, str(path))
    except SoliCommError:
        return ()


def _folder(config: Config) -> Path:
    return peering.folder(config) / "roles"


def _path(config: Config, conference: str) -> Path:
    return _folder(config) / f"{conference}.yaml"


# -- at the gate ------------------------------------------------------------------------------

_FILES = HubsFiles(
    lambda path: path == FILE,
    "the hub itself says who moderates",
    "Give a role with `solicomm member role`",
    lambda blob, path: decode(blob, "any", path),
)
is_pushed, is_hubs, misplaced = _FILES.is_pushed, _FILES.is_hubs, _FILES.misplaced
not_pushed, check = _FILES.not_pushed, _FILES.check
