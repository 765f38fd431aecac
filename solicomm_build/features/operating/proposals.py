"""What waits for a second operator's yes: `private/proposals/<id>.json` (people/pending.py).

    waiting ─yes→ agreed ─→ doing ─→ done        lapsed, refused, withdrawn, failed: not done
       └──no, time, asker ──────────────────────────↗

The id is a digest of all that was shown and of the command that will run, so a yes to an id is a
yes to exactly that: a file that says something else is no proposal. Where it stands is written
beside it; whoever changes that holds the roster (people/memberstore.py). It is found for who asked
by `address` and `number`, and by `person` for whom it is about. What is over is told to all and
then goes (ending.py).
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people.operators.operator import Operator
from solicomm_build.people.operators.second import Wanted
from solicomm_build.people.pending import Pending

LASTS = timedelta(days=7)
"""So long a proposal waits."""
FILES = Pending("proposals", timedelta(days=365))
"""Where they lie. Each ends by itself, with a word to all, long before."""

WAITING, AGREED, DOING = "waiting", "agreed", "doing"
DONE, FAILED, LAPSED, REFUSED, WITHDRAWN = "done", "failed", "lapsed", "refused", "withdrawn"
OVER = frozenset((DONE, FAILED, LAPSED, REFUSED, WITHDRAWN))


@dataclass(frozen=True, slots=True)
class Proposal:
    """One of them. `address` and `number` are the asker's, `by` what the audit log calls that
    operator; `second_…` are those of who answered, when it is answered. `said` is why it failed."""

    kind: str
    about: str
    words: tuple[str, ...]
    kept: tuple[str, ...]
    names: Mapping[str, str]
    counts: Mapping[str, int]
    holds: Mapping[str, Any]
    person: str
    address: str
    number: int
    by: str
    at: datetime
    until: datetime
    state: str = WAITING
    second_address: str = ""
    second_number: int = 0
    second_by: str = ""
    answered: datetime | None = None
    tries: int = 0
    said: str = ""
    id: str = field(default="")

    @property
    def is_whole(self) -> bool:
        """Whether it is what its id says."""
        return self.id == _digest(self)

    def is_over(self, now: datetime) -> bool:
        """Whether it is too late for an answer; also where a clock asked that was far ahead."""
        return not clock.is_good(self.until, LASTS, now)

    @property
    def asker(self) -> Operator:
        """Who asked."""
        return Operator(self.address, self.number)

    @property
    def second(self) -> Operator:
        """Who answered."""
        return Operator(self.second_address, self.second_number)


def new(wanted: Wanted, asker: Operator, by: str) -> Proposal:
    """What somebody asks for now, with its id."""
    now = clock.now()
    made = Proposal(
        wanted.kind,
        wanted.about,
        wanted.words,
        wanted.kept,
        dict(wanted.names),
        dict(wanted.counts),
        dict(wanted.holds),
        wanted.person,
        asker.address,
        asker.number,
        by,
        now,
        now + LASTS,
    )
    return replace(made, id=_digest(made))


def path(identifier: str) -> str:
    """Where one lies, below `private/`."""
    return FILES.path(identifier)


def text(one: Proposal) -> str:
    """Its file."""
    return json.dumps(_facts(one), ensure_ascii=False, sort_keys=True) + "\n"


def put(config: Config, one: Proposal) -> None:
    """Keeps it; durable on return. Hold the roster."""
    FILES.put(config, one.id, _facts(one))


def find(config: Config, identifier: str) -> Proposal | None:
    """One of them; None when it went, or there never was one. Whether it was altered says
    `is_whole`."""
    if not (identifier.isascii() and identifier.isalnum()):
        return None
    facts = FILES.get(config, identifier)
    return _read(facts, identifier) if facts else None


def lock(config: Config, identifier: str) -> Path:
    """What is held by who does it."""
    return config.private / FILES.folder / f"{identifier}.lock"


def every(config: Config) -> list[Proposal]:
    """All of them, the oldest first."""
    names = [one.stem for one in (config.private / FILES.folder).glob("*.json")]
    found = (find(config, name) for name in names)
    return sorted((one for one in found if one is not None), key=lambda one: (one.at, one.id))


def _facts(one: Proposal) -> dict[str, Any]:
    facts = asdict(one)
    moments = ("at", "until", "answered")
    return facts | {name: facts[name].isoformat() for name in moments if facts[name] is not None}


def _read(facts: dict[str, Any], identifier: str) -> Proposal | None:
    try:
        lists = {name: tuple(map(str, facts[name])) for name in ("words", "kept")}
        times = {name: datetime.fromisoformat(facts[name]) for name in ("at", "until")}
        answered = facts.get("answered")
        times |= {"answered": datetime.fromisoformat(answered)} if answered else {}
        return Proposal(**(facts | lists | times | {"id": identifier}))
    except (KeyError, TypeError, ValueError):
        return None


_BOUND = (
    "kind",
    "about",
    "words",
    "names",
    "counts",
    "holds",
    "person",
    "address",
    "number",
    "at",
    "until",
)
"""What nobody may change once it was shown."""


def _digest(one: Proposal) -> str:
    """100 bits of what was shown and will be done."""
    facts = _facts(one)
    bound = [facts[name] for name in _BOUND]
    octets = json.dumps(bound, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")
    return base64.b32encode(hashlib.sha256(octets).digest()).decode("ascii").lower()[:20]
