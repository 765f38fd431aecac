"""After a post was erased or hidden: pages, search and derived texts forget it, too."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from solicomm_build.config import Config


def settle(hub: Config, objects: Iterable[str]) -> Sequence[tuple[str, str]]:
    """Builds the pages and the search anew where they change, and forgets what was rendered of
    these objects; returns what could not be made. Blocking."""
    from solicomm_build import data
    from solicomm_build.pipeline import search, state
    from solicomm_build.pipeline.run import Builder

    builder = Builder(hub, data.theme())
    try:
        report = builder.build()
        if builder.contents is not None:  # settled: a tombstone alone would leave the words there
            search.update(hub, builder.contents, settle=True)
    finally:
        builder.close()
    state.scrub(hub, objects)
    return report.failures
