"""What this process of the builder is at: its watch, and those of its children.

The kernel counts time for each process, so each has its own: `here()`. A builder without a watch,
such as a command, has one that watches nothing, and so have its children. What a child was at when
it ended is set aside by its parent, and the next attempt passes it over (watch.py).
"""

from __future__ import annotations

from solicomm_build.foundation import maillog
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.watch import Watch, set_aside

_IDLE = Watch.idle()
_here = _IDLE
_log = maillog.to_nobody()
_running: set[int] = set()


def here() -> Watch:
    """The watch of this process."""
    return _here


def begin(watch: Watch | None, log: MailLog) -> None:
    """Makes `watch` that of this process, and sets aside what the process before ended at."""
    global _here, _log
    _here, _log = watch or _IDLE, log
    _running.clear()
    set_aside(_here, None, log)


def take_number() -> int:
    """A number for a child, which no child that is at work has; the same ones again and again."""
    number = next(number for number in range(len(_running) + 1) if number not in _running)
    _running.add(number)
    return number


def in_child(name: int | str) -> None:
    """In a child, at its beginning: from here on it has a watch of its own."""
    global _here  # noqa: PLW0603
    _here = _here.child(str(name))
    _running.clear()


def unwatched() -> None:
    """In a child that has limits of its own."""
    global _here  # noqa: PLW0603
    _here = _IDLE
    _running.clear()


def forgive(name: int | str) -> None:
    """In the parent, when it has ended that child itself: what it was at did nothing."""
    _here.child(str(name)).forget()


def ended(name: int | str, code: int) -> None:
    """In the parent, when the child has ended with this exit code (negative: by a signal)."""
    if isinstance(name, int):
        _running.discard(name)
    _here.child_ended(str(name), code, _log)
