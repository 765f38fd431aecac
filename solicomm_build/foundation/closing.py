"""What is closed at the end of a `with`."""

from __future__ import annotations

from abc import abstractmethod
from types import TracebackType
from typing import Self


class Closing:
    """Has `close` called at the end of a `with`, whatever happened in it."""

    __slots__ = ()

    @abstractmethod
    def close(self) -> None:
        """Ends what it holds open; safe to call twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()
