"""Are polls sound, and as they were opened."""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.features.polls import pollstore as polls
from solicomm_build.foundation.errors import ContentError, ContentErrors
from solicomm_build.git.reader import Entry, Reader
from solicomm_build.post.store.hooks import Fault


def _polls(reader: Reader, listed: list[Entry], where: str) -> Iterator[Fault]:
    """Each poll's files are sound, and those that it was opened with."""
    for identifier in sorted({i.path.split("/")[1] for i in listed if i.path.startswith("polls/")}):
        try:
            faults: tuple[ContentError, ...] = polls.load(reader, identifier).faults
        except ContentErrors as error:
            faults = error.faults
        for fault in faults:
            yield Fault(f"{where}/{fault.file}", fault.fault, fault.remedy)


IN_CONFERENCES = (_polls,)
