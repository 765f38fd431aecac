"""A long log comes over the net step by step: a line that breaks loses a step, and not all.

    hub: every sixteenth commit of the log (stones.py)
      └─→ git fetch of one of them after the other ─→ refs/steps/<hub> in the quarantine
            └─→ git fetch of the offer, which lacks little then

Git's protocol, version 2, hands out any commit that is named (gitprotocol-v2, `want`), so both ends
are git as it is. A step has as many stones as the line has carried before: more after each that
came soon, half as many after one that broke off, and then they become more only slowly. A hub that
names none, being older, and one whose git hands out offers alone, are asked for all at once.

Nothing of it is believed: what came counts when the signed offer has it in its history, and is
thrown away when not.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from solicomm_build.features.network.carrying import turns
from solicomm_build.foundation.errors import ContentError, SoliCommError, StoreError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import exchange
from solicomm_build.git import log as history
from solicomm_build.git import refs as git_refs
from solicomm_build.git.repo import Repo

PREFIX = "refs/steps/"
MOST = 4 << 30
"""Octets of all steps, and of one fetch."""
APART = 16
"""Commits from one stone to the next: of a conference some 40 kB."""
MOST_STONES = 500
"""In one answer, which has 22 kB then: on a line of 1,000 octets a second half a minute."""
_OID = re.compile(r"[0-9a-f]{40}")
_FARTHEST = 10**7
_FIRST = 16  # stones of the first step, 0.6 MB
_QUICK, _SOON = 2.0, 15.0  # seconds
_TRIES, _MOST_STEPS = 3, 10_000
_UNHEARD = re.compile(r"unable to access|nothing whole came|Could not resolve|timed out")


@dataclass(frozen=True, slots=True)
class Stones:
    """The next ones, and how many there are to the end."""

    oids: tuple[Oid, ...] = ()
    left: int = 0


def read(blob: bytes) -> Stones:
    """What another hub answers. Raises ContentError."""
    try:
        found = json.loads(blob)
        oids = tuple(Oid(one) for one in found["stones"][:MOST_STONES] if _OID.fullmatch(one))
        return Stones(oids, max(len(oids), min(int(found["left"]), _FARTHEST)))
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise ContentError("the steps of a log cannot be read") from error


Ask = Callable[[str, str], Stones]
"""The stones of a hub's log after a commit, or from its beginning. Raises SoliCommError."""
Progress = Callable[[int, int, str], None]
"""How far it is: stones, of how many, and of what."""


def silent(_done: int, _of: int, _what: str) -> None:
    """Tells nobody."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a log is fetched: the address for git, with its token; who names stones; the last commit
    that is here of each hub's log; who is told how far it is; and octets that may come."""

    source: str
    ask: Ask
    has: Mapping[str, Oid] = field(default_factory=dict)
    token: str = ""
    progress: Progress = silent
    most: int = MOST


def is_broken(error: SoliCommError) -> bool:
    """Whether git was cut off, or not heard."""
    return bool(_UNHEARD.search(error.public) or exchange.CUT_OFF.search(error.public))


def begun(place: Repo) -> dict[str, Oid]:
    """How far logs are here of which the end is not, by their hubs."""
    return git_refs.below(place.path, PREFIX)


def walk(place: Repo, way: Way, hubs: Sequence[str]) -> None:
    """Brings all but the ends of logs that are not here, and of those that broke off before.
    Raises StoreError when the line breaks, again and again; what came stays. Blocking."""
    broke = _marker(place).exists()
    for hub in hubs:
        here = begun(place).get(hub) or way.has.get(hub)
        if broke or hub not in way.has or hub in begun(place):
            _Steps(place, way, hub).walk(here or Oid(""))


def came(place: Repo, tips: Mapping[str, Oid]) -> bool:
    """The offers are here: whether all steps are of their histories. They are forgotten."""
    found = begun(place)
    is_good = all(
        hub in tips and history.goes_on(place, step, tips[hub])
        for hub, step in found.items()
        if hub in tips
    )
    for hub, step in found.items():
        if hub in tips:
            place.set_ref(PREFIX + hub, None, step)
    _marker(place).unlink(missing_ok=True)
    return is_good


def broke(place: Repo) -> None:
    """A fetch broke off: the next one goes step by step."""
    _marker(place).touch()


class _Steps:
    """The way along one log."""

    def __init__(self, place: Repo, way: Way, hub: str) -> None:
        self._place, self._way, self._hub = place, way, hub
        self._pace, self._breaks = _pace(place)

    def walk(self, here: Oid) -> None:
        done, failed = 0, 0
        for _ in range(_MOST_STEPS):
            stones = self._way.ask(self._hub, here)
            if not stones.oids:
                return
            at = 0
            while at < len(stones.oids):
                self._way.progress(done, done + stones.left - at, self._hub)
                end = min(at + self._pace, len(stones.oids))
                try:
                    seconds = self._step(stones.oids[end - 1])
                except StoreError as error:
                    if not is_broken(error):
                        return  # its git does not do that: all comes at once
                    failed += 1
                    self._keep_pace(max(1, (end - at) // 2), breaks=True)
                    if failed == _TRIES:
                        raise
                    continue
                done, at, failed = done + end - at, end, 0
                self._keep_pace(self._next(seconds), breaks=self._breaks)
            here = stones.oids[-1]

    def _next(self, seconds: float) -> int:
        """How many stones the next step has after one that took so long."""
        if seconds >= _SOON:
            return self._pace
        if self._breaks:
            return self._pace + max(1, self._pace // 8)
        return self._pace * (8 if seconds < _QUICK else 2)

    def _step(self, stone: Oid) -> float:
        """Fetches up to a stone; the seconds that it took."""
        name, begin = PREFIX + self._hub, time.monotonic()
        packs = (self._place.path / "objects" / "pack").glob("*.pack")
        if sum(path.stat().st_size for path in packs) > MOST:
            raise StoreError(f"{self._place.path.name}: it is larger than {MOST:,} bytes")
        with turns.away() as left:
            wait = min(1800.0, left)
            exchange.fetch(
                self._place,
                self._way.source,
                [f"+{stone}:{name}"],
                most=min(MOST, self._way.most),
                seconds=wait,
                token=self._way.token,
            )
        return time.monotonic() - begin

    def _keep_pace(self, pace: int, *, breaks: bool) -> None:
        self._pace, self._breaks = pace, breaks
        (self._place.path / "pace").write_text(f"{pace} {int(breaks)}", "ascii")


def _pace(place: Repo) -> tuple[int, bool]:
    """How many stones the next step has, and whether the line has broken before."""
    try:
        pace, breaks = (place.path / "pace").read_text("ascii").split()
        return max(1, min(1 << 20, int(pace))), breaks == "1"
    except (OSError, ValueError):
        return _FIRST, False


def _marker(place: Repo) -> Path:
    return place.path / "broke"
