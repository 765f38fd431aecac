"""Sites whose renderer is ended from outside are made all the same; those that end it wait."""

from __future__ import annotations

import errno
import faulthandler
import json
import os
import resource
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.builder import cursors
from solicomm_build.builder.apart import retries
from solicomm_build.builder.run import Builder
from solicomm_build.features.sites.rendering import opensite, pages
from solicomm_build.foundation import clock, data
from solicomm_build.foundation.errors import WentAwayError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.cursor import Cursor
from solicomm_build.git.repo import create, open_repo
from solicomm_build.git.writer import Change
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub

NOW = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


class Moment:
    """The time of day, as the test sets it."""

    now = NOW

    def timestamp(self) -> float:
        return self.now.timestamp()

    def later(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Killer:
    """Another process, which kills each renderer of the site `docks` while it is at work; a line
    each in `log` says how often one came there."""

    def __init__(self, folder: Path) -> None:
        self._fifo = folder / "fifo"
        os.mkfifo(self._fifo)
        # open before a renderer is shut in, which may write nowhere but into the hub
        self._noting = os.open(folder / "log", os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        self.signal, self.patience = "KILL", 10**6
        self.works: Callable[[], None] | None = None

    def __enter__(self) -> Killer:
        loop = f'while read name pid; do kill -"$name" "$pid"; done < {self._fifo}'
        self._process = subprocess.Popen(["sh", "-c", loop])
        self._pipe = os.open(self._fifo, os.O_WRONLY)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._pipe)
        os.close(self._noting)
        self._process.wait(10)

    @property
    def met(self) -> int:
        """How often a renderer was at the site."""
        return len(os.pread(self._noting, 1 << 16, 0).splitlines())

    def meet(self) -> None:
        """What a renderer does when it comes to the site."""
        os.write(self._noting, b"x\n")
        if self.works:
            self.works()
        elif self.met <= self.patience:
            if self.signal != "KILL":  # whoever runs the tests under nohup ignores some
                signal.signal(signal.Signals[f"SIG{self.signal}"], signal.SIG_DFL)
            os.write(self._pipe, f"{self.signal} {os.getpid()}\n".encode())
            time.sleep(30)


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Moment:
    made = Moment()
    monkeypatch.setattr(clock, "now", lambda: made.now)
    monkeypatch.setattr(clock, "timestamp", made.timestamp)
    return made


@pytest.fixture
def hub(tmp_path: Path, moment: Moment) -> Config:
    """A hub with two sites that are shown."""
    made = smallhub.make(tmp_path / "hub", Conference("water", {"en": "Water"}))
    for name in ("docks", "mines"):
        create(made.union_repo(name))
        _page(made, name, "Old", Change("site.yaml", hubs.UNION.replace(b"docks", name.encode())))
    hubs.build(made)
    return made


@pytest.fixture
def killer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Killer]:
    read = opensite.contents.read

    def met(reader, commit, site):  # type: ignore[no-untyped-def]
        if site.union == "docks":
            killer.meet()
        return read(reader, commit, site)

    monkeypatch.setattr(opensite.contents, "read", met)
    with Killer(tmp_path) as killer:
        yield killer


def _page(hub: Config, name: str, text: str, *more: Change) -> None:
    page = f"---\ntitle: About\n---\n\n{text} words.\n"
    hubs.commit(hub.union_repo(name), Change("pages/about.md", page.encode()), *more)


def _shows(hub: Config, name: str = "docks") -> str:
    return hubs.page(hub, f"/unions/{name}/about/")


def _failures(hub: Config) -> list[str]:
    return [reason for _, reason in json.loads((hub.state / "build.json").read_text())["failures"]]


def _behind(hub: Config) -> bool:
    repo = open_repo(hub.union_repo("docks"))
    return Cursor(repo, cursors.CONSUMER).read() != repo.ref()


def test_one_kill_costs_nothing(hub: Config, killer: Killer) -> None:
    """It kept its old pages until its next change, for too large a site."""
    killer.patience = 1
    for name in ("docks", "mines"):
        _page(hub, name, "New")
    assert hubs.build(hub).failures == []
    assert killer.met == 2
    assert "New words" in _shows(hub)
    assert "New words" in _shows(hub, "mines")
    assert not _behind(hub)
    assert hubs.differences(hub) == []


@pytest.mark.parametrize("name", ["KILL", "TERM", "HUP", "USR1"])
def test_whoever_kills_the_site_is_not_blamed(hub: Config, killer: Killer, name: str) -> None:
    killer.signal = name
    _page(hub, "docks", "New")
    (failure,) = hubs.build(hub).failures
    assert failure == (
        "/unions/docks/site.yaml",
        f"not built: the process that made it was killed (SIG{name})",
    )


def test_who_is_killed_again_and_again_is_tried_with_growing_pauses(
    hub: Config, killer: Killer, moment: Moment
) -> None:
    builder = Builder(hub, data.theme())
    builder.build(patience=60.0)
    _page(hub, "docks", "New")
    met = []
    for pause in (0, 0, 1, 58, 2, 590, 11, 3590, 11, 86_400 // 3):
        moment.later(pause)
        builder.build(patience=60.0)
        met.append(killer.met)
    assert met == [1, 2, 2, 2, 3, 3, 4, 4, 5, 5]
    assert builder.build(patience=60.0).idle
    assert _failures(hub) == ["not built: the process that made it was killed (SIGKILL)"]
    assert "Old words" in _shows(hub)
    assert _behind(hub)
    _page(hub, "mines", "New")
    builder.build(patience=60.0)
    assert "New words" in _shows(hub, "mines")
    assert killer.met == 5, "others do not bring it back"
    assert _failures(hub) == ["not built: the process that made it was killed (SIGKILL)"]
    _page(hub, "docks", "Newer")
    builder.build(patience=60.0)
    assert killer.met == 6, "a change does"
    builder.close()


def test_it_comes_when_its_time_has_come(hub: Config, killer: Killer, moment: Moment) -> None:
    killer.patience = 2
    builder = Builder(hub, data.theme())
    builder.build(patience=60.0)
    _page(hub, "docks", "New")
    assert builder.build(patience=60.0).unfinished
    assert not builder.build(patience=60.0).unfinished
    assert builder.build(patience=60.0).idle
    moment.later(61)
    assert not builder.build(patience=60.0).idle
    assert builder.build(patience=60.0).idle
    builder.close()
    assert killer.met == 3
    assert "New words" in _shows(hub)
    assert _failures(hub) == []
    assert not _behind(hub)
    assert hubs.differences(hub) == []


def test_it_does_not_wait_for_a_clock_that_was_put_back(
    hub: Config, killer: Killer, moment: Moment
) -> None:
    killer.patience = 2
    builder = Builder(hub, data.theme())
    builder.build(patience=60.0)
    _page(hub, "docks", "New")
    moment.later(366 * 86_400)
    assert builder.build(patience=60.0).unfinished
    assert not builder.build(patience=60.0).unfinished
    moment.later(-366 * 86_400)
    assert not builder.build(patience=60.0).idle
    builder.close()
    assert "New words" in _shows(hub)


def test_a_builder_that_starts_tries_it(hub: Config, killer: Killer) -> None:
    killer.patience = 2
    _page(hub, "docks", "New")
    assert hubs.build(hub).failures
    assert hubs.build(hub).failures == []
    assert "New words" in _shows(hub)


def test_a_page_whose_git_was_killed_is_made_when_its_time_has_come(
    hub: Config, moment: Moment, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was told of as faulty until the next change of the site."""
    plan, log = pages.SitePages._item, hub.public / "log"
    log.write_bytes(b"xx")

    def item(self, folder, one, url):  # type: ignore[no-untyped-def]
        if url.startswith("/unions/docks/") and len(log.read_bytes()) < 2:
            with log.open("ab") as file:
                file.write(b"x")
            raise WentAwayError("docks.git: git cat-file went away. Run `solicomm fsck`")
        return plan(self, folder, one, url)

    monkeypatch.setattr(pages.SitePages, "_item", item)
    builder = Builder(hub, data.theme())
    builder.build(patience=60.0)
    log.write_bytes(b"")
    _page(hub, "docks", "New")
    assert builder.build(patience=60.0).unfinished
    assert not builder.build(patience=60.0).unfinished
    assert "went away" in " ".join(_failures(hub))
    assert "Old words" in _shows(hub)
    moment.later(61)
    builder.build(patience=60.0)
    builder.close()
    assert "New words" in _shows(hub)
    assert _failures(hub) == []
    assert not _behind(hub)


def test_a_site_that_is_gone_is_not_waited_for(hub: Config, killer: Killer, moment: Moment) -> None:
    builder = Builder(hub, data.theme())
    _page(hub, "docks", "New")
    builder.build()
    hub.union_repo("docks").rename(hub.root / "away.git")
    moment.later(86_000 // 3)
    builder.build()
    assert builder.build().idle
    builder.close()
    assert killer.met == 2


def _memory() -> None:
    bytearray(8 * 1024**3)


def _abort() -> None:
    faulthandler.disable()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.abort()


def _processor() -> None:
    os.kill(os.getpid(), signal.SIGPROF)  # as the timer does


@pytest.mark.parametrize(
    ("works", "reason"),
    [
        (_memory, "MemoryError"),
        (_abort, "SIGABRT"),
        (_processor, "too much processor time"),
    ],
)
def test_a_site_that_ends_its_renderer_itself_is_not_tried_again(
    hub: Config, killer: Killer, moment: Moment, works: Callable[[], None], reason: str
) -> None:
    killer.works = works
    builder = Builder(hub, data.theme())
    _page(hub, "docks", "New")
    builder.build()
    assert killer.met == 1
    assert reason in _failures(hub)[0]
    moment.later(7200)
    assert builder.build().idle
    builder.close()
    hubs.build(hub)
    assert killer.met == 1, "nor by a builder that starts"
    assert not _behind(hub)


def _full_disk() -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_not_the_site_s_fault(hub: Config, killer: Killer, moment: Moment) -> None:
    killer.works = _full_disk
    builder = Builder(hub, data.theme())
    _page(hub, "docks", "New")
    builder.build()
    assert "No space left" in _failures(hub)[0]
    killer.works = lambda: None
    moment.later(retries.PAUSES[1] + 1)
    builder.build()
    builder.close()
    assert "New words" in _shows(hub)
