"""Writes commands down among what operators did (people/operators/acts.py).

Only what names nobody stays of the words (wording.py). Who it was is the user who became root by
sudo, else the user of the shell.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from solicomm_build.cli import owner
from solicomm_build.features.auditing import begun, wording
from solicomm_build.foundation import clock
from solicomm_build.people.operators import acts
from solicomm_build.people.operators.acts import Act


def note(root: Path, words: Sequence[str]) -> None:
    """Writes a command down, as the hub's owner; durable on return. About 20 ms. Raises
    SoliCommError, OSError."""
    act = Act(clock.now(), owner.doer(), tuple(wording.kept(root, words)))
    owner.by_owner(root, lambda: _written(root, act))


def _written(root: Path, act: Act) -> dict[str, str]:
    begun.settle(root)
    acts.write(root, act, source="cli")
    return {}
