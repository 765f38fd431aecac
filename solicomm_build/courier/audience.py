"""Who is on lists, held for the posts of one look at them: a list has many posts, and thousands of
members, and the roster is seldom another one between two posts."""

from __future__ import annotations

from solicomm_build.courier.recipients import Subscribers
from solicomm_build.foundation.types import Oid
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.conference import Conference


class Audience:
    """The members of lists. Not for several threads."""

    def __init__(self, store: RosterStore) -> None:
        self._store = store
        self._roster: Roster | None = None
        self._tip: Oid | None = None
        self._lists: dict[tuple[str, bool], Subscribers] = {}

    def look(self) -> None:
        """Reads the roster as it is now, for a post: `roster` and `of` are as of then."""
        self._roster = self._store.roster()
        if self._store.tip != self._tip:
            self._lists.clear()
            self._tip = self._store.tip

    def roster(self) -> Roster:
        """The roster of the post in hand, or of now where there is none."""
        return self._store.roster() if self._roster is None else self._roster

    def of(self, settings: Conference) -> Subscribers:
        """Who may get copies of the posts of a list."""
        found = self._lists.get(key := (settings.id, settings.is_closed))
        if found is None:
            made = Subscribers(self.roster(), settings.id, closed=settings.is_closed)
            found = self._lists[key] = made
        return found

    def rest(self) -> None:
        """Lets go of all of it, until the next look."""
        self._roster = None
        self._lists.clear()
