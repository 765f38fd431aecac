"""The child reads each document, also one that it had before."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from solicomm_build.testing import warm


@pytest.fixture(autouse=True)
def by_a_child() -> Iterator[None]:
    with warm.anew():
        yield
