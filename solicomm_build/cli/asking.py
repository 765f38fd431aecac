"""How commands ask, and how those that answer an operator's questions write ages and addresses."""

from __future__ import annotations

import functools
import os
import re
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar, cast

from solicomm_build.foundation import characters
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.operators.second import AGREED, Asking, Wanted

F = TypeVar("F", bound=Callable[..., Any])

_ADDRESS = re.compile(r"""(?<![^\s<>"'(),;:\[\]])([^\s<>"'(),;:\[\]]+)@([^\s<>"'(),;:\]]++)""")
_WORDS = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


def agreed(question: str) -> None:
    """Asks whether something shall be done; raises click.Abort when it shall not, and UsageError
    that names --yes when nobody is there to answer."""
    import click

    try:
        is_agreed = click.confirm(question)
    except click.Abort as error:
        if sys.stdin.isatty():
            raise
        raise UsageError("nobody is here to answer, so nothing was done. --yes says yes") from error
    if not is_agreed:
        raise click.Abort


def second_yes(function: F) -> F:
    """Adds the options of a command that needs the yes of a second operator, where two run the hub;
    the function gets them as `asking`, and hands them to `may_go_on`."""
    import click

    @functools.wraps(function)
    def inner(as_operator: str, alone: str, **rest: Any) -> Any:
        agreed_to = os.environ.get(AGREED, "")
        return function(asking=Asking(as_operator, alone, agreed_to), **rest)

    for option in (
        click.option(
            "--alone",
            default="",
            metavar="REASON",
            help="Where several operators run the hub: do it without a second yes. The others are "
            "told at once, with the reason, and so is the audit log: name nobody in it.",
        ),
        click.option(
            "--as",
            "as_operator",
            default="",
            metavar="ADDRESS",
            envvar="SOLICOMM_OPERATOR",
            help="Where several operators run the hub: which of them asks for it.",
        ),
    ):
        inner = option(inner)
    return cast(F, inner)


def may_go_on(hub: Config, wanted: Callable[[], Wanted], asking: Asking) -> None:
    """Returns when the command may do it now. What it would do is looked at only where somebody has
    to be asked: that may take as long as doing it. Raises WaitsError where a second operator has to
    say yes first, and UsageError or HubError."""
    from solicomm_build.foundation import hooks

    for ask in hooks.each("cli", "SECOND"):
        ask(hub, wanted, asking)


def masked(text: str, addresses: bool = False) -> str:
    """A text with its addresses masked, so that they can be told apart and not be read: `a…@u…`.
    Whole when the operator asked for addresses. What orders a terminal about, or turns the order in
    which a text is read, is U+FFFD: such texts are strangers' own, heads of mail and replies."""
    text = characters.IN_LINES.sub("\ufffd", text)
    if addresses:
        return text
    return _ADDRESS.sub(lambda match: f"{match[1][:1]}…@{match[2][:1]}…", text)


def age(since: datetime | float) -> str:
    """How long ago that was, in the largest unit that fits; a number is seconds already."""
    seconds = since if isinstance(since, (int, float)) else time.time() - since.timestamp()
    for size, word in _WORDS:
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {word}{'s' if count != 1 else ''}"
    return f"{max(0, int(seconds))} s"


def counted(count: int | str, one: str, many: str = "") -> str:
    """A number with its noun: `1 copy`, `2 copies`."""
    return f"{count} {one if str(count) == '1' else many or one + 's'}"


def octets(count: int) -> str:
    """A size as people read it."""
    size = float(count)
    for unit in ("octets", "KiB", "MiB"):
        if size < 1024 or unit == "MiB":
            return f"{size:,.0f} {unit}" if unit != "MiB" else f"{size:,.1f} {unit}"
        size /= 1024
    raise AssertionError


def moment(text: str) -> datetime:
    """A time as people write it, or a day, in UTC. Raises UsageError."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(f"{text!r} is not a time. Write for example 2026-11-24T14:00Z") from None
