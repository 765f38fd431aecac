"""What `solicomm check` looks at of a hub's machines, and what the operator hears of it."""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Check, Finding, fine


def _check(config: Config) -> Iterator[Finding]:
    if not config.cluster.is_shared:
        yield fine("this machine alone has the hub")
        return
    from solicomm_build.features.cells.machines import troubles  # what it asks them with is large

    yield from troubles.check(config)


def _watch(config: Config) -> Iterator[Finding]:
    if config.cluster.is_shared:
        from solicomm_build.features.cells.machines import troubles

        yield from troubles.look(config)


CHECKS = (Check("machines", "Machines", _check),)
WATCHED = (Check("machines", "Machines", _watch, patient=True),)
