"""What the stages use, loaded once before they are forked, so that they share its memory.

A page of memory that nobody writes to is held once by parent and children. Modules and the dates of
languages are such, but for their reference counts, which end where Python bears it
(serving/immortal.py); the collector's lists are set aside (`gc.freeze`), since a collection would
write into every object. What only one stage uses is loaded here, too: before Python 3.12 an import
counts a reference to every name that the module has in common with others, and so copies some MiB
of what was shared; and small holes between what is used are filled, since a stage that uses one
copies the page around it. Names are texts: a stage that is started alone loads only what it needs.
"""

from __future__ import annotations

import codecs
import gc
import importlib
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from solicomm_build.cli.running import stages
from solicomm_build.cli.serving.immortal import make_immortal
from solicomm_build.foundation import hooks, i18n
from solicomm_build.foundation.bell import give_back
from solicomm_build.foundation.hub import liveness
from solicomm_build.message.auth import signature

BUILDER = "solicomm_build.builder.serving"
PLUGINS = "pelican.plugins.solicomm.registration"
"""Our part of Pelican; after the builder, which loads Pelican without what nobody needs."""


_BY_NAME = ("dns.resolver", "jinja2.ext", "pelican.plugins.solicomm.writer")
"""What is only imported while a stage works."""


def modules(root: Path | None = None) -> tuple[str, ...]:
    """Each stage, by what brings the rest along, and what the builder's settings name; of the hub
    at `root` only the stages that have something to do."""
    wanted = [
        stage.module
        for name, stage in stages().items()
        if root is None or liveness.is_needed(name, root)
    ]
    return (*wanted, *_BY_NAME, PLUGINS)


_POOL = 16_384
"""Octets that Python takes for objects of one size at a time; 48 of them are its own."""
_LARGEST = 512
"""Octets of the largest object that lies in such a pool."""
_EMPTY = 33
"""Octets of an object of no bytes."""
_MOST = 1 << 18
"""Octets that are filled at most in pools of one size: there may be no such pools."""


HOOKS = (
    "access",
    "addresses",
    "chores",
    "courier",
    "ingest",
    "mail",
    "pages",
    "policy",
    "post",
    "presenters",
    "references",
    "roster",
    "search",
    "settings",
    "stages",
    "web",
)
"""What stages ask of features while they run."""


_loaded: set[str] = set()


def load(
    languages: Iterable[str],
    root: Path | None = None,
    beforehand: Callable[[], None] = lambda: None,
) -> None:
    """Loads it into this process; call it before any stage is forked, and before any thread. Quick
    where a process from which this one was forked has done it. `beforehand` begins what is done
    meanwhile, as soon as what makes pages is there."""
    wanted = {*languages, *modules(root)}
    if wanted <= _loaded:
        return
    for lang in languages:  # first: what is forgotten of their data makes room for modules
        i18n.warm(lang)
    for name in modules(root):
        importlib.import_module(name)
        if name == BUILDER:
            importlib.import_module(PLUGINS)
            beforehand()
    _loaded.update(wanted)
    for hook in HOOKS:
        hooks.modules(hook)
    if root is not None:
        importlib.import_module("solicomm_build.builder.assets").hold_key(root / "state")
    signature.sign(signature.new_key(), b"")  # OpenSSL makes its tables, 2.5 MiB
    datetime.strptime("2026", "%Y")  # imports what it needs
    codecs.lookup("ascii")
    gc.collect()
    make_immortal()
    gc.freeze()
    _fill()
    give_back()  # what was needed to load all that


_fillings: list[bytes] = []


def _fill() -> None:
    """Fills the holes in pools of objects, size by size, until a pool is new from end to end."""
    for size in range(3 * 16, _LARGEST + 1, 16):
        whole = (_POOL - 48) // size - 1
        row, last = 0, 0
        for _ in range(_MOST // size):
            _fillings.append(bytes(size - _EMPTY))
            row = row + 1 if id(_fillings[-1]) - last == size else 0
            last = id(_fillings[-1])
            if row == whole:
                break
