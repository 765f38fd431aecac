"""A builder that may rest ends when nothing is left to do; who looks for it ends at once, while
nothing has moved."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from solicomm_build.builder import bell, serving
from solicomm_build.builder.apart.retries import Retries
from solicomm_build.builder.run import Builder
from solicomm_build.builder.serving import serve_builder
from solicomm_build.foundation import data, maillog
from solicomm_build.foundation.hub.config import FILE, Config
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub

_LONGEST = 120.0


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setattr(serving, "LOOKS", 1)
    made = smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}, posting="open"))
    hubs.add(made, "bar", [hubs.post("a", subject="First")])
    return made


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """Whether each build that was done had nothing to do."""
    found: list[bool] = []
    build = Builder.build

    def noted(builder: Builder, *, patience: float | None = None) -> object:
        report = build(builder, patience=patience)
        found.append(report.idle)
        return report

    monkeypatch.setattr(Builder, "build", noted)
    return found


def _name(hub: Config, name: str) -> None:
    said = f"name: {name}\ndomain: {hub.domain}\nurl: {hub.url}\nlanguages: [en]\n"
    (hub.root / FILE).write_text(said)


def _rests(hub: Config, asked: Callable[[], bool] = lambda: False) -> bool:
    """A builder until it ends; whether it did so by itself."""
    end, stopped = time.monotonic() + _LONGEST, []

    def stop() -> bool:
        if asked() or time.monotonic() > end:
            stopped.append(True)
        return bool(stopped)

    serve_builder(hub, data.theme(), stop, log=maillog.to_nobody(), is_resting=True)
    return not stopped


def test_it_ends_and_who_looks_ends_at_once(hub: Config, built: list[bool]) -> None:
    assert _rests(hub)
    assert built[0] is False
    assert built[-1] is True
    built.clear()
    assert _rests(hub)
    assert built == []


@pytest.mark.parametrize("what", ["a commit", "hub.yaml", "the state", "a ring", "another code"])
def test_what_moved_since_is_looked_at(
    hub: Config, built: list[bool], what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _rests(hub)
    built.clear()
    if what == "a commit":
        hubs.add(hub, "bar", [hubs.post("b", subject="Second")])
    elif what == "hub.yaml":
        _name(hub, hub.name)
    elif what == "the state":
        (hub.state / "pages.sqlite").unlink()
    elif what == "another code":
        monkeypatch.setattr(serving.loading.assets, "held_key", lambda: "other")
    else:
        mine = bell.of(hub)
        mine.keep()
        mine.ring()
    assert _rests(hub)
    assert built
    if what in ("a commit", "the state"):
        assert built[0] is False
        assert (hub.public / "conferences/bar/index.html").exists()


@pytest.mark.parametrize("what", ["a name", "a site that was lost", "much to read"])
def test_it_stays_where_another_would_not_know_or_read_long(
    hub: Config, built: list[bool], what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """hub.yaml has another name since it was begun, a site is to be tried again, or there are many
    repositories."""
    if what == "a name":

        def asked() -> bool:
            if len(built) == 1:
                _name(hub, "Another name")
            return len(built) > 4

        assert not _rests(hub, asked)
        return
    if what == "much to read":
        monkeypatch.setattr("solicomm_build.builder.run._MANY", 0)
    else:
        monkeypatch.setattr(Retries, "repos", frozenset({hub.root}))
    assert not _rests(hub, lambda: len(built) > 3)
