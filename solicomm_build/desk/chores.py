"""What the desk does unasked: look whether something is due, and write what follows from it.

Each chore is asked again and again, and rests by itself between two looks (`Looked`); it yields
plans, which are carried out one by one as those of mail are. Features say theirs in `chores.py`
(hooks.py).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from solicomm_build.desk.ledger import Ledger, Move
from solicomm_build.desk.plan import NOTHING, Plan
from solicomm_build.foundation.maillog import MailLog

if TYPE_CHECKING:  # who only looks at what chores left needs no desk
    from solicomm_build.desk.office import Office

Seen = TypeVar("Seen")


@dataclass(frozen=True, slots=True)
class Step:
    """One plan of the desk's own, with the cursor that moves with it, and the file that goes when
    it is carried out. Its cause is its name for good: done once, it may come again."""

    cause: str
    plan: Plan
    move: Move | None = None
    note: Path | None = None


DONE = Step("", NOTHING)
"""Says that a chore has done something itself."""


@dataclass(slots=True)
class Looked(Generic[Seen]):
    """What a chore remembers as long as the desk runs: when it looks again, in seconds of a clock
    that nobody sets, and what was seen of each thing by name."""

    due: float = 0.0
    seen: dict[str, Seen] = field(default_factory=dict)

    def rests(self, seconds: float) -> bool:
        """Whether it is too early for another look; else the next is so many seconds from now."""
        now = time.monotonic()
        if now < self.due:
            return True
        self.due = now + seconds
        return False

    def at_once(self) -> None:
        """The next look rests no longer: there may be more to do."""
        self.due = 0.0


@dataclass(frozen=True, slots=True)
class Workplace:
    """What chores work with."""

    office: Office
    ledger: Ledger
    log: MailLog


Steps: TypeAlias = Callable[[], Iterator[Step]]
"""What is to be done now; the next is asked for when the one before is carried out. Costs next to
nothing when there is nothing to do."""


@dataclass(frozen=True, slots=True)
class Chore:
    """A chore: `begin` is called when a desk starts. The smallest `rank` comes first.

    `reads` is the repository (`roster` or `mail`) whose log it follows by the desk's cursor.
    `event` is the line of the mail log for each of its plans, if it has one. `one_by_one` is for
    what may be thousands of letters: one plan, then other mail has its turn.
    """

    rank: int
    begin: Callable[[Workplace], Steps]
    reads: str = ""
    event: str = ""
    one_by_one: bool = False


def by_itself(run: Callable[[], bool]) -> Steps:
    """The steps of a chore that does its work itself, durably: `run` says whether there was any."""

    def steps() -> Iterator[Step]:
        if run():
            yield DONE

    return steps
