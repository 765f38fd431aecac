"""Finds what features add to the program: the file `<hook>.py` in the folder of a feature.

A feature is a folder in `solicomm_build/features/`, or in the `plugins/` of a hub (`adopt`). The
name of a file in it says at which place of the program it is asked: `mail.py` by the desk,
`pages.py` by the builder, and so on (docs/howto/add-a-feature.md). Who asks names no
feature. What a hook may hold says the Protocol of its name in the package that asks (`hooks.py`);
`tests/meta/test_features.py` holds every feature to it.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar, cast

from solicomm_build.foundation.errors import HubError

F = TypeVar("F", bound=Callable[..., Any])

_PACKAGE = "solicomm_build.features"
FOLDER = "plugins"
"""Where a hub has features of its own."""
_adopted: list[Path] = []


@cache
def features() -> tuple[str, ...]:
    """The names of the features there are: ours in the order of the alphabet, then the
    operator's."""
    path = importlib.import_module(_PACKAGE).__path__
    return tuple(found.name for found in pkgutil.iter_modules(path) if found.ispkg)


@cache
def modules(hook: str) -> tuple[ModuleType, ...]:
    """The module `hook` of every feature that has one, in the order of `features`. They are loaded
    now, so ask where they are needed and not before."""
    places = (f"{_PACKAGE}.{feature}.{hook}" for feature in features())
    return tuple(_loaded(place) for place in places if find_spec(place))


def _loaded(place: str) -> ModuleType:
    """The module of a place. One of an operator's that cannot be loaded is named, with the
    fault."""
    try:
        return importlib.import_module(place)
    except Exception as error:
        feature = place.split(".")[2]
        for folder in _adopted:
            if (folder / feature).is_dir():
                raise HubError(
                    f"{folder / feature}: cannot be loaded ({type(error).__name__}: {error}); mend"
                    " it, or take the folder away"
                ) from error
        raise


def folders() -> Mapping[str, Path]:
    """The folder of every feature, by its name."""
    places = map(Path, importlib.import_module(_PACKAGE).__path__)
    return {path.name: path for place in places for path in place.iterdir() if path.is_dir()}


def each(hook: str, attribute: str) -> tuple[Any, ...]:
    """That attribute of every feature's hook that has it, in the order of `features`."""
    return tuple(vars(module)[attribute] for module in modules(hook) if attribute in vars(module))


def named(hook: str, attribute: str) -> list[tuple[str, Any]]:
    """The same, each with the name of its feature."""
    return [
        (module.__name__.split(".")[-2], vars(module)[attribute])
        for module in modules(hook)
        if attribute in vars(module)
    ]


@cache
def table(hook: str, attribute: str) -> Mapping[Any, Any]:
    """One table of every feature's: the attribute is a mapping. Raises HubError when two features
    have the same key, since one of them would never be asked."""
    found: dict[Any, Any] = {}
    for module in modules(hook):
        for key, value in vars(module).get(attribute, {}).items():
            if key in found:
                raise HubError(
                    f"{module.__name__}: {attribute} has {key!r}, which another feature has too;"
                    " give it another name"
                )
            found[key] = value
    return found


def adopt(folder: Path) -> None:
    """Adds an operator's own features: the packages in `folder`. Nothing happens without it. Raises
    HubError when anybody but the hub's user and root may write there: it is program, and runs with
    all that the hub may do."""
    path = importlib.import_module(_PACKAGE).__path__
    if str(folder) in path or not any(folder.glob("*/__init__.py")):
        return
    for place in (folder, *folder.rglob("*")):
        found = place.stat()
        if found.st_mode & 0o022 or found.st_uid not in (0, os.geteuid()):
            raise HubError(
                f"{place}: what is in plugins/ runs as a part of the hub, so only the hub's own "
                f"user"
                " may write it; change its owner (chown) and take the right to write from others"
                " (chmod go-w)"
            )
    ours = set(features())
    for one in pkgutil.iter_modules([str(folder)]):
        if one.name in ours:
            raise HubError(f"{folder / one.name}: there is a feature of that name; give it another")
    path.append(str(folder))
    _adopted.append(folder)
    for known in (features, modules, table, *_derived):
        known.cache_clear()


_derived: list[Any] = []


def derived(function: F) -> F:
    """`functools.cache` for what is made of hooks: made anew when features are adopted."""
    kept = cache(function)
    _derived.append(kept)
    return cast(F, kept)
