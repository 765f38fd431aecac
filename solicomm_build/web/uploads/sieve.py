"""Leaves out of a form, while it comes, the files that are too large to be held. Pure.

multipart/form-data (RFC 7578) is read piece by piece: fields and files that fit go on as they came;
of a file that does not fit the head stays, its octets are passed over, and its name and size are
told. So whoever chose one file too large loses neither the text nor the other files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from solicomm_build.foundation.errors import MessageError
from solicomm_build.message import header
from solicomm_build.message.split import split

_BOUNDARY = re.compile(r'boundary="?([^";,\s]{1,70})"?', re.IGNORECASE)
_LONGEST_HEAD = 16_384


def boundary(kind: str) -> bytes | None:
    """What parts the form, by its Content-Type; None for a form without files."""
    if kind.partition(";")[0].strip().lower() != "multipart/form-data":
        return None
    found = _BOUNDARY.search(kind)
    return found[1].encode("latin-1", "replace") if found else None


class Sieve:
    """One form. `octets` are what is left of it, at most so many; `large` the names and sizes of
    the files that were left out. `is_over` says that there is too much besides files."""

    def __init__(self, mark: bytes, most: int) -> None:
        self._mark, self._most = b"\r\n--" + mark, most
        self._rest = bytearray(b"\r\n")  # the first boundary has no line end before it
        self._is_head = False
        self._begins = 0
        """Where the octets of the file begin that is read now; 0 for anything else."""
        self._name, self._dropped = "", 0
        self.octets = bytearray()
        self.large: list[tuple[str, int]] = []
        self.is_over = False

    def feed(self, piece: bytes) -> None:
        """The next octets, in whatever pieces they come."""
        if self.is_over:
            return
        self._rest += piece
        while self._step():
            pass

    def let_go(self) -> None:
        """Keeps nothing: others need the room."""
        self.is_over = True
        self.octets.clear()
        self._rest.clear()

    def close(self) -> None:
        """There is no more."""
        if self.is_over:
            return
        self._keep(bytes(self._rest))
        self._rest.clear()
        self._end()

    def _step(self) -> bool:
        """Takes what can be taken; whether there may be more."""
        if self._is_head:
            return self._head()
        at = self._rest.find(self._mark)
        if at < 0:
            sure = len(self._rest) - len(self._mark)
            if sure > 0:  # the rest may be the beginning of a boundary
                self._keep(bytes(self._rest[:sure]))
                del self._rest[:sure]
            return False
        self._keep(bytes(self._rest[:at]))
        self._end()
        stop = at + len(self._mark)
        self._keep(bytes(self._rest[at:stop]))
        del self._rest[:stop]
        self._is_head = True
        return True

    def _head(self) -> bool:
        """The head of a part: whether it is a file, and what that is called."""
        next_ = self._rest.find(self._mark)
        at = self._rest.find(b"\r\n\r\n", 0, next_ + 2 if next_ >= 0 else len(self._rest))
        if at < 0:
            if next_ >= 0 or len(self._rest) > _LONGEST_HEAD or self._rest.startswith(b"--"):
                self._is_head = False
                return True
            return False
        head = bytes(self._rest[: at + 4])
        del self._rest[: at + 4]
        self._keep(head)
        self._is_head = False
        said = _disposition(head.lstrip(b"\r\n"))
        if "filename" in said:
            self._name, self._begins = said["filename"], len(self.octets)
        return True

    def _keep(self, data: bytes) -> None:
        if self._dropped:
            self._dropped += len(data)
        elif len(self.octets) + len(data) <= self._most:
            self.octets += data
        elif self._begins:
            self._dropped = len(self.octets) - self._begins + len(data)
            del self.octets[self._begins :]
        else:
            self.is_over = True

    def _end(self) -> None:
        """A part is over."""
        if self._dropped:
            self.large.append((self._name, self._dropped))
        self._name, self._begins, self._dropped = "", 0, 0


def _disposition(head: bytes) -> Mapping[str, str]:
    """What a part says of itself (RFC 7578 4.2)."""
    try:
        fields = {one.name.lower(): one.value for one in split(head).fields}
    except MessageError:
        return {}
    return header.parametrised(fields.get("content-disposition", "")).params
