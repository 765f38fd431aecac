"""Files in conferences that the hub alone writes: who pushes one is told so."""

from __future__ import annotations

from collections.abc import Callable

from solicomm_build.foundation.errors import ContentError, Findings, SoliCommError, listed


class HubsFiles:
    """What a module says as `Files` (hooks.py) of such files. `is_hubs` knows one by its path;
    `why` and `remedy` are for who pushes one. `read` raises SoliCommError for what cannot be read,
    given the octets and the path: another hub or a clone has such files, too."""

    def __init__(
        self,
        is_hubs: Callable[[str], bool],
        why: str,
        remedy: str,
        read: Callable[[bytes, str], object] = lambda blob, path: None,
    ) -> None:
        self.is_hubs = is_hubs
        self._why, self._remedy, self._read = why, remedy, read

    def is_pushed(self, path: str) -> bool:
        """Nobody pushes one."""
        del path
        return False

    def misplaced(self, path: str) -> ContentError | None:
        """The general words for what has no place do."""
        del path
        return None

    def not_pushed(self, path: str) -> ContentError:
        """The fault of who pushes one."""
        return ContentError(self._why, file=path, remedy=self._remedy)

    def check(self, blob: bytes, path: str, *, is_history: bool = False) -> Findings:
        """Whether it can be read."""
        del is_history
        try:
            self._read(blob, path)
        except SoliCommError as error:
            return Findings(listed(error, path))
        return Findings()
