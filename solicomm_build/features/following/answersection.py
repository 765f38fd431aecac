"""Answers to a member, in My hub.

Who writes in a topic follows it, so answers are the posts of others there. What is new is read from
what the builder knows.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping

from solicomm_build.builder import tree
from solicomm_build.features.following.follows import FOLLOWS, Follows
from solicomm_build.foundation import i18n
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.i18n import gettext
from solicomm_build.post.store.readers import Readers
from solicomm_build.web.mine.forms import text
from solicomm_build.web.mine.section import Section, Visit
from solicomm_build.web.mine.topicrow import TopicRow, listed
from solicomm_build.web.signedin import MemberSessions

_FRONT, _PAGE = 5, 200
_TOPIC = "SELECT title, last, last_name, last_mid FROM topic WHERE conf = ? AND tid = ?"


class AnswersToMe(Section):
    """Topics that the member wrote in or follows, with posts since the last visit."""

    name, rank = "answers", 5

    def __init__(self, config: Config, readers: Readers, sessions: MemberSessions) -> None:
        super().__init__(config, readers, sessions)
        self._follows = Follows(config)

    def close(self) -> None:
        """Lets go of the file."""
        self._follows.close()

    def title(self, visit: Visit) -> str:
        """What it is called."""
        return gettext(visit.lang, "Answers to me")

    def short(self, visit: Visit) -> str:
        """The newest few."""
        return listed(visit.lang, self._new(visit)[:_FRONT])

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """All since the last visit."""
        if rest:
            return None
        found = self._new(visit)[:_PAGE]
        since = gettext(
            visit.lang, "Since %(since)s", since=i18n.format_datetime(visit.lang, visit.since)
        )
        nothing = gettext(visit.lang, "Nothing new since you were here last.")
        return self.title(visit), text(since) + (listed(visit.lang, found) or text(nothing))

    def _new(self, visit: Visit) -> list[TopicRow]:
        since = visit.since.timestamp()
        own = visit.session.member.name
        return [one for one in self._found(visit) if one.at > since and one.name != own]

    def _found(self, visit: Visit) -> list[TopicRow]:
        """The topics that the member follows and may read, those with the newest posts first."""
        person = self._follows.known(visit.address, visit.number)
        if person is None:
            return []
        follows = [one for one in self._follows.of_person(person) if one.state == FOLLOWS]
        places: dict[tree.Tree, list[tuple[str, str]]] = {}
        settings = visit.settings
        for one in follows:
            known = settings.get(one.conference)
            if known is None:
                continue
            closed = known.visibility == "members"
            if closed and one.conference not in visit.readable:
                continue
            made = tree.members if closed else tree.public
            home = self._follows.home(one.conference, one.tid)
            places.setdefault(made(self.config), []).append((one.conference, home))
        found = [
            self._row(visit, place, row)
            for one, wanted in places.items()
            for place, row in _rows(one, dict.fromkeys(wanted))
        ]
        return sorted(found, key=lambda one: (-one.at, one.tid))

    def _row(self, visit: Visit, at: tuple[str, str], row: tuple[str, int, str, str]) -> TopicRow:
        title, last, name, post = row
        there = visit.settings.get(at[0])
        place = there.title_in(visit.lang) if there else ""
        return TopicRow(*at, title, place, name, last, post)


def _rows(
    one: tree.Tree, wanted: Mapping[tuple[str, str], None]
) -> Iterator[tuple[tuple[str, str], tuple[str, int, str, str]]]:
    """The rows of topics there are; none where nothing was built, or is being made anew."""
    if not one.is_there:
        return
    where = f"{one.database.absolute().as_uri()}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(where, uri=True, timeout=2)) as db:
            for place in wanted:
                row = db.execute(_TOPIC, place).fetchone()
                if row is not None:
                    yield place, row
    except sqlite3.Error:
        return
