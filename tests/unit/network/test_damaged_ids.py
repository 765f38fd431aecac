"""A table of Message-IDs that is damaged, or finds no room, is said; what can go on does."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.courier import hooks
from solicomm_build.features.network import run
from solicomm_build.features.network.carrying import messageids
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.foundation import maillog, safeio
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.types import PostId
from solicomm_build.testing import hubs, webserver
from solicomm_build.testing.networks import Network

_MID = PostId(hubs.mid("one"))


@pytest.fixture
def net(tmp_path: Path) -> Network:
    made = Network(tmp_path)
    made.write("a", hubs.post("one"))
    made.carry("a", "b")
    made.write("b", hubs.post("two", "one"))
    made.sign("b")
    return made


def _damaged(net: Network, name: str) -> Path:
    path = peering.folder(net.hubs[name]) / "message-ids.sqlite"
    path.write_bytes(b"no database" * 500)
    return path


def test_it_is_said_with_what_to_do(net: Network) -> None:
    _damaged(net, "a")
    with pytest.raises(StoreError, match="If it is damaged") as caught:
        messageids.of(net.hubs["a"], [_MID])
    assert caught.value.public.startswith("private/network/message-ids.sqlite: ")
    assert str(net.hubs["a"].root) not in caught.value.public, "other hubs may read it"
    with pytest.raises(StoreError):
        messageids.keep(net.hubs["a"], {_MID: "one@union.example"})


def test_the_stage_goes_on_and_says_it(net: Network) -> None:
    """It ended with a trace, and was begun anew for ever."""
    _damaged(net, "a")
    said: list[str] = []
    with webserver.running(net.hubs["b"]) as (host, port):
        with peering.changing(net.hubs["a"]) as known:
            url = f"http://{host}:{port}"
            known.peers[net.id("b")] = replace(known.peers[net.id("b")], url=url)
        run.network(net.hubs["a"], once=True, log=maillog.MailLog(said.append))
    assert any("message-ids.sqlite" in line for line in said)


def test_copies_go_out_though_it_is_damaged(net: Network) -> None:
    _damaged(net, "a")
    assert hooks.message_id(net.hubs["a"], _MID) == ""


def test_copies_wait_while_it_cannot_be_read(net: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    messageids.keep(net.hubs["a"], {_MID: "one@union.example"})

    def full(*_: object, **__: object) -> sqlite3.Connection:
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    with monkeypatch.context() as held:
        held.setattr(sqlite3, "connect", full)
        with pytest.raises(StoreError) as caught:
            hooks.message_id(net.hubs["a"], _MID)
    assert safeio.is_no_room(caught.value)
    assert hooks.message_id(net.hubs["a"], _MID) == "one@union.example"
