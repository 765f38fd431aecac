"""A first take over a line that breaks: it goes on where it broke off, and ends the same."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from solicomm_build.features.network.carrying import stepping, stones
from solicomm_build.features.network.carrying.stepping import Stones, Way
from solicomm_build.features.network.carrying.syncing import Syncing
from solicomm_build.features.network.judging import offers, quarantine
from solicomm_build.features.network.sealed import answering, asking, offering, padding
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.foundation import maillog
from solicomm_build.foundation.errors import ContentError, StoreError
from solicomm_build.foundation.types import Oid
from solicomm_build.git.repo import Repo
from solicomm_build.git.writer import Change
from solicomm_build.post import conference as conferences
from solicomm_build.testing import hubs, smallhub, webserver
from solicomm_build.testing.networks import NET, Network

_PATIENCE = 60.0
POSTS = 300


@dataclass
class Line:
    """A line to a hub: where it begins, after how many octets a connection breaks, and how many
    have come in all."""

    url: str = ""
    most: int = 1 << 40
    came: int = 0


@contextlib.contextmanager
def line(host: str, port: int) -> Iterator[Line]:
    """A proxy on loopback that closes connections in the middle."""
    made, lock = Line(), threading.Lock()
    open_: list[socket.socket] = []

    def carry(source: socket.socket, target: socket.socket, is_back: bool) -> None:
        here = 0
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                if is_back:
                    data = data[: max(0, made.most - here)]
                    here += len(data)
                    with lock:
                        made.came += len(data)
                target.sendall(data)
                if is_back and here >= made.most:
                    break
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    with socket.create_server(("127.0.0.1", 0)) as server:
        made.url = f"http://127.0.0.1:{server.getsockname()[1]}"
        threads: list[threading.Thread] = []

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    client, _ = server.accept()
                    there = socket.create_connection((host, port))
                    open_.extend((client, there))
                    for one in ((client, there, False), (there, client, True)):
                        threads.append(threading.Thread(target=carry, args=one))
                        threads[-1].start()

        main = threading.Thread(target=serve)
        main.start()
        try:
            yield made
        finally:
            server.shutdown(socket.SHUT_RDWR)
            main.join(_PATIENCE)
            for one in open_:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join(_PATIENCE)
            for one in open_:
                one.close()


@pytest.fixture(scope="module")
def lined(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Network, Line]]:
    net = Network(tmp_path_factory.mktemp("net"), "abcd")
    net.write("a", *(hubs.post(f"p{n}", body=f"{n} words {n**9}\n" * 30) for n in range(POSTS)))
    net.sign("a")
    with webserver.running(net.hubs["a"]) as (host, port), line(host, port) as made:
        for name in "bcd":
            with peering.changing(net.hubs[name]) as known:
                known.peers[net.id("a")] = replace(known.peers[net.id("a")], url=made.url)
        yield net, made


def _look(net: Network, name: str, **more: object) -> list[str]:
    known, hub = net.known(name), net.hubs[name]
    work = Syncing(hub, net.identity(name), known, maillog.to_nobody(), **more)  # type: ignore[arg-type]
    return work.look(known.peers[net.id("a")]).lines


def _brought(net: Network, made: Line, name: str, most: int, looks: int) -> tuple[int, list[str]]:
    """Octets until a hub has all, over a line that carries so many at a time."""
    made.most, before, said = most, made.came, list[str]()
    for _ in range(looks):
        said += _look(net, name)
        if net.hubs[name].conference_repo("net").exists():
            break
    made.most = 1 << 40
    return made.came - before, said


def test_what_broke_off_goes_on_and_ends_in_the_same_tree(lined: tuple[Network, Line]) -> None:
    net, made = lined
    whole, said = _brought(net, made, "c", 1 << 40, 1)
    assert net.tree("c") == net.tree("a"), said
    broken, said = _brought(net, made, "b", whole // 2, 30)
    assert net.tree("b") == net.tree("a"), said
    assert broken < 2 * whole, f"{broken} octets for {whole}"
    assert any("What came stays" in one for one in said) or broken > whole
    place = Repo(net.hubs["b"].mirrors / "peers" / "net.git")
    assert stepping.begun(place) == {}
    assert net.repo("b").succeeds("fsck", "--full", "--strict")


def test_who_waits_sees_how_far_it_is(lined: tuple[Network, Line]) -> None:
    net, _ = lined
    seen: list[tuple[int, int]] = []
    _look(net, "d", progress=lambda done, of, _what: seen.append((done, of)))
    assert net.tree("d") == net.tree("a")
    assert seen[0][0] == 0
    assert seen == sorted(seen)
    assert {of for _, of in seen} == {POSTS // stepping.APART}


def test_stones_are_named_of_what_everybody_may_have_alone(lined: tuple[Network, Line]) -> None:
    net, _ = lined
    a, home = net.hubs["a"], net.id("a")
    found = stepping.read(stones.of(a, "conferences/net", home, "") or b"")
    assert len(found.oids) == found.left == POSTS // stepping.APART
    log = net.repo("a").git("rev-list", "--reverse", "main").decode().split()
    assert found.oids[0] == log[stepping.APART - 1]
    assert log[-1] not in found.oids
    rest = stepping.read(stones.of(a, "conferences/net", home, found.oids[3]) or b"")
    assert rest.oids == found.oids[4:]
    assert stones.of(a, "conferences/net", home, "0" * 40) == stones.of(
        a, "conferences/net", home, "--all"
    )
    assert stones.of(a, "conferences/net", "../x", "") is None
    assert stones.of(a, "conferences/other", home, "") is None


@pytest.mark.parametrize(
    "blob", [b"", b"[]", b'{"stones": 1, "left": 1}', b'{"stones": [1], "left": 1}', b"[" * 9999]
)
def test_an_answer_that_names_none_is_no_answer(blob: bytes) -> None:
    with pytest.raises(ContentError):
        stepping.read(blob)


def test_steps_that_are_not_of_the_log_are_thrown_away(
    lined: tuple[Network, Line], tmp_path: Path
) -> None:
    """A hub names a commit that it did not sign: nothing of it is kept, and all is fetched anew."""
    net, made = lined
    x = smallhub.make(tmp_path)
    tree = net.repo("a").git("rev-parse", "main^{tree}").decode().strip()
    who = "x <x@x.invalid> 1 +0000"
    made_of = f"tree {tree}\nauthor {who}\ncommitter {who}\n\nx\n".encode()
    words = ("hash-object", "-t", "commit", "-w", "--stdin")
    evil = net.repo("a").git(*words, input=made_of).decode().strip()
    net.repo("a").git("update-ref", "refs/heads/evil", evil)
    source = f"{made.url}/conferences/net.git"
    way = Way(source, lambda _hub, since: Stones() if since else Stones((Oid(evil),), 1))
    with quarantine.quarantine(x, "net") as place:
        with pytest.raises(StoreError, match="not of its log"):
            quarantine.fetch_far(place, way, [net.id("a")])
        assert not (place.path / "HEAD").exists()
    with quarantine.quarantine(x, "net") as place:
        quarantine.fetch_far(place, Way(source, lambda *_: Stones()), [net.id("a")])
        assert quarantine.brought(place).keys() == {net.id("a")}
        assert not quarantine.holds_more(place)
        assert not place.succeeds("cat-file", "-e", evil)


def test_what_is_not_whole_yet_is_kept_out_of_our_own_repository(
    lined: tuple[Network, Line], tmp_path: Path
) -> None:
    """Steps of a hub's log lie there while another hub's is taken: they are not packed with it."""
    net, made = lined
    x = smallhub.make(tmp_path)
    log = net.repo("a").git("rev-list", "--reverse", "main").decode().split()
    with quarantine.quarantine(x, "net") as place:
        way = Way(f"{made.url}/conferences/net.git", lambda *_: Stones())
        quarantine.fetch_far(place, way, [net.id("a")])
        place.set_ref(stepping.PREFIX + "else-aaaaaaaa", Oid(log[20]), None)
        assert quarantine.holds_more(place)
        assert offers.refs(place, quarantine.PREFIX).keys() == {net.id("a")}


def test_a_conference_for_members_comes_in_steps_and_tells_nobody_else(tmp_path: Path) -> None:
    net = Network(tmp_path, "abc")
    closed = replace(NET, visibility="members", robots="noindex")
    net.push("a", Change(conferences.FILE, conferences.encode(closed)))
    net.write("a", *(hubs.post(f"p{n}") for n in range(40)))
    offering.offer(net.hubs["a"], "conferences/net", net.id("b"))
    net.sign("a")

    def told(name: str) -> bytes:
        want = f"steps/net/{net.id('a')}/"
        said = answering.answer(net.hubs["a"], asking.write(net.identity(name), net.id("a"), want))
        return padding.opened(said or b"", net.identity(name))

    assert len(stepping.read(told("b")).oids) == 2
    assert told("c") == b"{}", "as for what is not there"
    assert stones.of(net.hubs["a"], "conferences/net", net.id("a"), "") is None
    seen = list[int]()
    with webserver.running(net.hubs["a"]) as (host, port):
        with peering.changing(net.hubs["b"]) as known:
            url = f"http://{host}:{port}"
            known.peers[net.id("a")] = replace(known.peers[net.id("a")], url=url)
        _look(net, "b", progress=lambda _done, of, _what: seen.append(of))
    assert net.tree("a") == net.tree("b")
    assert seen[0] == 2
