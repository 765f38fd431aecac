"""What the desk does unasked: look whether something is due, and write what follows from it.

Each chore is asked again and again, and rests by itself between two looks (`Looked`); it yields
plans, which are carried out one by one as those of mail are. Features say theirs in `chores.py`
(hooks.py).
"""

from __future__ import annotations

import contextlib
import os
import pickle
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from solicomm_build.desk.ledger import Ledger, Move
from solicomm_build.desk.plan import NOTHING, Plan
from solicomm_build.foundation.hub.hindrance import Apart
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
    """What a chore remembers as long as the hub is served: when it looks again, in seconds of a
    clock that nobody sets, and what was seen of each thing by name. While a chore `works` beside
    the desk, that does not end."""

    due: float = 0.0
    seen: dict[str, Seen] = field(default_factory=dict)
    works: bool = False

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


class Looks:
    """What the chores of a desk remember, each by a name. A desk that rests leaves it to the next
    one in a file without a name (memfd_create(2)), if there is one: who reads it is forked from the
    same process as who wrote it, and runs the same code. After a kill nothing is left there."""

    def __init__(self, memory: int | None = None) -> None:
        self._memory, self._every = memory, dict[str, Looked[Any]]()
        self._before: dict[str, bytes] = {}
        if memory is not None and (kept := os.pread(memory, os.fstat(memory).st_size, 0)):
            os.ftruncate(memory, 0)
            self._before = pickle.loads(kept)  # noqa: S301 - our own, which nobody else can reach

    def of(self, name: str) -> Looked[Any]:
        """What the chore of this name remembers."""
        before = self._before.pop(name, None)
        found = Looked[Any]() if before is None else pickle.loads(before)  # noqa: S301 - the same
        self._every[name] = found
        return self._every[name]

    def keep(self) -> bool:
        """Leaves it to the next desk; False where that cannot be, or a chore is at work. What a
        chore has seen that cannot be left is looked at again."""
        if self._memory is None or any(one.works for one in self._every.values()):
            return False
        kept: dict[str, bytes] = {}
        for name, looked in self._every.items():
            with contextlib.suppress(pickle.PicklingError, TypeError, AttributeError):
                kept[name] = pickle.dumps(looked)
        os.pwrite(self._memory, pickle.dumps(kept), 0)
        return True


@dataclass(frozen=True, slots=True)
class Workplace:
    """What chores work with."""

    office: Office
    ledger: Ledger
    log: MailLog
    looks: Looks = field(default_factory=Looks)


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


class AtWork:
    """A chore of a feature in a desk that is at work. One that fails begins anew, with nothing
    remembered, and holds no other."""

    def __init__(self, place: Workplace, feature: str, chore: Chore) -> None:
        self.chore, self._place = chore, place
        self._steps = chore.begin(place)
        self._apart = Apart(place.office.config.state, place.log, "desk", feature)

    @property
    def has_failed(self) -> bool:
        """Whether it is to be tried again."""
        return self._apart.has_failed

    def begin_anew(self) -> None:
        """Has it look again, with nothing remembered."""
        self._steps = self.chore.begin(self._place)

    def steps(self) -> Iterator[Step]:
        """What is to be done now; nothing while it rests. Raises what ends a stage (`Apart`)."""
        if self._apart.rests:
            return
        try:
            yield from self._steps()
        except Exception as error:  # noqa: BLE001 - the edge of a feature: it stops no other
            self._apart.failed(error)
            self.begin_anew()
        else:
            self._apart.went_well()


def by_itself(run: Callable[[], bool]) -> Steps:
    """The steps of a chore that does its work itself, durably: `run` says whether there was any."""

    def steps() -> Iterator[Step]:
        if run():
            yield DONE

    return steps
