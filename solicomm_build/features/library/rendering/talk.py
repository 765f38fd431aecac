"""The topics that are about documents: those of a library's conference whose titles name a card,
such as `[lib:2026-7qk3xa2m] What of clause 7?`. Cards show them, so what they were called when that
was shown last is noted: a topic that is called otherwise, or is gone, is on no card any more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from solicomm_build.builder.planning import Planning
from solicomm_build.features.library.rendering.librarian import named_in

Topics = Mapping[str, list[object]]
"""When each began, in seconds, and its title, by its address."""


def topics(plan: Planning, conference: str, noted: str) -> Topics:
    """Those there are now in a conference that is shown; `noted` are those of the last build, empty
    where they are not known."""
    if conference not in plan.found.conferences:
        return {}
    touched, db = plan.pending.get(f"conference:{conference}", {}), plan.sources.db
    if touched is None or not noted:
        rows = db.execute(
            "SELECT tid, started, title FROM topic WHERE conf=? AND title LIKE '%lib:%'",
            (conference,),
        )
        return {tid: [started, title] for tid, started, title in rows if named_in(title)}
    found = dict(decode(noted))
    for tid in touched.get("tids", ()):
        found.pop(tid, None)
        row = db.execute(
            "SELECT started, title FROM topic WHERE conf=? AND tid=?", (conference, tid)
        ).fetchone()
        if row and named_in(row[1]):
            found[tid] = [*row]
    return found


def moved(before: Topics, now: Topics) -> set[str]:
    """The keys of the cards of which other topics speak now."""
    return {key for one in _others(before, now) for key in named_in(str(one[1]))}


def _others(before: Topics, now: Topics) -> Iterator[list[object]]:
    for tid in before.keys() | now.keys():
        if before.get(tid) != now.get(tid):
            yield from (found[tid] for found in (before, now) if tid in found)


def encode(found: Topics) -> str:
    """Topics as they are noted."""
    return json.dumps(found, ensure_ascii=False, sort_keys=True)


def decode(noted: str) -> Topics:
    """What `encode` wrote; none where nothing is noted."""
    found: Topics = json.loads(noted or "{}")
    return found
