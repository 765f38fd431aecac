"""Files of meetings in a push: all are the hub's own, so only an operator who brings in a whole
history may push them."""

from __future__ import annotations

from solicomm_build.features.meetings import meeting as meetings
from solicomm_build.gate.hubsfiles import HubsFiles

_FILES = HubsFiles(
    lambda path: meetings.parse_path(path) is not None,
    "only the hub adds files to a meeting",
    "Take it out, and write to the list's -meeting address",
)
is_pushed, is_hubs, misplaced = _FILES.is_pushed, _FILES.is_hubs, _FILES.misplaced
not_pushed, check = _FILES.not_pushed, _FILES.check
