"""Digests hold several posts: without one of them they are made anew; and what waits for one is
named."""

from __future__ import annotations

from solicomm_build.features.digests import series, withdrawn
from solicomm_build.features.digests.octets import KEY_FIELD
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.store.erasing import Erased, Taking


def _erase(config: Config, gone: Erased, taking: Taking) -> None:
    series.forget(config)


def _of_machine(config: Config, _gone: Erased) -> None:
    series.forget(config)


COLLECTIONS = (KEY_FIELD,)
WAITING = withdrawn
ERASE = _erase
MACHINE = _of_machine
