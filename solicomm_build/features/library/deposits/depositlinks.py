"""Links to documents that wait for a reviewer: `/deposits/<deposit>/<26 letters>`.

The letters (people/token.py) are a MAC of the deposit, the file, the reviewer and the day on which
the link ends; nothing is stored. A link fetches one file and decides nothing: whoever sees it in a
browser's history cannot publish by it. It is good while the deposit waits, so the decision ends it,
and while the reviewer is one.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

from solicomm_build.desk.office import MODERATE
from solicomm_build.features.library.cards.entry import File
from solicomm_build.features.library.deposits import curators
from solicomm_build.features.library.deposits.deposits import WAITING, Deposits
from solicomm_build.foundation import clock, keys
from solicomm_build.foundation.hub.config import Config
from solicomm_build.message.address import key
from solicomm_build.people import token
from solicomm_build.people.operators import staff
from solicomm_build.people.rosterstore import RosterStore

FOLDER = "/deposits/"
_KEY = re.compile(r"[0-9]{4}-[a-z2-7]{8}")  # features/library/deposits/deposits.py::Deposits.key_of
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOST = MODERATE.days + 1
"""Days that a link is good: what would be good for longer was made by a clock that was ahead."""


@dataclass(frozen=True, slots=True)
class Offered:
    """A file of a deposit, and where its octets lie."""

    file: File
    path: Path


def reviewer(number: int, address: str) -> str:
    """What a link calls whom it is for: a member, or the operator of hub.yaml by the address."""
    return str(number) if number else key(address)


def link(config: Config, deposit: str, sha256: str, who: str, span: timedelta) -> str:
    """The whole address of one file of a deposit for a `reviewer`, good for `span` and the rest of
    that day."""
    return config.url + path(config, deposit, sha256, who, span)


def path(config: Config, deposit: str, sha256: str, who: str, span: timedelta) -> str:
    """The same within the hub."""
    day = (clock.now() + span - _EPOCH).days
    text = token.document_token(keys.token_key(config.keys), deposit, sha256, who, day)
    return f"{FOLDER}{deposit}/{text}"


class Offers:
    """What links of one hub are for. Safe for several threads. Close it."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._roster: RosterStore | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        """Ends the reading process."""
        with self._lock:
            if self._roster is not None:
                self._roster.close()
                self._roster = None

    def of(self, deposit: str, text: str) -> Offered | None:
        """The file that a link is for; None when it is not ours or over, when the deposit does not
        wait any more, or who got it does not decide any more. Blocking."""
        if _KEY.fullmatch(deposit) is None:
            return None
        deposits = Deposits(self._config)
        found = deposits.get(deposit)
        if found is None or found.facts.state != WAITING:
            return None
        signed, today = keys.token_key(self._config.keys), (clock.now() - _EPOCH).days
        for who, file in product(self._reviewers(found.facts.library), found.entry.files):
            day = token.read_document_token(signed, text, deposit, file.sha256, who)
            place = deposits.file(deposit, file.sha256)
            if day is not None and today <= day <= today + _MOST and place.is_file():
                return Offered(file, place)
        return None

    def _reviewers(self, library: str) -> set[str]:
        """Who decides now."""
        config, said = self._config, curators.rules(self._config, library)
        with self._lock:
            if self._roster is None:
                self._roster = RosterStore.of(config)
            roster = self._roster.roster()
            found = {
                reviewer(one.number, one.address)
                for one in curators.of(config, said, library, roster)
            }
            for one in staff.every(config, roster):
                found |= {reviewer(one.number, one.address), reviewer(0, one.address)}
        return found
