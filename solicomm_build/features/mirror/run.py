"""The mirror stage: keeps copies of conferences for other programs up to date. Read this first.

A consumer of every conference's log that has `mirror` in its settings, with a cursor of its own for
each kind (`mirror-inbox`, `mirror-imap`). One look at a time, under the lock `mirrors/.lock`, which
an erasure takes, too. A mirror that nobody wants any more, or that the conference's visibility
forbids, is taken away. Killed anywhere, the next look goes on from what both cursor and mirror say
(place.py), or makes the mirror anew.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path

from solicomm_build.builder import assets
from solicomm_build.builder.sources import digest
from solicomm_build.features.mirror import inbox, maildir, place
from solicomm_build.features.mirror.inbox import Inbox
from solicomm_build.features.mirror.maildir import ListMaildir
from solicomm_build.features.mirror.place import Place
from solicomm_build.features.mirror.steps import IsHere, steps
from solicomm_build.foundation import faults, formernames, maillog, safeio
from solicomm_build.foundation.bell import Bell
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.safeio import fsync_dir, locked
from solicomm_build.foundation.types import Oid
from solicomm_build.foundation.watch import Watch, set_aside
from solicomm_build.git import log as history_log
from solicomm_build.git.cursor import Cursor
from solicomm_build.git.history import following
from solicomm_build.git.kept import KeptReader
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.git.tips import Tips, names
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post import conference as settings_file
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.post.conference import Conference

_AT_REST = "mirrors-at-rest"
"""What one has seen that came to rest, in a hub's `state`."""
_LOOK = 2.0  # seconds between looks; a mirror is not what anybody waits for
_KINDS = ((inbox.KIND, inbox.CONSUMER), (maildir.KIND, maildir.CONSUMER))


def mirror(
    config: Config,
    *,
    once: bool = False,
    stop: Callable[[], bool] | None = None,
    log: MailLog | None = None,
    watch: Watch | None = None,
    is_resting: bool = False,
) -> None:
    """Brings all mirrors up to date and, unless `once`, goes on until `stop()`; with `is_resting`
    only as long as a conference wants one. Blocking. `watch` ends this process when one post holds
    it."""
    stop = stop or (lambda: False)
    bell = Bell(config.state / "mirror.bell")
    log, watch = log or maillog.to_stderr(), watch or Watch.idle()
    set_aside(watch, None, log)
    work, place = Mirrors(config, log, watch), config.state / _AT_REST
    try:
        if is_resting and _is_as_it_was(place, work.mark()):
            return
        while not stop():
            if watch.look_again():
                work.look_again()
            work.run()
            if is_resting and not work.is_wanted:
                _note(place, work.mark(again=False))
                return
            if once:
                return
            if not bell.wait(_LOOK):
                work.rest()
    finally:
        work.close()
        bell.close()


def _is_as_it_was(place: Path, now: str) -> bool:
    """Whether nothing has moved since another one came to rest, of the same code."""
    try:
        return bool(now) and place.read_text("ascii") == now
    except (OSError, ValueError):
        return False


def _note(place: Path, seen: str) -> None:
    """Notes what was seen; without it, as on a full disk, the next one looks into all."""
    with contextlib.suppress(OSError):
        place.parent.mkdir(parents=True, exist_ok=True)
        safeio.write_atomic(place, seen.encode("ascii"), durable=False)


class Mirrors:
    """The mirrors of one hub. Not for several threads; close it."""

    def __init__(self, config: Config, log: MailLog, watch: Watch | None = None) -> None:
        self._config, self._log = config, log
        self._watch = watch or Watch.idle()
        self._mail = HubMail(config)
        self._roster = RosterStore.of(config)
        self._kept = KeptReader()
        self._seen: dict[str, tuple[Oid, Oid | None]] = {}
        self._tips = Tips(config.conferences)
        self._looked: Mapping[str, Oid] = {}
        self._with_readers: set[str] = set()
        self._wanted: set[str] = set()
        self._told: dict[str, str] = {}

    def run(self) -> None:
        """One look at every conference. What cannot be read is logged and stops no other. Costs a
        `stat` for each that has nothing new."""
        people, tips = open_repo(self._config.roster_repo).ref(), self._tips.now()
        self._looked = tips
        for one in sorted(names(self._config.conferences)):
            seen = (tips.get(f"{one}.git"), people if one in self._with_readers else None)
            if seen[0] is not None and self._seen.get(one) == seen:
                continue
            path = self._config.conferences / f"{one}.git"
            try:
                repo = open_repo(path)
                tip, name = repo.ref(), path.stem
                if tip is None:
                    continue  # founded, and nothing in it yet
                if self._seen.get(name) != (tip, people if name in self._with_readers else None):
                    with locked(self._config.mirrors / ".lock"), following(repo):
                        self._follow(repo)
                    self._seen[name] = (tip, people if name in self._with_readers else None)
                    self._told.pop(name, None)
            except (OSError, SoliCommError) as error:
                if self._told.get(path.stem) != str(error):  # it is tried again at every look
                    self._log.event("mirror-failed", conference=path.stem, reason=str(error))
                self._told[path.stem] = str(error)
        self._withdraw_gone()

    def mark(self, *, again: bool = True) -> str:
        """What tells that no conference has moved, and our code neither; empty where the process
        does not know that. Unless `again`, where they were at the last look."""
        tips = self._tips.now() if again else self._looked
        key = assets.held_key()
        return digest(key, sorted(tips.items())) if key else ""

    @property
    def is_wanted(self) -> bool:
        """Whether a conference wants a mirror, or could not be asked."""
        return bool(self._wanted or self._told)

    def look_again(self) -> None:
        """Forgets which conferences had nothing new: a mirror may have to be made anew."""
        self._seen.clear()

    def rest(self) -> None:
        """Lets go of what is only used while posts come."""
        self._kept.close()

    def close(self) -> None:
        """Ends the reading processes."""
        self._kept.close()
        self._mail.close()
        self._roster.close()

    def _follow(self, repo: Repo) -> None:
        """All mirrors of one conference."""
        tip, name = repo.ref(), repo.path.stem
        if tip is None:
            return
        reader = self._kept.of(repo)
        blob = reader.at(tip, settings_file.FILE)
        try:
            settings = settings_file.decode(blob) if blob else None
        except SoliCommError:
            self._allow(name, closed=True)  # nobody gets more than before by that
            raise
        if settings is not None and wanted(settings):
            self._wanted.add(name)
        else:
            self._wanted.discard(name)
        is_here = partial(_is_here, self._config, name)
        for kind, consumer in _KINDS:
            cursor = Cursor(repo, consumer)
            if settings is None or kind not in wanted(settings):
                self._remove(self._config.mirrors / kind / name)
                cursor.forget()
            elif kind == inbox.KIND:
                box = Inbox(self._config, settings, reader, self._watch)
                _catch_up(repo, reader, cursor, box, tip, is_here)
            else:
                self._with_readers.add(name)
                mails = ListMaildir(self._config, settings, reader, self._mail, self._watch)
                try:
                    _catch_up(repo, reader, cursor, mails, tip, is_here)
                finally:  # who may read no more has what is there, too
                    self._allow(name, closed=settings.is_closed)

    def _allow(self, name: str, *, closed: bool) -> None:
        maildir.allow(self._config, self._roster.roster(), name, closed=closed)

    def _withdraw_gone(self) -> None:
        """Takes away mirrors of conferences that are not here any more."""
        for kind, _ in _KINDS:
            for folder in _folders(self._config.mirrors / kind):
                if not self._config.conference_repo(folder.name).exists():
                    with locked(self._config.mirrors / ".lock"):
                        self._remove(folder)

    def _remove(self, folder: Path) -> None:
        if folder.exists():
            place.forget(folder)
            shutil.rmtree(folder)
            fsync_dir(folder.parent)
            self._log.event("mirror-removed", conference=folder.name, kind=folder.parent.name)


def begin_again(config: Config, conference: str) -> None:
    """Has the mirrors of a conference made anew. Waits for a look that is on its way."""
    with locked(config.mirrors / ".lock"):
        for kind, _ in _KINDS:
            place.forget(config.mirrors / kind / conference)


def wanted(settings: Conference) -> frozenset[str]:
    """The kinds of mirror that a conference asks for and may have: what all can read is for public
    ones with pages only."""
    found = set(settings.mirror)
    if settings.visibility != "public" or not settings.has_pages:
        found.discard(inbox.KIND)
    return frozenset(found)


def _is_here(config: Config, name: str, named: str) -> bool:
    """Whether the conference `name` is the one that an event names, by a name that it had, too."""
    return formernames.current(config.private, config.conferences, named) == name


def _catch_up(
    repo: Repo,
    reader: Reader,
    cursor: Cursor,
    box: Inbox | ListMaildir,
    tip: Oid,
    is_here: IsHere,
) -> None:
    """Brings one mirror to the tip. The place is noted before the cursor moves: a kill between the
    two makes the mirror anew, and that gives the same."""
    done, noted = cursor.read(), place.read(box.folder)
    anew = (
        noted is None
        or noted.at != done
        or noted.version != box.version
        or not box.is_at(noted.made)
    )
    if not anew and done == tip:
        return
    commits = history_log.commits(repo, None if anew else done, tip, reader=reader)
    made = box.take(steps(reader, commits, is_here), anew=anew)
    faults.point("mirror.before-place")
    place.write(box.folder, Place(tip, box.version, made))
    faults.point("mirror.before-cursor")
    if done != tip:
        cursor.advance(done, tip)


def _folders(root: Path) -> Iterator[Path]:
    if root.is_dir():
        yield from sorted(one for one in root.iterdir() if one.is_dir())
