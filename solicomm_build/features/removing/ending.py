"""What was removed thirty days ago goes for good.

    private/removed/<kind>/<name> ─→ its members and roles out of the roster, and whom it trusted
                                     or banned; its mail out of the tree of mail.git, tokens for it
                                     alone, what features keep under its name ─→ the folder away

Each step is safe to do again, and the folder goes last, in it the note. The octets of its mail stay
in the history of mail.git, as those of a post that was taken away do; `solicomm erase` is what
takes them out.
What is here all the same, since a command was killed before it took it away, or after it brought
it back, stays, and is only said to be removed no more.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from solicomm_build.desk.chores import Looked
from solicomm_build.features.removing import places
from solicomm_build.foundation import clock, safeio, timekeeping
from solicomm_build.foundation.hub import cells, removed
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.removed import Removed
from solicomm_build.people import access, grants, rosterevents
from solicomm_build.people.memberstore import OPERATOR, changing
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.cells import hubmail
from solicomm_build.post.store import hooks

_REST = 3600.0  # seconds between two looks
_HALF = "half-gone"
_BROKEN_OFF = timedelta(hours=1)
"""After so long nobody is still about to take away, or bring back, what is noted and is here."""


def run(config: Config, looked: Looked[None]) -> bool:
    """Ends what is due; whether there was anything."""
    if looked.rests(_REST) or not timekeeping.is_sure(config.state):
        return False
    return bool(end(config))


def end(config: Config) -> list[Removed]:
    """What went for good. What a clock dated that was far ahead ends as long after the time is
    right as it would after it was removed. Blocking."""
    due, latest = [], clock.now() + clock.FAST
    for one in list(removed.every(config)):
        if one.at > latest and timekeeping.is_right(config.state):
            removed.note(config, replace(one, at=clock.now()))
            continue
        if places.is_here(config, one):
            if clock.now() - one.at >= _BROKEN_OFF:
                places.forget(removed.folder(config, one.kind, one.name))
        elif clock.now() - one.at >= removed.KEPT:
            due.append(one)
    for one in due:
        if one.kind == "conferences":
            _out_of_roster(config, one.name)
            _out_of_mail(config, one.name)
        if one.kind != "people":
            _out_of_access(config, f"{one.kind}/{one.name}")
            _out_of_private(config, one)
        _away(removed.folder(config, one.kind, one.name))
    return due


def _away(folder: Path) -> None:
    """Takes a folder away, the note in it after all else: killed before, it goes at the next look.
    A repository of which a part is gone has another name, so that nobody reads it."""
    half = folder / _HALF
    if half.exists():
        shutil.rmtree(half)
    for path in folder.glob("*.git"):
        path.rename(half)
        shutil.rmtree(half)
    shutil.rmtree(folder)
    safeio.fsync_dir(folder.parent)


def _out_of_roster(config: Config, name: str) -> None:
    store = RosterStore.of(config)
    try:
        with changing(config):
            roster, now = store.roster(), clock.now()
            members = sorted({*roster.subscriptions[name], *roster.left.get(name, ())})
            events = [
                rosterevents.unsubscribe(name, number, at=now, by=rosterevents.ENDED)
                for number in members
            ]
            events += [
                rosterevents.role(name, number, "", at=now, by=OPERATOR)
                for (conference, number), role in sorted(roster.roles.items())
                if conference == name and role
            ]
            events += [
                rosterevents.standing(name, who, "", at=now, by=OPERATOR)
                for who in roster.standings_at(name)
            ]
            if roster.is_emergency(name):
                events.append(rosterevents.emergency(name, on=False, at=now, by=OPERATOR))
            if events:
                store.append(events, at=now, subject=f"{name} was removed")
    finally:
        store.close()
    grants.settle(config)


def _out_of_mail(config: Config, name: str) -> None:
    """Takes the messages away that are posts of no other conference, one that may come back
    included."""
    repo = removed.repository(config, "conferences", name)
    gone = hubmail.names(repo, name) if repo.is_dir() else set()
    with hubmail.writing(config, name) as store:
        here = cells.cell_of(config, cells.CONFERENCES, name)
        for other, path in hubmail.conferences(config).items():
            if other != name and cells.cell_of(config, cells.CONFERENCES, other) == here:
                gone -= hubmail.names(path, other)
        for one in sorted(gone):
            store.take_out(one)
        store.note(f"removed conference={name} messages={len(gone)}")
        store.checkpoint("Remove a conference", when=clock.now(), Conference=name)


def _out_of_access(config: Config, place: str) -> None:
    """Ends the tokens that are for this place alone."""
    now = clock.now()
    for grant in list(access.Access(config).grants().by_id.values()):
        if grant.repos == (place,) and grant.live(now):
            access.revoke(config, grant.id)


def _out_of_private(config: Config, one: Removed) -> None:
    """Takes away what is of this place alone, such as what people told a form in private: a new
    place of its name has nothing of it."""
    for place in hooks.private_places(one.kind):
        path = config.private / (place % one.name)
        if path.is_dir():
            shutil.rmtree(path)
        path.unlink(missing_ok=True)
    for end_ in hooks.renaming("END"):
        end_(config, one.kind, one.name)
