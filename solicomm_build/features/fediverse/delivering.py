"""Hands parcels to the inboxes of other servers, some servers at once, each in its order.

A server that does not answer is tried later and later; after GIVE_UP nobody there follows any more,
where others have answered meanwhile: else it may be our own line that is down. An inbox that its
server calls gone has no followers behind it. Everything else that a server refuses, it has refused:
the rest goes on. So does what comes after a parcel that a server cannot take for hours while it
takes others: it has refused that one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
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
PATIENCE = 4
"""Times that a server may not take a parcel before others are tried: two and a half hours."""
PASSED_OVER = 10
"""Parcels of one server that others are tried after, in one round."""
_ANSWERS_LATER = (401, 408, 425, 429)
"""401, too: who cannot ask our hub for its key, or has another time, proves nobody."""
_GONE = 410


@dataclass(frozen=True, slots=True)
class _Heard:
    """What became of a parcel: the status that the server said, 0 where it said nothing; what is
    wrong now, if it is, and after how many seconds the server wants to be asked again."""

    status: int = 0
    fault: str = ""
    wanted: float = 0.0

    @property
    def may_be_the_parcels(self) -> bool:
        """Whether it may be that parcel alone that the server cannot take."""
        is_ours = self.status in (408, 425, 429) or self.wanted > 0
        return bool(self.fault) and self.status > 0 and not is_ours


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
        done, is_taken, end = 0, False, time.monotonic() + A_ROUND
        known, late = self._ties.silence(host), None
        passed_over: list[tuple[Parcel, _Heard]] = []
        most = PASSED_OVER if known is not None and known.tries >= PATIENCE else 0
        for parcel in self._ties.due(host, PARCELS, ends_only=ends_only):
            if self._stop() or time.monotonic() > end:
                break
            heard = self._handed(parcel)
            if not heard.fault:
                self._ties.said(host, parcel)
                done, is_taken = done + 1, is_taken or heard.status < 300
            elif heard.may_be_the_parcels and len(passed_over) < most:
                passed_over.append((parcel, heard))
            else:
                late = heard
                break
        if done:
            self._ties.end_silence(host)
        if is_taken:
            late = self._asked_again(host, [parcel for parcel, _ in passed_over]) or late
        elif passed_over:
            late = late or passed_over[0][1]
        if late is not None:
            self._silent(host, late)
        return done

    def _asked_again(self, host: str, parcels: Iterable[Parcel]) -> _Heard | None:
        """Parcels that a server did not take, and others after them it did, once more: it may have
        come back in between. Else that was a no. What is wrong if it is silent now."""
        for parcel in parcels:
            heard = self._handed(parcel)
            if heard.fault and not heard.may_be_the_parcels:
                return heard
            if heard.fault:
                self._log.event("fediverse-refused", inbox=parcel.inbox, status=heard.status)
            self._ties.said(host, parcel)
        return None

    def _handed(self, parcel: Parcel) -> _Heard:
        """Says one parcel. Without a fault that was heard, or refused for good."""
        now = clock.now()
        try:
            status, later = remote.send(
                self._config, parcel.inbox, parcel.body.encode("utf-8"), parcel.actor, now
            )
        except FetchError as error:
            return _Heard(fault=error.public)
        self._answered = clock.timestamp()
        if status >= 500 or status in _ANSWERS_LATER:
            fault = f"{parcel.inbox}: the server answers {status}"
            return _Heard(status, fault, _seconds(later))
        if status == _GONE:
            self._gone(parcel)
        elif status >= 300:
            self._log.event("fediverse-refused", inbox=parcel.inbox, status=status)
        return _Heard(status)

    def _gone(self, parcel: Parcel) -> None:
        if urlsplit(parcel.inbox).path:
            count = self._ties.drop_inbox(parcel.inbox)
            self._log.event("fediverse-gone", inbox=parcel.inbox, followers=count)

    def _silent(self, host: str, late: _Heard) -> None:
        now, known = clock.timestamp(), self._ties.silence(host)
        since, tries = (min(known.since, now), known.tries) if known else (now, 0)
        if now - since > GIVE_UP.total_seconds() and self._is_certain(since):
            count = self._ties.give_up(host)
            self._log.event("fediverse-gave-up", host=host, followers=count, reason=late.fault)
            return
        pause = max(PAUSES[min(tries, len(PAUSES) - 1)], min(late.wanted, LONGEST_PAUSE))
        self._ties.keep_silence(Silence(host, since, tries + 1, now + pause, late.fault))
        if known is None:
            self._log.event("fediverse-silent", host=host, reason=late.fault)

    def _is_certain(self, since: float) -> bool:
        """Whether a server is silent for so long, and not our line or our clock."""
        return self._answered > since and timekeeping.is_sure(self._config.state)


def _seconds(retry_after: str) -> float:
    text = retry_after.strip()
    return float(text[:9]) if text.isascii() and text.isdigit() else 0.0
