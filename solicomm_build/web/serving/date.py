"""The Date field of answers (RFC 9110 6.6.1)."""

from __future__ import annotations

import time
from email.utils import formatdate


class _Dates:
    def __init__(self) -> None:
        self._second, self._value = 0, b""

    def now(self) -> bytes:
        """The field's value, made once a second."""
        second = int(time.time())
        if second != self._second:
            self._second, self._value = second, formatdate(second, usegmt=True).encode("ascii")
        return self._value


now = _Dates().now
