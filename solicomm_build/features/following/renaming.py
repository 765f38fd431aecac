"""What follows a conference that gets another id."""

from __future__ import annotations

from contextlib import closing

from solicomm_build.features.following.follows import Follows
from solicomm_build.foundation.hub.config import Config


def _follows(config: Config, kind: str, old: str, new: str) -> None:
    """Who follows which topic, and what is to be mailed of it."""
    with closing(Follows(config)) as follows:
        if kind != "conferences" or not follows.is_there():
            return
        with follows.change() as db:
            for table in ("follow", "due", "receipt", "bond"):
                db.execute(
                    f"UPDATE OR REPLACE {table} SET conference = ? WHERE conference = ?",  # noqa: S608 - ours
                    (new, old),
                )


def _end(config: Config, kind: str, name: str) -> None:
    """Nobody follows a topic there any more."""
    with closing(Follows(config)) as follows:
        if kind == "conferences" and follows.is_there():
            follows.forget_conference(name)


RENAME = _follows
END = _end
