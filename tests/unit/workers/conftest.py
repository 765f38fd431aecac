"""What a full build by several machines does beside something else, and whoever helps with it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from solicomm_build.builder.apart.batch import Result
from solicomm_build.builder.hands import indexing, shared
from solicomm_build.builder.hands.ahead import Ahead
from solicomm_build.builder.plan import Plan
from solicomm_build.builder.render import Renderer
from solicomm_build.builder.sources import Sources
from solicomm_build.features.search import lending
from solicomm_build.features.search.searchfolder import IndexFolder
from solicomm_build.features.search.searchstate import Kept
from solicomm_build.features.workers import certificate
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.testing.ports import free_port
from tests.unit.workers import pools
from tests.unit.workers.pools import Alone, Pool, Processes


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Alone:
    """A small hub, made once. Not to be changed: take `pool`."""
    hub = pools.found_small(tmp_path_factory.mktemp("alone") / "hub")
    return pools.alone(hub, free_port())


@pytest.fixture(scope="module")
def scheduler(alone: Alone, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """Where machines of all these hubs meet. It knows none of whoever came before."""
    made = Processes(tmp_path_factory.mktemp("scheduler"))
    made.schedule(alone.root)
    yield made
    made.close()


def _pool(alone: Alone, scheduler: Processes, folder: Path) -> Iterator[Pool]:
    hub = hubyaml.load(shutil.copytree(alone.root, folder / "hub"))
    pool = Pool(hub, alone, Processes(folder), scheduler)
    yield pool
    pool.processes.close()


@pytest.fixture
def pool(alone: Alone, scheduler: Processes, tmp_path: Path) -> Iterator[Pool]:
    """A small hub that nobody helps yet."""
    yield from _pool(alone, scheduler, tmp_path)


@pytest.fixture
def sample_pool(
    alone: Alone, built_sample: Path, scheduler: Processes, tmp_path: Path
) -> Iterator[Pool]:
    """The same of the sample hub, which has pages of all kinds in six languages."""
    root = shutil.copytree(built_sample, tmp_path / "sample")
    hub = hubyaml.load(root)
    port = int(hubyaml.load(alone.root).cluster.dask.rpartition(":")[2])
    made = pools.alone(hub, port, certificate.path(hubyaml.load(alone.root)))
    yield from _pool(made, scheduler, tmp_path)


@pytest.fixture
def brought(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each segment of the search that others might have made, whether they have."""
    found: list[bool] = []
    bring = lending.bring

    def noted(one: lending.Brought | None, files: IndexFolder, folder: Path) -> Kept | None:
        found.append(one is not None)
        return bring(one, files, folder)

    monkeypatch.setattr(lending, "bring", noted)
    return found


@pytest.fixture
def indexed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files with the rows of each conference that others have indexed."""
    found: list[Path] = []
    take_in = indexing.take_in

    def noted(sources: Sources, packed: Path) -> None:
        found.append(packed)
        take_in(sources, packed)

    monkeypatch.setattr(indexing, "take_in", noted)
    return found


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Of each build, whether its sites were made beside the pages."""
    found: list[bool] = []
    sites = shared.sites

    def noted(
        plan: Plan, warm: Renderer, sources: Sources, stop: Callable[[], bool]
    ) -> Iterator[Result]:
        found.append(
            {one.section for one in plan.made_ahead()} == {one.section for one in plan.apart}
        )
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
