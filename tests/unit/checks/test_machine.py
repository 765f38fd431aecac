"""What `solicomm check` says of the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.features.checks import machine
from solicomm_build.foundation import confined
from solicomm_build.testing import smallhub


def test_a_kernel_without_walls_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub")
    monkeypatch.setattr(confined, "walls", lambda: frozenset({confined.SECCOMP}))
    (found,) = machine.walls(hub)
    assert found.level == "warning"
    assert "no landlock" in found.what
    monkeypatch.setattr(confined, "walls", lambda: frozenset({"landlock", "seccomp"}))
    (found,) = machine.walls(hub)
    assert found.level == "fine"
