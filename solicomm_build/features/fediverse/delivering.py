"""Hands parcels to the inboxes of other servers, some servers at once, each in its order.

A server that does not answer is tried later and later; after GIVE_UP nobody there follows any more,
where others have answered meanwhile: else it may be our own line that is down. An inbox that its
server calls gone has no followers behind it. Everything else that a server refuses, it has refused:
the rest goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from urllib.parse import urlsplit

from solicomm_build.features.fediverse import remote
from solicomm_build.features.fediverse.ties import LONGEST_PAUSE, Parcel, Silence, Ties
from solicomm_build.foundation import clock, timekeeping
from solicomm_build.foundation.fetching import FetchError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog

SERVERS = 8
"""That are told at once."""
PARCELS = 50
"""That one server gets in one round: it has others to listen to, and so have we."""
PAUSES = (60.0, 300.0, 1800.0, 7200.0, 21_600.0, 43_200.0)
"""Seconds until a silent server is tried again; the last over and over."""
GIVE_UP = timedelta(days=7)
A_ROUND = 15.0
"""Seconds after which a server has had its turn."""
_ANSWERS_LATER = (408, 425, 429)
_GONE = 410


class Delivering:
    """Deliveries of one hub. Close it."""

    def __init__(
        self, config: Config, ties: Ties, log: MailLog, stop: Callable[[], bool] = lambda: False
    ) -> None:
        self._config, self._ties, self._log, self._stop = config, ties, log, stop
        self._workers = ThreadPoolExecutor(SERVERS, "fediverse")
        self._answered = float("-inf")
        """When any server answered last, whatever it said."""

    def close(self) -> None:
        """Ends when the requests that are on their way have."""
        self._workers.shutdown(cancel_futures=True)

    def round(self, *, ends_only: bool = False) -> int:
        """Tells every server that is due a part of what waits for it, or (`ends_only`) of what ends
        a conference there; how many requests were taken. Blocking."""
        hosts = self._ties.hosts_due(clock.timestamp())
        return sum(self._workers.map(partial(self._to_host, ends_only=ends_only), hosts))

    def _to_host(self, host: str, *, ends_only: bool) -> int:
        """What waits for a server, until it does not answer."""
        done, end = 0, time.monotonic() + A_ROUND
        for parcel in self._ties.due(host, PARCELS, ends_only=ends_only):
            if self._stop() or time.monotonic() > end:
                break
            fault, wanted = self._handed(parcel)
            if fault:
                self._silent(host, fault, wanted)
                break
            self._ties.said(host, parcel)
            done += 1
        if done:
            self._ties.end_silence(host)
        return done

    def _handed(self, parcel: Parcel) -> tuple[str, float]:
        """One parcel: nothing when that was heard, or refused for good, else what is wrong now and
        after how many seconds the server wants to be asked again."""
        now = clock.now()
        try:
            status, later = remote.send(
                self._config, parcel.inbox, parcel.body.encode("utf-8"), parcel.actor, now
            )
        except FetchError as error:
            return error.public, 0.0
        self._answered = clock.timestamp()
        if status == _GONE:
            self._gone(parcel)
        elif status >= 500 or status in _ANSWERS_LATER:
            return f"{parcel.inbox}: the server answers {status}", _seconds(later)
        elif status >= 400 or status in range(300, 400):
            self._log.event("fediverse-refused", inbox=parcel.inbox, status=status)
        return "", 0.0

    def _gone(self, parcel: Parcel) -> None:
        if urlsplit(parcel.inbox).path:
            count = self._ties.drop_inbox(parcel.inbox)
            self._log.event("fediverse-gone", inbox=parcel.inbox, followers=count)

    def _silent(self, host: str, fault: str, wanted: float) -> None:
        now, known = clock.timestamp(), self._ties.silence(host)
        since, tries = (min(known.since, now), known.tries) if known else (now, 0)
        if now - since > GIVE_UP.total_seconds() and self._is_certain(since):
            count = self._ties.give_up(host)
            self._log.event("fediverse-gave-up", host=host, followers=count, reason=fault)
            return
        pause = max(PAUSES[min(tries, len(PAUSES) - 1)], min(wanted, LONGEST_PAUSE))
        self._ties.keep_silence(Silence(host, since, tries + 1, now + pause, fault))
        if known is None:
            self._log.event("fediverse-silent", host=host, reason=fault)

    def _is_certain(self, since: float) -> bool:
        """Whether a server is silent for so long, and not our line or our clock."""
        return self._answered > since and timekeeping.is_sure(self._config.state)


def _seconds(retry_after: str) -> float:
    text = retry_after.strip()
    return float(text[:9]) if text.isascii() and text.isdigit() else 0.0
