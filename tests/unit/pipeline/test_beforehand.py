"""Templates are compiled while stages are loaded, once."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.builder import beforehand, compiled
from solicomm_build.builder.render import Renderer
from solicomm_build.cli.serving.supervisor import Supervisor
from solicomm_build.foundation import data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import hubs, smallhub


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return smallhub.make(tmp_path / "hub")


def test_the_first_build_finds_templates_compiled(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It compiled them itself, before its first page."""
    assert not beforehand.is_done(hub, data.theme())
    beforehand.compile_templates(hub, data.theme())
    assert beforehand.is_done(hub, data.theme())
    monkeypatch.setattr(Renderer, "_compiled", lambda _: pytest.fail("compiled again"))
    monkeypatch.setattr(compiled, "made", lambda _theme, work: work())
    assert hubs.build(hub).failures == []


def test_who_comes_while_they_are_compiled_waits_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, locked = tmp_path / "templates.json", compiled.safeio.locked
    theme = tmp_path / "theme"

    @contextlib.contextmanager
    def behind(path: Path) -> Iterator[None]:
        """Gets the lock when another has compiled them."""
        monkeypatch.setattr(compiled.safeio, "locked", locked)
        compiled.kept(file, theme, lambda: {"a": b"other"})
        with locked(path):
            yield

    monkeypatch.setattr(compiled, "made", lambda _theme, work: work())
    monkeypatch.setattr(compiled.safeio, "locked", behind)
    assert compiled.kept(file, theme, lambda: pytest.fail("compiled twice")) == {"a": b"other"}


def test_a_hub_begins_to_compile_them_once(hub: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """And only where it makes its pages itself."""
    forks = list[int]()

    def fork() -> int:
        forks.append(1)
        return 1

    with monkeypatch.context() as patched:
        patched.setattr(os, "fork", fork)
        Supervisor(hub, is_whole=False)._beforehand()
        assert forks == []
        Supervisor(hub)._beforehand()
        assert forks == [1]
    beforehand.compile_templates(hub, data.theme())
    with monkeypatch.context() as patched:
        patched.setattr(os, "fork", fork)
        Supervisor(hub)._beforehand()
    assert forks == [1]
