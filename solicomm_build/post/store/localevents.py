"""Where an event lies that is written here: in a conference of another hub below `local/`.

    topics/<tt>/<tid>/events/…         what the conference's home says; every hub has the same
    local/topics/<tt>/<tid>/events/…   what moderators of this hub say; it counts here alone

So the trees of all hubs stay equal below `topics/`, and no hub takes the other's moderation.
Readers know both (`post/event.py::parse_path`); whoever writes asks here, and so does who follows a
topic that was moved: the home means a conference of its own, and this hub may have another one of
that name.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid, TopicId
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo
from solicomm_build.post import conference as conference_file
from solicomm_build.post import event as events


def place(repo: Repo, path: str) -> str:
    """The path at which a file is written into a conference: an event's is another where the
    conference has its home elsewhere, all others are as they are."""
    is_event = not path.startswith(events.LOCAL) and events.parse_path(path) is not None
    return events.LOCAL + path if is_event and is_elsewhere(repo) else path


def is_elsewhere(repo: Repo) -> bool:
    """Whether a conference has its home at another hub."""
    return home(repo) != ""


def home(repo: Repo) -> str:
    """The hub at which a conference has its home; empty for this one."""
    tip = repo.ref()
    return _home(repo.path, tip) if tip is not None else ""


def is_meant(config: Config, source: str, to: str, threads: Iterable[TopicId]) -> bool:
    """Whether the conference `to` of this hub is the one into which a topic of `source`, with these
    stored threads, was moved. What the home of `source` says is about conferences of its own: of
    these it is one only where it has the same home. What moderators of this hub moved is there."""
    path = config.conference_repo(to)
    hub = home(Repo(config.conference_repo(source)))
    if not hub or not path.exists():
        return not hub
    if home(Repo(path)) == hub:
        return True
    folders = [f"topics/{tid[:2]}/{tid}/posts" for tid in threads]
    with Reader(Repo(path)) as reader:
        return any(reader.oid_at(MAIN, folder) is not None for folder in folders)


@lru_cache(maxsize=256)
def _home(path: Path, tip: Oid) -> str:
    with Reader(Repo(path)) as reader:
        blob = reader.at(tip, conference_file.FILE)
    try:
        return conference_file.decode(blob).home if blob else ""
    except SoliCommError:
        return ""
