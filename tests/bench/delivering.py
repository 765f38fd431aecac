"""A list's post to its members: each gets a copy of their own, signed, over a relay on loopback.

Measured five times with 1,000 members and five times with 10,000, of which the medians count: the
time from the 250 of the post to the first copy, the rate of copies after that, and the courier's
memory. What the hub's start brings is waited for: it is no part of a post.
The relay is a process that takes everything and knows when; where Postfix is installed its
smtp-sink, which costs the machine less, gives a second rate, by the courier's own log.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import smtplib
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from email.utils import formatdate
from pathlib import Path

from solicomm_build.testing.ports import free_port
from tests.bench.hub import DOMAIN, Hub, Served, await_port, hub, served
from tests.bench.mailsink import Taken, mailsink
from tests.bench.peers import mailman
from tests.bench.process import descendants, high_water, pss
from tests.bench.result import TURNS, Result

MEMBERS = 1_000
MANY = 10_000
_LIST = "members"
_PEER = "Mailman 3, neither personal nor signed"


def measure() -> Iterator[Result]:
    """First copy, rates, and 10,000 members."""
    with hub() as place, mailsink() as sink:
        found(place, MEMBERS, sink.port)
        with served(place) as running:
            running.rest()
            firsts, rates = [], []
            for number in range(TURNS):
                sent = post(running, number)
                taken = _whole(sink.take(MEMBERS), MEMBERS)
                firsts.append((taken.first - sent) * 1000)
                rates.append((MEMBERS - 1) / max(taken.last - taken.first, 1e-6))
                running.settle()
    missing = mailman.absent()
    theirs = [] if missing else list(_mailman())
    yield Result(
        f"accepted to first of {MEMBERS:,} copies",
        statistics.median(firsts),
        "ms",
        False,
        missing or _PEER,
        statistics.median(one[0] * 1000 for one in theirs) if theirs else None,
        "≤ 200, ratio ≥ 5",
        {"posts": firsts, "peer": [one[0] * 1000 for one in theirs]},
    )
    yield Result(
        "personal signed copies",
        statistics.median(rates),
        "copies/s",
        True,
        missing or _PEER,
        statistics.median(one[1] for one in theirs) if theirs else None,
        "≥ 4,000",
        {"posts": rates, "members": MEMBERS, "peer": [one[1] for one in theirs]},
    )
    if shutil.which("smtp-sink"):
        yield _into_smtp_sink()
    yield from _many()


def _mailman() -> Iterator[tuple[float, float]]:
    """Five posts to a list of Mailman's with as many members: (seconds to the first, rate)."""
    with (
        tempfile.TemporaryDirectory(prefix="solicomm-mailman-") as name,
        mailsink() as sink,
        mailman.serving(Path(name), sink.port, MEMBERS) as running,
    ):
        for number in range(TURNS):
            yield mailman.post(running, sink, MEMBERS, number)


def _into_smtp_sink() -> Result:
    with hub() as place, _smtp_sink() as port:
        found(place, MEMBERS, port)
        with served(place) as running:
            running.rest()
            post(running, 1)
            rate = _logged_rate(place, MEMBERS)
    return Result("personal signed copies into smtp-sink", rate, "copies/s", goal="≥ 4,000")


def _many() -> Iterator[Result]:
    with hub() as place, mailsink() as sink:
        found(place, MANY, sink.port)
        with served(place) as running:
            running.rest()
            lasts, rates, firsts = [], [], []
            for number in range(TURNS):
                sent = post(running, number)
                taken = _whole(sink.take(MANY), MANY)
                firsts.append((taken.first - sent) * 1000)
                lasts.append(taken.last - sent)
                rates.append((MANY - 1) / max(taken.last - taken.first, 1e-6))
                running.settle()
            octets = max(map(_memory, _couriers(running)), default=0)
    yield Result(
        f"personal signed copies, {MANY:,} members",
        statistics.median(rates),
        "copies/s",
        goal="≥ 4,000",
        details={"posts": rates},
    )
    yield Result(
        f"{MANY:,} members, accepted to last copy",
        statistics.median(lasts),
        "s",
        more_is_better=False,
        goal="≤ 15",
        details={"posts": lasts, "first_ms": firsts},
    )
    yield Result(
        f"courier's memory with {MANY:,} members",
        octets / 2**20,
        "MiB",
        more_is_better=False,
        goal="≤ 150",
    )


def _memory(courier: int) -> int:
    """The most that a courier had resident, and what the processes are that it began; octets."""
    return high_water(courier) + sum(map(pss, descendants(courier)[1:]))


def found(place: Hub, members: int, relay: int) -> None:
    """A list with so many members, whose copies go to a port of this machine."""
    place.run("new", "list", _LIST, "--title", "Members", "--posting", "open")
    people = place.folder / "people.txt"
    people.write_text("".join(f"M {n} <m{n}@members.example>\n" for n in range(members)))
    place.run("member", "import", _LIST, str(people))
    file = place.root / "hub.yaml"
    text = re.sub(r"(?m)^delivery:.*$", "delivery: relay\ndns: off", file.read_text())
    text = re.sub(r"(?m)^relay:.*$", f"relay: {{host: 127.0.0.1, port: {relay}}}", text)
    file.write_text(text)


def post(running: Served, number: int) -> float:
    """Sends a post to the list; when it was taken."""
    raw = (
        f"From: M 1 <m1@members.example>\r\nTo: {_LIST}@{DOMAIN}\r\nSubject: To all of you {number}"
        f"\r\nMessage-ID: <{number}.{time.time_ns()}@members.example>\r\nDate: {formatdate()}\r\n"
        "\r\n" + "A few lines that everybody gets.\r\n" * 20
    )
    with smtplib.SMTP("127.0.0.1", running.smtp, timeout=30) as client:
        client.sendmail("m1@members.example", [f"{_LIST}@{DOMAIN}"], raw)
        return time.time()


def _whole(taken: Taken, members: int) -> Taken:
    """The same, if everybody got one copy. Raises RuntimeError."""
    if (taken.messages, taken.addresses) != (members, members):
        raise RuntimeError(f"{taken.messages} copies for {taken.addresses} of {members} members")
    return taken


def _logged_rate(place: Hub, members: int) -> float:
    """Copies a second from the first batch to the last, by the log."""
    log, end = place.root / "state" / "mail.log", time.monotonic() + 120
    batches: list[tuple[float, int]] = []
    while sum(count for _, count in batches) < members:
        if time.monotonic() > end:
            raise TimeoutError("the courier's log does not say that all was handed over")
        time.sleep(0.1)
        lines = re.findall(r"(?m)^(\S+) handed-over .*?sent=(\d+)", log.read_text())
        batches = [(datetime.fromisoformat(at).timestamp(), int(count)) for at, count in lines]
    return (members - batches[0][1]) / max(batches[-1][0] - batches[0][0], 1e-6)


@contextlib.contextmanager
def _smtp_sink() -> Iterator[int]:
    """Postfix's smtp-sink; its port."""
    port = free_port()
    user = ["-u", "root"] if os.geteuid() == 0 else []
    process = subprocess.Popen(
        ["smtp-sink", *user, f"127.0.0.1:{port}", "512"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        await_port(port, process)
        yield port
    finally:
        process.terminate()
        process.wait()


def _couriers(running: Served) -> list[int]:
    """The process that holds the lock of the outgoing spool."""
    lock = (running.hub.root / "spool" / "out" / ".lock").resolve()
    return [pid for pid in running.pids() if lock in _open_files(pid)]


def _open_files(pid: int) -> set[Path]:
    found = set()
    with contextlib.suppress(OSError):
        for entry in (Path("/proc") / str(pid) / "fd").iterdir():
            with contextlib.suppress(OSError):
                found.add(entry.readlink())
    return found
