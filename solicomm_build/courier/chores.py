"""What features do on the way, one after the other (hooks.py, `Chore`). One that fails holds no
mail: it is logged and told, rests, and is tried again (foundation/hub/hindrance.py)."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path

from solicomm_build.courier.hooks import Chore
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.hindrance import Apart
from solicomm_build.foundation.maillog import MailLog


class Chores:
    """Those that run at one point of the way. Close it."""

    def __init__(self, state: Path, log: MailLog, every: Iterable[tuple[str, Chore]]) -> None:
        """Each with the name of its feature."""
        self._every = [(chore, Apart(state, log, "courier", name)) for name, chore in every]

    def run(self) -> int:
        """Has each do what is due; how many things were done. Blocking. Raises what ends a stage
        (`Apart`)."""
        return sum(self._run(chore, apart) for chore, apart in self._every)

    def close(self) -> None:
        """Lets go of everything."""
        for chore, _ in self._every:
            with contextlib.suppress(SoliCommError):
                chore.close()

    def _run(self, chore: Chore, apart: Apart) -> int:
        if apart.rests:
            return 0
        try:
            done = chore.run()
        except Exception as error:  # noqa: BLE001 - the edge of a feature: it stops no other
            apart.failed(error)
            return 0
        apart.went_well()
        return done
