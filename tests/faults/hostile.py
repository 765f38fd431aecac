"""A hub that knows another one, whose server does what it likes: in namespaces, over real HTTP.

    b ═══ a cable ═══ x    serves what `MANNERS` say; b looks at it for five seconds

After each look b is what it was, nobody was asked that x named, and the reason stands where its
operator looks. The first manner is an honest one, so that the others are seen to do harm.
"""

from __future__ import annotations

import contextlib
import ctypes
import http.server
import json
import os
import resource
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from solicomm_build.features.network import standing
from solicomm_build.features.network.carrying import turns
from solicomm_build.features.network.carrying.syncing import Syncing
from solicomm_build.features.network.judging import offers
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.foundation import maillog
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change
from solicomm_build.post import conference as conferences
from solicomm_build.testing import hubs, namespaces
from solicomm_build.testing.networks import NET, Network
from tests.faults.trial import Row

_B, _X = "10.199.7.1", "10.199.7.2"
_PORT, _TRAP = 8080, 8099
_SECONDS, _GRACE = 5.0, 20.0
_MEMORY = 512 << 10  # KiB
_NEWNET = 0x40000000  # CLONE_NEWNET of setns(2)
_GIT = "/conferences/net.git/"


@dataclass(frozen=True, slots=True)
class Manner:
    """What x does: `act` answers a request, or says that it does not care; before, `prepare` makes
    what is served. `why` is in the reason that is told; nothing is told where it is empty."""

    act: Callable[[Server, str], bool] = lambda _server, _path: False
    prepare: Callable[[Network], None] = lambda _net: None
    why: str = ""


class Server(http.server.BaseHTTPRequestHandler):
    """x. What its manner leaves is served as an honest hub would."""

    files: dict[str, bytes]
    refs: list[str]
    folder: Path
    manner: Manner

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        with contextlib.suppress(OSError):
            if not self.manner.act(self, path):
                self._honestly(path)

    def do_POST(self) -> None:
        path = self.path.partition("?")[0]
        with contextlib.suppress(OSError):
            if not self.manner.act(self, path):
                self._git(path)

    def _honestly(self, path: str) -> None:
        found = self.files.get(path)
        if found is not None:
            self.say(found)
        elif path.startswith(_GIT):
            self._git(path)
        else:
            self.send_error(404)

    def _git(self, path: str) -> None:
        """As git-http-backend(1) answers."""
        if not path.startswith(_GIT):
            self.send_error(404)
            return
        there = {
            "GIT_PROJECT_ROOT": str(self.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": "/" + path.removeprefix(_GIT),
            "QUERY_STRING": self.path.partition("?")[2],
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        words = ["git", "http-backend"]
        done = subprocess.run(
            words, input=body, capture_output=True, check=False, env=os.environ | there
        )
        head, _, octets = done.stdout.partition(b"\r\n\r\n")
        kind = head.partition(b"Content-Type: ")[2].partition(b"\r\n")[0].decode()
        self.say(octets, kind)

    def say(self, octets: bytes, kind: str = "text/plain") -> None:
        """One whole answer."""
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(octets)))
        self.end_headers()
        self.wfile.write(octets)

    def send_on(self, url: str) -> bool:
        """To somebody else."""
        self.send_response(302)
        self.send_header("Location", url)
        self.end_headers()
        return True

    def endlessly(self, octets: bytes, pause: float = 0.0) -> bool:
        """The same again and again."""
        self.send_response(200)
        self.end_headers()
        while True:
            self.wfile.write(octets)
            time.sleep(pause)

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


def _at(part: str, answer: Callable[[Server], object]) -> Callable[[Server, str], bool]:
    def act(server: Server, path: str) -> bool:
        if part not in path:
            return False
        answer(server)
        return True

    return act


def _plain_files(server: Server, path: str) -> bool:
    """A repository as a folder of files, which says that more of it is at somebody else's."""
    if not path.startswith(_GIT):
        return False
    file = server.folder / path.removeprefix(_GIT)
    if path.endswith("objects/info/http-alternates"):
        server.say(f"http://127.0.0.1:{_TRAP}/o/\n".encode())
    elif file.is_file():
        server.say(file.read_bytes())
    else:
        server.send_error(404)
    return True


def _wrong_refs(server: Server, path: str) -> bool:
    """Refs to objects that are not there, as a smart server lists them."""
    if not path.endswith("info/refs"):
        return False
    (own,) = (line for line in server.refs if "/peers/x" in line)
    lines = [f"{'0123456789' * 4} {own.split()[1]}\0 side-band-64k shallow\n"]
    packets = ["# service=git-upload-pack\n", "", *lines, ""]
    text = "".join(f"{len(one) + 4:04x}{one}" if one else "0000" for one in packets)
    server.say(text.encode(), "application/x-git-upload-pack-advertisement")
    return True


_MINE = replace(NET, title={"en": "Mine"})


def _logged(*changes: Change) -> Callable[[Network], None]:
    return lambda net: net.push("x", *changes)


_CARD, _REFS = cards.PATH, "info/refs"
MANNERS: dict[str, Manner] = {
    "honest": Manner(),
    "a card of 10 MB": Manner(
        _at(_CARD, lambda one: one.say(b"a: b\n" * 2_000_000)), why="at most"
    ),
    "a card without an end": Manner(
        _at(_CARD, lambda one: one.endlessly(b"x" * 65536)), why="more than"
    ),
    "one octet a second": Manner(
        _at("/network/offers", lambda one: one.endlessly(b" ", 1.0)), why="second"
    ),
    "a table that is nested without an end": Manner(
        _at("/network/offers", lambda one: one.say(b"[" * 1_000_000)), why="cannot be read"
    ),
    "sends us to ourselves": Manner(
        _at(_CARD, lambda one: one.send_on(f"http://127.0.0.1:{_TRAP}/")), why="own network"
    ),
    "sends us to a neighbour": Manner(
        _at("/network/offers", lambda one: one.send_on(f"http://{_B}:{_TRAP}/")), why="own network"
    ),
    "sends git to ourselves": Manner(
        _at(_REFS, lambda one: one.send_on(f"http://127.0.0.1:{_TRAP}/net.git/info/refs")),
        why="git fetch failed",
    ),
    "plain files in place of git, and more of them elsewhere": Manner(
        _plain_files, why="hands out plain files"
    ),
    "refs to what is not there": Manner(_wrong_refs, why="git fetch failed"),
    "a pack without an end": Manner(
        _at("git-upload-pack", lambda one: one.endlessly(bytes(65536))), why="net"
    ),
    "a hook": Manner(prepare=_logged(Change("hooks/post-receive", b"#!/bin/sh\n")), why="no place"),
    "settings that are not its": Manner(
        prepare=_logged(Change(conferences.FILE, conferences.encode(_MINE))), why="home"
    ),
}
_TAKEN = ("honest", "a hook", "settings that are not its")
"""Manners with which the post that x wrote is taken, and nothing else."""


def rows(folder: Path) -> Iterator[Row]:
    """A row a manner."""
    reason = namespaces.missing()
    if reason:
        yield Row("network", "hostile servers", skipped=reason)
        return
    with namespaces.places("bx") as places:
        namespaces.lay(places["b"], places["x"], (_B, _X))
        for name, manner in MANNERS.items():
            row = Row("network", f"hostile: {name}"[:60], points=1, runs=1)
            place = folder / "hostile"
            row.findings = _tried(name, manner, place, places["b"].name, places["x"].name)
            shutil.rmtree(place)
            yield row


def _tried(name: str, manner: Manner, place: Path, at_b: str, at_x: str) -> list[str]:
    net = Network(place, "abx")
    net.write("a", hubs.post("one"))
    for taker in "bx":
        net.carry("a", taker)
    net.write("x", hubs.post("two", "one"))
    manner.prepare(net)
    net.sign("x")
    subprocess.run(["git", "update-server-info"], cwd=net.repo("x").path, check=True)
    before = net.tree("b")
    with peering.changing(net.hubs["b"]) as known:
        for one in [*known.peers.values()]:
            url = f"http://{_X}:{_PORT}" if one.id == net.id("x") else ""
            known.peers[one.id] = replace(one, url=url)
    ready = net.folder / "ready"
    serving = _forked(at_x, lambda: _serve(net, manner, ready))
    try:
        end = time.monotonic() + _GRACE
        while not ready.exists() and time.monotonic() < end:
            time.sleep(0.01)
        told = _looked(net, at_b)
    finally:
        os.kill(serving, signal.SIGKILL)
        os.waitpid(serving, 0)
    return _wrong(net, name, manner, before, told)


def _wrong(
    net: Network, name: str, manner: Manner, before: str, told: dict[str, float]
) -> list[str]:
    found = []
    if not told:
        return ["the look died"]
    if told["seconds"] > _SECONDS + _GRACE:
        found.append(f"it took {told['seconds']:.0f} seconds")
    if told["memory"] > _MEMORY:
        found.append(f"it took {told['memory'] // 1024:.0f} MiB")
    if told["asked"]:
        found.append("somebody was asked whom x named")
    stand = standing.read(net.hubs["b"], net.id("x"))
    reasons = " ".join([stand.fault, *stand.refused])
    if manner.why not in reasons or (not manner.why and reasons):
        found.append(f"it says: {reasons}")
    is_same = net.tree("b") == before
    if is_same is (name in _TAKEN):
        found.append("what x wrote is not here" if is_same else "something of x is here")
    for path in (net.repo("b").path, net.hubs["b"].mirrors / "peers" / "net.git"):
        if any(one.stat().st_mode & 0o111 for one in path.glob("hooks/*") if one.is_file()):
            found.append(f"{path.name} has hooks of x")
        if path.exists():
            open_repo(path).git("fsck", "--no-dangling", "--no-progress")
    paths = net.files("b")
    if any(one.startswith("hooks") for one in paths) or b"Mine" in paths[conferences.FILE]:
        found.append("more of x is here than its post")
    modes = net.repo("b").git("ls-tree", "-r", "--format=%(objectmode)", "main").split()
    return found + ["no plain files are there"] * (set(modes) != {b"100644"})


def _looked(net: Network, at: str) -> dict[str, float]:
    """One look at x, on b's machine: how long, how much memory, and whether the trap was asked."""
    hub = net.hubs["b"]
    file = net.folder / "told.json"

    def look() -> None:
        asked = threading.Event()
        trap = socket.create_server(("", _TRAP))
        threading.Thread(target=lambda: (trap.accept(), asked.set()), daemon=True).start()
        identity, known = net.identity("b"), net.known("b")
        began = time.monotonic()
        with turns.working(hub, _SECONDS):
            Syncing(hub, identity, known, maillog.to_nobody()).look(known.peers[net.id("x")])
        used = max(resource.getrusage(who).ru_maxrss for who in _WHO)
        told = {"seconds": time.monotonic() - began, "memory": used, "asked": asked.is_set()}
        file.write_text(json.dumps(told))

    os.waitpid(_forked(at, look), 0)
    found: dict[str, float] = json.loads(file.read_text()) if file.exists() else {}
    return found


_WHO = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)


def _serve(net: Network, manner: Manner, ready: Path) -> None:
    repo = net.repo("x")
    tags = {hub: str(oid) for hub, oid in offers.refs(repo).items()}
    Server.folder, Server.manner = repo.path, manner
    Server.refs = repo.git("show-ref").decode().splitlines()
    Server.files = {
        _CARD: net.stored_card("x"),
        "/network/offers": json.dumps({"conferences/net": tags}).encode(),
        "/network/hubs": b'{"hubs": {}}',
        "/network/notices": b"[]",
        "/network/said": b'{"said": {}}',
    }
    server = http.server.ThreadingHTTPServer(("", _PORT), Server)
    ready.touch()
    server.serve_forever()


def _forked(namespace: str, work: Callable[[], None]) -> int:
    """Begins `work` in a process on another machine."""
    pid = os.fork()
    if pid:
        return pid
    try:
        place = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
        if ctypes.CDLL(None, use_errno=True).setns(place, _NEWNET) == 0:
            work()
    finally:
        os._exit(0)
