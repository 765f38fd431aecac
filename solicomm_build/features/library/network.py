"""Libraries, of which other hubs may keep copies."""

from __future__ import annotations

from solicomm_build.features.library import library
from solicomm_build.features.library.copies import carried, fetched
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.elsewhere import Copied


def _is_public(blob: bytes) -> bool:
    return library.decode(blob).visibility == "public"


COPIED = {
    "libraries": Copied(
        Config.library_repo,
        Config.library_repo,
        library.FILE,
        _is_public,
        True,
        fetched.come_home,
        carried.BESIDE,
    )
}
NIGHTLY = (fetched.nightly,)
