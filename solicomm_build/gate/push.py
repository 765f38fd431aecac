"""A push as values: which repository, who pushes, which branches move from where to where."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub import config as configs
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import SLUG, Oid
from solicomm_build.git.receiving import PUSHER

OPERATOR = "operator"
"""Who pushes without a grant has the hub's folder, and every right in it."""

_NOTHING = "0" * 40


@dataclass(frozen=True, slots=True)
class Pusher:
    """Who pushes. `role` is what the grant says of the person, empty where the roster knows."""

    person: str = OPERATOR
    role: str = OPERATOR
    lang: str = ""
    grant: str = ""

    @property
    def is_operator(self) -> bool:
        return not self.grant


@dataclass(frozen=True, slots=True)
class Update:
    """A ref that moves; `old` is None when it is new, `new` is None when it shall go."""

    ref: str
    old: Oid | None
    new: Oid | None


@dataclass(frozen=True, slots=True)
class Place:
    """A repository of the hub: `kind` is `unions`, `conferences` or `libraries`."""

    config: Config
    kind: str
    id: str

    @property
    def name(self) -> str:
        """As grants and logs call it: `unions/metal`."""
        return f"{self.kind}/{self.id}"


def place_of(repo: Path) -> Place:
    """Which repository of which hub this is, by where it lies. Raises HubError for any other."""
    kind, name = repo.parent.name, repo.name.removesuffix(".git")
    root = repo.parents[1] if kind == "unions" else repo.parents[2]
    if not SLUG.fullmatch(name) or not (root / configs.FILE).is_file():
        raise HubError(f"{repo} is not a repository of a hub")
    config = hubyaml.load(root)
    folders = {
        "unions": config.unions,
        "conferences": config.conferences,
        "libraries": config.libraries,
    }
    if folders.get(kind, Path()).resolve() != repo.parent:
        raise HubError(f"{repo} is not a repository that is pushed to")
    return Place(config, kind, name)


def read_pusher(environ: Mapping[str, str]) -> Pusher:
    """Who pushes, as web/git.py or gate/ssh.py told git; nobody told means the operator."""
    told = environ.get(PUSHER)
    if not told:
        return Pusher()
    facts = json.loads(told)
    return Pusher(facts["person"], facts["role"], facts["lang"], facts["grant"])


def read_updates(lines: Iterable[str]) -> list[Update]:
    """What git tells a hook on its input: `<old> <new> <ref>` a line."""
    updates = []
    for line in lines:
        words = line.rstrip("\n").split(" ", 2)
        if len(words) != 3:
            raise UsageError("this is for git to call: it names on each line what moves")
        old, new, ref = words
        updates.append(Update(ref, _oid(old), _oid(new)))
    return updates


def _oid(text: str) -> Oid | None:
    return None if text == _NOTHING else Oid(text)
