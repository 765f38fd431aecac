"""Backups hold what was erased until they are old; what a cut left of one here goes."""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub import backups
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.store.erasing import Copy, Erased, Gone, Taking


def _told(config: Config, gone: Gone) -> Iterator[Copy]:
    del gone
    try:
        names = [f"backup {one.place}" for one in backups.read(config)]
    except StoreError:  # nobody knows where they are
        names = ["each backup"]
    for name in names:
        yield Copy(name, "told", "forgets it within eight weeks")


def _erase(config: Config, gone: Erased, taking: Taking) -> None:
    del taking
    _of_machine(config, gone)


def _of_machine(config: Config, _gone: Erased) -> None:
    if (config.state / "backup").is_dir():
        from solicomm_build.features.backup import moment, verifying

        moment.clear(config)
        verifying.clear(config)


TOLD = (_told,)
ERASE = _erase
MACHINE = _of_machine
