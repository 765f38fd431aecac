"""Two of Debian's Postfix, with the settings that are shipped for machines that only send copies,
and a courier that has a thousand for them; one is killed in the middle.

courier → Postfix 1 ──→ the world
       └→ Postfix 2 ──┘
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.courier import run as courier
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.cluster import relays
from solicomm_build.foundation.hub.cluster.settings import Cluster
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.testing import mailservers, smallhub
from solicomm_build.testing.mailservers import Postfix, World

pytestmark = pytest.mark.skipif(
    bool(mailservers.missing("postfix")), reason=mailservers.missing("postfix")
)
SHIPPED = Path(__file__).parents[2] / "deploy" / "cluster"
COPIES = 1000
_NAME = re.compile(rb"with E?SMTP id (\w+)")


@contextlib.contextmanager
def _server(folder: Path, world: World) -> Iterator[Postfix]:
    maps = folder / "maps" / "postfix"
    maps.mkdir(parents=True)
    shutil.copy(SHIPPED / "mta-main.cf", maps / "main.cf")
    master = (SHIPPED / "mta-master.cf").read_text()
    # the port is changed under this name
    (maps / "master.cf").write_text(master.replace("\n10026 ", "\nsmtp ", 1))
    with mailservers.postfix(folder, folder / "maps", world.port) as running:
        yield running


def _children(pid: int) -> list[int]:
    done = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False)
    return [int(one) for one in done.stdout.split()]


def _kill(server: Postfix) -> None:
    """The master first, so that it begins no other, then all that it began."""
    master = int((server.folder / "queue" / "pid" / "master.pid").read_text())
    children = _children(master)
    for pid in (master, *children):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _start(server: Postfix) -> None:
    words = ["postfix", "-c", str(server.folder / "postfix"), "start"]
    subprocess.run(words, check=True, capture_output=True)


def _whole(server: Postfix) -> list[Path]:
    """Messages in its queue: what was being written when it was killed is none, and is thrown away
    in a day and a half."""
    places = (server.folder / "queue" / place for place in ("incoming", "active", "deferred"))
    return [
        file for place in places for file in place.rglob("*") if file.is_file() and _is_whole(file)
    ]


def _is_whole(file: Path) -> bool:
    with contextlib.suppress(FileNotFoundError):
        return bool(file.stat().st_mode & 0o100)
    return False


def _hub(folder: Path, *servers: Postfix) -> Config:
    addresses = tuple(("127.0.0.1", one.port) for one in servers)
    return replace(smallhub.make(folder), delivery="relay", cluster=Cluster(relay=addresses))


def _taken(world: World) -> Counter[str]:
    return Counter(to for _, to, _ in list(world.taken))


def _handed_over(world: World) -> set[tuple[str, bytes]]:
    """Who got copies, and what the server called each that it had taken of the hub: one that was
    killed before it noted that a copy is out sends the same once more, under the same name."""
    taken = list(world.taken)
    return {(to, found[0]) for _, to, raw in taken for found in [_NAME.findall(raw)] if found}


def test_one_of_two_is_killed_in_the_middle_of_a_thousand_copies() -> None:
    """Each member has one copy, at once from the server that goes on or when the other is back;
    twice have it at most those of whom the killed one had not said that it has it."""
    with contextlib.ExitStack() as stack:
        place = stack.enter_context(mailservers.folder())
        world = stack.enter_context(mailservers.world())
        for name in ("one", "two"):
            (place / name).mkdir()
            (place / name).chmod(0o755)
        one = stack.enter_context(_server(place / "one", world))
        two = stack.enter_context(_server(place / "two", world))
        config, log = _hub(place / "hub", one, two), list[str]()
        to = [f"m{number}@union.example" for number in range(COPIES)]
        envelope = Envelope("postmaster@hub.example", tuple(to), clock.now())
        raw = b"From: a@hub.example\nSubject: s\n\nhello\n"
        Spool(config.spool_out).put([Item(envelope, raw)])
        killing = threading.Thread(target=_when_under_way, args=(one, log))
        killing.start()
        asyncio.run(courier.deliver(config, once=True, log=MailLog(log.append)))
        killing.join()
        assert relays.passed_over(config).keys() == {f"127.0.0.1:{one.port}"}
        assert any(found.trouble for found in relays.look(config))
        queued = len(_whole(one))
        with clock.fixed(clock.now() + timedelta(hours=1)):  # what was in doubt
            asyncio.run(courier.deliver(config, once=True, log=MailLog(log.append)))
        assert not Spool(config.spool_out).pending()
        _start(one)
        mailservers.until(lambda: len(_taken(world)) == COPIES, "copy for each member")
        mailservers.until(lambda: not (_whole(one) or _whole(two)), "empty queues")
        got = _taken(world)
        assert set(got) == set(to)
        doubted = sum(" deferred " in line for line in log)
        handed_over = _handed_over(world)
        assert {to for to, _ in handed_over} == set(to)
        assert len(handed_over) <= COPIES + doubted
        assert sum(got.values()) <= len(handed_over) + queued
        assert all("status=sent" in server.log for server in (one, two))


def _when_under_way(server: Postfix, log: list[str]) -> None:
    """Kills a server after some batches have gone out."""
    deadline = time.monotonic() + mailservers.PATIENCE
    while sum(" handed-over " in line for line in log) < 5 and time.monotonic() < deadline:
        time.sleep(0.002)
    _kill(server)


def test_such_a_server_takes_mail_from_the_hub_s_machines_alone() -> None:
    with contextlib.ExitStack() as stack:
        place = stack.enter_context(mailservers.folder())
        world = stack.enter_context(mailservers.world())
        server = stack.enter_context(_server(place, world))
        config = _hub(place / "hub", server)
        assert [found.trouble for found in relays.look(config)] == [""]
        etc = place / "postfix"
        subprocess.run(["postconf", "-c", etc, "-e", "mynetworks=192.0.2.1"], check=True)
        subprocess.run(["postfix", "-c", etc, "reload"], check=True, capture_output=True)
        (found,) = mailservers.until(
            lambda: [one for one in relays.look(config) if one.trouble], "refusal"
        )
        assert found.trouble.startswith("does not take mail from here: 554 5.7.1")
        with smtplib.SMTP("127.0.0.1", server.port, timeout=mailservers.PATIENCE) as client:
            client.ehlo()
            client.mail("a@hub.example")
            assert client.rcpt("b@union.example")[0] == 554
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", server.submissions)) != 0
    assert not world.taken
