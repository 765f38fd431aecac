"""What this hub shares with others: public conferences, and those that it follows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from solicomm_build.features.network.trust.card import CONFERENCES
from solicomm_build.features.network.trust.peers import Peers
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import Identity
from solicomm_build.foundation.types import Oid
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.post import conference as conference_file
from solicomm_build.post.conference import Conference


@dataclass(frozen=True, slots=True)
class Shared:
    """A repository that hubs share: `name` as in offers, `home` the hub that decides about it."""

    name: str
    home: str
    repo: Repo
    tip: Oid

    @property
    def id(self) -> str:
        """The conference's id."""
        return self.name.partition("/")[2]


def shared(config: Config, identity: Identity, known: Peers) -> Iterator[Shared]:
    """All that this hub offers. What cannot be read is passed over; `solicomm check` names it."""
    for path in sorted(config.conferences.glob("*.git")):
        name = f"{CONFERENCES}/{path.stem}"
        try:
            repo = open_repo(path)
            tip = repo.ref()
            settings = settings_at(path, tip) if tip else None
        except SoliCommError:
            continue
        if tip is None or settings is None or not may_travel(settings):
            continue
        follow = known.follows.get(name)
        yield Shared(name, follow.home if follow else identity.id, repo, tip)


def may_travel(settings: Conference) -> bool:
    """Whether everybody may read the conference anyway, and its posts are named alike everywhere:
    where only pseudonyms are shown they are named with a key of the hub's."""
    return (
        settings.visibility == "public" and settings.has_pages and settings.pseudonyms != "required"
    )


@lru_cache(maxsize=1024)
def settings_at(path: Path, tip: Oid) -> Conference | None:
    """The settings in a repository as of a commit. Raises SoliCommError when they have a fault."""
    with Reader(Repo(path)) as reader:
        blob = reader.at(tip, conference_file.FILE)
    return conference_file.decode(blob) if blob else None
