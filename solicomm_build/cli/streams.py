"""What a command reads and writes, where nobody is at the other end.

A reader may go early, as `head` does, or whoever ran the command by ssh: what is written for it is
lost then, and the work goes on to its end, so that nothing stays half done and the exit code is
that of the work. A stream that is closed from the beginning is /dev/null: there is nothing to read,
and what is said goes nowhere; a file of ours that took its number would get what git says.

A letter that a terminal lacks is written as Python would, `\\u2026`: no name ends a command.
What orders a terminal about (ECMA-48) comes from strangers alone, and is shown as U+FFFD: it could
rewrite what an operator reads, or fill what he pastes. Octets, and files, stay as they are.
"""

from __future__ import annotations

import codecs
import io
import os
import stat
import sys
from typing import TYPE_CHECKING, TextIO

from solicomm_build.foundation import characters

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer


class _Unheard(io.FileIO):
    """A descriptor that takes everything when its reader has gone; so do those of children."""

    def write(self, data: Buffer, /) -> int:
        """How many octets were taken."""
        try:
            return super().write(data)
        except BrokenPipeError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return memoryview(data).nbytes


_ORDERS = characters.any_of(characters.TEXT_CONTROLS)
_OUR_OWN = ("\r\033[K", "\r")  # where a line about progress begins


class _Terminal(io.TextIOWrapper):
    """A terminal that is told nothing but text."""

    def write(self, text: str, /) -> int:
        """How many characters were taken."""
        own = next(filter(text.startswith, _OUR_OWN), "")
        super().write(own + _ORDERS.sub("\ufffd", text[len(own) :]))
        return len(text)


def hold() -> None:
    """Lets this process outlive whoever reads what it says, and have all three streams. Streams
    that were put in place of Python's own are left alone."""
    if sys.stdin is None:
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115
    sys.stdout = _held(sys.stdout, sys.__stdout__)
    sys.stderr = _held(sys.stderr, sys.__stderr__)


def _held(stream: TextIO | None, own: TextIO | None) -> TextIO:
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")
    if stream is not own or not isinstance(stream, io.TextIOWrapper):
        return stream
    if stream.errors == "strict" and codecs.lookup(stream.encoding).name != "utf-8":
        stream.reconfigure(errors="backslashreplace")
    try:
        number = stream.fileno()
        kind = os.fstat(number).st_mode
    except (OSError, ValueError):
        return stream
    is_shown = os.isatty(number)
    if not (is_shown or stat.S_ISFIFO(kind) or stat.S_ISSOCK(kind)):
        return stream
    stream.flush()
    return (_Terminal if is_shown else io.TextIOWrapper)(
        io.BufferedWriter(_Unheard(number, "w", closefd=False)),
        encoding=stream.encoding,
        errors=stream.errors,
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
