"""The search forgets what went: a tombstone alone would leave the words there."""

from __future__ import annotations

from typing import Any

from solicomm_build.foundation.hub.config import Config


def _settle(config: Config, contents: Any) -> None:
    from solicomm_build.features.search import index

    index.update(config, contents, settle=True)


SETTLE = _settle
