"""Somebody who sends mail to a hub on three machines, and remembers what it was told."""

from __future__ import annotations

import contextlib
import smtplib
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise

from solicomm_build.testing import smallhub
from tests.cluster.world import CONFERENCE, DOMAIN, SMTP, World


class Sender:
    """Somebody's mail server: sends one mail after the other to whichever machine takes it, and
    remembers which it was told 250 for."""

    def __init__(self, world: World, rate: float = 20, to: Sequence[str] = (CONFERENCE,)) -> None:
        """`to` are the conferences that are written to, one after the other."""
        self._world, self._rate, self._to = world, rate, to
        self.acknowledged: list[str] = []
        self.by_conference: dict[str, list[tuple[str, float]]] = {}
        self.first_after: dict[str, float] = {}
        self._stop = threading.Event()
        self._busy = threading.Lock()
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._last = 0
        self.times: list[tuple[float, str]] = []

    def __enter__(self) -> Sender:
        self._thread.start()
        return self

    def __exit__(self, *_rest: object) -> None:
        self._stop.set()
        self._thread.join()

    @contextlib.contextmanager
    def resting(self) -> Iterator[None]:
        """Nothing is sent meanwhile; what was begun is acknowledged first."""
        with self._busy:
            yield

    def _work(self) -> None:
        number = 0
        while not self._stop.is_set():
            began = time.monotonic()
            number += 1
            with self._busy:
                while not self._stop.is_set() and not self._sent(f"p{number}"):
                    time.sleep(0.05)
            self._stop.wait(max(0.0, 1 / self._rate - (time.monotonic() - began)))

    def _sent(self, name: str) -> bool:
        raw = smallhub.mail(f"words {name}", msgid=f"<{name}@union.example>", subject=name)
        to = self._to[int(name[1:]) % len(self._to)]
        raw = raw.replace(b"bar@", f"{to}@".encode())
        for at in range(3):
            host = self._world.hosts[(self._last + at) % 3]
            try:
                with smtplib.SMTP(host.place.address, SMTP, timeout=8) as client:
                    client.sendmail("ana@union.example", [f"{to}@{DOMAIN}"], raw)
            except OSError:
                continue
            self._last = (self._last + at) % 3
            self.acknowledged.append(name)
            self.by_conference.setdefault(to, []).append((name, time.monotonic()))
            self.times.append((time.monotonic(), host.name))
            return True
        return False

    def took_again(self, since: float, besides: str = "") -> float | None:
        """Seconds from a moment to the next 250, of another machine than `besides`."""
        for at, name in self.times:
            if at > since and name != besides:
                return at - since
        return None

    def longest_gap(self, since: float) -> float:
        """The longest time without a 250 from a moment on."""
        times = [at for at, _ in [*self.times] if at >= since]
        return max((new - old for old, new in pairwise([since, *times])), default=0.0)
