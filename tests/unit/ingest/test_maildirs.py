"""Kept mail as Maildirs: each message once, whatever a reader has done with it."""

from __future__ import annotations

import mailbox
import os
import socketserver
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.features.mailboxes import checks, maildirs
from solicomm_build.features.mailboxes.maildirs import Maildirs, maildir_of, mirror
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.git.cursor import Cursor
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest import run as stage
from solicomm_build.people import rosterevents
from solicomm_build.post.store import maildir
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import BEGUN, is_followed, item, mail


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub")
    made = replace(made, mail_domains={"metal.example": "metal"})
    events = [
        rosterevents.mailbox("ana", at=BEGUN, by="o", keep=True),
        rosterevents.mailbox("ana", at=BEGUN, by="o", keep=True, domain="metal.example"),
    ]
    smallhub.add_events(made, events)
    return made


def _take(hub: Config, *items: Item) -> None:
    Spool(hub.spool_in).put(items)
    stage.ingest(hub, once=True, log=maillog.to_nobody())


def _repo(hub: Config) -> Repo:
    return open_repo(hub.mailboxes / "metal.example" / "ana.git")


def _folder(hub: Config) -> Path:
    return hub.maildirs / "metal.example" / "ana"


def _raws(folder: Path) -> list[bytes]:
    return sorted(path.read_bytes() for path in [*folder.glob("new/*"), *folder.glob("cur/*")])


def test_kept_mail_is_in_the_maildir_of_its_domain(hub: Config) -> None:
    raw = mail()
    _take(hub, item(raw, "ana@metal.example"), item(mail("2"), "ana@hub.example", mail_from=None))
    assert _raws(_folder(hub)) == [b"Return-Path: <ana@union.example>\r\n" + raw]
    assert _raws(hub.maildirs / "hub.example" / "ana") == [b"Return-Path: <>\r\n" + mail("2")]
    (file,) = (_folder(hub) / "new").iterdir()
    assert file.name.endswith(f".solicomm,S={file.stat().st_size}")
    assert file.stat().st_mtime == item(raw).envelope.received_at.timestamp()
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(list(mailbox.Maildir(_folder(hub)))) == 1
    assert maildir_of(hub, _repo(hub).path) == _folder(hub)
    assert list((_folder(hub) / "tmp").iterdir()) == []


def test_a_mailbox_is_listed_once_for_all_that_came(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    _take(hub, *(item(mail(f"{number}"), "ana@metal.example") for number in range(5)))
    (first, *_) = (_folder(hub) / "new").iterdir()
    first.rename(_folder(hub) / "cur" / f"{first.name}:2,S")
    listed, real = list[str](), os.listdir

    def listdir(folder: Any = ".") -> list[str]:
        listed.append(str(folder))
        return real(folder)

    cursor = Cursor(_repo(hub), maildirs.CONSUMER)
    cursor.forget()
    monkeypatch.setattr(os, "listdir", listdir)
    mirror(hub, _repo(hub))
    assert [one for one in listed if one.startswith(str(_folder(hub)))] == [
        str(_folder(hub) / part) for part in ("new", "cur")
    ]
    monkeypatch.undo()
    assert len(_raws(_folder(hub))) == 5
    wanted = {first.name.split(".")[1]}
    assert [name for name, _ in maildir.files(_folder(hub), wanted)] == [*wanted]
    assert maildir.ids(_folder(hub)) == {name for name, _ in maildir.files(_folder(hub))}


def test_a_message_that_was_read_does_not_come_again(hub: Config) -> None:
    _take(hub, item(mail(), "ana@metal.example"))
    (file,) = (_folder(hub) / "new").iterdir()
    file.rename(_folder(hub) / "cur" / f"{file.name}:2,S")
    cursor = Cursor(_repo(hub), maildirs.CONSUMER)
    cursor.repo.set_ref("refs/solicomm/cursors/maildir", None, cursor.read())  # killed before it
    _take(hub, item(mail("2"), "ana@metal.example"))
    assert len(_raws(_folder(hub))) == 2
    assert cursor.read() == _repo(hub).ref()


def test_a_message_taken_out_of_the_repository_is_taken_out_here(hub: Config) -> None:
    _take(hub, item(mail(), "ana@metal.example"))
    (path,) = smallhub.files(_repo(hub).path)
    write_once(_repo(hub), [Change(path, None)], message="Erase\n", when=BEGUN)
    mirror(hub, _repo(hub))
    assert _raws(_folder(hub)) == []


def test_an_erasure_waits_while_a_mailbox_is_followed(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the cursor would come to a history that was left, and keep what was erased."""
    held: list[bool] = []
    own = maildirs.put

    def put(*facts: Any) -> None:
        held.append(is_followed(_repo(hub)))
        own(*facts)

    monkeypatch.setattr(maildirs, "put", put)
    _take(hub, item(mail(), "ana@metal.example"))
    assert held == [True]
    assert not is_followed(_repo(hub))


def test_what_fails_is_tried_later_and_at_the_next_start(hub: Config) -> None:
    (hub.private / "maildirs").write_bytes(b"in the way")
    log = maillog.to_nobody()
    Spool(hub.spool_in).put([item(mail(), "ana@metal.example")])
    stage.ingest(hub, once=True, log=log)
    assert log.counters()["maildir-later"] == 1
    (hub.private / "maildirs").unlink()
    Maildirs(hub, log).work()
    assert len(_raws(_folder(hub))) == 1


class _Lmtp(socketserver.StreamRequestHandler):
    """An LMTP server that says `reply` after DATA."""

    def handle(self) -> None:
        server = self.server
        assert isinstance(server, _Server)
        self.wfile.write(b"220 dovecot\r\n")
        for line in iter(self.rfile.readline, b""):
            server.said.append(line)
            verb = line[:4].upper()
            if verb == b"LHLO":
                server.may_answer.wait()
                self.wfile.write(b"250-dovecot\r\n250 8BITMIME\r\n")
            elif verb == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                text = b""
                while not text.endswith(b"\r\n.\r\n"):
                    text += self.rfile.readline()
                server.taken.append(text)
                self.wfile.write(server.reply + b"\r\n")
            elif verb == b"QUIT":
                self.wfile.write(b"221 bye\r\n")
                return
            else:
                self.wfile.write(b"250 ok\r\n")


class _Server(socketserver.ThreadingUnixStreamServer):
    reply = b"250 2.0.0 saved"

    def __init__(self, path: Path) -> None:
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.said: list[bytes] = []
        self.taken: list[bytes] = []
        super().__init__(str(path), _Lmtp)


@pytest.fixture
def dovecot(tmp_path: Path) -> Iterator[_Server]:
    with _Server(tmp_path / "lmtp") as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_dovecot_gets_the_envelope_and_the_octets(hub: Config, dovecot: _Server) -> None:
    hub = replace(hub, dovecot=f"unix:{dovecot.server_address!s}")
    raw = mail("salé").replace("é".encode(), b"\xe9")
    _take(hub, item(raw, "ana+post@metal.example"))
    _take(hub, item(mail("2"), "ana@metal.example", mail_from=None))
    assert dovecot.taken == [raw + b".\r\n", mail("2") + b".\r\n"]
    assert b"mail FROM:<ana@union.example> BODY=8BITMIME\r\n" in dovecot.said
    assert b"rcpt TO:<ana+post@metal.example>\r\n" in dovecot.said
    assert b"mail FROM:<>\r\n" in dovecot.said
    assert _raws(_folder(hub)) == []


def test_what_dovecot_never_takes_is_written_and_what_it_takes_later_waits(
    hub: Config, dovecot: _Server
) -> None:
    hub = replace(hub, dovecot=f"unix:{dovecot.server_address!s}")
    dovecot.reply = b"451 4.3.0 busy"
    _take(hub, item(mail(), "ana@metal.example"))
    assert _raws(_folder(hub)) == []
    assert Cursor(_repo(hub), maildirs.CONSUMER).read() is None
    dovecot.reply = b"550 5.1.1 nobody"
    mirror(hub, _repo(hub))
    assert len(_raws(_folder(hub))) == 1


def test_a_sender_whom_dovecot_cannot_be_told_holds_nothing_up(
    hub: Config, dovecot: _Server
) -> None:
    hub = replace(hub, dovecot=f"unix:{dovecot.server_address!s}")
    _take(hub, item(mail(), "ana@metal.example", mail_from="josé@union.example"))
    _take(hub, item(mail("2"), "ana@metal.example"))
    assert dovecot.taken == [mail("2") + b".\r\n"]
    assert _raws(_folder(hub)) == ["Return-Path: <josé@union.example>\r\n".encode() + mail()]


def test_a_server_that_hangs_holds_up_nobody_else(
    hub: Config, dovecot: _Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maildirs, "_PATIENCE", 0.05)
    hub, log = replace(hub, dovecot=f"unix:{dovecot.server_address!s}"), maillog.to_nobody()
    dovecot.may_answer.clear()
    Spool(hub.spool_in).put([item(mail(), "ana@metal.example")])
    rounds = iter(range(3))
    stage.ingest(hub, stop=lambda: next(rounds, None) is None, log=log)
    assert log.counters()["delivered"] == 1
    assert "maildir-later" not in log.counters(), "nobody waited for the end of it"
    dovecot.may_answer.set()
    Maildirs(hub, log).work()
    assert mail() + b".\r\n" in dovecot.taken


def test_mail_that_nobody_can_read_is_told(hub: Config, dovecot: _Server) -> None:
    hub = replace(hub, dovecot=f"unix:{dovecot.server_address!s}")
    dovecot.reply = b"451 4.3.0 busy"
    came = item(mail(), "ana@metal.example")
    _take(hub, came, item(mail("2"), "ana@hub.example"))
    with clock.fixed(came.envelope.received_at + timedelta(minutes=50)):
        assert not [*checks.waiting(hub)], "not at once"
    with clock.fixed(came.envelope.received_at + timedelta(hours=2)):
        (found,) = checks.waiting(hub)
        assert (found.level, "new mail of 2 cannot be read" in found.what) == ("fault", True)
        dovecot.reply = b"250 2.0.0 saved"
        for path in (hub.mailboxes / "ana.git", hub.mailboxes / "metal.example" / "ana.git"):
            mirror(hub, open_repo(path))
        assert not [*checks.waiting(hub)]


def test_dovecot_knows_a_domain_as_a_labels(hub: Config, dovecot: _Server) -> None:
    """Mail to the same in its own script was written past it, and past the person's filters."""
    hub = replace(hub, dovecot=f"unix:{dovecot.server_address!s}")
    hub = replace(hub, mail_domains={"xn--bcher-kva.example": "books"})
    domain = "xn--bcher-kva.example"
    eva = rosterevents.mailbox("eva", at=BEGUN, by="o", keep=True, domain=domain)
    smallhub.add_events(hub, [eva])
    _take(hub, item(mail(), "Eva@bücher.example"))
    assert b"rcpt TO:<Eva@xn--bcher-kva.example>\r\n" in dovecot.said
    assert len(dovecot.taken) == 1
