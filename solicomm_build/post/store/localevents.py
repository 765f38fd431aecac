"""Where an event lies that is written here: in a conference of another hub below `local/`.

    topics/<tt>/<tid>/events/…         what the conference's home says; every hub has the same
    local/topics/<tt>/<tid>/events/…   what moderators of this hub say; it counts here alone

So the trees of all hubs stay equal below `topics/`, and no hub takes the other's moderation.
Readers know both (`post/event.py::parse_path`); whoever writes asks here.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.types import Oid
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo
from solicomm_build.post import conference as conference_file
from solicomm_build.post import event as events


def place(repo: Repo, path: str) -> str:
    """The path at which a file is written into a conference: an event's is another where the
    conference has its home elsewhere, all others are as they are."""
    is_event = not path.startswith(events.LOCAL) and events.parse_path(path) is not None
    return events.LOCAL + path if is_event and is_elsewhere(repo) else path


def is_elsewhere(repo: Repo) -> bool:
    """Whether a conference has its home at another hub."""
    tip = repo.ref()
    return tip is not None and _home(repo.path, tip) != ""


@lru_cache(maxsize=256)
def _home(path: Path, tip: Oid) -> str:
    with Reader(Repo(path)) as reader:
        blob = reader.at(tip, conference_file.FILE)
    try:
        return conference_file.decode(blob).home if blob else ""
    except SoliCommError:
        return ""
