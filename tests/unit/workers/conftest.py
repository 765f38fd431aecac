"""What a full build by several machines does beside something else."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from solicomm_build.builder.apart.batch import Result
from solicomm_build.builder.hands import shared
from solicomm_build.builder.hands.ahead import Ahead
from solicomm_build.builder.plan import Plan
from solicomm_build.builder.render import Renderer
from solicomm_build.builder.sources import Sources


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each build, whether its sites were made beside the pages."""
    found: list[bool] = []
    sites = shared.sites

    def noted(
        plan: Plan, warm: Renderer, sources: Sources, stop: Callable[[], bool]
    ) -> Iterator[Result]:
        found.append({one.section for one in plan.ahead} == {one.section for one in plan.apart})
        return sites(plan, warm, sources, stop)

    monkeypatch.setattr(shared, "sites", noted)
    return found


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each piece of a feature's work, whether it was made beside the pages."""
    found: list[bool] = []
    has = Ahead.has

    def noted(one: Ahead, key: str) -> bool:
        found.append(has(one, key))
        return found[-1]

    monkeypatch.setattr(Ahead, "has", noted)
    return found
