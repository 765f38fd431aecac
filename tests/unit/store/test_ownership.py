"""A repository of somebody else's: refused as such by all that opens it, and named."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from solicomm_build.builder import cursors, loading
from solicomm_build.builder.run import Builder
from solicomm_build.foundation import data
from solicomm_build.foundation.errors import LockedOutError, StoreError
from solicomm_build.foundation.hub import ownership
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import repo, tips
from solicomm_build.git.cursor import Cursor
from solicomm_build.git.history import following
from solicomm_build.git.repo import open_repo
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import fsck
from solicomm_build.testing import hubs, smallhub

SOMEBODY = 54321
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def hub() -> Iterator[Config]:
    folder = Path(tempfile.mkdtemp(dir="/tmp"))  # pytest's own lets nobody through
    folder.chmod(0o755)
    lists = (Conference(name, {"en": name}, posting="open") for name in ("bar", "ice"))
    made = smallhub.make(folder / "hub", *lists)
    made.private.chmod(0o755)
    yield made
    shutil.rmtree(folder)


def as_somebody(work: Callable[[], object]) -> bool:
    """Whether work was refused as somebody else's to SOMEBODY, in a process of its own."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.setuid(SOMEBODY)
            work()
        except LockedOutError:
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0


def test_what_is_not_ones_own_is_refused_as_such(hub: Config) -> None:
    found = open_repo(hub.conference_repo("bar"))

    def follow() -> None:
        with following(found):
            pass

    def write() -> None:
        with found.lock():
            pass

    tip = found.ref()
    assert as_somebody(follow)
    assert as_somebody(write)
    assert as_somebody(lambda: Cursor(found, "pages").advance(None, tip))  # type: ignore[arg-type]
    found.path.chmod(0o700)
    assert as_somebody(lambda: open_repo(found.path))


def test_fsck_names_it(hub: Config) -> None:
    os.chown(hub.conference_repo("bar") / "objects", SOMEBODY, -1)
    assert [one.name for one in ownership.strangers(hub)] == ["bar.git"]
    faults = [one for one in fsck.check(hub) if "another user" in one.fault]
    assert [one.where for one in faults] == ["content/conferences/bar.git"]
    assert "chown -R" in faults[0].remedy


def test_the_builder_goes_on_with_the_others(hub: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    """One cannot be read after its pages were made: they stay, and the other's are made."""
    for name in ("bar", "ice"):
        hubs.add(hub, name, [hubs.post(f"{name}1", subject=f"First of {name}")])
    builder = Builder(hub, data.theme())
    try:
        assert builder.build().failures == []
        hubs.add(hub, "bar", [hubs.post("bar2", subject="Second of bar")])
        assert builder.build().failures == []
        mine = open_repo

        def guarded(path: Path) -> repo.Repo:
            if path.name == "bar.git":
                raise LockedOutError(path)
            return mine(path)

        for module in (loading, cursors, tips):
            monkeypatch.setattr(module, "open_repo", guarded)
        monkeypatch.setattr(tips, "_mark", lambda seen: None)  # nor can it be looked at
        hubs.add(hub, "ice", [hubs.post("ice2", subject="Second of ice")])
        failures = builder.build().failures
    finally:
        builder.close()
    assert {place for place, _ in failures} == {"content/conferences/bar.git"}
    for name in ("bar", "ice"):
        for post in (f"{name}1", f"{name}2"):
            assert (hub.public / f"conferences/{name}/t/{hubs.mid(post)}/index.html").exists()


def test_a_locked_out_repository_is_a_fault_of_the_store() -> None:
    """So whatever goes on after a repository that is damaged goes on after this one."""
    assert issubclass(LockedOutError, StoreError)
    assert "solicomm check" in LockedOutError("x").public
