"""One step on the way from a bare machine to a hub, and the walk over all of them.

A step says by itself whether it is done, so a walk that was cut off at any place goes on where it
stopped, and one that was finished changes nothing. Nothing is believed: after each step stands its
proof.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from solicomm_build.features.setup.machine import Machine
from solicomm_build.foundation.errors import SoliCommError

Say = Callable[[str], None]


class UnprovenError(SoliCommError):
    """A step was done, and its proof did not come. Running setup again goes on with it."""

    exit_code = 75  # EX_TEMPFAIL


def _nothing(machine: Machine) -> None:
    """Nothing to do, or to undo."""


def _proven(machine: Machine) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Step:
    """`name` in one word, `what` it does in lines for a person. `is_done` and `prove` only look;
    `prove` gives "" or a sentence: what is not so, and the remedy. `do` and `undo` may be cut off
    at any place and called again. A step that `waits` is proved by what people do elsewhere, such
    as publishing records."""

    name: str
    what: tuple[str, ...]
    is_done: Callable[[Machine], bool]
    do: Callable[[Machine], None] = _nothing
    undo: Callable[[Machine], None] = _nothing
    prove: Callable[[Machine], str] = _proven
    waits: bool = False


def show(steps: Sequence[Step], say: Say) -> None:
    """What would be done, in order."""
    for number, step in enumerate(steps, start=1):
        first, *more = step.what
        say(f"{number:2}. {step.name}: {first}")
        for line in more:
            say(f"      {line}")


def walk(steps: Sequence[Step], machine: Machine, say: Say, patience: Callable[[str], bool]) -> int:
    """Does what is not done yet; how many steps that were. `patience` is told what a step waits
    for, and says whether to look once more. Raises UnprovenError; HubError when a program of the
    machine refuses."""
    did = 0
    for number, step in enumerate(steps, start=1):
        head = f"{number:2}/{len(steps)} {step.name}"
        if step.is_done(machine) and not step.prove(machine):
            say(f"{head}: is so already")
            continue
        say(f"{head}: {step.what[0]}")
        step.do(machine)
        did += 1
        while fault := step.prove(machine):
            if not (step.waits and patience(fault)):
                raise UnprovenError(f"{step.name}: {fault}. Then run `solicomm setup` again")
        say(f"{head}: proved")
    return did


def remove(steps: Sequence[Step], machine: Machine, say: Say) -> None:
    """Undoes all, the last first; what was never done is passed over by each step itself."""
    for step in reversed(steps):
        say(f"{step.name}: undone")
        step.undo(machine)
