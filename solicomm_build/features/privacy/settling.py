"""After a post was erased or hidden: pages, search and derived texts forget it, too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.store import erasing


def settle(hub: Config, objects: Iterable[str]) -> Sequence[tuple[str, str]]:
    """Builds the pages and the search anew where they change, and forgets what was rendered of
    these objects; returns what could not be made. Blocking."""
    from solicomm_build.builder.conferences import state
    from solicomm_build.builder.run import Builder
    from solicomm_build.foundation import data

    builder = Builder(hub, data.theme())
    try:
        report = builder.build()
        if builder.contents is not None:
            erasing.settle(hub, builder.contents)
    finally:
        builder.close()
    state.scrub(hub, objects)
    return report.failures
