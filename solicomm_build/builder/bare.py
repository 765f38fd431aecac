"""Pelican as the hub runs it, and all that is used here of what Pelican does not document.

It is loaded without what it needs for work that it is never given: reStructuredText (docutils and
Pygments), a coloured console (rich) and watching folders (watchfiles). While it is loaded, empty
modules stand in the places of those; afterwards whoever asks for them gets the real ones. Where
Pelican or one of them is there already, nothing is done. Measured: 32 MiB in 0.19 s in place of
43 MiB in 0.25 s, for every process that renders.

A run of the hub has no articles and pages of Pelican's: `run` leaves their generators out, and that
of static files. Measured: 0.9 ms a child in place of 29 ms, most of it for templates that show
nothing; a new post takes two children. A site made by Pelican needs all of it: `run_whole`.

`tests/meta/test_inner_names.py` fails with another version of Pelican, or when a name used here is
not there or takes something else.
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

read_settings = pelican.settings.read_settings


class _NoArticles(pelican.generators.ArticlesGenerator):
    """Pelican's own articles, of which there are none: it counts them at the end of a run."""

    def __init__(self, *_args: object, **_kwargs: object) -> None:
        self.articles = self.translations = self.drafts = self.drafts_translations = []
        self.hidden_articles = self.hidden_translations = []

    def generate_context(self) -> None:
        """Reads nothing."""

    def generate_output(self, writer: object) -> None:
        """Writes nothing."""

    def refresh_metadata_intersite_links(self) -> None:
        """There are no links to renew."""

    def check_disabled_readers(self) -> None:
        """No file is read."""


class _NoPages(pelican.generators.PagesGenerator):
    """Likewise for pages."""

    def __init__(self, *_args: object, **_kwargs: object) -> None:
        self.pages = self.translations = self.draft_pages = self.draft_translations = []
        self.hidden_pages = self.hidden_translations = []

    generate_context = _NoArticles.generate_context
    generate_output = _NoArticles.generate_output
    refresh_metadata_intersite_links = _NoArticles.refresh_metadata_intersite_links
    check_disabled_readers = _NoArticles.check_disabled_readers


class _Bare(pelican.Pelican):
    """Pelican with the generators of its plugins only."""

    def _get_generator_classes(self) -> list[type]:
        found: list[type] = [_NoArticles, _NoPages]
        for _, given in pelican.plugins.signals.get_generators.send(self):
            found += given if isinstance(given, tuple | list) else [given]
        return found


def run(settings: dict[str, Any]) -> None:
    """Runs the generators of plugins, silently, with these settings of `read_settings`."""
    pelican.log.console.quiet = True
    _Bare(settings).run()  # type: ignore[no-untyped-call]


def run_whole(settings: dict[str, Any]) -> None:
    """Runs all of Pelican, silently."""
    pelican.log.console.quiet = True
    pelican.Pelican(settings).run()  # type: ignore[no-untyped-call]


__all__ = ["pelican", "read_settings", "run", "run_whole"]
