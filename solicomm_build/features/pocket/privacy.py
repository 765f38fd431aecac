"""Files that the hub offers hold what people wrote: they go with any erasure, and are made anew.
Letters of sticks that wait for another hub are their authors'."""

from __future__ import annotations

from typing import Any

from solicomm_build.features.pocket.letters import ofperson
from solicomm_build.foundation.hub.config import Config


def _settle(config: Config, contents: Any) -> None:
    from solicomm_build.features.pocket.offering import record

    del contents
    record.forget(config)


SETTLE = _settle
FACTS = {"stick_letters": ofperson.told}
HOLDS = (ofperson.held,)
KEEPS = (ofperson.keeps,)
ERASE = ofperson.erase
