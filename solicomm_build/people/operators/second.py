"""What one operator wants done and another one has to say yes to, as a command puts it.

A command that takes something away, or brings it back, says what it would do (`Wanted`) and asks
(`cli/asking.py::second_yes`). Where one operator runs the hub it goes on at once. Who answers is
a feature (`SECOND` of its `cli.py`). Values only; nothing is done here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from solicomm_build.foundation.errors import SoliCommError

AGREED = "SOLICOMM_AGREED"
"""The variable that the desk gives to the command that it runs: the id of what was agreed to."""
_SOME = 5
_SHARE = 10
"""A number may differ by five, or by a tenth, from what it was when it was shown."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a command would do, as a second operator is shown it.

    `kind` is a word for it, such as `remove-list`; `about` what it is about, as people know it.
    `words` are those of the command, to be run again when it may go on; `kept` the same as they may
    stand in the audit log. `names` and `counts` are what else is shown, by the word for it.
    `holds` must be the same when it is done, and the `counts` nearly. `person` is the address of
    whom it is about, if it is about a person. `lacks` says what the command must be told first,
    since it can ask nobody when it is done later. `is_begun` says that an earlier run was cut off
    and is finished by this one, `is_done` whether it was done, since a moment.
    """

    kind: str
    about: str
    words: tuple[str, ...]
    kept: tuple[str, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    holds: Mapping[str, Any] = field(default_factory=dict)
    person: str = ""
    lacks: str = ""
    is_begun: bool = False
    is_done: Callable[[datetime], bool] = field(default=lambda since: False, compare=False)


@dataclass(frozen=True, slots=True)
class Asking:
    """How the command was run: by whom it says it is (`by`, an operator's address), with a reason
    to do it `alone`, or as what was `agreed` to, by its id."""

    by: str = ""
    alone: str = ""
    agreed: str = ""


def is_near(then: Mapping[str, int], now: Mapping[str, int]) -> bool:
    """Whether numbers are those that were shown, as far as a living hub keeps them."""
    return then.keys() == now.keys() and all(
        abs(now[one] - count) <= max(_SOME, count // _SHARE) for one, count in then.items()
    )


class WaitsError(SoliCommError):
    """Nothing is done yet: somebody else has to say yes first."""

    exit_code = 75  # EX_TEMPFAIL
