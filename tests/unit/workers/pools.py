"""A hub that several machines build, how it is when one has built it alone, and their processes."""

from __future__ import annotations

import contextlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from solicomm_build.builder.conferences.state import TABLES_OF_CONFERENCE
from solicomm_build.builder.hands import starting
from solicomm_build.builder.hands.calling import Calling
from solicomm_build.builder.hands.meeting import CERTIFICATE
from solicomm_build.builder.hooks import afterwards
from solicomm_build.builder.published import Report
from solicomm_build.builder.run import Builder
from solicomm_build.builder.tree import public
from solicomm_build.features.founding import founding
from solicomm_build.features.workers import certificate
from solicomm_build.foundation import clock, data
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import create
from solicomm_build.git.writer import Change
from solicomm_build.post import event as events
from solicomm_build.post.conference import Conference
from solicomm_build.post.event import TopicEvent
from solicomm_build.post.post import Post
from solicomm_build.testing import hubs, smallhub

SOLICOMM = Path(sys.executable).parent / "solicomm"
WAIT = 60.0
POSTS = 140
"""So many that others read them, and that they fill a segment of the search and begin another."""
CODE = Path("state", "theme.json")
"""Where a machine keeps the digest of its program: one that has helped before has it."""
VISIBILITY = {
    "bargaining": "members",
    "formation": "public",
    "organising": "public",
    "solidaridad": "public",
}
"""Who reads the conferences that have posts, in the sample as in a small hub."""


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
class Processes:
    """Those that were started, by name, each with a log in a folder."""

    folder: Path
    of: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, word: str, root: Path, program: Path = SOLICOMM) -> None:
        log = open(self.folder / f"{name}.log", "wb")  # noqa: SIM115 - the process has it
        with log:
            command = [program, "workers", word, "--hub", str(root)]
            self.of[name] = subprocess.Popen(command, stdout=log, stderr=log)

    def schedule(self, root: Path) -> None:
        """Has machines meet where this hub says."""
        self.start("scheduler", "schedule", root)
        self.until("scheduler", "Scheduler at")

    def helper(self, name: str, hub: Path, key: bytes = b"", program: Path = SOLICOMM) -> None:
        """Another machine of the hub, with a copy of its repositories; its own state."""
        root = self.folder / name
        keys = root / "private" / "keys"
        keys.mkdir(parents=True)
        text = (hub / "hub.yaml").read_text("utf-8")
        (root / "hub.yaml").write_text(text.replace("node: n0", f"node: {name}"), "utf-8")
        for place in ("content", "unions"):
            (root / place).symlink_to(hub / place)
        (keys / CERTIFICATE).write_bytes(key or (hub / "private/keys" / CERTIFICATE).read_bytes())
        (keys / CERTIFICATE).chmod(0o600)
        (root / "state").mkdir()
        shutil.copy2(hub / CODE, root / CODE)
        self.start(name, "work", root, program)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text("utf-8", "replace")

    def until(self, name: str, words: str, after: int = 0) -> None:
        """Waits until a log says it, `after` so many characters."""
        end = time.monotonic() + WAIT
        while words not in self.log(name)[after:]:
            assert time.monotonic() < end, self.log(name)
            assert self.of[name].poll() is None, self.log(name)
            time.sleep(0.05)

    def close(self) -> None:
        for process in self.of.values():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.of.values():
            process.wait(WAIT)


@dataclass
class Pool:
    """A hub, whoever helps it, and what was said of them."""

    hub: Config
    alone: Alone
    processes: Processes
    scheduler: Processes
    said: list[str] = field(default_factory=list)

    def machines(self, *names: str, program: Path = SOLICOMM) -> None:
        """They help from now on."""
        for name in names:
            self.processes.helper(name, self.hub.root, program=program)
        for name in names:
            self.processes.until(name, "Registered to")

    def signal(self, name: str, what: signal.Signals) -> None:
        self.processes.of[name].send_signal(what)

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


def pages(hub: Config) -> dict[str, bytes]:
    files = (path for path in hub.public.rglob("*") if path.is_file())
    return {path.relative_to(hub.public).as_posix(): path.read_bytes() for path in files}


def connected(hub: Config) -> sqlite3.Connection:
    return sqlite3.connect(public(hub).database)


def rows(hub: Config) -> dict[str, list[tuple[object, ...]]]:
    """What the index knows of conferences."""
    with contextlib.closing(connected(hub)) as db:
        tables = (*TABLES_OF_CONFERENCE, "memo", "reflects")
        return {name: sorted(db.execute(f"SELECT * FROM {name}"), key=repr) for name in tables}


def found_small(root: Path) -> Config:
    """A hub of few pages, in which others find all kinds of work: conferences that are large,
    moderated, for members only and none of these, and a union's site."""
    hub = founding.found_hub(root, name="Small hub", domain="hub.example", sample=False)
    for name, visibility in VISIBILITY.items():
        title = {"en": name.capitalize()}
        made = Conference(name, title, posting="open", visibility=visibility)
        smallhub.add_conference(hub, made)
    create(hub.union_repo("docks"))
    about = Change("pages/about.md", b"---\ntitle: About\n---\nUs\n")
    hubs.commit(hub.union_repo("docks"), Change(hubs.SITE, hubs.UNION), about)
    return hub


def alone(hub: Config, port: int, key: Path | None = None) -> Alone:
    """The hub with posts, built by one machine. Others meet on this port, and have the `key` that
    is there, or a new one."""
    set_port(hub.root, port)
    hub = hubyaml.load(hub.root)
    hubs.add(hub, "organising", map(_post, range(POSTS)))
    for conference in VISIBILITY.keys() - {"organising"}:
        hubs.add(hub, conference, map(_post, range(20)))
    closed = TopicEvent("close", hubs.after(60), "p_aaaaa", eid="a" * 26)
    path = events.path(hubs.tid_of(_post(0)), closed)
    hubs.commit(hub.conference_repo("formation"), Change(path, events.encode(closed)))
    if key:
        shutil.copy2(key, certificate.path(hub))
    else:
        assert certificate.make(hub)
    moment = clock.now()
    _built(hub, moment)
    return Alone(hub.root, moment, pages(hub), rows(hub))


def _post(number: int) -> Post:
    """One of threads of five."""
    first = number - number % 5
    asked = [f"p{first}"] if number > first else []
    about = f"Rota {first}"
    return hubs.post(f"p{number}", *asked, subject=about, minutes=number, body=f"Day {number}.\n")


def set_port(root: Path, port: int) -> None:
    """The scheduler's port, in a hub.yaml that has one or has none."""
    file = root / "hub.yaml"
    text = file.read_text("utf-8").partition("cluster:")[0]
    more = f"cluster:\n  node: n0\n  build: {{dask: 'tls://127.0.0.1:{port}'}}\n"
    file.write_text(text + more, "utf-8")


def program(folder: Path, *lines: str) -> Path:
    """A `solicomm` that does this before it begins: machines that are not as they should be."""
    file = folder / "solicomm"
    begin = ("import sys", "from solicomm_build.builder.hands import bench")
    end = ("from solicomm_build.cli.main import main", "main(sys.argv[1:])")
    file.write_text("\n".join((f"#!{sys.executable}", *begin, *lines, *end)) + "\n")
    file.chmod(0o755)
    return file
