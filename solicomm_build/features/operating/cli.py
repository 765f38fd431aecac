"""Commands of the shell, and who is asked by those that need a second yes."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from solicomm_build.cli.commands import PEOPLE, Command
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.operators.second import AGREED, Asking, Wanted

COMMANDS = (
    Command(
        "operator",
        "Say who looks after this hub.",
        PEOPLE,
        25,
        "solicomm_build.features.operating.command",
    ),
)


def _second(config: Config, wanted: Callable[[], Wanted], asking: Asking) -> None:
    from solicomm_build.features.operating import asking as deciding

    deciding.second(config, wanted, asking)


SECOND = _second


def after(root: Path, words: Sequence[str]) -> None:
    """Notes that what was agreed to is done."""
    identifier = os.environ.get(AGREED, "")
    if not identifier:
        return
    from solicomm_build.features.operating import asking
    from solicomm_build.foundation.hub import hubyaml

    asking.after(hubyaml.load(root), identifier)


AFTER = after
