"""Links to documents that wait for a reviewer: `/deposits/<deposit>/<26 letters>`.

The letters (people/token.py) are a MAC of the deposit, the file and the day on which the link ends;
nothing is stored. A link fetches one file and decides nothing: whoever sees it in a browser's
history cannot publish by it. It is good while the deposit waits, so the decision ends it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from solicomm_build.features.library.cards.entry import File
from solicomm_build.features.library.deposits.deposits import WAITING, Deposits
from solicomm_build.foundation import clock, keys
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people import token

FOLDER = "/deposits/"
_KEY = re.compile(r"[0-9]{4}-[a-z2-7]{8}")  # features/library/deposits/deposits.py::Deposits.key_of
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Offered:
    """A file of a deposit, and where its octets lie."""

    file: File
    path: Path


def link(config: Config, deposit: str, sha256: str, span: timedelta) -> str:
    """The whole address of one file of a deposit, good for `span` and the rest of that day."""
    return config.url + path(config, deposit, sha256, span)


def path(config: Config, deposit: str, sha256: str, span: timedelta) -> str:
    """The same within the hub."""
    day = (clock.now() + span - _EPOCH).days
    text = token.document_token(keys.token_key(config.keys), deposit, sha256, day)
    return f"{FOLDER}{deposit}/{text}"


def offered(config: Config, deposit: str, text: str) -> Offered | None:
    """The file that a link is for; None when it is not ours or over, or when the deposit does not
    wait any more. Blocking."""
    if _KEY.fullmatch(deposit) is None:
        return None
    deposits = Deposits(config)
    found = deposits.get(deposit)
    if found is None or found.facts.state != WAITING:
        return None
    key, today = keys.token_key(config.keys), (clock.now() - _EPOCH).days
    for file in found.entry.files:
        day = token.read_document_token(key, text, deposit, file.sha256)
        place = deposits.file(deposit, file.sha256)
        if day is not None and day >= today and place.is_file():
            return Offered(file, place)
    return None
