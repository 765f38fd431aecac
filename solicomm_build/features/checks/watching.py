"""Tells the operator by mail what is wrong with what is watched: once, then daily, then that it is
well again.

    checks of features ─ every ten minutes ─→ one letter: what is new, still there, well again

`reminders/checks` in `private/` has when the last letter went, and what it told of.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta

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


def steps(office: Office, looked: Looked[Result]) -> Iterator[Step]:
    """The letter that is due, if one is."""
    config = office.config
    if looked.rests(_REST) or not (people := office.operators()):
        return
    told, last = _told(config)
    found = _lasting(finding.wrong(config), told, looked)
    fresh = [key for key in found if key not in told]
    well = [what for key, what in told.items() if key not in found]
    now = clock.now()
    if not (fresh or well or (found and now - last >= _DAILY)):
        return
    there = [found[key] for key in (*fresh, *(key for key in found if key in told))]
    kept = {"at": now.isoformat(), "told": {key: one.what for key, one in found.items()}}
    plan = Plan(
        letters=tuple(_letter(office, to, there[:_MOST], well[:_MOST]) for to in people),
        writes=(Write.to_private(_PATH, json.dumps(kept, ensure_ascii=False) + "\n"),),
        subject="Tell what is wrong, and what is well again",
    )
    yield Step(f"watch-{now:%Y%m%dT%H%M%S}", plan)


def _letter(office: Office, to: str, wrong: list[Result], well: list[str]) -> Letter:
    lang = office.language_of(to, "", office.config.languages[0])
    return letter(office, "checks/watched", to, lang, wrong=wrong, well=well)


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


def _told(config: Config) -> tuple[dict[str, str], datetime]:
    """What the operator knows of, by key, and since when."""
    try:
        kept = json.loads((config.private / _PATH).read_bytes())
        told = {str(key): str(what) for key, what in kept["told"].items()}
        return told, datetime.fromisoformat(kept["at"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}, clock.now()
