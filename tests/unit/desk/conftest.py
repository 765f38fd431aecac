"""A hub with a desk."""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.testing.deskhub import DeskHub


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    return DeskHub(tmp_path / "hub")
