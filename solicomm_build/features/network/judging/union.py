"""Taking: what a hub's log has and ours has not, added as commits of our own. A set union.

    posts and files     of every hub that is trusted, by the gate's rules; each `mid` has one place
    events, settings    of the conference's home alone

Nothing is merged and nothing is rebased: the commits stand on our own branch, with `Source: peer`,
the hub that wrote it (`Origin`) and the one that brought it (`Via`), so every consumer of the log
goes on as ever. Of a hub's log only what it wrote itself counts: what it took from others is judged
by their own signed logs, or a flood would come through a friend.

Of two versions of one message the one with the smaller blob id has the name, and the other is a
post of its own, named by its blob id, with the note `mid_conflict`: a pure function of the set, so
every hub comes to the same tree whatever came first (`git rev-parse main:topics` says it). The
words that a page of ours shows stay where they are all the same: such a commit is of another
`Source` (post/reading/versions.py), since a blob id can be ground in a second.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from solicomm_build.cleaning import stripping
from solicomm_build.features.network.judging import homesettings, missed
from solicomm_build.features.network.judging.withheld import Withheld
from solicomm_build.features.network.sealed import sharedwith
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError, StoreError
from solicomm_build.foundation.types import Oid, PostId
from solicomm_build.gate import conferencefiles
from solicomm_build.gate import hooks as gate
from solicomm_build.git import log as history
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.log import Changed, Commit
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo
from solicomm_build.git.writer import Change, Writer
from solicomm_build.post import conference as conference_file
from solicomm_build.post import event as events
from solicomm_build.post import post as post_file
from solicomm_build.post.reading import origins, versions

SOURCE = origins.SOURCE
OF_OTHERS = (SOURCE, versions.SOURCE)
CONFLICT = "mid_conflict"
ERASED = "erased here"
_OF_THE_HOME = "file of the home"
_GROUP = 300  # commits that are written under one lock: mail to the conference waits as long
_MOST_FILE = 100 * 1024 * 1024  # octets
_AHEAD = timedelta(minutes=10)  # so much may the clock of a hub be fast


@dataclass(frozen=True, slots=True)
class Source:
    """Whose log is taken, and who brought it. `allowed` is how many new posts may come today, None
    for as many as there are. `is_whole` takes all of a log, also what it has of others: of a clone
    that an operator brings home. `how` is what the commits say in `Source`."""

    origin: str
    via: str
    is_home: bool
    allowed: int | None
    is_whole: bool = False
    how: str = origins.SOURCE


@dataclass(slots=True)
class Taken:
    """What came of it: numbers of new posts, files, events; and of what was refused, by reason.
    `waiting` are posts over the quota: the log was not taken to its end."""

    new: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    waiting: int = 0

    @property
    def posts(self) -> int:
        """How many are new, other versions of messages among them."""
        return self.new["post"] + self.new["another version"]


class _There:
    """All attachments count as there: a post's files come with later commits."""

    def __contains__(self, _: object) -> bool:
        return True


class Union:
    """Takes logs into one conference. Use as a context manager."""

    def __init__(
        self, ours: Repo, theirs: Repo, identifier: str, is_erased: Callable[[PostId], bool]
    ) -> None:
        self._ours, self._theirs, self._id = ours, theirs, identifier
        self._is_erased = is_erased
        self._there, self._here = Reader(theirs), Reader(ours)
        self._writer = Writer(ours, reader=self._here)
        self._have: dict[str, Oid] = {}
        self._places: dict[PostId, str] = {}
        self._fresh: dict[Oid, bytes] = {}
        self._tip: Oid | None = None
        self._until: Oid | None = None
        self._versions: list[list[Change]] = []

    def __enter__(self) -> Union:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is not None:
            self._writer.abort()
        self._writer.close()
        self._there.close()
        self._here.close()

    def take(self, source: Source, since: Oid | None, until: Oid) -> Taken:
        """Adds what the log from `since` to `until` brings. Durable on return. Raises StoreError.
        Blocking; safe to do again."""
        taken, written, self._until = Taken(), 0, until
        withheld = Withheld(self._there, self._is_erased)
        for found in history.commits(self._theirs, since, until):
            withheld.note(found)
            if found.trailer("Source") in OF_OTHERS and not source.is_whole:
                continue
            commit = withheld.rest(found)
            self._begin()
            over = self._is_over(source, taken)
            changes = [*self._changes(commit, source, taken, over)]
            made = [(changes, source.how)] if changes else []
            made += [(one, versions.SOURCE) for one in self._versions]
            for some, how in made:
                self._write(commit, source, some, how)
            written, self._versions = written + len(made), []
            if written >= _GROUP:
                self._end()
                written = 0
        self._end()
        for commit in withheld.named(self._posts):
            self._begin()
            if changes := [*self._changes(commit, source, taken, over=False)]:
                self._write(commit, source, changes, source.how)
            self._end()
        if source.is_home and not source.is_whole:
            self._catch_up(source, taken)
        return taken

    def _posts(self) -> Iterator[bytes]:
        """All that are here."""
        yield from self._here.blobs(self._have[path] for path in self._places.values())

    def _catch_up(self, source: Source, taken: Taken) -> None:
        """Takes what of the home's files was refused once, and is not any more."""
        found = [*missed.missed(self._there, self._until or Oid(""), self._here, self._tip)]
        for one in found:
            self._begin()
            for commit in history.commits_of(self._theirs, self._until or Oid(""), one.path, 1):
                again, late = dataclasses.replace(commit, changes=(one,)), Taken()
                if changes := [*self._changes(again, source, late, over=False)]:
                    self._write(again, source, changes, source.how)
                    taken.new += late.new  # what is refused was counted when it came
            self._end()

    def _is_over(self, source: Source, taken: Taken) -> bool:
        return source.allowed is not None and taken.posts >= source.allowed

    def _begin(self) -> None:
        """Takes the lock, and knows what is here now."""
        tip = self._writer.begin()
        if tip != self._tip or not self._have:
            self._have = dict(_listed(self._ours, tip)) if tip else {}
            self._places = {
                ids[1]: path for path in self._have if (ids := post_file.parse_path(path))
            }
            self._fresh = {}
            self._tip = tip

    def _end(self) -> None:
        self._tip = self._writer.checkpoint()
        self._fresh = {}

    def _write(self, commit: Commit, source: Source, changes: list[Change], how: str) -> None:
        posts = (post_file.parse_path(one.path) for one in changes if one.data is not None)
        mid = next((str(ids[1]) for ids in posts if ids), "")
        message = compose(
            commit.message.split("\n")[0],
            Source=how,
            Message=mid,
            Origin=source.origin if source.how == SOURCE else "",
            Via=source.via if source.via != source.origin else "",
        )
        when = min(commit.committed, clock.now() + _AHEAD)
        self._writer.commit(changes, author_name=commit.author_name, when=when, message=message)

    def _changes(
        self, commit: Commit, source: Source, taken: Taken, over: bool
    ) -> Iterator[Change]:
        """What one commit of theirs adds here."""
        for change in commit.changes:
            if change.path.startswith(events.LOCAL) and not source.is_whole:
                continue  # it counts at that hub alone
            if change.status == "D" or self._have.get(change.path) == change.oid:
                continue
            kind = conferencefiles.place(change.path)
            if kind == "post" and over and post_file.parse_path(change.path):
                is_here = change.oid and versions.apart_mid(change.oid) in self._places
                taken.waiting += not is_here
                continue
            try:
                yield from self._change(change, kind, source, taken)
            except SoliCommError as error:
                taken.refused[_reason(error, change.path)] += 1

    def _change(self, change: Changed, kind: str, source: Source, taken: Taken) -> Iterator[Change]:
        if kind == "post":
            # a post never changes; what is redacted goes by a notice
            if change.status == "A" or source.is_whole:
                yield from self._post(change, taken)
        elif kind == "file":
            yield from self._file(change, source, taken)
        elif not kind:
            taken.refused["a file that has no place in a conference"] += 1
        elif not source.is_home:
            taken.refused[f"{kind}: only the home of a conference says that"] += 1
        elif kind == "settings":
            if not source.is_whole:  # of a clone they count where it founds the conference
                yield from self._settings(change, source, taken)
        else:
            yield from self._of_home(change, kind, source, taken)

    # -- posts ----------------------------------------------------------------------------------

    def _post(self, change: Changed, taken: Taken) -> Iterator[Change]:
        ids = post_file.parse_path(change.path)
        if ids is None or self._is_erased(ids[1]):
            taken.refused[ERASED] += ids is not None
            return
        blob = self._blob(change.oid, conferencefiles.MAX_TEXT)
        findings = conferencefiles.check_post(blob, change.path, _There())
        if findings.faults:
            raise findings.faults[0]
        there = self._places.get(ids[1])
        if there is None:
            taken.new["post"] += 1
            yield self._add(change.path, blob)
        else:
            yield from self._version(there, change, blob, taken)

    def _version(self, there: str, change: Changed, blob: bytes, taken: Taken) -> Iterator[Change]:
        """Another version of a message that is here: both stay, and which has the name follows from
        the two alone. Pages go on to show what they showed (post/reading/versions.py)."""
        ours = (self._have[there], there)
        theirs = (change.oid, change.path)
        first, other = sorted((ours, theirs))
        if self._is_erased(versions.apart_mid(other[0])):
            taken.refused[ERASED] += 1
            if first == theirs:  # it is here still, under the name
                yield from self._in_place_of(there, change.path, blob)
            return
        body = blob if other == theirs else self._octets(ours[0])
        path, made = apart(body, other[0], other[1])
        if path in self._have and self._have[path] != _oid(made):
            raise StoreError("another version of a message, whose place is taken")
        is_new = path not in self._have
        taken.new["another version"] += is_new
        if first == ours:
            if is_new:
                yield self._add(path, made)
            return
        changes = [self._add(path, made)] if is_new else []
        self._versions.append([*changes, *self._in_place_of(there, change.path, blob)])

    def _in_place_of(self, there: str, path: str, blob: bytes) -> Iterator[Change]:
        """A version that gets the name from the one that lies `there`."""
        if there != path:
            del self._have[there]
            yield Change(there, None)
        yield self._add(path, blob)

    def _add(self, path: str, blob: bytes) -> Change:
        oid = _oid(blob)
        self._have[path] = oid
        self._fresh[oid] = blob
        if ids := post_file.parse_path(path):
            self._places[ids[1]] = path
        return Change(path, blob)

    # -- the rest -------------------------------------------------------------------------------

    def _file(self, change: Changed, source: Source, taken: Taken) -> Iterator[Change]:
        """A file of a post, which is a clean copy. The first that came stays, unless the home has
        another."""
        here = self._here.oid_at(self._tip, change.path) if self._tip else None
        here = self._have.get(change.path, here)
        if here is not None and (here == change.oid or not source.is_home):
            return
        blob = self._blob(change.oid, _MOST_FILE)
        if stripping.tells(blob):
            taken.refused["a picture that tells of its sender"] += 1
            return
        taken.new["file"] += 1
        self._have[change.path] = change.oid
        yield Change(change.path, blob)

    def _is_past(self, change: Changed) -> bool:
        """Whether a file that may change has changed since, in what is taken now: its last state
        alone counts, or a log that is read anew would bring all that ever was."""
        return not self._until or self._there.oid_at(self._until, change.path) != change.oid

    def _is_here(self, change: Changed) -> bool:
        return self._tip is not None and self._here.oid_at(self._tip, change.path) == change.oid

    def _settings(self, change: Changed, source: Source, taken: Taken) -> Iterator[Change]:
        if self._is_past(change):
            return
        blob = self._blob(change.oid, conferencefiles.MAX_TEXT)
        theirs, findings = conferencefiles.check_settings(blob, self._id)
        if theirs is None or findings.faults:
            raise findings.faults[0]
        mine = self._here.at(self._tip, conference_file.FILE) if self._tip else None
        before = conference_file.decode(mine) if mine else None
        made = conference_file.encode(homesettings.taken(theirs, before, source.origin))
        if made != mine:
            taken.new["settings"] += 1
            yield Change(conference_file.FILE, made)

    def _of_home(
        self, change: Changed, kind: str, source: Source, taken: Taken
    ) -> Iterator[Change]:
        """An event, or a file of a feature (a poll, its result), as the home has it. Events never
        change once they are there. Which hubs a clone was shared with is no word of ours."""
        if source.is_whole and change.path == sharedwith.FILE:
            return
        blob = self._blob(change.oid, conferencefiles.MAX_TEXT)
        if kind == "event":
            if change.path in self._have:
                return
            faults = conferencefiles.check_event(blob, change.path).faults
        elif self._is_past(change) or self._is_here(change):
            return
        else:
            files = gate.files_at(change.path) if kind != "hub" else None
            faults = files.check(blob, change.path, is_history=True).faults if files else []
        if faults:
            raise faults[0]
        taken.new[_OF_THE_HOME if kind == "hub" else kind] += 1
        self._have[change.path] = change.oid
        yield Change(change.path, blob)

    # -- octets ---------------------------------------------------------------------------------

    def _blob(self, oid: Oid, most: int) -> bytes:
        try:
            size = self._there.size(oid)
        except StoreError as error:
            raise StoreError("something that is no file") from error
        if size > most:
            raise StoreError(f"a file of more than {most:,} bytes")
        return self._there.blob(oid)

    def _octets(self, oid: Oid) -> bytes:
        return self._fresh[oid] if oid in self._fresh else self._here.blob(oid)


def apart(blob: bytes, oid: Oid, path: str) -> tuple[str, bytes]:
    """The version of a message that has not its name: where it lies, and its octets. A pure
    function of the file. Raises ContentError."""
    post = post_file.decode(blob, file=path)
    other = dataclasses.replace(
        post,
        message_id=versions.apart(oid),
        notes=tuple(dict.fromkeys((*post.notes, CONFLICT))),
    )
    ids = post_file.parse_path(path)
    if ids is None:
        raise StoreError(f"{path} is not the path of a post")
    return post_file.path(ids[0], other.mid), post_file.encode(other)


def _oid(blob: bytes) -> Oid:
    """What git calls a file with these octets."""
    return Oid(hashlib.sha1(b"blob %d\0" % len(blob) + blob, usedforsecurity=False).hexdigest())


def _listed(repo: Repo, tip: Oid) -> Iterator[tuple[str, Oid]]:
    """The files of all topics, and where they lie."""
    told = repo.git("ls-tree", "-r", "-z", "--end-of-options", tip, "--", "topics/")
    for line in told.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        head, _, path = line.partition("\t")
        yield path, Oid(head.split(" ")[2])


def _reason(error: SoliCommError, path: str) -> str:
    """What is wrong and where; of a post without its name, which would make every one a reason of
    its own."""
    fault = str(getattr(error, "fault", "") or error.public)[:120]
    return fault if path.startswith("topics/") else f"{path[:80]}: {fault}"
