"""`private/conferences-mailed-since`: from when on posts of conferences that are no list go out.

Hubs of before that mailed the posts of lists only. Their members were promised every post of a
conference as well, and get it from the moment that stands in the file, one line in UTC: what is
older is on the pages and is mailed to nobody, from whatever backup a repository comes. New hubs
have the moment of their founding. Durable; written once.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.safeio import write_atomic

NAME = "conferences-mailed-since"


def read(config: Config) -> datetime | None:
    """The moment, to the second; None on a hub that has not begun. Raises HubError."""
    path = _path(config)
    try:
        text = path.read_text("ascii", "replace").strip()
    except FileNotFoundError:
        return None
    try:
        return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise HubError(
            f"{path} holds no moment such as 2026-11-24T12:00:00Z. Write the moment from which on "
            "members of conferences get new posts by mail"
        ) from error


def begin(config: Config, moment: datetime) -> datetime:
    """Writes the moment, durable on return, and returns it to the second."""
    since = moment.astimezone(UTC).replace(microsecond=0)
    config.private.mkdir(mode=0o700, exist_ok=True)
    write_atomic(_path(config), f"{since:%Y-%m-%dT%H:%M:%SZ}\n".encode("ascii"), mode=0o600)
    return since


def _path(config: Config) -> Path:
    return config.private / NAME
