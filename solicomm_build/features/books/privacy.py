"""Books that are kept for whoever asks next hold what people wrote: they go with any erasure."""

from __future__ import annotations

from typing import Any

from solicomm_build.foundation.hub.config import Config


def _settle(config: Config, contents: Any) -> None:
    from solicomm_build.features.books.kept import Kept

    del contents
    Kept(config).forget()


SETTLE = _settle
