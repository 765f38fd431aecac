"""Files that the hub offers hold what people wrote, and so do the small hubs that sticks are made
of: they go with any erasure, and are made anew. Letters of sticks that wait for another hub are
their authors'."""

from __future__ import annotations

from typing import Any

from solicomm_build.features.pocket.letters import ofperson
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.store.erasing import Erased, Taking


def _settle(config: Config, contents: Any) -> None:
    from solicomm_build.features.pocket.offering import record

    del contents
    record.forget(config)


def _erase(config: Config, gone: Erased, taking: Taking) -> None:
    ofperson.erase(config, gone, taking)
    if gone.mids and (config.state / "pocket").is_dir():
        from solicomm_build.features.pocket import carried

        carried.forget(config)


def _of_machine(config: Config, _gone: Erased) -> None:
    if (config.state / "pocket").is_dir():
        from solicomm_build.features.pocket import carried

        carried.forget(config)
        _settle(config, None)


SETTLE = _settle
MACHINE = _of_machine
FACTS = {"stick_letters": ofperson.told}
HOLDS = (ofperson.held,)
KEEPS = (ofperson.keeps,)
ERASE = _erase
