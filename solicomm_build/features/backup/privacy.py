"""Backups hold what was erased until they are old."""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.foundation.hub import backups
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.store.erasing import Copy, Gone


def _told(config: Config, gone: Gone) -> Iterator[Copy]:
    del gone
    for one in backups.read(config):
        yield Copy(f"backup {one.place}", "told", "forgets it within eight weeks")


TOLD = (_told,)
