"""What of a hub comes along: all that everybody may read, or a choice of it.

Never what is for members only, nor people's cards: whoever takes a card back must not find it on
sticks for years. What is unlisted comes along when it is named.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git.repo import open_repo
from solicomm_build.post.store import placesettings

KINDS = {"conferences": "content/conferences", "libraries": "content/libraries", "unions": "unions"}
"""The kinds of repositories and where they lie below the hub's root."""
SITE = "content/site.git"
_NAMED = 12
"""Ids that a refusal names."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Ids by kind (nothing named at all: everything), the language that pages open in, and since
    when what comes along is new (None: all of it)."""

    conferences: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    unions: tuple[str, ...] = ()
    lang: str = ""
    since: datetime | None = None
    named: dict[str, tuple[str, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        named = {
            "conferences": self.conferences,
            "libraries": self.libraries,
            "unions": self.unions,
        }
        object.__setattr__(self, "named", named)

    @property
    def is_all(self) -> bool:
        """Whether nothing was chosen by name."""
        return not any(self.named.values())

    @property
    def mark(self) -> str:
        """Short and the same for the same choice: what is kept of it is called so."""
        said = [
            *(sorted(ids) for ids in self.named.values()),
            self.lang,
            *([self.since.isoformat()] if self.since else []),
        ]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def repositories(config: Config, choice: Choice) -> dict[str, Oid]:
    """The repositories that come along, by their paths below the hub's root, with where they stand
    now. Raises UsageError for a name that is not there or not for everybody."""
    found = dict[str, Oid]()
    site = open_repo(config.site_repo).ref() if config.site_repo.is_dir() else None
    if site is not None:
        found[SITE] = site
    for kind, folder in KINDS.items():
        public = dict(_public(config, kind))
        for name in choice.named[kind]:
            if name not in public:
                raise _not_public(kind, name, public)
        for name, is_listed in sorted(public.items()):
            wanted = name in choice.named[kind] or (choice.is_all and is_listed)
            path = f"{folder}/{name}.git"
            tip = open_repo(config.root / path).ref() if wanted else None
            if tip is not None:
                found[path] = tip
    if found.keys() <= {SITE}:
        raise UsageError(
            "there is nothing here yet that a stick could carry: no public conference, library or "
            "site of a union"
        )
    return found


def _not_public(kind: str, name: str, public: Mapping[str, bool]) -> UsageError:
    listed = sorted(one for one, is_listed in public.items() if is_listed)
    there = f"There are: {', '.join(listed[:_NAMED])}" if listed else "There are none"
    more = f" and {len(listed) - _NAMED:,} more" if len(listed) > _NAMED else ""
    sealed = ". A conference for members goes sealed: --members" if kind == "conferences" else ""
    return UsageError(
        f"{kind}/{name} is not there, or not for everybody to read. {there}{more}{sealed}"
    )


def _public(config: Config, kind: str) -> Iterator[tuple[str, bool]]:
    """The ids of a kind that everybody may read, and whether each is listed."""
    if kind == "unions":
        for path in sorted(config.unions.glob("*.git")):
            yield path.stem, True
        return
    if kind == "conferences":
        for name, one in placesettings.conferences(config).now().items():
            if one.visibility in placesettings.PUBLIC:
                yield name, one.visibility == "public"
        return
    for name, shelf in placesettings.of(kind, config).now().items():
        if shelf.visibility in placesettings.PUBLIC:
            yield name, shelf.visibility == "public"
