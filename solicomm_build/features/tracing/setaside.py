"""Tells the operator what was set aside because it held a stage or ended it (watch.py).

    spool/quarantine ─→ one letter about all that nobody was told of, and no more than one an hour

`reminders/set-aside` in `private/` has the moment of the last letter, and what it and those before
it told of, as long as that is in the quarantine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from solicomm_build.desk.chores import Looked, Step
from solicomm_build.desk.lettering import letter
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Letter, Plan, Write
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import quarantine
from solicomm_build.foundation.hub.quarantine import Aside
from solicomm_build.foundation.watch import is_of_watch

_PATH = "reminders/set-aside"
_REST = timedelta(hours=1)
_LOOK = 60.0  # seconds between two looks at all that lies there
_MOST = 20
"""So many are named in one letter; the others come with the next."""


def steps(office: Office, looked: Looked[int]) -> Iterator[Step]:
    """The letter that is due, if one is. A look costs one call when nothing has changed, and all
    is looked at once a minute at most."""
    folder = office.config.spool_quarantine
    try:
        changed = folder.stat().st_mtime_ns
    except FileNotFoundError:
        return
    if changed == looked.seen.get(_PATH) or not (people := office.operators(urgent=True)):
        return
    if looked.rests(_LOOK):
        return
    known, last = _told(office)
    found = [one for one in quarantine.aside(folder) if is_of_watch(one.reason)]
    fresh = [one for one in found if one.id not in known]
    now = clock.now()
    if not fresh:
        looked.seen[_PATH] = changed
    elif last is None or abs(now - last) >= _REST:
        here = fresh[:_MOST]
        told = [one.id for one in found if one.id in known or one in here]
        kept = (Write.to_private(_PATH, "\n".join([now.isoformat(), *told]) + "\n"),)
        plan = Plan(
            letters=tuple(_letter(office, to, here) for to in people),
            writes=kept,
            subject="Tell of what was set aside",
        )
        yield Step(f"aside-{here[0].id}-{len(told)}", plan)


def _told(office: Office) -> tuple[frozenset[str], datetime | None]:
    """What the operator knows of, and since when; nothing of it when nobody was told yet."""
    with suppress(FileNotFoundError, ValueError):
        first, *ids = (office.config.private / _PATH).read_text("utf-8").split("\n")
        return frozenset(ids), datetime.fromisoformat(first)
    return frozenset(), None


def _letter(office: Office, to: str, found: Sequence[Aside]) -> Letter:
    lang = office.language_of(to, "", office.config.languages[0])
    of_pages = any(one.folder == "build" for one in found)
    return letter(office, "tracing/set-aside", to, lang, found=found, of_pages=of_pages)
