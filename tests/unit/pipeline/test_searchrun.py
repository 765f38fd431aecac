"""The child that makes the index beside the builder: one at a time, and never lost work."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from solicomm_build.builder import loading
from solicomm_build.builder.contents import Contents
from solicomm_build.builder.sources import Sources
from solicomm_build.features.search import index as search
from solicomm_build.features.search import searchrun
from solicomm_build.features.search.searchrun import BackgroundSearch
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub

MANIFEST = "search/index/manifest.js"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}))
    hubs.add(made, "bar", [hubs.post("a", subject="Water")])
    hubs.build(made)
    return made


@pytest.fixture
def run(hub: Config) -> Iterator[BackgroundSearch]:
    made = BackgroundSearch(hub)
    yield made
    made.close()


def found(hub: Config) -> Contents:
    sources = Sources(hub)
    loaded = loading.load(hub, sources, loading.tips(hub), None)
    sources.close()
    return loaded


def until(run: BackgroundSearch, reached: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not reached():
        assert time.monotonic() < end
        run.step()
        time.sleep(0.01)


def test_what_is_wanted_is_made(hub: Config, run: BackgroundSearch) -> None:
    assert not run.busy
    run.step()
    assert not (hub.public / MANIFEST).exists()
    run.want(found(hub))
    assert run.busy
    until(run, lambda: not run.busy)
    assert '"documents":1' in (hub.public / MANIFEST).read_text()


def test_what_comes_meanwhile_is_made_next(hub: Config, run: BackgroundSearch) -> None:
    run.want(found(hub))
    hubs.add(hub, "bar", [hubs.post("b", subject="Heat", minutes=5)])
    hubs.build(hub)
    run.want(found(hub))
    until(run, lambda: not run.busy)
    assert '"documents":2' in (hub.public / MANIFEST).read_text()


def test_what_is_large_is_merged_by_a_second_child(
    hub: Config, run: BackgroundSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = hub.root / "settled"

    def update(config: Config, found: Contents, *, settle: bool, public: bool) -> search.Done:
        with open(done, "a", encoding="ascii") as file:
            file.write(f"{settle} ")
        return search.Done(1, 1, 1, settle)

    monkeypatch.setattr(search, "update", update)
    run.want(found(hub))
    until(run, lambda: not run.busy)
    assert done.read_text() == "False True "


def test_a_run_that_fails_is_tried_again_later(
    hub: Config, run: BackgroundSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = hub.root / "tried"

    def update(config: Config, found: Contents, *, settle: bool, public: bool) -> search.Done:
        with open(tried, "a", encoding="ascii") as file:
            file.write("x")
        raise OSError("the disk is full")

    monkeypatch.setattr(search, "update", update)
    now = clock.timestamp()
    monkeypatch.setattr(clock, "timestamp", lambda: now)
    run.want(found(hub))
    until(run, lambda: tried.exists() and run._child is None)
    run.step()
    assert run.busy
    assert tried.read_text() == "x"
    now += 3600
    until(run, lambda: tried.read_text() == "xx" and run._child is None)
    now -= 366 * 86_400  # the clock was far ahead
    until(run, lambda: tried.read_text() == "xxx")


def test_a_merge_is_given_up_for_a_new_post_some_times_only(
    hub: Config, run: BackgroundSearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = hub.root / "ready"

    def update(config: Config, found: Contents, *, settle: bool, public: bool) -> search.Done:
        if settle:
            ready.touch()
            time.sleep(600)
        return search.Done(1, 1, 1, settled=False)

    monkeypatch.setattr(search, "update", update)
    wanted = found(hub)
    run.want(wanted)
    for _ in range(searchrun._GIVEN_UP):
        until(run, ready.exists)
        ready.unlink()
        run.want(wanted)
    until(run, ready.exists)
    child = run._child
    run.want(wanted)
    assert run._child is child
