from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import smtplib
import socket
import subprocess
import sys
import threading
from pathlib import Path

import aiosmtpd.smtp
import pytest

from solicomm_build.bridge.groupcommit import GroupCommit
from solicomm_build.bridge.handler import Handler
from solicomm_build.bridge.server import LMTP, SMTP
from solicomm_build.bridge.service import Service
from solicomm_build.foundation.hub.config import Limits
from solicomm_build.foundation.maillog import to_nobody
from solicomm_build.foundation.spool import Spool
from solicomm_build.people.recipients import HubDirectory
from solicomm_build.testing.bridge import hub_config, running_bridge

MAIL = b"From: ana@union.example\r\nSubject: %d\r\n\r\nhello\r\n"
HOST = "127.0.0.1"


class Broken:
    """A directory that fails."""

    def resolve(self, addr_spec: str) -> None:
        raise RuntimeError(f"secret path of {addr_spec}")


def reply(connection: socket.socket) -> bytes:
    with connection.makefile("rb") as file:
        while (line := file.readline())[3:4] == b"-":
            pass
        return line


def ask(connection: socket.socket, line: bytes) -> bytes:
    connection.sendall(line + b"\r\n")
    return reply(connection)


def in_data(address: tuple[str, int]) -> socket.socket:
    """A connection that has had its 354."""
    connection = socket.create_connection(address, timeout=30)
    reply(connection)
    ask(connection, b"EHLO client.example")
    ask(connection, b"MAIL FROM:<ana@union.example>")
    ask(connection, b"RCPT TO:<organising@hub.example>")
    assert ask(connection, b"DATA").startswith(b"354")
    return connection


def test_our_init_sets_what_the_inherited_methods_use(tmp_path: Path) -> None:
    """Fails when another aiosmtpd keeps more state: look at Connection.__init__ then."""
    unused = {
        "__ident__",
        "_auth_callback",
        "_auth_methods",
        "_auth_require_tls",
        "_auth_required",
        "_authenticator",
        "_call_limit_default",
        "_decode_data",
        "_ehlo_hook_ver",
        "_enforce_call_limit",
        "_proxy_timeout",
        "_smtp_methods",
        "data_size_limit",
        "enable_SMTPUTF8",
        "event_handler",
        "hostname",
        "require_starttls",
    }

    async def compare() -> None:
        loop, log, spool = asyncio.get_running_loop(), to_nobody(), Spool(tmp_path / "in")
        commit = GroupCommit(spool, log)
        handler = Handler(HubDirectory("x", tmp_path), commit, spool, log)
        theirs = aiosmtpd.smtp.SMTP(object(), hostname="x", loop=loop)
        for kind in (SMTP, LMTP):
            ours = kind(Service(handler, Limits(), "x"))
            assert set(vars(theirs)) - unused <= set(vars(ours))
        await commit.close()

    asyncio.run(compare())


def test_twenty_clients_at_once(tmp_path: Path) -> None:
    config = hub_config(tmp_path)
    replies: list[tuple[int, bytes]] = []

    def client(number: int) -> None:
        for turn in range(5):
            with smtplib.SMTP(HOST, bridge.smtp[1], timeout=20) as smtp:
                smtp.ehlo()
                smtp.mail("ana@union.example")
                smtp.rcpt("organising@hub.example")
                replies.append(smtp.data(MAIL % (number * 5 + turn)))

    with running_bridge(config) as bridge:
        threads = [threading.Thread(target=client, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        kept = bridge.kept()
        files = len(bridge.spool.pending())
        assert bridge.log.counters()["kept"] == 100
    assert [code for code, _ in replies] == [250] * 100
    assert len({text for _, text in replies}) == 100
    assert sorted(item.raw for item in kept) == sorted(MAIL % number for number in range(100))
    assert files <= 100
    assert {item.envelope.peer for item in kept} == {HOST}


def test_the_envelope_says_by_which_door_mail_came(tmp_path: Path) -> None:
    """Only what comes over LMTP may bring our own mail server's word about its author."""
    with running_bridge(hub_config(tmp_path)) as bridge:
        for door, address in ((smtplib.SMTP, bridge.smtp), (smtplib.LMTP, bridge.lmtp)):
            with door(HOST, address[1], timeout=20) as client:
                client.sendmail("ana@union.example", ["organising@hub.example"], MAIL % 1)
        assert [item.envelope.lmtp for item in bridge.kept()] == [False, True]


def test_our_mistake_is_451_without_internals(tmp_path: Path) -> None:
    with (
        running_bridge(hub_config(tmp_path), directory=Broken()) as bridge,
        socket.create_connection(bridge.smtp, timeout=30) as client,
    ):
        reply(client)
        ask(client, b"EHLO x")
        ask(client, b"MAIL FROM:<>")
        answer = ask(client, b"RCPT TO:<organising@hub.example>")
        assert answer.startswith(b"451 4.3.0 our mistake")
        assert b"secret" not in answer
        assert ask(client, b"NOOP").startswith(b"250")
        assert bridge.log.counters()["bridge-fault"] == 1


@pytest.mark.parametrize("kind", ["smtp", "lmtp"])
def test_our_mistake_after_data_is_451_for_each(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(Handler, "receive", fail)
    with (
        running_bridge(hub_config(tmp_path)) as bridge,
        socket.create_connection(getattr(bridge, kind), timeout=30) as client,
    ):
        reply(client)
        ask(client, b"EHLO x" if kind == "smtp" else b"LHLO x")
        ask(client, b"MAIL FROM:<>")
        ask(client, b"RCPT TO:<organising@hub.example>")
        ask(client, b"RCPT TO:<organising@hub.example>")
        ask(client, b"DATA")
        client.sendall(b".\r\nNOOP\r\n")
        with client.makefile("rb") as file:
            answers = [file.readline()[:9] for _ in range(2 if kind == "smtp" else 3)]
        assert answers[:-1] == [b"451 4.3.0"] * (len(answers) - 1)
        assert answers[-1] == b"250 2.0.0"


def test_bare_lf_over_lmtp_is_set_aside(tmp_path: Path) -> None:
    with running_bridge(hub_config(tmp_path)) as bridge:
        for _ in range(2):  # the mail server tries again
            with smtplib.LMTP(HOST, bridge.lmtp[1], timeout=30) as lmtp:
                lmtp.ehlo()
                lmtp.mail("ana@union.example")
                lmtp.rcpt("organising@hub.example")
                lmtp.putcmd("DATA")
                lmtp.getreply()
                lmtp.send(b"Subject: x\n\nhello\r\n.\r\n")
                assert lmtp.getreply()[0] == 451
        [(aside, reason)] = bridge.spool.quarantined()
        assert "bare <LF>" in reason
        assert bridge.spool.read(aside)[0].raw == b"Subject: x\n\nhello\r\n"


def test_a_full_disk_is_452_before_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GroupCommit, "full", lambda _: True)
    with (
        running_bridge(hub_config(tmp_path)) as bridge,
        smtplib.SMTP(HOST, bridge.smtp[1], timeout=30) as smtp,
    ):
        smtp.ehlo()
        assert smtp.mail("ana@union.example")[0] == 452


def test_too_many_connections(tmp_path: Path) -> None:
    config = hub_config(tmp_path, limits=Limits(connections=2))
    with running_bridge(config) as bridge, contextlib.ExitStack() as stack:
        for code in (b"220", b"220", b"421"):
            client = stack.enter_context(socket.create_connection(bridge.smtp, timeout=30))
            assert reply(client)[:3] == code
        assert client.recv(10) == b""
        assert bridge.log.counters()["too-many-connections"] == 1


def test_too_many_connections_of_one_address(tmp_path: Path) -> None:
    class Peer:
        peer = "192.0.2.1"

        def go_down(self) -> None: ...

        def abort(self) -> None: ...

    class Near(Peer):
        peer = "127.0.0.1"

    async def count() -> None:
        log, spool = to_nobody(), Spool(tmp_path / "in")
        commit = GroupCommit(spool, log)
        handler = Handler(HubDirectory("x", tmp_path), commit, spool, log)
        service = Service(handler, Limits(connections_per_ip=1), "x")
        first = Peer()
        assert service.enter(first)
        assert not service.enter(Peer())
        assert service.enter(Near())
        assert service.enter(Near())
        service.leave(first)
        assert service.enter(Peer())
        await commit.close()

    asyncio.run(count())


def test_a_silent_client_is_sent_home(tmp_path: Path) -> None:
    config = hub_config(tmp_path, limits=Limits(timeout=0))
    with (
        running_bridge(config) as bridge,
        socket.create_connection(bridge.smtp, timeout=30) as client,
    ):
        with client.makefile("rb") as file:
            replies = file.read()
        assert replies.endswith(b"421 4.4.2 no command came in time\r\n")
        assert bridge.log.counters()["timeout"] == 1


def test_too_much_in_memory_is_452(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("solicomm_build.bridge.service.MEMORY_OCTETS", 50_000)
    with running_bridge(hub_config(tmp_path)) as bridge:
        first = in_data(bridge.smtp)
        first.sendall(b"x" * 45_000)
        with in_data(bridge.smtp) as second:
            second.sendall(b"x" * 200_000 + b"\r\n.\r\n")
            assert reply(second).startswith(b"452 4.3.1")
        first.close()
        assert bridge.kept() == []


def test_an_endless_message_is_cut(tmp_path: Path) -> None:
    config = hub_config(tmp_path, limits=Limits(message_bytes=1000))
    with running_bridge(config) as bridge, in_data(bridge.smtp) as client:
        with contextlib.suppress(ConnectionError):
            client.sendall(b"x" * 11_000)
        assert reply(client).startswith(b"552 5.3.4")
        assert client.recv(10) == b""


def test_a_line_too_long_to_keep(tmp_path: Path) -> None:
    config = hub_config(tmp_path, limits=Limits(line_bytes=1000))
    with running_bridge(config) as bridge, in_data(bridge.smtp) as client:
        client.sendall(b"x" * 1001 + b"\r\n.\r\n")
        assert reply(client).startswith(b"554 5.6.0")


class TestStop:
    def test_an_idle_client_hears_421(self, tmp_path: Path) -> None:
        with (
            running_bridge(hub_config(tmp_path)) as bridge,
            socket.create_connection(bridge.smtp, timeout=30) as client,
        ):
            reply(client)
            bridge.stop()
            assert reply(client).startswith(b"421 4.3.2")
            assert client.recv(10) == b""

    def test_half_a_message_hears_421_and_is_not_kept(self, tmp_path: Path) -> None:
        with running_bridge(hub_config(tmp_path)) as bridge, in_data(bridge.smtp) as client:
            client.sendall(b"Subject: half")
            bridge.stop()
            assert reply(client).startswith(b"421 4.3.2")
            assert bridge.kept() == []

    def test_a_message_being_written_is_kept_and_answered(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        started, gate, put = threading.Event(), threading.Event(), Spool.put

        def slow(self: Spool, items: object) -> Path:
            started.set()
            assert gate.wait(10)
            return put(self, items)  # type: ignore[arg-type]

        monkeypatch.setattr(Spool, "put", slow)
        with running_bridge(hub_config(tmp_path)) as bridge, in_data(bridge.smtp) as client:
            client.sendall(b"Subject: last\r\n.\r\n")
            assert started.wait(10)
            stopper = threading.Thread(target=bridge.stop)
            stopper.start()
            gate.set()
            with client.makefile("rb") as file:
                assert file.readline().startswith(b"250 2.0.0")
                assert file.readline().startswith(b"421 4.3.2")
            stopper.join()
            assert [item.raw for item in bridge.kept()] == [b"Subject: last\r\n"]

    def test_the_process_stops_on_sigterm(self, tmp_path: Path) -> None:
        hub_config(tmp_path)
        code = (
            "import sys, pathlib\n"
            "from solicomm_build.bridge.run import run_bridge\n"
            "from solicomm_build.testing.bridge import hub_config\n"
            "root = pathlib.Path(sys.argv[1])\n"
            "run_bridge(hub_config(root), smtp=('127.0.0.1', 0), lmtp=f'unix:{root}/s',\n"
            "           ready=lambda names: print(names[0][1], flush=True))\n"
        )
        root = Path(__file__).resolve().parents[3]
        with subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(root)},
        ) as process:
            assert process.stdout is not None
            port = int(process.stdout.readline())
            with smtplib.LMTP(str(tmp_path / "s"), timeout=30) as lmtp:
                lmtp.sendmail("ana@union.example", ["organising@hub.example"], MAIL % 1)
            with socket.create_connection((HOST, port), timeout=30) as client:
                reply(client)
                process.send_signal(signal.SIGTERM)
                assert reply(client).startswith(b"421 4.3.2")
            _, log = process.communicate(timeout=30)
        assert process.returncode == 0
        assert "bridge-down" in log
        assert "union.example" not in log
        assert not (tmp_path / "s").exists()
        assert len(Spool(tmp_path / "spool" / "in").pending()) == 1
