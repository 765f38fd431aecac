"""Tells the operator by mail what is wrong with what is watched: once, then daily, then that it is
well again.

    checks of features ─ every ten minutes ─→ one letter: what is new, still there, well again

An operator who wants only what is urgent is told of faults alone (people/operators/mails.py).
`reminders/checks` in `private/` has when the last letter went, and what it told of; below `urgent`
the same of those letters.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from solicomm_build.desk.chores import Looked, Step
from solicomm_build.desk.lettering import letter
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Letter, Plan, Write
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import finding
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Result

_PATH = "reminders/checks"
_REST = 600.0  # seconds between two looks
_DAILY = timedelta(days=1)
_MOST = 50
"""Of so much one letter tells; `solicomm check` shows all."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What was told last, by key, and when."""

    at: datetime
    what: dict[str, str]

    def news(self, found: dict[str, Result]) -> _News | None:
        """What a letter about what is wrong now would say, if one is due."""
        fresh = [key for key in found if key not in self.what]
        well = [what for key, what in self.what.items() if key not in found]
        if not (fresh or well or (found and abs(clock.now() - self.at) >= _DAILY)):
            return None
        there = [found[key] for key in (*fresh, *(key for key in found if key in self.what))]
        return _News(there[:_MOST], well[:_MOST])

    def as_json(self) -> dict[str, Any]:
        return {"at": self.at.isoformat(), "told": self.what}


@dataclass(frozen=True, slots=True)
class _News:
    wrong: list[Result]
    well: list[str]


def steps(office: Office, looked: Looked[Result]) -> Iterator[Step]:
    """The letters that are due, if any are."""
    config = office.config
    if looked.rests(_REST) or not (people := office.operators()):
        return
    told, urgently = _told(config)
    found = _lasting(finding.wrong(config), told.what, looked)
    faults = {key: one for key, one in found.items() if one.level == "fault"}
    few = [to for to in office.operators(urgent=True) if to not in people]
    news = told.news(found)
    worse = urgently.news(faults) if few else None
    if news is None and worse is None:
        return
    now = clock.now()
    if news is not None:
        told = _Told(now, {key: one.what for key, one in found.items()})
    if worse is not None or not few:
        urgently = _Told(now, {key: one.what for key, one in faults.items()})
    kept = told.as_json() | {"urgent": urgently.as_json()}
    plan = Plan(
        letters=(*_letters(office, people, news), *_letters(office, few, worse)),
        writes=(Write.to_private(_PATH, json.dumps(kept, ensure_ascii=False) + "\n"),),
        subject="Tell what is wrong, and what is well again",
    )
    yield Step(f"watch-{now:%Y%m%dT%H%M%S}", plan)


def _letters(office: Office, people: list[str], news: _News | None) -> Iterator[Letter]:
    if news is None:
        return
    for to in people:
        lang = office.language_of(to, "", office.config.languages[0])
        yield letter(office, "checks/watched", to, lang, wrong=news.wrong, well=news.well)


def _lasting(now: list[Result], told: dict[str, str], looked: Looked[Result]) -> dict[str, Result]:
    """What is wrong, by key: of what is watched patiently, what the look before this one found,
    too, and, once told, what that one found still."""
    patient = tuple(f"{one.id} " for one in finding.watched() if one.patient)
    before, looked.seen = looked.seen, {_key(one): one for one in now}
    found = {
        key: one
        for key, one in looked.seen.items()
        if key in told or key in before or not key.startswith(patient)
    }
    gone = {key: one for key, one in before.items() if key in told and key.startswith(patient)}
    return gone | found


def _key(one: Result) -> str:
    return f"{one.id} {one.finding.about or one.what}"


def _told(config: Config) -> tuple[_Told, _Told]:
    """What operators know of, and what those who want only what is urgent do."""
    try:
        kept = json.loads((config.private / _PATH).read_bytes())
    except (OSError, ValueError):
        kept = {}
    urgent = kept.get("urgent") if isinstance(kept, dict) else None
    return _read(kept), _read(urgent)


def _read(kept: Any) -> _Told:
    try:
        told = {str(key): str(what) for key, what in kept["told"].items()}
        return _Told(datetime.fromisoformat(kept["at"]), told)
    except (ValueError, KeyError, TypeError, AttributeError):
        return _Told(clock.now(), {})
