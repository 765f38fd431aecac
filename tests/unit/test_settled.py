"""A build without news is known by looking at names and times; whatever changes, it is not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.foundation import clock, data, outside
from solicomm_build.foundation.hub import settled
from solicomm_build.foundation.hub.config import FILE, Config
from solicomm_build.git.repo import create, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub

DAY = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def theme(tmp_path: Path) -> Path:
    return Path(shutil.copytree(data.theme(), tmp_path / "theme"))


@pytest.fixture
def hub(tmp_path: Path, theme: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A hub of which everything is shown."""
    monkeypatch.setattr(clock, "now", lambda: DAY)
    config = smallhub.make(tmp_path / "hub")
    (config.root / FILE).write_text("name: Test\n")
    for path in (config.state / "pages.sqlite", config.public / "index.html"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("made")
    settled.note(config, theme)
    return config


def test_nothing_new_is_nothing_new(hub: Config, theme: Path) -> None:
    assert settled.holds(hub, theme)


def _commit(hub: Config, _theme: Path) -> None:
    repo = open_repo(hub.conference_repo("bar"))
    write_once(repo, [Change("files/a", b"a")], message="New\n", when=DAY)


def _conference(hub: Config, _theme: Path) -> None:
    smallhub.add_conference(hub, Conference("new", {"en": "New"}))


def _people(hub: Config, _theme: Path) -> None:
    repo = create(hub.root / "content" / "people.git")
    write_once(repo, [Change("people/a", b"a")], message="New\n", when=DAY)


def _draft(hub: Config, _theme: Path) -> None:
    heads = hub.conference_repo("bar") / "refs" / "heads"
    (heads / "draft").write_text((heads / "main").read_text())


def _settings(hub: Config, _theme: Path) -> None:
    (hub.root / FILE).write_text("name: Other\n")


def _domain(hub: Config, _theme: Path) -> None:
    (hub.private / "domains.json").write_text("{}")


def _card_elsewhere(hub: Config, _theme: Path) -> None:
    outside.changed(hub, "people")


def _begun(hub: Config, _theme: Path) -> None:
    settled.forget(hub)


def _no_page(hub: Config, _theme: Path) -> None:
    (hub.public / "index.html").unlink()


def _no_state(hub: Config, _theme: Path) -> None:
    shutil.rmtree(hub.state)


def _style(_hub: Config, theme: Path) -> None:
    (theme / "static" / "style.css").write_text("a {}")


def _template(_hub: Config, theme: Path) -> None:
    (theme / "templates" / "new.html").write_text("")


CHANGES = [
    _commit,
    _conference,
    _people,
    _draft,
    _settings,
    _domain,
    _card_elsewhere,
    _begun,
    _no_page,
    _no_state,
    _style,
    _template,
]


@pytest.mark.parametrize("change", CHANGES)
def test_any_change_is_seen(
    hub: Config, theme: Path, change: Callable[[Config, Path], None]
) -> None:
    change(hub, theme)
    assert not settled.holds(hub, theme)


def test_another_day_is_another_build(
    hub: Config, theme: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: DAY.replace(day=25))
    assert not settled.holds(hub, theme)


def test_what_came_during_a_build_is_not_forgotten(hub: Config, theme: Path) -> None:
    before = settled.contents(hub)
    _commit(hub, theme)
    assert settled.contents(hub) != before


def test_a_hub_without_pages_notes_nothing(hub: Config, theme: Path) -> None:
    (hub.state / "settled").unlink()
    (hub.public / "index.html").unlink()
    settled.note(hub, theme)
    assert not (hub.state / "settled").exists()
