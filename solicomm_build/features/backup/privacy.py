"""Backups hold what was erased until they are old."""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub import backups
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.store.erasing import Copy, Gone


def _told(config: Config, gone: Gone) -> Iterator[Copy]:
    del gone
    try:
        names = [f"backup {one.place}" for one in backups.read(config)]
    except StoreError:  # nobody knows where they are
        names = ["each backup"]
    for name in names:
        yield Copy(name, "told", "forgets it within eight weeks")


TOLD = (_told,)
