"""The page *How the hub is doing* in My hub: is all well, what waits, who came.

For hosts of the whole hub and the operator of hub.yaml; to everybody else the address is like any
where nothing is. What is wrong is what the operator hears of by mail (watching.py), looked at once
a minute at most.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import escape

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub import finding, health, quarantine
from solicomm_build.foundation.i18n import gettext, ngettext
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.people import rosterevents
from solicomm_build.people.operators import staff
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterevents import Event
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.web.mine.forms import link, text
from solicomm_build.web.mine.section import HOME, Section, Visit

_LATELY = timedelta(days=30)
_KEPT = 60.0  # seconds that an answer holds
_NAMED = 20
_SAID = ("running", "quarantine")
"""Watched, and said here in other words."""


@dataclass(frozen=True, slots=True)
class Coming:
    """Who came to a list or left it in the last thirty days: those who are there now, by their
    names or else addresses, and how many went."""

    place: str
    came: tuple[str, ...]
    left: int


class HubHealth(Section):
    """How the hub is doing."""

    name, rank = "health", 75
    _until = 0.0
    _wrong: Sequence[tuple[str, str]] = ()

    def title(self, visit: Visit) -> str:
        """What it is called."""
        return gettext(visit.lang, "How the hub is doing")

    def short(self, visit: Visit) -> str:
        """Whether all is well."""
        if not self._may(visit):
            return ""
        if self._looked():
            return text(gettext(visit.lang, "Something is not well."))
        return text(gettext(visit.lang, "All is well."))

    def whole(self, visit: Visit, rest: str) -> tuple[str, str] | None:
        """Is all well, what waits, who came."""
        if rest or not self._may(visit):
            return None
        return self.title(visit), self._health(visit) + self._waiting(visit) + self._people(visit)

    def _may(self, visit: Visit) -> bool:
        return staff.looks_after(self.config, visit.address, visit.own.roles)

    def _health(self, visit: Visit) -> str:
        lang = visit.lang
        if not self._looked():
            return text(gettext(lang, "All is well."))
        said = gettext(lang, "Something is not well. Who keeps the machine can mend it:")
        rows = "".join(
            f"<li>{escape(f'{what[:1].upper()}{what[1:]}. {remedy}'.strip())}</li>"
            for what, remedy in self._looked()
        )
        return text(said) + f'<ul lang="en" dir="ltr">{rows}</ul>'

    def _looked(self) -> Sequence[tuple[str, str]]:
        now = time.monotonic()
        if now >= self._until:
            self._until = now + _KEPT
            try:
                found = [(one, "") for one in health.troubles(self.config)]
            except OSError as error:
                found = [(f"the hub's folder cannot be read: {error.strerror}", "")]
            known = [one for one in finding.wrong(self.config) if one.id not in _SAID]
            self._wrong = [*found, *((one.what, one.finding.remedy) for one in known)]
        return self._wrong

    def _waiting(self, visit: Visit) -> str:
        lang = visit.lang
        said = [
            f"{link(f'{HOME}moderate/', self._called(visit, place))}: "
            + escape(ngettext(lang, "%(num)s message waits", "%(num)s messages wait", count))
            for place, count in sorted(self._held().items())
        ]
        if count := quarantine.counted(self.config.spool_quarantine).files:
            said.append(
                escape(
                    ngettext(
                        lang,
                        "%(num)s message could not be handled and is set aside",
                        "%(num)s messages could not be handled and are set aside",
                        count,
                    )
                )
            )
        return _part(gettext(lang, "What waits"), said or [escape(gettext(lang, "Nothing waits."))])

    def _people(self, visit: Visit) -> str:
        lang = visit.lang
        said = []
        for one in self._moves():
            names = ", ".join(f"<bdi>{escape(name)}</bdi>" for name in one.came[:_NAMED])
            more = " …" if len(one.came) > _NAMED else ""
            came = ngettext(lang, "%(num)s came", "%(num)s came", len(one.came))
            left = ngettext(lang, "%(num)s left", "%(num)s left", one.left)
            numbers = ", ".join(
                word for word, count in ((came, len(one.came)), (left, one.left)) if count
            )
            who = f" ({names}{more})" if names else ""
            said.append(f"<bdi>{escape(self._called(visit, one.place))}</bdi>: {numbers}{who}")
        head = gettext(lang, "Who came in the last 30 days")
        return _part(head, said or [escape(gettext(lang, "Nobody came and nobody left."))])

    def _called(self, visit: Visit, place: str) -> str:
        settings = visit.settings.get(place)
        return settings.title_in(visit.lang) if settings else place

    def _held(self) -> Counter[str]:
        store = HubMail(self.config)
        try:
            return Counter(held.conference for held in store.held())
        finally:
            store.close()

    def _moves(self) -> list[Coming]:
        repo, store = open_repo(self.config.roster_repo), RosterStore.of(self.config)
        try:
            roster, since = store.roster(), clock.now() - _LATELY
            return moves(roster, lately(Reader(repo), since))
        finally:
            store.close()


def moves(roster: Roster, events: Iterator[Event]) -> list[Coming]:
    """Who came where and how many left, by place."""
    came: dict[str, set[int]] = {}
    left: dict[str, set[int]] = {}
    for event in events:
        place, number = event.data.get("conference"), event.data.get("number")
        if isinstance(place, str) and isinstance(number, int):
            place = roster.names.now.get(place, place)
            if event.type == "subscribe":
                came.setdefault(place, set()).add(number)
            elif event.type == "unsubscribe":
                left.setdefault(place, set()).add(number)
    found = []
    for place in sorted({*came, *left}):
        here = roster.subscriptions[place]
        members = [roster.members[one] for one in sorted(came.get(place, ())) if one in here]
        gone = sum(one not in here for one in left.get(place, ()))
        if members or gone:
            found.append(Coming(place, tuple(one.name or one.address for one in members), gone))
    return found


def lately(reader: Reader, since: datetime) -> Iterator[Event]:
    """The roster's events since then, in their order. Blocking."""
    with reader:
        after = rosterevents.name_of(rosterevents.event_path(since, b"")).rpartition("-")[0]
        for year in range(since.year, clock.now().year + 1):
            entries = reader.tree(MAIN, f"{rosterevents.FOLDER}{year}", recursive=True)
            named = sorted(entries, key=lambda one: rosterevents.name_of(one.path))
            fresh = [one for one in named if rosterevents.name_of(one.path) >= after]
            for entry, blob in zip(fresh, reader.blobs(one.oid for one in fresh), strict=True):
                try:
                    yield from rosterevents.decode_events(blob, file=entry.path)
                except SoliCommError:  # fsck names it
                    continue


def _part(head: str, rows: Sequence[str]) -> str:
    listed = "".join(f"<li>{one}</li>" for one in rows)
    return f"<h2>{escape(head)}</h2><ul>{listed}</ul>"
