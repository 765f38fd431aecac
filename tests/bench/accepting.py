"""Mail taken by SMTP: 20 connections, 4 KB a message, 250 when it is durable.

Beside it aiosmtpd with an empty handler, which keeps nothing and is the limit of its kind, and
Postfix, which holds everything in its queue. All get the same load, five rounds in turn, of which
the medians count. SoliComm runs whole meanwhile: it also commits what it takes and makes pages.
"""

from __future__ import annotations

import statistics
import time
from collections import defaultdict
from collections.abc import Iterator

from tests.bench import postfix as peer
from tests.bench.blackhole import blackhole
from tests.bench.hub import CONFERENCE, DOMAIN, Served, hub, served
from tests.bench.postfix import postfix
from tests.bench.result import TURNS, Result
from tests.bench.smtpload import load, tool

MESSAGES = 2000
_RECIPIENT = f"{CONFERENCE}@{DOMAIN}"
_WAYS = {"new connections": False, "reused connections": True}

_Rates = dict[tuple[str, str], list[float]]  # (server, way) -> messages/s of each round


def measure() -> Iterator[Result]:
    """Rates on new and on reused connections."""
    rates: _Rates = defaultdict(list)
    for _ in range(TURNS):
        _peers(rates)
        _ours(rates)
    for way in _WAYS:
        details = {"load": tool(), "messages": MESSAGES, "rounds": rates["SoliComm", way]}
        accepted = statistics.median(rates["SoliComm", way])
        limit = statistics.median(rates["aiosmtpd", way])
        goal, name, value = "≥ 1.0", "Postfix", None
        if peer.absent():
            name = peer.absent()
        else:
            details["postfix_rounds"] = rates["Postfix", way]
            value = statistics.median(rates["Postfix", way])
        yield Result(
            f"accept by SMTP, {way}",
            accepted,
            "messages/s",
            peer="aiosmtpd, keeps nothing",
            peer_value=limit,
            details=details | {"aiosmtpd_rounds": rates["aiosmtpd", way]},
        )
        yield Result(
            f"accept by SMTP, {way}",
            accepted,
            "messages/s",
            peer=name,
            peer_value=value,
            goal=goal,
            details=details,
        )
        yield Result(
            f"accept by SMTP and commit, {way}",
            statistics.median(rates["committed", way]),
            "messages/s",
            peer=name,
            peer_value=value,
            goal=goal,
            details={"rounds": rates["committed", way], "postfix_rounds": rates["Postfix", way]},
        )


def _peers(rates: _Rates) -> None:
    with blackhole() as port:
        for way, reuse in _WAYS.items():
            rates["aiosmtpd", way].append(MESSAGES / load(port, _RECIPIENT, MESSAGES, reuse=reuse))
    if peer.absent():
        return
    with postfix() as running:
        for way, reuse in _WAYS.items():
            before = running.held()
            seconds = load(running.port, _RECIPIENT, MESSAGES, reuse=reuse)
            if running.held() - before != MESSAGES:
                raise RuntimeError(f"Postfix holds {running.held() - before} of {MESSAGES}")
            rates["Postfix", way].append(MESSAGES / seconds)


def _ours(rates: _Rates) -> None:
    for way, reuse in _WAYS.items():
        with hub() as place:
            place.run("build", "--once")
            with served(place) as running:
                running.rest()  # the others have been up for a while, too
                started = time.perf_counter()
                seconds = load(running.smtp, _RECIPIENT, MESSAGES, reuse=reuse)
                _await_commits(running)
                committed = time.perf_counter() - started
            if place.posts() != MESSAGES:
                raise RuntimeError(f"{place.posts()} posts of {MESSAGES} accepted messages")
        rates["SoliComm", way].append(MESSAGES / seconds)
        rates["committed", way].append(MESSAGES / committed)


def _await_commits(running: Served) -> None:
    """Until the spool is empty: a file goes when all in it is durable in git."""
    incoming = running.hub.root / "spool" / "in"
    end = time.monotonic() + 300
    while any(incoming.glob("[!.]*")):
        if time.monotonic() > end:
            raise TimeoutError("the spool is not empty after 300 s")
        time.sleep(0.01)
