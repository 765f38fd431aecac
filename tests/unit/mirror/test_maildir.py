"""A list as a Maildir for its members: what lies in it, and who may read."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.builder import assets
from solicomm_build.features.mirror import maildir, run
from solicomm_build.features.privacy import erase
from solicomm_build.foundation import clock, maillog
from solicomm_build.git.cursor import Cursor
from solicomm_build.git.repo import open_repo
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import maildir as files
from solicomm_build.post.store.redact import redact
from solicomm_build.testing.listhub import WHEN, ListHub, message

WATER = Conference("water", {"en": "Water"}, kind="list", visibility="members", mirror=("imap",))


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ListHub]:
    made = ListHub(tmp_path)
    made.settings(made.list, replace(WATER, redact_origin=True))
    yield made
    made.close()


def _run(hub: ListHub) -> None:
    run.mirror(hub.config, once=True, log=maillog.to_nobody())


def _folder(hub: ListHub) -> Path:
    return maildir.folder_of(hub.config, "water")


def _ids(hub: ListHub) -> set[str]:
    return {name for name, _ in files.files(_folder(hub))}


def test_members_read_what_they_were_sent(hub: ListHub) -> None:
    extra = "Bcc: spy@union.example\r\nApproved: secret\r\nReceived: from home by x; y\r\n"
    _, mid = hub.post(message(1, extra=extra))
    _run(hub)
    ((name, path),) = files.files(_folder(hub))
    raw = path.read_bytes()
    assert name == mid
    assert b"From: Ana <ana@union.example>\r\n" in raw
    assert b"List-Id: Water <water.hub.example>\r\n" in raw
    assert not any(word in raw for word in (b"spy@", b"secret", b"Received"))
    assert b"\r\nArchived-At: <" in raw  # members read the archive, too
    assert path.stat().st_mtime == WHEN.timestamp()
    for one in (hub.config.mirrors / "imap", _folder(hub), _folder(hub) / "new"):
        assert stat.S_IMODE(one.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_message_that_was_read_is_there_once(hub: ListHub) -> None:
    hub.post(message(1))
    _run(hub)
    ((_, path),) = files.files(_folder(hub))
    path.rename(_folder(hub) / "cur" / f"{path.name}:2,S")
    hub.post(message(2))
    _run(hub)
    Cursor(hub.list, maildir.CONSUMER).forget()  # as after a restored copy: all is looked at again
    _run(hub)
    assert len(list(files.files(_folder(hub)))) == 2


def test_hidden_and_erased_posts_are_unlinked(hub: ListHub) -> None:
    _, first = hub.post(message(1))
    _, second = hub.post(message(2))
    _, third = hub.post(message(3))
    _run(hub)
    redact(hub.config, "water", first, reason="Spam", by="op")
    _run(hub)
    assert _ids(hub) == {second, third}
    erase.erase(hub.config, second, reason="Law", by="op")
    assert _ids(hub) == {third}
    with clock.fixed(clock.now() + timedelta(hours=1)):  # events of one second have no order
        redact(hub.config, "water", first, reason="Not spam", by="op", undo=True)
    _run(hub)
    assert _ids(hub) == {first, third}


def test_members_with_a_mailbox_here_may_read(hub: ListHub) -> None:
    hub.members(["Ana@hub.example", "bo@union.example", "cy@hub.example"])
    store = RosterStore(open_repo(hub.config.roster_repo))
    boxes = [
        rosterevents.mailbox("ana", at=WHEN, by="o", keep=True),
        rosterevents.mailbox(
            "cy", at=WHEN, by="o", forward="cy@home.example"
        ),  # nobody logs in as her
        rosterevents.mailbox("dan", at=WHEN, by="o", keep=True),  # no member
    ]
    store.append(boxes, at=WHEN, subject="Boxes")
    _run(hub)
    acl = _folder(hub) / "dovecot-acl"
    assert acl.read_text() == "user=ana@hub.example lrs\n"
    work = run.Mirrors(hub.config, maillog.to_nobody())
    try:
        work.run()
        number = store.roster().member("ana@hub.example")
        assert number is not None
        end = rosterevents.unsubscribe("water", number.number, at=WHEN, by="o")
        store.append([end], at=WHEN, subject="Leave")
        work.run()
    finally:
        work.close()
        store.close()
    assert acl.read_text() == ""


def _damaged_settings(hub: ListHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.settings(hub.list, b"schema: nothing\n")


def _full_disk(hub: ListHub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.post(message(1))

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(files, "put", full)


@pytest.mark.parametrize("hinder", [_damaged_settings, _full_disk])
def test_who_left_reads_no_more_where_the_copy_cannot_go_on(
    hub: ListHub,
    monkeypatch: pytest.MonkeyPatch,
    hinder: Callable[[ListHub, pytest.MonkeyPatch], None],
) -> None:
    hub.members(["ana@hub.example", "bo@hub.example"])
    store = RosterStore(open_repo(hub.config.roster_repo))
    boxes = [rosterevents.mailbox(one, at=WHEN, by="o", keep=True) for one in ("ana", "bo")]
    store.append(boxes, at=WHEN, subject="Boxes")
    _run(hub)
    acl = _folder(hub) / "dovecot-acl"
    assert acl.read_text() == "user=ana@hub.example lrs\nuser=bo@hub.example lrs\n"
    hinder(hub, monkeypatch)
    _run(hub)
    assert acl.read_text() == "user=ana@hub.example lrs\nuser=bo@hub.example lrs\n"
    number = store.roster().member("bo@hub.example")
    assert number is not None
    end = rosterevents.unsubscribe("water", number.number, at=WHEN, by="o")
    store.append([end], at=WHEN, subject="Leave")
    store.close()
    _run(hub)
    assert acl.read_text() == "user=ana@hub.example lrs\n"


def test_a_fault_in_one_conference_stops_no_other(hub: ListHub) -> None:
    bad = hub.add_conference("bad")
    hub.settings(bad, b"schema: nothing\n")
    hub.post(message(1))
    log = maillog.to_nobody()
    work = run.Mirrors(hub.config, log)
    work.run()
    work.run()
    work.close()
    assert log.counters() == {"mirror-failed": 1}  # said once, tried at every look
    assert len(_ids(hub)) == 1


def test_where_only_pseudonyms_are_shown_it_has_what_the_pages_show(hub: ListHub) -> None:
    hub.settings(hub.list, replace(WATER, pseudonyms="required"))
    hub.post(message(1).replace(b"From: Ana", b"From: Otter"))
    _run(hub)
    ((_, path),) = files.files(_folder(hub))
    raw = path.read_bytes()
    assert b"Otter" in raw
    assert b"From here on." in raw
    assert b"ana@union.example" not in raw


def test_one_that_rests_reads_no_conference_that_has_not_moved(
    hub: ListHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[bytes] = []
    real = run.settings_file.decode
    monkeypatch.setattr(assets, "_held", ["of our code"])
    monkeypatch.setattr(
        run.settings_file, "decode", lambda data: (read.append(data), real(data))[1]
    )

    def begun() -> int:
        read.clear()
        log = maillog.to_nobody()
        run.mirror(hub.config, stop=lambda: False, log=log, is_resting=True)
        return len(read)

    hub.settings(hub.list, replace(WATER, mirror=()))
    assert begun() > 0
    assert begun() == 0
    hub.settings(hub.list, replace(WATER, mirror=(), redact_origin=True))
    assert begun() > 0
    assert begun() == 0
    monkeypatch.setattr(assets, "_held", ["of other code"])
    assert begun() > 0
    monkeypatch.setattr(assets, "_held", [])
    assert begun() > 0, "code that nobody knows may be other code"


def test_it_rests_only_where_nobody_wants_a_mirror(hub: ListHub) -> None:
    asked = 0

    def stop() -> bool:
        nonlocal asked
        asked += 1
        return asked > 1

    log = maillog.to_nobody()
    run.mirror(hub.config, stop=stop, log=log, is_resting=True)
    assert asked == 2  # it went on until it was stopped
    hub.settings(hub.list, replace(WATER, mirror=()))
    run.mirror(hub.config, stop=lambda: False, log=log, is_resting=True)
    hub.settings(hub.list, b"schema: nothing\n")
    asked = 0
    run.mirror(hub.config, stop=stop, log=log, is_resting=True)
    assert asked == 2  # what cannot be read is tried again
