"""A repository on disk and a moment, for the tests of the store."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.git import repo
from solicomm_build.git.repo import Repo

AT = datetime(2026, 3, 4, 6, 12, tzinfo=UTC)


@pytest.fixture
def bare(tmp_path: Path) -> Repo:
    return repo.create(tmp_path / "bare.git", description="test")


@pytest.fixture
def at() -> datetime:
    return AT
