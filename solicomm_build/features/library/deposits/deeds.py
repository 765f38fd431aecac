"""What carrying out a plan of the desk does to deposits: they are decided, or changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from solicomm_build.desk.plan import Deed
from solicomm_build.features.library.deposits.deposits import Deposits, Facts
from solicomm_build.foundation.hub.config import Config

FILINGS = "filings"


def filing(key: str, facts: Facts, card: str = "") -> Deed:
    """What a deposit is from now on: its facts, and its card when that changes."""
    return Deed(FILINGS, {"key": key, "facts": asdict(facts), "card": card})


def carry_out(config: Config, facts: Mapping[str, Any], when: datetime) -> None:
    """Makes it that. Safe to call twice."""
    said = facts["facts"]
    kept = Facts(**said | {name: tuple(said[name]) for name in ("guesses", "notes", "told")})
    Deposits(config).settle(facts["key"], kept, facts["card"], when)
