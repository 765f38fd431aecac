"""A hub whose line trickles, or that says nothing, keeps no other waiting."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.features.network import run as stage
from solicomm_build.features.network.carrying import lanes, turns, wire
from solicomm_build.features.network.carrying.lanes import Lanes
from solicomm_build.features.network.judging import quarantine
from solicomm_build.features.network.sharing.nights import Nights
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.foundation import maillog
from solicomm_build.foundation.fetching import FetchError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import hubs, webserver
from solicomm_build.testing.networks import Network

_PATIENCE = 60.0


@contextlib.contextmanager
def trickling(card: bytes) -> Iterator[str]:
    """A server that hands out a card; of everything else an octet now and then, without an end."""
    over = threading.Event()

    def answer(client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            asked = client.recv(4096)
            client.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
            if cards.PATH.encode() in asked:
                client.sendall(card)
                return
            while not over.wait(0.05):
                client.sendall(b" ")

    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = server.accept()
                    threading.Thread(target=answer, args=(client,)).start()

        thread = threading.Thread(target=serve)
        thread.start()
        host, port = server.getsockname()
        try:
            yield f"http://{host}:{port}"
        finally:
            over.set()
            server.shutdown(socket.SHUT_RDWR)
            thread.join(_PATIENCE)


def _at(net: Network, taker: str, giver: str, url: str) -> None:
    with peering.changing(net.hubs[taker]) as known:
        known.peers[net.id(giver)] = replace(known.peers[net.id(giver)], url=url)


def test_posts_of_others_come_while_one_trickles_and_it_has_its_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = Network(tmp_path)
    net.write("a", hubs.post("one"))
    card = net.cards()["c"]
    net.sign("a")
    b, slow = net.hubs["b"], net.id("c")
    with (
        webserver.running(net.hubs["a"]) as (host, port),
        trickling(card) as far,
    ):
        _at(net, "b", "a", f"http://{host}:{port}")
        _at(net, "b", "c", far)
        with _staged(b) as (work, under_way):
            _until(work, lambda: _has_all(net))
            assert under_way.has(slow), "what another hub has is here while one trickles"
            assert not work._turns[slow].is_slow
        monkeypatch.setattr(stage, "SECONDS", 0.5)
        with _staged(b) as (work, under_way):
            _until(work, lambda: work._turns[slow].is_slow and under_way.has(slow))


@contextlib.contextmanager
def _staged(hub: Config) -> Iterator[tuple[stage._Network, Lanes]]:
    under_way = Lanes()
    work = stage._Network(hub, lambda: None, maillog.to_nobody(), under_way)
    try:
        yield work, under_way
    finally:
        work.stop()


def _has_all(net: Network) -> bool:
    is_there = net.hubs["b"].conference_repo("net").exists()
    return is_there and net.tree("b") == net.tree("a")


def _until(work: stage._Network, is_so: Callable[[], bool]) -> None:
    """Rounds of the stage, until something is so."""
    end = time.monotonic() + _PATIENCE
    while True:
        work.run()
        if is_so():
            return
        assert time.monotonic() < end
        time.sleep(0.05)


def test_one_of_many_slow_hubs_at_once_and_each_in_its_turn() -> None:
    under_way = Lanes()
    assert under_way.has_room(slow=False)
    try:
        for number in range(lanes.QUICK):
            under_way.begin(f"q{number}", _forever)
        assert not under_way.has_room(slow=False)
        assert under_way.has_room(slow=True)
        under_way.begin("s", _forever, slow=True)
        assert not under_way.has_room(slow=True)
        pids = [child.pid for child in under_way._children.values()]
    finally:
        under_way.stop()
    assert len(pids) == lanes.QUICK + lanes.SLOW
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    under_way.begin("good", lambda: {"is_new": True})
    under_way.begin("bad", _broken)
    found: dict[str, object] = {}
    while len(found) < 2:
        found |= dict(under_way.ended())
    assert found == {"good": {"is_new": True}, "bad": None}


def test_a_hub_is_looked_at_again_after_there_was_no_room_for_a_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = Network(tmp_path, "ab")
    _at(net, "b", "a", "http://127.0.0.1:9")
    begun, fork = list[int](), os.fork
    monkeypatch.setattr(os, "fork", _full)
    with _staged(net.hubs["b"]) as (work, under_way):
        work.run()
        (turn,) = work._turns.values()
        assert time.monotonic() < turn.due < time.monotonic() + 2 * turn.pause
        assert not under_way.has(net.id("a"))
        monkeypatch.setattr(os, "fork", lambda: begun.append(pid := fork()) or pid)
        turn.due = 0.0
        work.run()
        assert under_way.has(net.id("a"))
        assert len(begun) >= 1


def _full() -> int:
    raise OSError(errno.EAGAIN, "no room for another process")


def _forever() -> lanes.Said:
    time.sleep(_PATIENCE)
    return {}


def _broken() -> lanes.Said:
    os._exit(3)


def test_whoever_waits_for_a_hub_lets_others_work(tmp_path: Path) -> None:
    net = Network(tmp_path, "ab")
    a, done = net.hubs["a"], threading.Event()

    def other() -> None:
        with turns.working(a):
            done.set()

    thread = threading.Thread(target=other)
    with turns.working(a):
        thread.start()
        assert not done.wait(0.05)
        with turns.away():
            assert done.wait(_PATIENCE)
    thread.join(_PATIENCE)


def test_a_look_ends_when_its_time_is_over_or_the_operator_has_decided_something(
    tmp_path: Path,
) -> None:
    net = Network(tmp_path, "ab")
    a = net.hubs["a"]
    with turns.working(a, 0.0), pytest.raises(FetchError, match="its line is slow"):
        wire.card("http://127.0.0.1:9")
    with turns.working(a), pytest.raises(turns.Changed), turns.away(), peering.changing(a) as known:
        known.peers.clear()
    with turns.working(a), turns.away() as left:
        assert left == float("inf")


_AT_ITS_END = """
import os, signal, sys, time
from solicomm_build.features.network.carrying.lanes import Lanes

class Last:
    def write(self, text): pass
    def flush(self):
        if os.getpid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0)

parent, sys.stderr = os.getpid(), Last()
lanes = Lanes()
try:
    lanes.begin("a", lambda: {"said": "all"})
    while not (done := dict(lanes.ended())):
        time.sleep(0.01)
finally:
    os.write(1, b"an end,")
os.write(1, str(done).encode())
"""


def test_a_look_that_is_stopped_at_its_very_end_does_nothing_of_its_parents() -> None:
    done = subprocess.run([sys.executable, "-c", _AT_ITS_END], capture_output=True, check=False)
    assert done.stdout == b"an end,{'a': {'said': 'all'}}", done.stderr


def test_two_fetches_of_one_conference_have_a_place_each_and_leave_none_of_what_goes(
    tmp_path: Path,
) -> None:
    b = Network(tmp_path, "ab").hubs["b"]
    folder = b.mirrors / "peers"
    with quarantine.quarantine(b, "net") as first:
        with quarantine.quarantine(b, "net") as second:
            assert first.path != second.path
        assert not second.path.exists()
        quarantine.forget(b, "net")
        assert first.path.exists(), "it is fetched into just now"
    assert not first.path.exists()
    with quarantine.quarantine(b, "net"):
        pass
    left = folder / "net~4194305.git"
    left.mkdir()
    quarantine.forget(b, "net")
    assert not left.exists()
    assert not (folder / "net.git").exists()


def test_a_night_that_dies_is_begun_again_an_hour_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a full disk: it was begun, and said so, every two seconds."""
    net, begun = Network(tmp_path, "ab"), tmp_path / "begun"

    def dies(_self: Nights, _known: object) -> None:
        with begun.open("a") as file:
            file.write("x")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Nights, "step", dies)
    monkeypatch.setattr(stage._Network, "_look", lambda *_: None)
    running = Lanes()
    work = stage._Network(net.hubs["b"], lambda: None, maillog.to_nobody(), running)
    try:
        for _ in range(3):
            work.run()
            for child in running._children.values():
                os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    finally:
        work.stop()
    assert begun.read_text("ascii") == "x"
