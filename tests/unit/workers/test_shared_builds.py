"""A full build by two machines is the build of one, octet by octet; whoever dies or has no key of
the hub is left out. A real scheduler and workers, on loopback."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pytest

from solicomm_build.builder.conferences.state import TABLES_OF_CONFERENCE
from solicomm_build.builder.hands import indexing, starting
from solicomm_build.builder.hands.ahead import Ahead
from solicomm_build.builder.hands.calling import Calling
from solicomm_build.builder.hands.meeting import CERTIFICATE
from solicomm_build.builder.hooks import afterwards
from solicomm_build.builder.published import Report
from solicomm_build.builder.run import Builder
from solicomm_build.builder.sources import Sources
from solicomm_build.builder.tree import public
from solicomm_build.features.search import lending
from solicomm_build.features.search.searchfolder import IndexFolder
from solicomm_build.features.search.searchstate import Kept
from solicomm_build.features.workers import certificate
from solicomm_build.foundation import clock, data
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.writer import Change
from solicomm_build.post import event as events
from solicomm_build.post.event import TopicEvent
from solicomm_build.post.post import Post
from solicomm_build.testing import hubs
from solicomm_build.testing.ports import free_port

SOLICOMM = Path(sys.executable).parent / "solicomm"
WAIT = 60.0
POSTS = 140
"""So many that others read them, and that they fill a segment of the search and begin another."""


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Alone:
    """The hub as one machine makes it, and the moment at which every build believes to be."""

    root: Path
    moment: datetime
    pages: dict[str, bytes]
    rows: dict[str, list[tuple[object, ...]]]


@dataclass
class Pool:
    """A hub, whoever helps it, and what was said of them."""

    hub: Config
    folder: Path
    alone: Alone
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def start(self, name: str, *words: str, root: Path | None = None) -> None:
        log = open(self.folder / f"{name}.log", "wb")  # noqa: SIM115 - the process has it
        with log:
            self.processes[name] = subprocess.Popen(
                [SOLICOMM, "workers", *words, "--hub", str(root or self.hub.root)],
                stdout=log,
                stderr=log,
            )

    def helper(self, name: str, *, key: bytes = b"") -> None:
        """Another machine of the hub, with a copy of its repositories; its own state."""
        root = self.folder / name
        keys = root / "private" / "keys"
        keys.mkdir(parents=True)
        text = (self.hub.root / "hub.yaml").read_text("utf-8")
        (root / "hub.yaml").write_text(text.replace("node: n0", f"node: {name}"), "utf-8")
        for place in ("content", "unions"):
            (root / place).symlink_to(self.hub.root / place)
        (keys / CERTIFICATE).write_bytes(key or certificate.path(self.hub).read_bytes())
        (keys / CERTIFICATE).chmod(0o600)
        self.start(name, "work", root=root)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text("utf-8", "replace")

    def until(self, name: str, words: str) -> None:
        end = time.monotonic() + WAIT
        while words not in self.log(name):
            assert time.monotonic() < end, self.log(name)
            assert self.processes[name].poll() is None, self.log(name)
            time.sleep(0.05)

    def calling(self, say: Callable[[str], None], patience: float = WAIT) -> Calling:
        return Calling(self.hub, say, starting.start(self.hub.root, patience=patience))

    def build(
        self,
        meanwhile: Callable[[], None] = _nothing,
        patience: float = WAIT,
        then: Callable[[], None] = _nothing,
    ) -> Report:
        with self.calling(self.said.append, patience) as hands:
            self.count = hands.count
            meanwhile()
            return self.built(hands, then)

    def built(self, hands: Calling | None, then: Callable[[], None] = _nothing) -> Report:
        return _built(self.hub, self.alone.moment, hands, then)


def _built(
    hub: Config,
    moment: datetime,
    hands: Calling | None = None,
    then: Callable[[], None] = _nothing,
) -> Report:
    """All that `build --full` makes: the pages, `then` what comes after them."""
    builder = Builder(hub, data.theme(), hands=hands)
    try:
        with clock.fixed(moment):
            report = builder.build(full=True)
            then()
            for after in afterwards():
                if after.of_pages:
                    after.once(hub, builder.built, True)
            return report
    finally:
        builder.close()


def _pages(hub: Config) -> dict[str, bytes]:
    files = (path for path in hub.public.rglob("*") if path.is_file())
    return {path.relative_to(hub.public).as_posix(): path.read_bytes() for path in files}


def _post(number: int) -> Post:
    """One of threads of five."""
    first = number - number % 5
    asked = [f"p{first}"] if number > first else []
    about = f"Rota {first}"
    return hubs.post(f"p{number}", *asked, subject=about, minutes=number, body=f"Day {number}.\n")


def _connected(hub: Config) -> sqlite3.Connection:
    return sqlite3.connect(public(hub).database)


def _rows(hub: Config) -> dict[str, list[tuple[object, ...]]]:
    """What the index knows of conferences."""
    with contextlib.closing(_connected(hub)) as db:
        tables = (*TABLES_OF_CONFERENCE, "memo", "reflects")
        return {name: sorted(db.execute(f"SELECT * FROM {name}"), key=repr) for name in tables}


@pytest.fixture(scope="module")
def alone(built_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Alone:
    """Made once. Not to be changed: take `pool`."""
    root = shutil.copytree(built_sample, tmp_path_factory.mktemp("alone") / "hub")
    _set(root / "hub.yaml", free_port())
    hub = hubyaml.load(root)
    hubs.add(hub, "organising", map(_post, range(POSTS)))
    for conference in ("bargaining", "formation", "solidaridad"):
        hubs.add(hub, conference, map(_post, range(20)))
    closed = TopicEvent("close", hubs.after(60), "p_aaaaa", eid="a" * 26)
    path = events.path(hubs.tid_of(_post(0)), closed)
    hubs.commit(hub.conference_repo("formation"), Change(path, events.encode(closed)))
    assert certificate.make(hub)
    moment = clock.now()
    _built(hub, moment)
    return Alone(root, moment, _pages(hub), _rows(hub))


def _set(file: Path, port: int) -> None:
    """The scheduler's port, in a hub.yaml that has one or has none."""
    text = file.read_text("utf-8").partition("cluster:")[0]
    more = f"cluster:\n  node: n0\n  build: {{dask: 'tls://127.0.0.1:{port}'}}\n"
    file.write_text(text + more, "utf-8")


@pytest.fixture
def pool(alone: Alone, tmp_path: Path) -> Iterator[Pool]:
    root = shutil.copytree(alone.root, tmp_path / "sample")
    _set(root / "hub.yaml", free_port())
    made = Pool(hubyaml.load(root), tmp_path, alone)
    made.start("scheduler", "schedule")
    made.until("scheduler", "Scheduler at")
    yield made
    for process in made.processes.values():
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGCONT)
        process.terminate()
        process.wait(WAIT)


def _machines(pool: Pool, *names: str) -> None:
    for name in names:
        pool.helper(name)
    for name in names:
        pool.until(name, "Registered to")


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


def test_two_machines_make_what_one_makes(
    pool: Pool,
    brought: list[bool],
    indexed: list[Path],
    ahead: list[bool],
    kept: list[bool],
) -> None:
    _machines(pool, "w1", "w2")
    pool.built(None)
    for page in (pool.hub.public / "conferences").rglob("*"):
        if page.is_file():
            page.unlink()  # so that what is there was brought
    report = pool.build()
    assert (pool.count, pool.said, report.failures) == (2, [], [])
    assert ahead == [False, True]
    assert kept
    assert all(kept)
    assert _pages(pool.hub) == pool.alone.pages
    assert _rows(pool.hub) == pool.alone.rows
    assert len(indexed) == 1  # solidaridad: others are large, moderated, for members only
    assert brought == [False] * 3 + [True, True, False]  # alone; then all but the members'
    assert all((pool.folder / name / "state" / "building").exists() for name in ("w1", "w2"))


def test_without_room_for_what_goes_between_them_one_builds_alone(
    pool: Pool, brought: list[bool]
) -> None:
    _machines(pool, "w1")
    for name in ("brought.sqlite", "lent.sqlite"):
        (pool.hub.state / name).mkdir()  # nothing can be written there

    with contextlib.ExitStack() as reading:

        def say(sentence: str) -> None:
            pool.said.append(sentence)
            if len(pool.said) == 1:  # from now somebody reads the index as it was
                db = reading.enter_context(contextlib.closing(_connected(pool.hub)))
                db.execute("BEGIN")
                db.execute("SELECT * FROM reflects").fetchone()

        with pool.calling(say) as hands:
            report = pool.built(hands)
    assert report.failures == []
    assert [one.partition(":")[0] for one in pool.said] == [
        "what others have found of conferences is not taken in, and this machine reads them itself",
        "nobody helps with the rest of this build, and this machine does it alone",
    ]
    assert brought == [False] * 3
    assert (_pages(pool.hub), _rows(pool.hub)) == (pool.alone.pages, pool.alone.rows)


_DAMAGED = """
import sys
from solicomm_build.builder.hands import bench
from solicomm_build.cli.main import main
part = bench.Bench.part
def damaged(self, name, low):
    octets = part(self, name, low)
    return DAMAGE
bench.Bench.part = damaged
main(["workers", "work", "--hub", sys.argv[-1]])
"""


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("octets[:500] + bytes(40) + octets[540:]", ""),
        ("octets[:-200]", "its end is missing"),
        ("octets + b'more'", "more comes after its end"),
        ("__import__('zstandard').compress(b'no index')", "file is not a database"),
    ],
)
def test_who_sends_damaged_rows_is_named_and_they_are_read_here(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, damage: str, said: str
) -> None:
    """Its other work is taken, for that is whole."""
    program = tmp_path / "solicomm"
    program.write_text(f"#!{sys.executable}\n{_DAMAGED}".replace("DAMAGE", damage))
    program.chmod(0o755)
    monkeypatch.setattr(sys.modules[__name__], "SOLICOMM", program)
    _machines(pool, "w1")
    assert pool.build().failures == []
    (sentence,) = pool.said
    assert sentence.startswith(
        "what others have found of content/conferences/solidaridad.git is not taken in, and this "
        f"machine reads it itself: w1 sent it damaged ({said}"
    )
    assert (_pages(pool.hub), _rows(pool.hub)) == (pool.alone.pages, pool.alone.rows)


def test_a_machine_that_dies_is_named_and_its_work_done(pool: Pool) -> None:
    _machines(pool, "w1", "w2")

    def kill() -> None:
        os.kill(pool.processes["w1"].pid, signal.SIGKILL)

    assert pool.build(kill).failures == []
    assert [one.split(":")[0] for one in pool.said] == ["w1 does not help with this build"]
    assert _pages(pool.hub) == pool.alone.pages


@pytest.mark.parametrize("has_room", [True, False])
def test_who_dies_before_the_search_has_done_its_work_or_is_named(
    pool: Pool, brought: list[bool], monkeypatch: pytest.MonkeyPatch, has_room: bool
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "no space")

    if not has_room:  # for segments that were made beside the pages
        monkeypatch.setattr(Ahead, "_keep", full)
    _machines(pool, "w1")

    def kill() -> None:
        os.kill(pool.processes["w1"].pid, signal.SIGKILL)

    assert pool.build(then=kill).failures == []
    said = [] if has_room else ["w1 does not help with this build"]
    assert [one.split(":")[0] for one in pool.said] == said
    assert brought == [has_room, has_room, False]
    assert _pages(pool.hub) == pool.alone.pages


def test_a_machine_that_stands_still_is_named_and_its_work_done(pool: Pool) -> None:
    _machines(pool, "w1")

    def stop() -> None:
        os.kill(pool.processes["w1"].pid, signal.SIGSTOP)

    assert pool.build(stop, patience=12.0).failures == []
    (said,) = pool.said
    assert said.startswith("w1 does not help with this build")
    assert "12 seconds" in said
    assert _pages(pool.hub) == pool.alone.pages


_OTHER_VERSION = """
import sys
from solicomm_build.builder.hands import bench
from solicomm_build.cli.main import main
bench.Bench.ask = lambda self, name, given: "another digest"
main(["workers", "work", "--hub", sys.argv[1]])
"""


def test_another_version_is_named_and_not_asked(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "solicomm"
    program.write_text(f"#!{sys.executable}\n{_OTHER_VERSION}".replace("argv[1]", "argv[-1]"))
    program.chmod(0o755)
    monkeypatch.setattr(sys.modules[__name__], "SOLICOMM", program)
    _machines(pool, "w1")
    with pool.calling(pool.said.append) as hands:
        assert hands.count == 0
        assert pool.said == [
            "w1 does not help with this build: its version of SoliComm, a library or theme is "
            "another"
        ]


def test_without_anybody_left_it_is_built_here(pool: Pool) -> None:
    _machines(pool, "w1")

    def kill() -> None:
        os.kill(pool.processes["w1"].pid, signal.SIGKILL)

    assert pool.build(kill).failures == []
    assert len(pool.said) == 1
    assert _pages(pool.hub) == pool.alone.pages


def test_who_has_not_the_key_of_the_hub_gets_nowhere(pool: Pool, tmp_path: Path) -> None:
    other = hubyaml.load(pool.hub.root)
    file = certificate.path(other)
    ours = file.read_bytes()
    file.unlink()
    assert certificate.make(other)
    strange = file.read_bytes()
    file.write_bytes(ours)
    pool.helper("w3", key=strange)
    pool.until("scheduler", "TLS")
    with pool.calling(pool.said.append) as hands:
        assert hands.count == 0


def test_nobody_answers(pool: Pool) -> None:
    pool.processes["scheduler"].terminate()
    pool.processes["scheduler"].wait(WAIT)
    with pytest.raises(HubError, match="nobody answers at tls://127"):
        pool.calling(pool.said.append)


def test_who_is_asked_to_stop_without_a_scheduler_stops(pool: Pool) -> None:
    _machines(pool, "w1", "w2")
    for name in ("scheduler", "w1", "w2"):
        pool.processes[name].terminate()
    for name in ("w1", "w2", "scheduler"):
        assert pool.processes[name].wait(WAIT) == 0, pool.log(name)


def test_a_key_that_others_may_read_is_refused(pool: Pool) -> None:
    certificate.path(pool.hub).chmod(0o644)
    with pytest.raises(HubError, match="others may read"):
        pool.calling(pool.said.append)
