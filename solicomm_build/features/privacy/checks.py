"""What `solicomm check` looks at of erasures, and what the operator hears of them by mail."""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.features.privacy.unfinished import is_open
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Check, Finding, fine


def _watch(config: Config) -> Iterator[Finding]:
    if is_open(config):
        from solicomm_build.features.privacy import asking

        yield from asking.wrong(config)


def _check(config: Config) -> Iterator[Finding]:
    found = list(_watch(config))
    yield from found or [fine("all copies elsewhere have done them")]


CHECKS = (Check("erasures", "Erasures", _check),)
WATCHED = (Check("erasures", "Erasures", _watch, patient=True),)
