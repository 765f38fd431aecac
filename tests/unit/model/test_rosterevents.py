"""The events of the roster: their files read back, and broken ones are named."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from solicomm_build.foundation.errors import ContentErrors
from solicomm_build.people import rosterevents

AT = datetime(2026, 11, 24, 14, 50, 3, 123456, tzinfo=UTC)


def test_the_path_of_a_file_sorts_by_time() -> None:
    path = rosterevents.event_path(AT, b"x")
    assert path.startswith("events/2026/11/24/20261124T145003.123456Z-")
    assert path.endswith(".jsonl")
    assert path < rosterevents.event_path(AT.replace(microsecond=123457), b"")
    assert path != rosterevents.event_path(AT, b"y")


def test_broken_lines_of_a_file_of_events_are_all_named() -> None:
    blob = b'{"at":"2026","type":"x"}\n\nnonsense\n{"type":"x"}\n[1]\n' + b"[" * 100_000
    with pytest.raises(ContentErrors) as caught:
        rosterevents.decode_events(blob, file="events/e.jsonl")
    assert [fault.line for fault in caught.value.faults] == [3, 4, 5, 6]
