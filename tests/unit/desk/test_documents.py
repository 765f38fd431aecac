"""Documents are read beside the desk: whoever hands many in waits, and nobody else."""

from __future__ import annotations

import base64
import threading
from functools import partial
from pathlib import Path

import pytest

from solicomm_build.desk import documents
from solicomm_build.desk.documents import Documents, NotYet
from solicomm_build.desk.run import Desk
from solicomm_build.extraction.facts import Facts
from solicomm_build.features.founding.founding import new_library
from solicomm_build.features.library.cards.shelving import Incoming, Looked
from solicomm_build.features.library.deposits import depositing
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.message.parse import parse
from solicomm_build.testing.deskhub import DeskHub


class Slow:
    """A reader that goes on when it is told to."""

    def __init__(self) -> None:
        self.may, self.read = threading.Event(), list[str]()

    def __call__(self, file: Incoming) -> Looked:
        assert self.may.wait(60)
        self.read.append(file.name)
        return Looked(Facts("text/plain", text="Words of it"), None)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    reader = Slow()
    monkeypatch.setattr(depositing, "look", reader)
    return reader


class Ended:
    """The bell: rung after each mail."""

    def __init__(self) -> None:
        self.times = threading.Semaphore(0)

    def __call__(self) -> None:
        self.times.release()

    def wait(self) -> None:
        assert self.times.acquire(timeout=60)


def test_others_are_answered_while_documents_are_read(tmp_path: Path, slow: Slow) -> None:
    hub, rung = DeskHub(tmp_path / "hub"), Ended()
    new_library(hub.config, "papers", title="Papers", lang="en")
    hub.member(1, "ana@union.example", "water")
    coded = base64.encodebytes(b"Words of it").decode()
    hub.send(
        "papers+deposit",
        "--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=a.txt\n"
        f"Content-Transfer-Encoding: base64\n\n{coded}\n--b--",
        fields=['Content-Type: multipart/mixed; boundary="b"'],
        subject="Heat",
    )
    hub.send("water-request", "help", sender="bo@union.example")
    spool = Spool(hub.config.spool_desk)
    reading = Documents(rung, apart=True)
    desk = Desk(hub.config, spool, maillog.to_nobody(), documents=reading)
    try:
        with clock.fixed(hub.now):
            desk.begin()
            desk.take()
            told = [parse(item.raw).to[0].addr_spec for item in hub.sent()]
            assert told == ["bo@union.example"]
            assert len(spool.pending()) == 1  # the documents' mail is safe, and waits
            desk.take()
            assert hub.sent() == []
            slow.may.set()
            rung.wait()
            desk.take()
        assert "ana@union.example" in [parse(item.raw).to[0].addr_spec for item in hub.sent()]
        assert spool.pending() == []
        assert slow.read == ["a.txt"]  # once
    finally:
        desk.close()


def test_who_has_taken_least_comes_first(slow: Slow, monkeypatch: pytest.MonkeyPatch) -> None:
    rung, clock_now = Ended(), [0.0]

    def now() -> float:
        clock_now[0] += 1
        return clock_now[0]

    monkeypatch.setattr(documents.time, "monotonic", now)
    reading = Documents(rung, apart=True)
    for number, sender in enumerate(["many", "many", "many", "few"]):
        with pytest.raises(NotYet):
            reading.facts(
                str(number),
                sender,
                {"x": partial(slow, Incoming(f"{sender}{number}", b"%d" % number))},
            )
    slow.may.set()
    for _ in range(4):
        rung.wait()
    assert slow.read[:2] == ["many0", "few3"]
    assert reading.is_read("2")
    reading.close()


def test_what_is_left_when_a_mail_has_used_up_its_time_is_for_another_mail(
    slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "SECONDS", -1.0)
    assert Documents().facts("1", "ana", {"x": partial(slow, Incoming("a.txt", b"Words"))}) == {}
    assert slow.read == []
