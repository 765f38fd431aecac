"""What is new in a member's lists and conferences since the last visit, in My hub.

Read from what the builder knows (builder/conferences/state.py); where nothing was built yet there
is nothing to show.
"""

from __future__ import annotations

from solicomm_build.features.members import built
from solicomm_build.foundation import i18n
from solicomm_build.foundation.i18n import gettext
from solicomm_build.web.mine.forms import text
from solicomm_build.web.mine.section import Section, Visit
from solicomm_build.web.mine.topicrow import TopicRow, listed

_FRONT, _PAGE = 5, 100
_NEW = (
    "SELECT conf, tid, title, last, last_name, last_mid FROM topic"
    " WHERE conf = ? AND last > ? ORDER BY last DESC LIMIT ?"
)


class News(Section):
    """Topics with new posts."""

    name, rank = "new", 22

    def title(self, visit: Visit) -> str:
        """What it is called."""
        return gettext(visit.lang, "New since last time")

    def short(self, visit: Visit) -> str:
        """The newest few."""
        if not visit.own.lists:
            return ""
        found = self._found(visit, _FRONT)
        return listed(visit.lang, found) if found else text(self._nothing(visit))

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """All of it, the newest first."""
        if rest:
            return None
        found = self._found(visit, _PAGE)
        since = i18n.format_datetime(visit.lang, visit.since)
        head = text(gettext(visit.lang, "Since %(since)s", since=since))
        inside = listed(visit.lang, found) if found else text(self._nothing(visit))
        return self.title(visit), head + inside

    def _nothing(self, visit: Visit) -> str:
        return gettext(visit.lang, "Nothing new since you were here last.")

    def _found(self, visit: Visit, most: int) -> list[TopicRow]:
        """The topics of lists that the member may read there, the newest first."""
        since, found = int(visit.since.timestamp()), []
        mine = [name for name in visit.own.lists if name in visit.settings]
        for one, names in built.places(self.config, visit, mine):
            with built.opened(one) as db:
                for name in names if db else ():
                    rows = db.execute(_NEW, (name, since, most)) if db else ()
                    found += [self._row(visit, *row) for row in rows]
        return sorted(found, key=lambda one: (-one.at, one.tid))[:most]

    def _row(
        self, visit: Visit, conference: str, tid: str, title: str, last: int, name: str, mid: str
    ) -> TopicRow:
        place = visit.settings[conference].title_in(visit.lang)
        return TopicRow(conference, tid, title, place, name, last, mid)
