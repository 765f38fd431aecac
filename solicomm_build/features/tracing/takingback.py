"""What a stage passes over, tried again: where the stage has gone on, it is sent back."""

from __future__ import annotations

import contextlib

from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub import liveness, quarantine
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.quarantine import Aside

_THEN = {
    "build": "Its pages are there after `solicomm build --full`, which may run beside `serve`",
    "deliver": "The list has gone on: `solicomm deliver --go-to COMMIT LIST` sends what came after "
    "a commit once more",
}


def tried_again(hub: Config, one: Aside) -> str:
    """Has a stage take an item again: stages of features look at its conference from the
    beginning. Durable on return; what else the operator has to do, or nothing."""
    name = one.item.partition(":")[2].partition("/")[0]
    with contextlib.suppress(SoliCommError):  # a conference that is not here any more
        if begin_again := liveness.beginnings().get(one.folder):
            begin_again(hub, name)
    quarantine.put_back(one)
    return _THEN.get(one.folder, "")
