"""What conferences have in the mail.git of a cell, brought to that of another, with its history.

Each commit that touched their folders or notes a verdict about them is made again, of today, with
the words and the time of each verdict (post/store/mailstore.py); so moderators can take back what
they decided, and a verdict can be explained, wherever the conference is. What cannot be told from a
commit, which messages are theirs, is told by their posts. The commits say `Source: cell`, and how
far the other log was read: `Moved: <cell> <commit> <conferences>`, so that a copy that was killed
goes on from there.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator

from solicomm_build.foundation import clock, formernames
from solicomm_build.foundation.hub import cells, removed
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid, PostId
from solicomm_build.git import commitmessage, log
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.log import Commit
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.git.writer import Change, Writer
from solicomm_build.post.cells import hubmail
from solicomm_build.post.store import postplaces
from solicomm_build.post.store.mailstore import BROUGHT, brought, path, variant

_ABOUT = re.compile(r"\S+ \S+ ([a-z0-9-]+)/[a-z2-7]{32} ")
_OCTETS = 32 << 20
"""So much is held before it is made durable."""
_COMMITS, _TOGETHER = 1000, 100
_STAYS = frozenset(("decisions", "undone"))
_AUTHOR = "SoliComm"


class Moving:
    """Some conferences on their way from one cell to another; the same cell twice is for taking out
    what is left. Close it."""

    def __init__(self, config: Config, names: Iterable[str], old: int, new: int) -> None:
        self.names = tuple(names)
        former = (formernames.of(config.private, cells.CONFERENCES, name) for name in self.names)
        self._ever = frozenset(self.names).union(*former)  # as the log calls them
        self._config, self._old, self._new = config, old, new
        self.source = open_repo(config.in_cell(old).mail_repo)
        self._target = open_repo(config.in_cell(new).mail_repo)
        self._from, self._to = Reader(self.source), Reader(self._target)
        listed = hashlib.sha256("\n".join(self.names).encode()).hexdigest()[:16]
        self._mark = f"{old} %s {listed}"
        self._count = self._octets = 0

    def close(self) -> None:
        """Ends the reading processes."""
        self._from.close()
        self._to.close()

    def copy(self) -> bool:
        """Copies what is not there yet, durable on return; whether there was anything."""
        tip = self.source.ref()
        if tip is None:
            return False
        before = self._target.ref()
        with Writer(self._target) as writer:
            self._messages(writer, tip)
            self._history(writer, tip)
            self._state(writer, tip)
            self._flush(writer, now=True)
        return self._target.ref() != before

    def take_out(self) -> None:
        """Takes what they have out of the cell that they left, one commit. Its history stays, and
        what was decided: should they come back, the commit that brought it still tells it."""
        with Writer(self.source) as writer:
            tip = writer.begin()
            if tip is None:
                return
            gone = [
                one
                for name in self.names
                for one in self._below(self._from, tip, name)
                if one.partition("/")[0] not in _STAYS
            ]
            mine = {path(one) for one in self._names_of(self.names)}
            mine -= {path(one) for one in self._names_of(self._staying())}
            there = self._from.oids_at(tip, mine)
            gone += [one for one in mine if there[one] is not None]
            if gone:
                changes = [Change(one, None) for one in sorted(gone)]
                said = compose("What went to another cell", Source=BROUGHT)
                writer.commit(changes, author_name=_AUTHOR, when=clock.now(), message=said)
            writer.checkpoint()

    # -- messages -------------------------------------------------------------------------------

    def _messages(self, writer: Writer, tip: Oid) -> None:
        """The messages of their posts, and the marks of what was erased."""
        marks = [f"erased/{one.path}" for one in self._from.tree(tip, "erased", recursive=True)]
        wanted = {one: one for one in marks}
        for name in self.names:
            wanted |= self._paths(tip, name)
        there = self._there(wanted.values())
        left = {one: to for one, to in wanted.items() if there[to] is None}
        there = self._from.oids_at(tip, left)
        oids = {to: oid for one, to in left.items() if (oid := there[one]) is not None}
        batch: list[Change] = []
        for to, blob in zip(oids, self._from.blobs(oids.values()), strict=True):
            batch.append(Change(to, blob))
            if len(batch) == _TOGETHER:
                self._add(writer, batch, "Bring messages", [])
                batch = []
        if batch:
            self._add(writer, batch, "Bring messages", [])

    def _paths(self, tip: Oid, conference: str) -> dict[str, str]:
        """Where the messages of a conference lie, and where they shall: under the name of the
        conference's own where another message has theirs."""
        names = {path(one): one for one in self._names_of([conference])}
        ours = self._from.oids_at(tip, names)
        theirs = self._there(names)
        found: dict[str, str] = {}
        for where, name in names.items():
            if ours[where] is None:
                continue
            own = path(variant(PostId(name), conference)) if "~" not in name else where
            is_taken = theirs[where] is not None and theirs[where] != ours[where]
            if not is_taken or ours.get(own) is None:
                found[where] = own if is_taken else where
        return found

    def _names_of(self, conferences: Iterable[str]) -> set[str]:
        """What their messages are called, those of posts that were taken off the pages too."""
        found: set[str] = set()
        for name in conferences:
            place = self._config.conference_repo(name)
            if not place.is_dir():  # it may come back
                place = removed.repository(self._config, cells.CONFERENCES, name)
            if not place.is_dir():
                continue
            found |= hubmail.names(place, name)
            repo = open_repo(place)
            if (tip := repo.ref()) is not None:
                for mid in map(PostId, postplaces.taken_away(repo, tip)):
                    found |= {mid, variant(mid, name)}
        return found

    def _staying(self) -> list[str]:
        cut = cells.division(self._config)
        every = hubmail.conferences(self._config)
        return [one for one in every if cut.cell_of(cells.CONFERENCES, one) == self._old]

    # -- history --------------------------------------------------------------------------------

    def _history(self, writer: Writer, tip: Oid) -> None:
        """What was done since the last copy, commit by commit."""
        done = self._done()
        since = done if done and log.goes_on(self.source, done, tip) else None
        if since == tip:
            return
        for commit in log.commits(self.source, since, tip):
            if commit.trailer("From") == str(self._new):
                continue  # it came from there
            changes = list(self._changes(commit))
            verdicts = list(self._verdicts(commit))
            if changes or verdicts:
                self._add(writer, changes, _subject(commit), verdicts, commit.oid)
        mark = self._mark % tip
        said = compose("Bring what was done", Source=BROUGHT, From=str(self._old), Moved=mark)
        writer.commit([], author_name=_AUTHOR, when=clock.now(), message=said)

    def _done(self) -> Oid | None:
        """How far an earlier copy of the same conferences came."""
        if self._target.ref() is None:
            return None
        pattern = "^Moved: " + self._mark % "[0-9a-f]*"
        told = self._target.git("log", "-1", f"--grep={pattern}$", "--format=%B", MAIN)
        found = commitmessage.trailers(told.decode("utf-8", "replace")).get("Moved", "").split()
        return Oid(found[1]) if len(found) == 3 else None

    def _changes(self, commit: Commit) -> Iterator[Change]:
        for one in commit.changes:
            if hubmail.conference_of(one.path) in self._ever:
                yield Change(one.path, self._from.blob(one.oid) if one.oid else None)

    def _verdicts(self, commit: Commit) -> Iterator[str]:
        for one in commitmessage.verdicts(commit.message):
            match = _ABOUT.match(one)
            if match is not None and match[1] in self._ever:
                yield brought(commit.committed, one)

    # -- what is there now ----------------------------------------------------------------------

    def _state(self, writer: Writer, tip: Oid) -> None:
        """Their folders as they are here, whatever the history has."""
        self._flush(writer, now=True)
        there = self._target.ref()
        for name in self.names:
            ours = self._below(self._from, tip, name)
            theirs = self._below(self._to, there, name) if there else {}
            gone = [Change(one, None) for one in theirs.keys() - ours.keys()]
            new = [one for one, oid in ours.items() if theirs.get(one) != oid]
            changes = [*gone, *(Change(one, self._from.blob(ours[one])) for one in new)]
            if changes:
                self._add(writer, changes, "Bring what is there", [])

    def _below(self, reader: Reader, tip: Oid, conference: str) -> dict[str, Oid]:
        """The files of a conference in its folders."""
        return {
            f"{folder}/{conference}/{one.path}": Oid(one.oid)
            for folder in hubmail.FOLDERS
            for one in reader.tree(tip, f"{folder}/{conference}", recursive=True)
        }

    # -- writing --------------------------------------------------------------------------------

    def _there(self, paths: Iterable[str]) -> dict[str, Oid | None]:
        listed, tip = list(paths), self._target.ref()
        return self._to.oids_at(tip, listed) if tip else dict.fromkeys(listed)

    def _add(
        self,
        writer: Writer,
        changes: list[Change],
        subject: str,
        verdicts: list[str],
        reached: Oid | None = None,
    ) -> None:
        """One commit; what is much is made durable on the way."""
        moved = self._mark % reached if reached else ""
        said = compose(subject, verdicts, Source=BROUGHT, From=str(self._old), Moved=moved)
        writer.commit(changes, author_name=_AUTHOR, when=clock.now(), message=said)
        self._count += 1
        self._octets += sum(len(one.data or b"") for one in changes)
        self._flush(writer)

    def _flush(self, writer: Writer, *, now: bool = False) -> None:
        if now or self._octets > _OCTETS or self._count >= _COMMITS:
            writer.checkpoint()
            self._count = self._octets = 0


def _subject(commit: Commit) -> str:
    return commit.message.partition("\n")[0]
