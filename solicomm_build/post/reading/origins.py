"""At which hub a post was written: what commits of posts that other hubs brought say of it.

Nobody but the hub itself writes such commits: a push that says them is refused (gate).
"""

from __future__ import annotations

from collections.abc import Mapping

from solicomm_build.foundation.types import HUB_ID
from solicomm_build.post.reading import versions

SOURCE = "peer"
"""What commits say of where they come from when another hub brought them."""


def of(trailers: Mapping[str, str]) -> str:
    """The id of the hub from whose log a commit took its posts; empty for our own."""
    if trailers.get("Source") not in (SOURCE, versions.SOURCE):
        return ""
    hub = trailers.get("Origin", "")
    return hub if HUB_ID.fullmatch(hub) else ""
