"""Books that are kept for whoever asks next hold what people wrote: they go with any erasure."""

from __future__ import annotations

from typing import Any

from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.store.erasing import Erased


def _settle(config: Config, contents: Any) -> None:
    from solicomm_build.features.books.kept import Kept

    del contents
    Kept(config).forget()


def _of_machine(config: Config, _gone: Erased) -> None:
    if (config.state / "books").is_dir():
        _settle(config, None)


SETTLE = _settle
MACHINE = _of_machine
