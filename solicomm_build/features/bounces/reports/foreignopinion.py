"""What another program sees in a message that came back, where nothing here reads it."""

from __future__ import annotations

import email
import logging
from collections.abc import Generator, Iterator, Sequence
from email.message import Message
from itertools import islice
from typing import Any

from solicomm_build.message.split import text_of

OPINION_OCTETS = 32 * 1024
"""Of a message that flufl.bounce sees: what a server says stands before what it sends back."""
_OPINION_LINE = 998  # octets of a line (RFC 5322 2.1.1); some of its detectors take the square
_OPINION_LINES = 1000  # each of which a hundred patterns are looked for in


def second_opinion(raw: bytes) -> Sequence[str]:
    """The addresses that flufl.bounce sees, without a class: it says who, not why."""
    from flufl.bounce import all_failures  # dozens of detectors that are hardly ever needed

    logging.getLogger("flufl.bounce").addHandler(logging.NullHandler())  # it logs what it raises
    lines = raw[:OPINION_OCTETS].split(b"\n")
    told = b"\n".join(islice(_told(lines), _OPINION_LINES))
    try:
        temporary, permanent = all_failures(email.message_from_bytes(told, _class=_Kept))
    except Exception:  # noqa: BLE001 - foreign code on foreign octets: an opinion may be missing
        return ()
    return sorted({text_of(bytes(one)) for one in (*temporary, *permanent)})


def _told(lines: Sequence[bytes]) -> Iterator[bytes]:
    """The lines that are no longer than mail's may be, with one empty line where many are."""
    empty = False
    for line in lines:
        if len(line) <= _OPINION_LINE and not (empty and not line.strip()):
            yield line
            empty = not line.strip()


class _Kept(Message):
    """A message that nobody changes, and that a hundred patterns are looked for in from its
    beginning: it keeps which parts it has, and what they hold."""

    _walked: list[Any] | None = None
    _held: Any = None

    def walk(self) -> Generator[Any, None, None]:
        if self._walked is None:
            self._walked = list(super().walk())
        yield from self._walked

    def get_payload(self, i: Any = None, decode: Any = False) -> Any:
        if i is not None or decode:
            return super().get_payload(i, decode)
        if self._held is None:
            self._held = super().get_payload()
        return self._held
