"""What builders of tests need not make again: there are hundreds in one process, each over a hub of
its own, and all of the same theme.

What is kept follows from what is asked alone: Jinja looks at code's template by a digest, and what
is compressed is compared octet by octet.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

from solicomm_build.builder import assets, compiled, publish
from solicomm_build.foundation import data

_KEPT: dict[Path, dict[str, bytes]] = {}
_compile = compiled.made
_key = assets.environment_key


def take() -> None:
    """Keeps, for this process, the code of templates, compressed files and the key of our theme."""
    vars(compiled)["made"] = _made
    vars(assets)["environment_key"] = _environment_key
    vars(publish)["_siblings"] = functools.lru_cache(maxsize=512)(publish._siblings)


def _made(theme: Path, work: Callable[[], dict[str, bytes]]) -> dict[str, bytes]:
    if theme not in _KEPT:
        _KEPT[theme] = _compile(theme, work)
    return dict(_KEPT[theme])


def _environment_key(theme: Path, translations: Path) -> str:
    ours = theme == data.theme()
    return _of_ours(theme, translations) if ours else _key(theme, translations)


_of_ours = functools.cache(_key)
