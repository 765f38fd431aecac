"""Letters by family. A family writes each of its letters in the language of its stage."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from pkgutil import iter_modules

from tests.snapshots.kept import Mail
from tests.snapshots.stage import Stage

FAMILIES: Mapping[str, Callable[[Stage], Iterator[tuple[str, Mail]]]] = {
    found.name: import_module(f"{__name__}.{found.name}").written
    for found in iter_modules(__path__)
}
"""By the names of the modules here: a new one is a new family."""
