"""Hubs that speak English, made once for all that look at what they wrote."""

from __future__ import annotations

import pytest

from tests.snapshots import making


@pytest.fixture(scope="session")
def english(tmp_path_factory: pytest.TempPathFactory) -> making.English:
    """Their letters and their files. Nothing of it is to be changed."""
    return making.english(tmp_path_factory.mktemp("english"))
