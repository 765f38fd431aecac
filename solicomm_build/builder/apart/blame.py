"""Whether a site ended its renderer, or something else did.

What a site does ends the same way each time: by one of the timers that `batch.py` sets, for want of
memory under its limit, which is a MemoryError or makes a library abort, by a file that is wrong. A
kill from outside (by the kernel, for the machine's memory; by a person; by a service manager), a
full disk, a git that went away say nothing about the site, and may be over the next time.
"""

from __future__ import annotations

import errno
import os
import signal

from solicomm_build.foundation.errors import StoreError

PASSING = 75
"""How a renderer exits (EX_TEMPFAIL) whose own error was of the passing kind."""
_TIMERS = {
    signal.SIGPROF: "too much processor time",
    signal.SIGXCPU: "too much processor time",
    signal.SIGALRM: "too long",
}
_CRASHES = frozenset(
    {
        signal.SIGSEGV,
        signal.SIGABRT,
        signal.SIGBUS,
        signal.SIGILL,
        signal.SIGFPE,
        signal.SIGSYS,
        signal.SIGTRAP,
    }
)
"""What a library does to its own process, for want of memory or over a hostile file."""
_SHORTAGES = frozenset(
    {
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EIO,
        errno.EROFS,
        errno.EMFILE,
        errno.ENFILE,
        errno.EAGAIN,
    }
)


def is_passing(error: BaseException) -> bool:
    """Whether an error is of the machine or of git, and not of what a site holds."""
    if isinstance(error, OSError):
        return error.errno in _SHORTAGES
    return isinstance(error, StoreError)


def is_shortage(error: BaseException) -> bool:
    """Whether the machine has no room for anything just now: then it is nothing of a page's."""
    return isinstance(error, OSError) and error.errno in _SHORTAGES - {errno.EIO}


def of_end(status: int) -> tuple[bool, str]:
    """(whether it came from outside, why) of a renderer that ended before its site was done.
    `status` is what `os.waitpid` says."""
    code = os.waitstatus_to_exitcode(status)
    if -code in _TIMERS:
        return False, f"it takes {_TIMERS[signal.Signals(-code)]}"
    if -code in _CRASHES:
        return False, f"it takes too much memory, or a file breaks a library ({_name(-code)})"
    if code < 0:
        return True, f"the process that made it was killed ({_name(-code)})"
    return code == PASSING, f"the process that made it ended with {code}, see the builder's log"


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # the real-time ones between the first and the last
        return f"signal {number}"
