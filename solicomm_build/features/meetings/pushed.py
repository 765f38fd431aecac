"""Files of meetings in a push: all are the hub's own, so only an operator who brings in a whole
history may push them."""

from __future__ import annotations

from solicomm_build.features.meetings import meeting as meetings
from solicomm_build.foundation.errors import ContentError, Findings


def is_pushed(_path: str) -> bool:
    """Nobody pushes one."""
    return False


def is_hubs(path: str) -> bool:
    """Whether it is a file of a meeting."""
    return meetings.parse_path(path) is not None


def misplaced(_path: str) -> None:
    """What has no place in a meeting has none in a conference; the words for that will do."""


def not_pushed(path: str) -> ContentError:
    """The fault of who pushes one."""
    remedy = "Take it out, and write to the list's -meeting address"
    return ContentError("only the hub adds files to a meeting", file=path, remedy=remedy)


def check(_blob: bytes, _path: str, *, is_history: bool = False) -> Findings:
    """Nothing: no file of a meeting is pushed."""
    return Findings()
