"""Killed at any step, and run again: no mail is lost, and none is there twice."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import PostId, post_id
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest import holding as moderation
from solicomm_build.ingest.importer import run_import
from solicomm_build.ingest.run import ingest
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import fsck
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import item, mail

ROOT = Path(__file__).parents[2]

_HEAD = """
import sys
from pathlib import Path
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
root = Path(sys.argv[1])
hub = Config(root=root, name="x", domain="hub.example", url="http://hub.example")
"""
INGEST = (
    _HEAD
    + """
from solicomm_build.ingest import run as stage
stage._BATCH_FILES = 2
stage.ingest(hub, once=True, log=maillog.to_nobody())
"""
)
IMPORT = (
    _HEAD
    + """
from solicomm_build.ingest import importer
importer._SECONDS = 0.0
importer._MAIL_COMMIT = 2
importer.run_import(hub, "bar", [root / "a.mbox"])
"""
)
ACCEPT = (
    _HEAD
    + """
from solicomm_build.ingest import holding as moderation
from solicomm_build.foundation import clock
from solicomm_build.post.decision import Decision
moderation.decide(hub, "bar", sys.argv[2], Decision("accept", "operator", clock.now()))
"""
)


def _start(script: str, *args: str, fault: str = "") -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *args],
        env=os.environ | {"SOLICOMM_FAULT": fault, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )


def _killed(script: str, *args: str, fault: str) -> None:
    assert _start(script, *args, fault=fault).wait(60) == -signal.SIGKILL, fault


def _mails(start: int, count: int) -> list[bytes]:
    return [mail("x", msgid=f"<{n}@x.example>") for n in range(start, start + count)]


def _mids(hub: Config, name: str) -> list[str]:
    paths = smallhub.files(hub.conference_repo(name), "topics")
    return sorted(path.rpartition("/")[2][:-3] for path in paths)


def _expected(count: int) -> list[str]:
    return sorted(post_id(f"{n}@x.example") for n in range(count))


def _sound(hub: Config) -> None:
    assert fsck.check(hub) == []
    for repo in (hub.mail_repo, hub.conference_repo("bar")):
        assert open_repo(repo).git("fsck", "--strict", "--no-dangling") == b""


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = [Conference(name, {"en": name}, posting="open") for name in ("bar", "pub")]
    return smallhub.make(tmp_path / "hub", *made)


def test_ingest_killed_at_every_step(hub: Config) -> None:
    faults = [
        f"ingest.{point}:{number}"
        for point in ("before-mail-commit", "after-mail-commit", "after-post-commit", "before-done")
        for number in (1, 2)
    ]
    spool = Spool(hub.spool_in)
    for number, fault in enumerate(faults):
        for raw in _mails(number * 6, 6):
            spool.put([item(raw, "bar@hub.example", "pub@hub.example")])
        _killed(INGEST, str(hub.root), fault=fault)
    ingest(hub, once=True, log=maillog.to_nobody())
    assert spool.pending() == []
    assert _mids(hub, "bar") == _mids(hub, "pub") == _expected(6 * len(faults))
    for name in ("bar", "pub"):
        assert len(smallhub.sources(hub.conference_repo(name))) == 6 * len(faults)
    _sound(hub)


def test_ingest_and_its_gits_killed_at_any_moment(hub: Config) -> None:
    noise = random.Random(20260304)
    spool = Spool(hub.spool_in)
    for raw in _mails(0, 120):
        spool.put([item(raw, "bar@hub.example", "pub@hub.example")])
    for _ in range(5):
        process = _start(INGEST, str(hub.root))
        try:
            process.wait(noise.uniform(0.3, 0.9))
        except subprocess.TimeoutExpired:
            _kill_session(process)
    ingest(hub, once=True, log=maillog.to_nobody())
    assert _mids(hub, "bar") == _mids(hub, "pub") == _expected(120)
    _sound(hub)


def test_a_pack_that_a_kill_left_without_its_index_goes_with_the_next_mail(hub: Config) -> None:
    """Else `fsck` names it until somebody does what it says, though nothing is lost."""
    spool = Spool(hub.spool_in)
    for number in range(2):
        spool.put([item(raw, "bar@hub.example") for raw in _mails(number, 1)])
        ingest(hub, once=True, log=maillog.to_nobody())
        if number == 0:
            pack, *_ = (hub.mail_repo / "objects" / "pack").glob("*.pack")
            pack.with_name(f"pack-{'0' * 40}.pack").write_bytes(pack.read_bytes())
            assert len(fsck.check(hub)) == 1
    assert _mids(hub, "bar") == _expected(2)
    _sound(hub)


def _kill_session(process: subprocess.Popen[bytes]) -> None:
    """`kill -9` of a process and of all it started, at once."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                if os.getsid(int(entry.name)) == process.pid:
                    os.kill(int(entry.name), signal.SIGKILL)
            except ProcessLookupError:
                continue
    process.wait()


def test_an_import_killed_at_every_step_goes_on(hub: Config) -> None:
    mails = [raw.replace(b"\r\n", b"\n") for raw in _mails(0, 12)]
    archive = hub.root / "a.mbox"
    archive.write_bytes(
        b"".join(b"From x Thu Jan  1 00:00:00 1970\n" + raw + b"\n" for raw in mails)
    )
    for fault in ("import.after-mail-commit:2", "import.after-post-commit:3"):
        _killed(IMPORT, str(hub.root), fault=fault)
    report = run_import(hub, "bar", [archive])
    assert (report.messages, report.posts + report.known, report.failed) == (12, 12, [])
    assert report.known > 0
    assert _mids(hub, "bar") == _expected(12)
    _sound(hub)


def test_letting_mail_in_killed_at_every_step(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}, posting="moderated"))
    mid = PostId(post_id("0@x.example"))
    Spool(hub.spool_in).put([item(_mails(0, 1)[0])])
    ingest(hub, once=True, log=maillog.to_nobody())
    for step in ("decision", "mail-commit", "post-commit"):
        _killed(ACCEPT, str(hub.root), mid, fault=f"moderation.after-{step}:1")
        assert len(moderation.list_held(hub)) == 1
    ingest(hub, once=True, log=maillog.to_nobody())  # the decision is durable since the first try
    assert moderation.list_held(hub) == []
    assert _mids(hub, "bar") == _expected(1)
    assert len(smallhub.sources(hub.conference_repo("bar"))) == 1
    _sound(hub)
