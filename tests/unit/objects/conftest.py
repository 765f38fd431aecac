"""A store of objects that all tests here share: SeaweedFS, or what `make cluster` names."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator

import pytest

from solicomm_build.people.shared import sessions
from solicomm_build.people.shared.careful import Pause
from solicomm_build.testing import objectstores, swiftstore  # noqa: F401 - it adds a store
from solicomm_build.testing.mailservers import folder
from solicomm_build.testing.objectstores import Store

ENGINES = tuple(os.environ.get("SOLICOMM_STORES", "seaweedfs").split())
"""Which stores the contracts are held against."""
Start = Callable[[str], Store]


@pytest.fixture(scope="session")
def start() -> Iterator[Start]:
    """Starts a store by its name, once, and gives it without any object. Swift's are another user's
    processes: pytest shuts its folders before them whenever another run of it begins."""
    with contextlib.ExitStack() as running:
        found: dict[str, Store] = {}

        def started(name: str) -> Store:
            if name not in found:
                made = objectstores.ENGINES[name](running.enter_context(folder()) / name)
                found[name] = running.enter_context(made)
            found[name].empty()
            return found[name]

        yield started


@pytest.fixture(params=ENGINES)
def store(request: pytest.FixtureRequest, start: Start) -> Store:
    """An empty store."""
    return start(request.param)


@pytest.fixture(autouse=True)
def answered(monkeypatch: pytest.MonkeyPatch) -> None:
    """No store is left alone because of what another test did to it."""
    monkeypatch.setattr(sessions, "_pause", Pause())
