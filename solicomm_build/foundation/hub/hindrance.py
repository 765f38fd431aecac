"""What fails beside a stage and does not stop it: `state/hindered/<name>.json`, told by health.py.

Written when the first thing failed, gone when all that failed was done. What failed rests
(`Rests`), and is tried again. `Apart` is the work of a feature in a stage, which holds no other.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

from solicomm_build.foundation import clock, safeio
from solicomm_build.foundation.errors import NotKeptError, SoliCommError, StoreError
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.objects.client import ObjectsError

FOLDER = "hindered"
"""Below the hub's `state`."""
FIRST, LONGEST = timedelta(seconds=5), timedelta(minutes=5)
"""How long what failed rests: each time twice as long as before, and never longer."""
_trace = logging.getLogger("solicomm")


class Rests:
    """Places where something fails, with when it is tried again there."""

    def __init__(self) -> None:
        self._at: dict[str, tuple[datetime, timedelta]] = {}

    def __bool__(self) -> bool:
        return bool(self._at)

    def __contains__(self, place: object) -> bool:
        return place in self._at

    def has(self, place: str) -> bool:
        """Whether it is too early to try again."""
        known = self._at.get(place)
        return known is not None and clock.is_early(*known)

    def failed(self, place: str) -> bool:
        """It failed there; whether that is new."""
        known = self._at.get(place)
        rest = min(2 * known[1], LONGEST) if known else FIRST
        self._at[place] = (clock.now() + rest, rest)
        return known is None

    def over(self, place: str) -> None:
        """It went well there."""
        self._at.pop(place, None)


class Apart:
    """What a feature does in a stage. Where that fails it is logged and told, rests, and is tried
    again; the stage goes on with all else.

    A fault of the disk ends the stage once, since another begins with nothing remembered; when it
    is there again it rests as any other. That other machines, or a store, do not answer always ends
    it.
    """

    def __init__(self, state: Path, log: MailLog, stage: str, feature: str) -> None:
        self._state, self._log, self._name = state, log, f"{feature}-{stage}"
        self._rests = Rests()
        self._is_told = True  # until it is known that nothing is wrong

    @property
    def rests(self) -> bool:
        """Whether it is too early to try again."""
        return self._rests.has("")

    @property
    def has_failed(self) -> bool:
        """Whether it did not go well since."""
        return bool(self._rests)

    def failed(self, error: Exception) -> None:
        """It failed: notes that, and when it is tried again. Raises the error where it ends the
        stage."""
        if isinstance(error, NotKeptError | ObjectsError):
            raise error
        is_new = not is_begun(self._state, self._name)
        begin(self._state, self._name, clock.now())
        self._is_told = True
        if is_new and isinstance(error, StoreError | OSError | sqlite3.Error):
            raise error
        if self._rests.failed(""):
            if not isinstance(error, SoliCommError):
                _trace.error("%s failed", self._name, exc_info=error)
            reason = error.public if isinstance(error, SoliCommError) else type(error).__name__
            self._log.event("chore-failed", chore=self._name, reason=reason)

    def went_well(self) -> None:
        """All that was due is done."""
        if self._rests:
            self._rests.over("")
            self._log.event("chore-goes-on", chore=self._name)
        if self._is_told:
            end(self._state, self._name)
            self._is_told = False


def begin(state: Path, name: str, at: datetime) -> None:
    """`name` fails from this moment (UTC) on; what is known already stays."""
    path = _path(state, name)
    if path.exists():
        return
    with contextlib.suppress(OSError):  # a full disk is said elsewhere, and must not hold mail
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps({"since": at.strftime("%Y-%m-%d %H:%M")})
        safeio.write_atomic(path, text.encode("ascii"), durable=False)


def is_begun(state: Path, name: str) -> bool:
    """Whether it is known that it fails."""
    return _path(state, name).exists()


def end(state: Path, name: str) -> None:
    """All is done again."""
    with contextlib.suppress(OSError):
        _path(state, name).unlink()


def troubles(state: Path) -> list[str]:
    """What fails, a line each, without a name of a list or of anybody. Raises OSError when this
    user may not look."""
    return [
        f"{path.stem} has failed since {_since(path)} UTC (`companion-failed` or `chore-failed` in"
        " state/mail.log says why): all else goes on, and what it has to do is done later"
        for path in sorted((state / FOLDER).glob("*.json"))
    ]


def _since(path: Path) -> str:
    try:
        return str(json.loads(path.read_text("ascii"))["since"])
    except (OSError, ValueError, KeyError, TypeError):
        return "some time"


def _path(state: Path, name: str) -> Path:
    return state / FOLDER / f"{name}.json"
