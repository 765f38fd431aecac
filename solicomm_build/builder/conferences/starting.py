"""Where a newcomer begins to read: three topics, for the mail that welcomes
(features/lists/welcoming.py).

    /conferences/<id>/start.json    {"topics": [{"title": …, "url": …}, …]}

First what moderators pinned, then what they summed up, then what had most posts of the topics that
were written in within 90 days and began before today: so hardly any post changes the three, and
none writes this file just because it begins a topic. The desk reads it, since stages meet on the
disk.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from solicomm_build.builder.conferences.touched import Touched
from solicomm_build.builder.parts import Surroundings
from solicomm_build.builder.sources import Planned, digest
from solicomm_build.post import topicmarks
from solicomm_build.post.pages import Page

MOST = 3
_DAYS = 90
_LOOKED_AT = 300  # topics with a mark that are read for a summary, the newest first
FILE = "start.json"


class Starting:
    """Plans the file of one conference: a part of its pages (parts.py)."""

    def __init__(self, around: Surroundings) -> None:
        self._sources, self._facts, self._around = around.sources, around.facts, around

    def period(self) -> str:
        """The day."""
        return self._around.today.isoformat()

    def everything(self) -> Iterator[Planned | str]:
        """The file."""
        yield Planned(f"{self._facts.url}{FILE}", self._around.section, 1, self._page)

    def changed(self, touched: Touched) -> Iterator[Planned | str]:
        """The file: it is looked at with every post, and written when the three are others, so
        that a build from nothing says the same."""
        yield from self.everything()

    def renewed(self) -> Iterator[Planned | str]:
        """Another day."""
        yield from self.everything()

    def _page(self) -> Page:
        url = f"{self._facts.url}{FILE}"
        topics = [
            {"title": title, "url": f"{self._facts.url}t/{tid}/"} for tid, title in self._chosen()
        ]
        text = json.dumps({"topics": topics}, ensure_ascii=False)
        key = digest("start", text)
        facts = {"data": text + "\n"}
        return Page(url, "raw", self._around.section, self._facts.lang, "", key, facts)

    def _chosen(self) -> list[tuple[str, str]]:
        """(tid, title) of the three."""
        rows = self._around.rows
        found = [(topic.tid, topic.title) for topic in rows.pinned_topics(MOST)]
        if len(found) < MOST:
            found += self._summed_up()
        if len(found) < MOST:
            found += self._lively()
        return list(dict.fromkeys(found))[:MOST]

    def _summed_up(self) -> list[tuple[str, str]]:
        marked = self._sources.db.execute(
            "SELECT tid, title, told FROM topic INDEXED BY topic_told"
            " WHERE conf=? AND told<>'' ORDER BY last DESC, tid LIMIT ?",
            (self._facts.id, _LOOKED_AT),
        )
        return [(tid, title) for tid, title, told in marked if topicmarks.decode(told).summaries]

    def _lively(self) -> list[tuple[str, str]]:
        today = self._around.day_start
        rows = self._sources.db.execute(
            "SELECT tid, title FROM topic WHERE conf=? AND last>=? AND started<?"
            " ORDER BY posts DESC, last DESC, tid LIMIT ?",
            (self._facts.id, today - _DAYS * 86_400, today, 2 * MOST),
        )
        return [(tid, title) for tid, title in rows]
