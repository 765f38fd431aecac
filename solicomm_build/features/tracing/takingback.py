"""What a stage passes over, tried again: where the stage has gone on, it is sent back."""

from __future__ import annotations

import contextlib

from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub import quarantine
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.quarantine import Aside

_THEN = {
    "build": "Its pages are there after `solicomm build --full`, which may run beside `serve`",
    "deliver": "The list has gone on: `solicomm deliver --go-to COMMIT LIST` sends what came after "
    "a commit once more",
}


def tried_again(hub: Config, one: Aside) -> str:
    """Has a stage take an item again: files are looked at from the beginning of their conference,
    mirrors are made anew. Durable on return; what else the operator has to do, or nothing."""
    from solicomm_build.features.files.run import CONSUMER
    from solicomm_build.features.mirror import run as mirror
    from solicomm_build.git.cursor import Cursor
    from solicomm_build.git.repo import open_repo

    name = one.item.partition(":")[2].partition("/")[0]
    with contextlib.suppress(SoliCommError):  # a conference that is not here any more
        if one.folder == "files":
            Cursor(open_repo(hub.conference_repo(name)), CONSUMER).forget()
        elif one.folder == "mirror":
            mirror.begin_again(hub, name)
    quarantine.put_back(one)
    return _THEN.get(one.folder, "")
