"""Two who rename in the same moment, or rename and remove."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from solicomm_build.features.removing import ending
from solicomm_build.features.removing import places as removing
from solicomm_build.features.renaming import places
from solicomm_build.foundation import clock, faults, formernames
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub import removed
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.removed import Removed
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub

_SOON = 0.3


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    lists = [Conference(name, {"en": name}, posting="open") for name in ("bar", "docks")]
    return smallhub.make(tmp_path / "hub", *lists)


def _while_another(
    monkeypatch: pytest.MonkeyPatch, hub: Config, at: str, then: Callable[[], object]
) -> Future[object]:
    """Renames bar to rivers, and while that is at a point, does the other; gives what became of
    that."""
    there, go = threading.Event(), threading.Event()

    def point(name: str) -> None:
        if name == at and not there.is_set():
            there.set()
            assert go.wait(30)

    monkeypatch.setattr(faults, "point", point)
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(places.rename, hub, "bar", "rivers")
        assert there.wait(30)
        second: Future[object] = threads.submit(then)
        threading.Event().wait(_SOON)
        go.set()
        first.result(30)
    return second


def test_the_same_list_is_renamed_once(hub: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """Mail to it went to a name that no list has, and the other was told that it is called so."""
    done = _while_another(
        monkeypatch, hub, "rename.after-note", lambda: places.rename(hub, "bar", "lakes")
    )
    with pytest.raises(HubError, match="It is called rivers now"):
        done.result()
    assert formernames.now(hub.private, "conferences") == {"bar": "rivers"}
    assert hub.conference_repo("rivers").is_dir()


@pytest.mark.parametrize("at", ["rename.after-note", "rename.after-private"])
def test_no_renaming_of_another_list_is_lost(
    hub: Config, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    _while_another(monkeypatch, hub, at, lambda: places.rename(hub, "docks", "harbour"))
    assert formernames.now(hub.private, "conferences") == {"bar": "rivers", "docks": "harbour"}
    assert all(one.done for one in formernames.rows(hub.private))


def test_what_looks_for_broken_renamings_leaves_one_that_is_done_alone(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = _while_another(monkeypatch, hub, "rename.after-note", lambda: places.finish(hub))
    assert done.result() is False


def test_what_is_being_renamed_is_not_removed_by_its_old_name(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = removing.Place("list", "bar")
    done = _while_another(
        monkeypatch, hub, "rename.after-event", lambda: removing.remove(hub, place)
    )
    with pytest.raises(HubError, match="there is no list bar"):
        done.result()
    assert not list(removed.every(hub))
    assert hub.conference_repo("rivers").is_dir()


def test_what_is_being_removed_is_not_renamed(hub: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """It ended with git's words, and noted for its old name that it was removed."""
    note = removed.note
    with ThreadPoolExecutor(1) as threads:
        begun: list[Future[None]] = []

        def noted(config: Config, one: Removed) -> None:
            begun.append(threads.submit(places.rename, hub, "bar", "rivers"))
            threading.Event().wait(_SOON)
            note(config, one)

        monkeypatch.setattr(removed, "note", noted)
        removing.remove(hub, removing.Place("list", "bar"))
        with pytest.raises(HubError, match="there is no conference or list bar"):
            begun[0].result(30)
    assert [one.name for one in removed.every(hub)] == ["bar"]
    assert not formernames.rows(hub.private)


def test_a_note_of_an_old_name_takes_nothing_from_the_new_one(hub: Config) -> None:
    """As an older version left it."""
    places.rename(hub, "bar", "rivers")
    removed.note(hub, Removed("conferences", "bar", clock.now() - removed.KEPT))
    assert ending.end(hub) == []
    assert not list(removed.every(hub))
