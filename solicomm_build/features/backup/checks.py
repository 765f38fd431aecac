"""What `solicomm check` looks at of backups."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub import backups
from solicomm_build.foundation.hub.backups import Kept
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Check, Finding, fine, warning


def look(config: Config) -> Iterator[Finding]:
    """Whether there is a backup, and a new one."""
    try:
        places = backups.read(config)
    except StoreError as error:
        yield _damaged(error)
        return
    if not places:
        yield warning("there was never one", "solicomm backup PLACE --every day")
    yield from _old(config)
    for one in places:
        if one.at is not None and not one.restored and not _is_old(one.at, one):
            yield fine(f"{one.place}, {one.at:%Y-%m-%d %H:%M} UTC")


def _old(config: Config) -> Iterator[Finding]:
    try:
        places = backups.read(config)
    except StoreError as error:
        yield _damaged(error)
        return
    for one in places:
        remedy = f"solicomm backup {one.place}, and see what it says; "
        remedy += "`solicomm backup forget` where you want none there"
        if one.restored:
            words = f"none into {one.place} since this hub was restored"
            yield warning(words, f"solicomm backup {one.place} --every day", about=one.place)
        elif one.at is None:
            yield warning(f"none into {one.place} yet", remedy, about=one.place)
        elif _is_old(one.at, one):
            words = f"the newest in {one.place} is of {one.at:%Y-%m-%d}"
            yield warning(words, remedy, about=one.place)


def _is_old(at: datetime, one: Kept) -> bool:
    """Whether that was too long ago, or is so far ahead that the clock was wrong then."""
    return abs(clock.now() - at) > backups.most(one)


def _damaged(error: StoreError) -> Finding:
    said, _, remedy = error.public.partition(". ")
    return warning(said, remedy)


CHECKS = (Check("backup", "backup", look),)
WATCHED = (Check("backup", "backup", _old, patient=True),)
