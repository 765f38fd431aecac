"""A public list as an inbox: what its commits hold, after kills and erasures too."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import sqlite3
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.features.mirror import inbox, run
from solicomm_build.features.privacy import erase, leftovers
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.types import public_id
from solicomm_build.git.cursor import Cursor
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest import publicinbox
from solicomm_build.post import event as events
from solicomm_build.post.conference import Conference
from solicomm_build.post.store.redact import redact
from solicomm_build.testing import mailservers
from solicomm_build.testing.listhub import ListHub, message
from solicomm_build.testing.ports import free_port

WATER = Conference("water", {"en": "Water"}, kind="list", mirror=("public-inbox",))


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ListHub]:
    made = ListHub(tmp_path)
    made.settings(made.list, WATER)
    yield made
    made.close()


def _run(hub: ListHub) -> None:
    run.mirror(hub.config, once=True, log=maillog.to_nobody())


def _folder(hub: ListHub) -> Path:
    return inbox.folder_of(hub.config, "water")


def _subjects(hub: ListHub) -> list[str]:
    """As another reader of the format sees them: ours, for imports."""
    found = [raw for _, raw in publicinbox.read(_folder(hub))]
    return [
        line[9:].decode()
        for raw in found
        for line in raw.split(b"\n\n")[0].splitlines()
        if line.startswith(b"Subject: ")
    ]


def _commits(hub: ListHub) -> list[str]:
    epoch = open_repo(_folder(hub) / "git" / "0.git")
    told = epoch.git("log", "--format=%H %an <%ae> %aI %s", "--reverse", "refs/heads/main")
    return told.decode().splitlines()


def test_an_epoch_that_finds_no_room_leaves_none_taken(
    hub: ListHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was half built held the last room of the disk, so that no mail was taken."""

    def full(*_: object, **_more: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    hub.post(message(1))
    with monkeypatch.context() as patch:
        patch.setattr(inbox.Inbox, "_commit", full)
        _run(hub)
    assert not list((_folder(hub) / "git").iterdir())
    _run(hub)
    assert len(_commits(hub)) == 1


def _no_packs(epoch: Path) -> None:
    shutil.rmtree(epoch / "objects" / "pack")
    (epoch / "objects" / "pack").mkdir()


def _no_ref(epoch: Path) -> None:
    (epoch / "refs" / "heads" / "main").write_bytes(b"\0" * 41)


@pytest.mark.parametrize("damage", [_no_packs, _no_ref])
def test_an_epoch_that_is_damaged_is_made_anew(
    hub: ListHub, damage: Callable[[Path], None]
) -> None:
    hub.post(message(1))
    _run(hub)
    damage(_folder(hub) / "git" / "0.git")
    hub.post(message(2))
    _run(hub)
    assert [one.partition("Z ")[2] for one in _commits(hub)] == ["Water 1", "Water 2"]


def test_a_commit_is_a_message_without_addresses(hub: ListHub) -> None:
    hub.post(message(1))
    hub.post(message(2))
    _run(hub)
    first, second = _commits(hub)
    assert first[41:] == "Ana <member@users.hub.invalid> 2026-11-24T11:00:00Z Water 1"
    assert second.endswith(" Water 2")
    epoch = open_repo(_folder(hub) / "git" / "0.git")
    raw = epoch.git("show", f"{first[:40]}:m")
    assert raw.startswith(b"From: Ana <member@users.hub.invalid>\n")
    assert f"Message-ID: <{public_id('1@union.example')}>\n".encode() in raw
    assert b"ana@union.example" not in raw
    assert epoch.git("ls-tree", "--name-only", "refs/heads/main") == b"m\n"


def test_a_second_look_changes_nothing_and_a_new_post_is_appended(hub: ListHub) -> None:
    hub.post(message(1))
    _run(hub)
    before = _commits(hub)
    _run(hub)
    assert _commits(hub) == before
    hub.post(message(2))
    _run(hub)
    assert _commits(hub)[:1] == before
    assert _subjects(hub) == ["Water 1", "Water 2"]
    assert Cursor(hub.list, inbox.CONSUMER).read() == hub.list.ref()


def test_a_hidden_post_goes_and_comes_back(hub: ListHub) -> None:
    hub.post(message(1))
    _, mid = hub.post(message(2))
    _run(hub)
    redact(hub.config, "water", mid, reason="Spam", by="op")
    _run(hub)
    assert _subjects(hub) == ["Water 1"]
    epoch = open_repo(_folder(hub) / "git" / "0.git")
    assert epoch.git("ls-tree", "--name-only", "refs/heads/main") == b"d\n"
    with clock.fixed(clock.now() + timedelta(hours=1)):  # events of one second have no order
        redact(hub.config, "water", mid, reason="Not spam", by="op", undo=True)
    _run(hub)
    assert _subjects(hub)[-1] == "Water 2"


def test_a_topic_goes_that_moves_and_comes_back_with_it(hub: ListHub) -> None:
    hub.post(message(1))
    tid, _ = hub.post(message(2))
    hub.add_conference("board", visibility="members")
    _run(hub)
    for hours, to in ((0, "board"), (1, "water")):
        when = clock.now() + timedelta(hours=hours)
        move = events.make("move", at=when, by="operator", data={"to": to})
        change = Change(events.path(tid, move), events.encode(move))
        write_once(hub.list, [change], message="Move\n", when=when)
        _run(hub)
        assert _subjects(hub) == ["Water 1", *(["Water 2"] if to == "water" else [])]
    shutil.rmtree(_folder(hub))
    _run(hub)
    assert _subjects(hub) == ["Water 1", "Water 2"]


def test_an_erased_post_leaves_no_object(hub: ListHub) -> None:
    hub.post(message(1))
    _, mid = hub.post(message(2))
    hub.post(message(3))
    _run(hub)
    first = _commits(hub)[0]
    _, receipt = erase.erase(hub.config, mid, reason="Law", by="op")
    assert not _folder(hub).exists()
    _run(hub)
    assert _subjects(hub) == ["Water 1", "Water 3"]
    assert _commits(hub)[0] == first
    assert list(leftovers.search(hub.config, receipt)) == []


def test_a_history_written_anew_is_noticed_though_nobody_said_so(hub: ListHub) -> None:
    hub.post(message(1))
    _, mid = hub.post(message(2))
    hub.post(message(3))
    _run(hub)
    kept = hub.config.root / "kept"
    shutil.copytree(hub.config.mirrors, kept)
    erase.erase(hub.config, mid, reason="Law", by="op")
    shutil.rmtree(hub.config.mirrors)
    os.rename(kept, hub.config.mirrors)  # a restored copy
    _run(hub)
    assert _subjects(hub) == ["Water 1", "Water 3"]
    epoch = open_repo(_folder(hub) / "git" / "0.git")
    told = epoch.git("cat-file", "--batch-check", "--batch-all-objects")
    assert told.count(b" commit ") == 2


@pytest.mark.parametrize(
    "point", ["mirror.before-swap", "mirror.before-place", "mirror.before-cursor"]
)
@pytest.mark.parametrize("fresh", [True, False])
def test_a_kill_is_harmless(hub: ListHub, point: str, fresh: bool) -> None:
    hub.post(message(1))
    if not fresh:
        _run(hub)
        hub.post(message(2))
    pid = os.fork()
    if pid == 0:
        os.environ["SOLICOMM_FAULT"] = f"{point}:1"
        _run(hub)
        os._exit(0)
    killed = os.WIFSIGNALED(os.waitpid(pid, 0)[1])
    assert killed == (fresh or point != "mirror.before-swap")
    hub.post(message(3))
    _run(hub)
    wanted = ["Water 1", "Water 3"] if fresh else ["Water 1", "Water 2", "Water 3"]
    assert _subjects(hub) == wanted
    assert len(_commits(hub)) == len(wanted)
    assert sorted(one.name for one in (_folder(hub) / "git").iterdir()) == ["0.git"]


def test_what_is_not_public_any_more_is_taken_away(hub: ListHub) -> None:
    hub.post(message(1))
    _run(hub)
    hub.settings(hub.list, replace(WATER, mirror=()))
    _run(hub)
    assert not _folder(hub).exists()
    assert Cursor(hub.list, inbox.CONSUMER).read() is None
    hub.settings(hub.list, WATER)
    _run(hub)
    assert _subjects(hub) == ["Water 1"]
    shutil.rmtree(hub.list.path)
    _run(hub)
    assert not _folder(hub).exists()


def _public_inbox(home: Path, *words: str) -> str:
    done = subprocess.run(
        words,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "PI_DIR": str(home / "pi")},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(
    shutil.which("public-inbox-index") is None, reason="public-inbox is not installed"
)
def test_public_inbox_reads_it(hub: ListHub, tmp_path: Path) -> None:
    hub.post(message(1))
    _, mid = hub.post(message(2))
    _run(hub)
    folder, home = _folder(hub), tmp_path / "home"
    home.mkdir()
    words = ["water", str(folder), "https://hub.example/water", "water@hub.example"]
    _public_inbox(home, "public-inbox-init", "-V2", *words)

    def ids() -> list[str]:
        _public_inbox(home, "public-inbox-index", "--indexlevel=basic", str(folder))
        with sqlite3.connect(folder / "msgmap.sqlite3") as db:
            found = [row[0] for row in db.execute("SELECT mid FROM msgmap ORDER BY num")]
        db.close()
        return found

    def named(*numbers: int) -> list[str]:
        return [public_id(f"{number}@union.example") for number in numbers]

    assert ids() == named(1, 2)
    hub.post(message(3))
    redact(hub.config, "water", mid, reason="Spam", by="op")
    _run(hub)
    assert ids() == named(1, 3)
    _, gone = hub.post(message(4))
    hub.post(message(5))
    _run(hub)
    assert ids()[-2:] == named(4, 5)
    erase.erase(hub.config, gone, reason="Law", by="op")
    _run(hub)
    assert ids() == named(1, 3, 5)
    assert b"Subject: Water 5" in _served(home, f"water/{named(5)[0]}/raw")


def _served(home: Path, path: str) -> bytes:
    """What public-inbox's own web server says."""
    port = free_port()
    words = ["public-inbox-httpd", "-W0", "-l", f"127.0.0.1:{port}"]
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "PI_DIR": str(home / "pi")}
    with subprocess.Popen(words, env=environment, stderr=subprocess.PIPE) as server:
        try:

            def asked() -> bytes | None:
                with contextlib.suppress(OSError):
                    url = f"http://127.0.0.1:{port}/{path}"
                    with urllib.request.urlopen(url, timeout=30) as answer:
                        return bytes(answer.read())
                return None

            return bytes(mailservers.until(asked, "answer of public-inbox-httpd"))
        finally:
            server.terminate()
