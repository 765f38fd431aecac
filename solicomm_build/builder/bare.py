"""Pelican without what it loads for work that it is never given: reStructuredText (docutils and
Pygments), a coloured console (rich) and watching folders (watchfiles). That is a tenth of a
second and 8 MiB of every process that renders.

While Pelican is loaded, empty modules stand in the places of those; afterwards whoever asks for
them gets the real ones. Pelican's reader of reStructuredText is switched off with them, and its
console says nothing. Where Pelican or one of them is there already, nothing is done.
"""

from __future__ import annotations

import importlib
import logging
import sys
from types import ModuleType
from typing import Any

from solicomm_build.foundation.data import plugins

_LEFT_OUT = {
    "docutils": ("core", "io", "nodes", "utils"),
    "docutils.core": (),
    "docutils.io": (),
    "docutils.parsers": (),
    "docutils.parsers.rst": (),
    "docutils.parsers.rst.languages": ("get_language",),
    "docutils.writers": (),
    "docutils.writers.html4css1": ("HTMLTranslator", "Writer"),
    "pelican.rstdirectives": (),
    "rich": (),
    "rich.console": ("Console",),
    "rich.logging": ("RichHandler",),
    "watchfiles": ("Change", "DefaultFilter", "watch"),
}
"""The modules, and what Pelican takes from them when it is loaded."""


class _Nothing(logging.NullHandler):
    """Stands for a class, be it that of a log's handler; its objects do nothing."""

    def __init__(self, *_args: object, **_kwargs: object) -> None:
        super().__init__()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *_args, **_kwargs: None


def _load() -> None:
    """Loads Pelican so. Not while another thread imports."""
    if "pelican" in sys.modules or any(name in sys.modules for name in ("docutils", "rich")):
        return
    for name, taken in _LEFT_OUT.items():
        module = ModuleType(name, "Stands in; see solicomm_build/builder/bare.py.")
        module.__path__ = []
        for one in taken:
            setattr(module, one, _Nothing)
        sys.modules[name] = module
    try:
        readers: Any = importlib.import_module("pelican.readers")
        readers.RstReader.enabled = False
        importlib.import_module("pelican")
    finally:
        for name in _LEFT_OUT:
            del sys.modules[name]


_load()

import pelican  # noqa: E402 - only now
import pelican.generators  # noqa: E402
import pelican.log  # noqa: E402
import pelican.plugins.signals  # noqa: E402
import pelican.settings  # noqa: E402

_OURS = str(plugins().parents[1])
if _OURS not in pelican.__path__:  # a checkout that runs without being installed
    pelican.__path__.append(_OURS)

__all__ = ["pelican"]
