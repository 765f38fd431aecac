"""Are the files of meetings sound?"""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.features.meetings import meetingfiles
from solicomm_build.foundation.errors import ContentError, ContentErrors
from solicomm_build.git.reader import Entry, Reader
from solicomm_build.post.store.hooks import Fault


def _meetings(reader: Reader, listed: list[Entry], where: str) -> Iterator[Fault]:
    named = {item.path.split("/")[1] for item in listed if item.path.startswith("meetings/")}
    for identifier in sorted(named):
        try:
            faults: tuple[ContentError, ...] = meetingfiles.load(reader, identifier).faults
        except ContentErrors as error:
            faults = error.faults
        for fault in faults:
            yield Fault(f"{where}/{fault.file}", fault.fault, fault.remedy)


IN_CONFERENCES = (_meetings,)
