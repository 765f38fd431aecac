"""Keeps the files of posts, as clean copies. Read this first.

    post in the log → its message in private/mail.git → children → files/ in the conference

A consumer of every conference's log, with the cursor `files`. Mail never waits for it: a post is
committed and shown first, its files follow, and the builder shows them when they come. Several
children work at a time; what they made is committed under the conference's lock, if the post is
still there, and then the cursor moves. Killed before, it does the last posts again, which gives
the same. A conference without the cursor is looked through from its beginning, so what a hub kept
before there were clean copies is cleaned in its place.

What the author must know (a picture made smaller, a file that nobody here can clean) is written
down for the desk before the file is offered.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path

from solicomm_build.cleaning import child
from solicomm_build.cleaning.result import Cleaned
from solicomm_build.features.files.copies import Filed, filed
from solicomm_build.foundation import clock, maillog, safeio
from solicomm_build.foundation.bell import LOOKS, Bell
from solicomm_build.foundation.errors import SoliCommError, StoreError
from solicomm_build.foundation.faults import hold, point
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.types import Oid, PostId, TopicId
from solicomm_build.foundation.watch import SECONDS, Watch, set_aside
from solicomm_build.git import log as history_log
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.cursor import Cursor
from solicomm_build.git.history import following
from solicomm_build.git.kept import KeptReader
from solicomm_build.git.log import Commit
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.git.tips import Tips, names
from solicomm_build.git.writer import Change, Writer
from solicomm_build.post import conference as settings_file
from solicomm_build.post import filed as notes
from solicomm_build.post import post as post_file
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.post.conference import Conference
from solicomm_build.post.post import Post

CONSUMER = "files"
BELL = "files.bell"
_LOOK = 2.0  # seconds between looks when nobody rings
_COMMITS = 500  # read at a time
_AT_ONCE = 8  # posts whose files are in memory at a time
_GROUP = "with others: "
_FRESH = timedelta(days=3)
"""Authors are told about mail of these days; not about what an old hub kept."""
_MARK = b"\nattachments: "


@dataclass(frozen=True, slots=True)
class _Post:
    """A post whose files are to be kept."""

    tid: TopicId
    mid: PostId
    post: Post
    raw_name: str | None
    is_mail: bool
    received: datetime


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be done about a post, and how many octets are read for it."""

    work: Callable[[], Filed]
    octets: int


def files(
    config: Config,
    *,
    once: bool = False,
    stop: Callable[[], bool] | None = None,
    on_commit: Callable[[], None] = lambda: None,
    log: MailLog | None = None,
    watch: Watch | None = None,
    is_resting: bool = False,
) -> None:
    """Keeps the files of all posts and, unless `once`, goes on until `stop()`; with `is_resting`
    only as long as posts come. `on_commit` is called when files have come: ring the builder and the
    desk there. Blocking. `watch` ends this process when one post holds it."""
    stop = stop or (lambda: False)
    bell = Bell(config.state / BELL)
    log, watch = log or maillog.to_stderr(), watch or Watch.idle()
    work = Files(config, log, watch)
    idle = 0 if not once and bell.wait(0) else LOOKS  # begun to look: ends then
    try:
        while not stop():
            if watch.look_again():
                work.look_again()
            if work.run(stop):
                on_commit()
                idle = 0
                continue
            if once or (is_resting and idle >= LOOKS):
                return
            idle = 0 if bell.wait(_LOOK) else idle + 1
            if idle:
                work.rest()
    finally:
        work.close()
        bell.close()


class Files:
    """The work on one hub's posts. Not for several threads; close it."""

    def __init__(self, config: Config, log: MailLog, watch: Watch | None = None) -> None:
        self._config, self._log = config, log
        self._watch = watch or Watch.idle()
        self._at_once = _AT_ONCE
        ended = self._watch.ended()
        if ended is not None and ended.name.startswith(_GROUP):
            self._at_once = 1  # one of them held the stage: by himself he is found
            self._watch.forget()
        set_aside(self._watch, None, log)
        self._mail = HubMail(config)
        self._kept = KeptReader()
        self._seen: dict[str, Oid] = {}
        self._tips = Tips(config.conferences)
        self._told: dict[str, str] = {}
        self._logs: dict[str, tuple[Oid, Iterator[Commit]]] = {}
        self._children = ThreadPoolExecutor(os.cpu_count() or 1)

    def run(self, stop: Callable[[], bool] = lambda: False) -> bool:
        """One look at every conference; whether files came. What cannot be read stops no other.
        Costs a `stat` for each that has nothing new."""
        done, tips = False, self._tips.now()
        for name in sorted(names(self._config.conferences)):
            if stop():
                break
            if (seen := tips.get(f"{name}.git")) is not None and self._seen.get(name) == seen:
                continue
            path = self._config.conferences / f"{name}.git"
            try:
                repo = open_repo(path)
                tip = repo.ref()
                if tip is None or self._seen.get(path.stem) == tip:
                    continue
                with following(repo):
                    if self._follow(repo, tip, stop):
                        done = True
                    else:
                        self._seen[path.stem] = tip
                self._told.pop(path.stem, None)
            except (OSError, SoliCommError) as error:
                if self._told.get(path.stem) != str(error):  # it is tried again at every look
                    self._log.event("files-failed", conference=path.stem, reason=str(error))
                self._told[path.stem] = str(error)
        return done

    def look_again(self) -> None:
        """Forgets which conferences had nothing new: a cursor may have been taken back."""
        self._seen.clear()
        self._logs.clear()

    def rest(self) -> None:
        """Lets go of what is only used while posts come."""
        self._logs.clear()
        self._kept.close()

    def close(self) -> None:
        """Ends children and reading processes."""
        self._children.shutdown(wait=True, cancel_futures=True)
        self._logs.clear()
        self._kept.close()
        self._mail.close()

    def _follow(self, repo: Repo, tip: Oid, stop: Callable[[], bool]) -> bool:
        """The next commits of one conference; True when there may be more."""
        cursor, name = Cursor(repo, CONSUMER), repo.path.stem
        done = cursor.read()
        if done == tip:
            return False
        reader = self._kept.of(repo)
        blob = reader.at(tip, settings_file.FILE)
        conference = settings_file.decode(blob) if blob else Conference(name, {})
        commits = self._next(repo, reader, done, tip)
        waiting = list(self._posts(reader, commits, name))
        for start in range(0, len(waiting), self._at_once):
            if stop():
                return False  # what was kept is passed over the next time
            self._keep(repo, reader, conference, waiting[start : start + self._at_once])
        point("files.before-cursor")
        cursor.advance(done, commits[-1].oid)
        return True

    def _next(self, repo: Repo, reader: Reader, done: Oid | None, tip: Oid) -> list[Commit]:
        """The next commits after `done`. Where many wait, one log goes on from look to look: each
        start of it walks through all that are left."""
        name = repo.path.stem
        at, log = self._logs.pop(name, (None, None))
        commits: list[Commit] = []
        if log is not None and at == done:
            commits = list(islice(log, _COMMITS))
        if log is None or not commits:
            log = history_log.commits(repo, done, tip, reader=reader)
            commits = list(islice(log, _COMMITS))
        if len(commits) == _COMMITS:
            self._logs[name] = (commits[-1].oid, log)
        return commits

    def _posts(self, reader: Reader, commits: list[Commit], name: str) -> Iterator[_Post]:
        """The posts with files that these commits added."""
        found = [
            (commit, ids, change.oid)
            for commit in commits
            for change in commit.changes
            if change.status == "A" and (ids := post_file.parse_path(change.path))
        ]
        blobs = reader.blobs(oid for _, _, oid in found)
        for (commit, (tid, mid), _), blob in zip(found, blobs, strict=True):
            if _MARK not in blob or self._watch.is_aside(mark := _mark(name, mid)):
                continue
            try:
                with self._watch.item(mark, len(blob)):
                    post = post_file.decode(blob)
            except SoliCommError:
                continue  # the pages say so
            if post.attachments:
                is_mail = commit.trailer("Source") == "mail"
                yield _Post(tid, mid, post, commit.trailer("Raw"), is_mail, commit.committed)

    def _keep(self, repo: Repo, reader: Reader, conference: Conference, group: list[_Post]) -> None:
        """Cleans the files of some posts side by side, and commits them."""
        readings = [(one, self._asked(reader, conference, one)) for one in group]
        marks = [_mark(conference.id, one.mid) for one in group]
        mark = marks[0] if len(marks) == 1 else f"{_GROUP}{marks[0]}"
        octets = sum(one.octets for _, one in readings)
        with self._watch.item(mark, octets, seconds=SECONDS * len(group)):
            made = list(self._children.map(lambda one: one[1].work(), readings))
        changed = [(one, what) for one, what in zip(group, made, strict=True) if what.changes]
        for one, what in zip(group, made, strict=True):
            if what.told and one.is_mail and clock.now() - one.received < _FRESH:
                self._note(conference.id, one.mid, what.told)
        point("files.before-commit")
        if changed:
            self._commit(repo, changed)
        for one, what in changed:
            self._log.event("files", conference=conference.id, mid=one.mid, files=len(what.changes))

    def _asked(self, reader: Reader, conference: Conference, one: _Post) -> _Asked:
        """Reads here, where nothing else reads, what the thread then works with."""
        here = {
            path: reader.at(MAIN, path)
            for path in (post_file.attachment_path(a.sha256) for a in one.post.attachments)
        }
        raw = None
        if any(octets is None for octets in here.values()):
            name = one.raw_name or self._mail.find(one.mid, conference.id)
            raw = self._mail.raw(name, conference.id) if name else None

        def work() -> Filed:
            hold("files", raw or b"")
            return filed(one.post, conference, here=here.get, raw=lambda: raw, clean=_clean)

        return _Asked(work, len(raw or b""))

    def _note(self, conference: str, mid: PostId, told: tuple[notes.Told, ...]) -> None:
        """Durable on return: the desk writes the letter."""
        path = self._config.private / notes.FOLDER / conference / f"{mid}.json"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        safeio.write_atomic(path, notes.encode(told), mode=0o600)

    def _commit(self, repo: Repo, made: list[tuple[_Post, Filed]]) -> None:
        """One commit a post that is still there, durable on return."""
        with Reader(repo) as reader, Writer(repo, reader=reader) as writer:
            tip = writer.begin()
            if tip is None:
                raise StoreError("the conference is empty")
            for one, what in made:
                if reader.oid_at(tip, post_file.path(one.tid, one.mid)) is None:
                    continue  # erased or taken away meanwhile
                writer.commit(
                    _unlike(reader, tip, what.changes),
                    author_name="",
                    when=clock.now(),
                    message=compose("Keep files", Source="files", Message=one.mid),
                )
            writer.checkpoint()


def _unlike(reader: Reader, tip: Oid, changes: tuple[Change, ...]) -> list[Change]:
    """Without the end of what is not there."""
    return [
        one for one in changes if one.data is not None or reader.oid_at(tip, one.path) is not None
    ]


def _mark(conference: str, mid: PostId) -> str:
    return f"post:{conference}/{mid}"


def _clean(octets: bytes, most: int) -> Cleaned:
    return child.clean(octets, most=most, small=True)


def settle(config: Config, log: MailLog) -> None:
    """Keeps what waits, for a command that builds once: so its pages are those of a running hub."""
    files(config, once=True, log=log)


def bell_of(config: Config) -> Bell:
    """Rung when posts have come."""
    return Bell(Path(config.state) / BELL)
