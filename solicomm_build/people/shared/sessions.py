"""Who is signed in where each cell has an owner of its own: objects in the store that all machines
share, so that a link lets in on any of them, once, and who signs out is out on all.

    links/<owner>/<ends>-<digest>      a link that lets in
    claims/<ends>-<digest>/<nonce>     a link is being used: only who finds no other claim uses it
    sessions/<owner>/<ends>-<digest>   a session
    seen/<owner>/<ends>-<digest>       the day on which it was last used

Each sealed. `<owner>` is a keyed hash of the member's number, `<ends>` seconds in hexadecimal,
`<digest>` the SHA-256 of a text that holds both and 128 random bits; it stands in the link or the
cookie alone. Nothing of this needs a condition of the store, only that whoever asks after an answer
sees what was answered (objects/client.py).
"""

from __future__ import annotations

import contextlib
import hmac
import json
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, Final

from solicomm_build.foundation import clock, keys, timekeeping
from solicomm_build.foundation.errors import HubError, StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects import client
from solicomm_build.foundation.objects.client import Objects, ObjectsError
from solicomm_build.foundation.objects.sealing import opened, sealed
from solicomm_build.people import token
from solicomm_build.people.sessions import LINK, STAYS, Begun, Link, Sessions
from solicomm_build.people.shared.careful import Careful, Pause

_FOLDERS: Final = ("links", "claims", "sessions", "seen")
_BELIEVED: Final = 2.0
"""Seconds that a session is believed, from when the store was asked: who signs out elsewhere is out
after that at the latest, and here at once."""
_AWAY: Final = 60.0
"""The same while the store does not answer."""
_SWEEP: Final = 3600.0  # seconds between looks for what has ended
_pause = Pause()
_MOST: Final = 10_000  # sessions that are remembered
_TEXT = re.compile(r"([0-9a-f]{16})([0-9a-f]{8})[a-z2-7]{26}")


@dataclass(frozen=True, slots=True)
class _Known:
    """A session as it was at a moment: the member's number, and the day last written down."""

    number: int
    at: float
    day: int


class SharedSessions:
    """The same as Sessions of one machine, with the same promises. Blocking; safe for several
    threads. Each raises ObjectsError when the store does not answer; then a link is still good, or
    was used."""

    def __init__(self, config: Config, now: Callable[[], float] = time.monotonic) -> None:
        self._config, self._now = config, now
        self._known: dict[str, _Known] = {}
        self._forgot = 0  # how often something was: who asked the store before keeps no answer
        self._lock = threading.Lock()
        self._swept = float("-inf")

    @cached_property
    def _objects(self) -> Objects:
        s3 = self._config.cluster.s3
        if s3 is None or not s3.spool:
            raise HubError("`cluster.s3.spool` of hub.yaml names no bucket")
        own = client.bucket(s3, "spool", self._config.keys, client.SMALL)
        return Careful(own, _pause)

    def link(self, number: int, place: str, now: datetime) -> str:
        """See Sessions."""
        self.sweep(now)
        text = self._fresh(number, now + LINK)
        self._put(_name("links", text), {"number": number, "place": place})
        return text

    def of_link(self, text: str, now: datetime) -> Link | None:
        """See Sessions."""
        if not _lasts(text, now, LINK):
            return None
        found = self._get(_name("links", text))
        return Link(int(found["number"]), str(found["place"])) if found else None

    def begin(
        self, text: str, now: datetime, span: timedelta, browser: str = ""
    ) -> tuple[str, Link] | None:
        """See Sessions. Of two machines that use a link at once one does, or none."""
        link = self.of_link(text, now)
        if link is None or not self._claim(text):
            return None
        secret = self._fresh(link.number, now + span)
        facts = {"number": link.number, "began": now.timestamp(), "browser": browser}
        self._put(_name("sessions", secret), facts)
        if self._get(_name("links", text)) is None:  # it was taken back meanwhile
            self._objects.delete(_name("sessions", secret))
            return None
        self._objects.delete(_name("links", text))
        return secret, link

    def number(self, secret: str, now: datetime) -> int | None:
        """See Sessions."""
        if not _lasts(secret, now, STAYS):
            return None
        digest, today = token.digest(secret), now.astimezone(UTC).toordinal()
        with self._lock:
            known, forgot, asked = self._known.get(digest), self._forgot, self._now()
        age = asked - known.at if known else _AWAY
        if known is None or age >= _BELIEVED:
            try:
                found = self._get(_name("sessions", secret))
            except ObjectsError:
                if age >= _AWAY or known is None:
                    raise
                return known.number
            if found is None or not _has_begun(found, now):
                self._forget(digest)
                return None
            known = _Known(int(found["number"]), asked, known.day if known else 0)
        if known.day != today and self._note(secret, today):
            known = _Known(known.number, known.at, today)
        with self._lock:
            if len(self._known) >= _MOST:
                self._known.clear()
            if self._forgot == forgot:
                self._known[digest] = known
        return known.number

    def end(self, secret: str) -> None:
        """See Sessions."""
        if _TEXT.fullmatch(secret):
            self._end(_name("sessions", secret))

    def of_member(self, number: int, now: datetime) -> list[Begun]:
        """See Sessions."""
        found: list[Begun] = []
        for name in self._of("sessions", number):
            ends, digest = _ends(name), name.rpartition("-")[2]
            facts = self._get(name) if clock.is_good(ends, STAYS, now) else None
            if facts is None or not _has_begun(facts, now):
                continue
            day = self._get(name.replace("sessions/", "seen/", 1)) or {}
            seen = date.fromordinal(int(day["day"])) if day else None
            began = datetime.fromtimestamp(float(facts["began"]), UTC)
            found.append(Begun(digest, began, ends, str(facts["browser"]), seen))
        return sorted(found, key=lambda one: (one.began or one.ends, one.id), reverse=True)

    def end_one(self, number: int, digest: str) -> None:
        """See Sessions."""
        for name in self._of("sessions", number):
            if name.rpartition("-")[2] == digest:
                self._end(name)

    def end_all(self, number: int) -> None:
        """See Sessions. Links first: whoever uses one just now finds it gone."""
        for folder in ("links", "sessions", "seen"):
            for name in self._of(folder, number):
                self._end(name)

    def end_links(self, number: int) -> None:
        """See Sessions."""
        for name in self._of("links", number):
            self._end(name)

    def close(self) -> None:
        """There is nothing to let go of."""

    # -- objects --------------------------------------------------------------------------------

    def _claim(self, text: str) -> bool:
        """Whether nobody else uses a link: who sees another claim beside his own takes it back."""
        folder = f"claims/{_last(text)}"
        name = f"{folder}/{secrets.token_hex(8)}"
        self._objects.put(name, b"")
        if self._objects.names(folder) == [name]:
            return True
        self._objects.delete(name)
        return False

    def _note(self, secret: str, today: int) -> bool:
        """Writes down on which day a session was last used, apart from it: so nobody who writes
        that brings a session back which has ended meanwhile. Who reads is not kept out."""
        try:
            self._put(_name("seen", secret), {"day": today})
        except ObjectsError:
            return False
        return True

    def sweep(self, now: datetime) -> None:
        """See Sessions; once an hour."""
        if self._now() - self._swept < _SWEEP:
            return
        self._swept = self._now()
        for folder in _FOLDERS:
            for name in self._objects.names(folder):
                if _ends(name) <= now:
                    self._objects.delete(name)

    def _of(self, folder: str, number: int) -> Iterator[str]:
        yield from self._objects.names(f"{folder}/{self._owner(number)}")

    def _put(self, name: str, facts: Mapping[str, Any]) -> None:
        self._objects.put(name, sealed(self._key, json.dumps(facts).encode("ascii"), name))

    def _get(self, name: str) -> dict[str, Any] | None:
        """What an object says; None when it is not there, or not ours."""
        try:
            found: dict[str, Any] = json.loads(opened(self._key, self._objects.get(name), name))
        except (FileNotFoundError, StoreError, ValueError):
            return None
        return found

    @cached_property
    def _key(self) -> bytes:
        return keys.spool_key(self._config.keys)

    def _end(self, name: str) -> None:
        """Takes an object away, and what is known of it here: also what somebody read meanwhile,
        who asked before it was gone."""
        try:
            self._objects.delete(name)
        finally:
            self._forget(name.rpartition("-")[2])

    def _forget(self, digest: str) -> None:
        with self._lock:
            self._known.pop(digest, None)
            self._forgot += 1

    def _fresh(self, number: int, ends: datetime) -> str:
        return f"{self._owner(number)}{int(ends.timestamp()):08x}{token.fresh()}"

    def _owner(self, number: int) -> str:
        said = f"sessions\0{number}".encode("ascii")
        return hmac.digest(self._key, said, "sha256").hex()[:16]


def of(config: Config) -> Sessions | SharedSessions:
    """The sessions of a hub: of this machine, or where its machines share them."""
    return SharedSessions(config) if config.cluster.divided else Sessions(config)


def end_links(config: Config, number: int) -> None:
    """Takes back what lets a member in and went by mail. Blocking."""
    stored = of(config)
    try:
        stored.end_links(number)
    finally:
        stored.close()


def are_there(config: Config) -> bool:
    """Whether anybody may be signed in: looking makes no file."""
    return config.cluster.divided or Sessions.are_there(config)


def of_member(config: Config, number: int) -> list[Begun]:
    """Where a member is signed in now, the latest first. Blocking; makes no file."""
    if not are_there(config):
        return []
    stored = of(config)
    try:
        return stored.of_member(number, clock.now())
    finally:
        stored.close()


def end_all(config: Config, number: int) -> None:
    """Signs a member out everywhere, and takes the links back. Blocking."""
    stored = of(config)
    try:
        stored.end_all(number)
    finally:
        stored.close()


def sweep(config: Config) -> None:
    """Forgets who was signed in, once that has ended. Blocking."""
    if not timekeeping.is_sure(config.state):
        return
    stored = of(config)
    try:
        with contextlib.suppress(ObjectsError, HubError):  # no store now: at the next look
            stored.sweep(clock.now())
    finally:
        stored.close()


def _name(folder: str, text: str) -> str:
    return f"{folder}/{text[:16]}/{_last(text)}"


def _last(text: str) -> str:
    return f"{text[16:24]}-{token.digest(text)}"


def _ends(name: str) -> datetime:
    """When what is called so ends; long ago for what is none of ours."""
    found = re.search(r"/([0-9a-f]{8})-[0-9a-f]{64}(?:/|$)", name)
    return datetime.fromtimestamp(int(found[1], 16) if found else 0, UTC)


def _lasts(text: str, now: datetime, span: timedelta) -> bool:
    found = _TEXT.fullmatch(text)
    if found is None:
        return False
    return clock.is_good(datetime.fromtimestamp(int(found[2], 16), UTC), span, now)


def _has_begun(facts: Mapping[str, Any], now: datetime) -> bool:
    """Whether a session began by now: not one of a clock that was ahead, and put back since."""
    return float(facts["began"]) <= (now + clock.FAST).timestamp()
