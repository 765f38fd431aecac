"""The mail a week about what a saved search finds anew."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from urllib.parse import quote_plus

from solicomm_build.desk.chores import Looked, Step
from solicomm_build.desk.lettering import letter
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Deed, Letter, Plan
from solicomm_build.features.search.engine.document import Row
from solicomm_build.features.search.engine.finding import find
from solicomm_build.features.search.finding import opened
from solicomm_build.features.search.saved import store
from solicomm_build.features.search.saved.saving import DEED, WEEK, YEAR
from solicomm_build.features.search.saved.store import Saved
from solicomm_build.foundation import clock, i18n, timekeeping
from solicomm_build.foundation.i18n import gettext

SHOWN = 10
_LOOKED_AT = 100
_REST = 600.0  # seconds between two looks


def steps(office: Office, looked: Looked[int]) -> Iterator[Step]:
    """One plan for each search that is due; one without anything new sends no mail. The desk takes
    one of them at a time, and the next without a rest."""
    if looked.rests(_REST):
        return
    now = clock.now()
    latest = (now + WEEK + clock.FAST).timestamp()  # what is due later a clock said that was ahead
    for number in store.numbers(office.config):
        if now.timestamp() < looked.seen.get(str(number), 0) <= latest:
            continue
        saved = store.read(office.config, number)
        if saved is None:
            continue
        looked.seen[str(number)] = saved.due
        if now.timestamp() < saved.due <= latest:
            continue
        if saved.due > latest and not timekeeping.is_right(office.config.state):
            continue
        if saved.number == number:  # else it would be due for ever, as one that somebody edited
            looked.at_once()
        yield Step(f"search-{number}-{saved.due}", _plan(office, _in_time(saved, now), now))


def _in_time(saved: Saved, now: datetime) -> Saved:
    """What a clock dated that was far ahead begins a week ago, and lasts for a year from now."""
    since, ends = f"{now - WEEK:%Y-%m-%d}", int((now + YEAR).timestamp())
    late = saved.since > f"{now + clock.FAST:%Y-%m-%d}"
    return replace(saved, since=since if late else saved.since, ends=min(saved.ends, ends))


def _plan(office: Office, saved: Saved, now: datetime) -> Plan:
    if saved.ends <= now.timestamp():
        return Plan(deeds=(Deed(DEED, {"end": saved.number}),), subject="End a saved search")
    rows, count = _fresh(office, saved)
    after = replace(
        saved,
        since=f"{now:%Y-%m-%d}",
        due=int((now + WEEK).timestamp()),
        told=tuple(row.address for row in rows),
    )
    letters = (_letter(office, saved, rows[:SHOWN], count),) if rows else ()
    return Plan(deeds=(Deed(DEED, asdict(after)),), letters=letters, subject="Saved search")


def _fresh(office: Office, saved: Saved) -> tuple[list[Row], int]:
    """What came since the last mail and was not in it, the newest first, and how many."""
    index = opened(office.config)
    if index is None:
        return [], 0
    found = find([index], f"after:{saved.since} {saved.query}", saved.lang, _LOOKED_AT)
    whole = [hit.row for hit in found.hits[: found.whole]]
    rows = [row for row in whole if row.address not in saved.told]
    return sorted(rows, key=lambda row: -row.time), len(rows)


def _letter(office: Office, saved: Saved, rows: list[Row], count: int) -> Letter:
    url = office.config.url
    stop = f"{url}/search/stop/{store.token_of(office.config, saved.number)}"
    made = letter(
        office,
        "search/found",
        saved.address,
        saved.lang,
        notice=True,
        query=saved.query,
        count=count,
        rows=[(row.title or "–", row.author, f"{url}/{row.address}") for row in rows],
        page=f"{url}/search/?q={quote_plus(saved.query)}",
        stop_at=stop,
        ends=i18n.format_date(saved.lang, datetime.fromtimestamp(saved.ends, UTC)),
        because=gettext(
            saved.lang, "You get this mail because this search was saved for this address."
        ),
    )
    return replace(made, unsubscribe=stop)
