"""What a feature does on the way holds no mail when it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.courier import hooks
from solicomm_build.courier.run import deliver
from solicomm_build.foundation.errors import NotKeptError
from solicomm_build.foundation.hub import hindrance
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.post.store.fsck import plainfiles
from solicomm_build.testing.listhub import ListHub, message


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ListHub]:
    made = ListHub(tmp_path)
    made.members(["ana@union.example", "bo@union.example"])
    yield made
    made.close()


class Frail:
    """Work on the way that fails."""

    def __init__(self) -> None:
        self.error: Exception | None = ValueError("no number")

    def run(self) -> int:
        if self.error is not None:
            raise self.error
        return 0

    def close(self) -> None:
        """Nothing is held."""


def _sent(hub: ListHub) -> tuple[int, list[str]]:
    """So many copies, and what the log says of failing."""
    said: list[str] = []
    asyncio.run(deliver(hub.config, once=True, log=MailLog(said.append)))
    sent = hub.config.sink.read_bytes() if hub.config.sink.exists() else b""
    return sent.count(b"\nX-SoliComm-Post: "), [line.strip() for line in said if "-failed" in line]


@pytest.mark.parametrize("point", ["before", "after"])
def test_copies_go_out_and_the_operator_is_told(
    hub: ListHub, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    frail, others = Frail(), getattr(hooks, point)
    monkeypatch.setattr(hooks, point, lambda *about: [("frail", frail), *others(*about)])
    hub.post(message(1))
    copies, (failed,) = _sent(hub)
    assert copies == 2
    assert failed.endswith("chore-failed chore=frail-courier reason=ValueError")
    (trouble,) = hindrance.troubles(hub.config.state)
    assert trouble.startswith("frail-courier has failed since")
    frail.error = None
    hub.post(message(2))
    assert _sent(hub) == (4, [])
    assert hindrance.troubles(hub.config.state) == []


def test_other_machines_that_do_not_answer_end_the_courier(
    hub: ListHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    frail = Frail()
    frail.error = NotKeptError("no other machine keeps it")
    monkeypatch.setattr(hooks, "before", lambda *_: [("frail", frail)])
    with pytest.raises(NotKeptError):
        _sent(hub)


def test_a_damaged_note_of_a_withdrawn_digest_holds_nothing(hub: ListHub) -> None:
    note = hub.config.spool_out / "again" / "1-2.json"
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text('{"key": ')
    hub.post(message(1))
    copies, failed = _sent(hub)
    assert copies == 2
    assert ["digest-failed" in line and "again/1-2.json" in line for line in failed] == [True]
    assert [one.where for one in plainfiles.faults(hub.config) if "again" in one.where] == [
        "spool/out/again/1-2.json"
    ]
    assert hindrance.troubles(hub.config.state) == []
