"""Two who rename in the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from solicomm_build.features.renaming import places
from solicomm_build.foundation import faults, formernames
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config
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
