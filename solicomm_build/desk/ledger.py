"""Plans on disk, so that each is carried out exactly once: `spool/desk/plans`.

    plan → staged letters (a spool file in plans/out) → plan file (JSON) → roster.git → mail.git
         → letters renamed into spool/out → the plan file says `done` → its cause may go

A kill anywhere leaves a plan file or none. None: nothing has happened, the cause is taken again.
One: it is carried out from where it was, since every step is safe to do again: events lie at a
path made of their octets, decisions at a path of their message, and a rename that happened leaves
nothing to rename. Members' numbers are given under the roster's lock; a plan that was written down
and finds a roster that others changed meanwhile is dropped before its first step, and made anew.

One that cannot be carried out, as it is damaged, stays, is set aside as what is no mail
(foundation/watch.py), and with it the letters that no other plan names; the others are done.

Format, `<cause>.json`: {"events": text, "at": time, "path": path, "tip": oid or null, "files":
{path: text}, "staged": name or null, "subject": text, "done": bool, "cursor": [repo, old, new],
"added": [{"conference": id, "path": path, "text": text}], "kept": [{"path": path, "text": text}],
"posted": name or null, "deeds": [{"name": text, "facts": facts of the feature}]}. Until 2026-11
each kind of deed stood beside the others, as a list of facts by its name; such a plan is carried
out, too.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

from solicomm_build.desk.plan import Plan
from solicomm_build.foundation import clock, safeio, watch
from solicomm_build.foundation.errors import ConflictError, ContentError
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Oid
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.cursor import Cursor
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people import eventfiles, rosterevents
from solicomm_build.post import decision
from solicomm_build.post.cells import hubmail
from solicomm_build.post.store import localevents

Done: TypeAlias = Callable[[Config, Mapping[str, Any], datetime], None]
"""Carries out a deed from its facts, dated with the moment of its plan; durable on return, safe to
call twice."""


_LEFT = "It may be of a plan of the desk that is damaged: {plans}. Look at it, then put it back"
"""The reason of letters and posts that are set aside as nobody can say whose they are."""


@dataclass(frozen=True, slots=True)
class Move:
    """A cursor of the desk that moves with a plan; `repo` is `roster`, or the mail of a cell
    (`mails`)."""

    repo: str
    old: Oid | None
    new: Oid


class Ledger:
    """The plans of one hub; `deeds` are those that features know. Not for several threads; one desk
    per hub. Close it."""

    def __init__(self, config: Config, consumer: str, deeds: Mapping[str, Done]) -> None:
        self._config = config
        self._causes = config.spool_desk
        self._folder = config.spool_desk / "plans"
        self._staging = Spool(self._folder / "out")
        self._posting = Spool(self._folder / "in")
        self._out, self._in = Spool(config.spool_out), Spool(config.spool_in)
        self._repos: dict[str, Repo] = {}
        self._readers: dict[str, Reader] = {}
        self._private, self._aside = config.private, config.spool_quarantine
        self._consumer, self._deeds = consumer, deeds
        self._last: datetime | None = None

    def recover(self) -> dict[str, str]:
        """Carries out what a killed desk left; what was staged without a plan is thrown away. What
        cannot be carried out is set aside: those plans, and why."""
        named, wrong = set(), dict[str, str]()
        for path in sorted(self._folder.glob("*.json")):
            is_aside = self._is_aside(path)
            try:
                facts = _read(path, self._deeds)
                named |= {facts["staged"], facts.get("posted")}
                if is_aside:
                    continue
                self._carry_out(path, facts)
            except (ContentError, LookupError, TypeError, ValueError) as error:
                if is_aside:
                    continue
                wrong[path.name] = _reason(path, error)
                watch.pass_over(self._aside, self._consumer, _called(path), wrong[path.name])
                continue
            if not (self._causes / f"{path.stem.rpartition('-')[0]}.mail").exists():
                path.unlink(missing_ok=True)
        for staged, to in ((self._staging, self._out), (self._posting, self._in)):
            for path in staged.pending():
                if path.name in named:
                    continue
                if wrong:  # they may be of a plan that does not say so any more
                    to.quarantine(path, _LEFT.format(plans=", ".join(sorted(wrong))))
                else:
                    path.unlink()
        return wrong

    def _is_aside(self, path: Path) -> bool:
        """Whether a plan was set aside: nobody has had it tried again since."""
        with contextlib.suppress(FileNotFoundError):
            return _called(path) in watch.passed_over(self._aside, self._consumer)
        return False

    def settled(self, cause: str) -> bool:
        """Whether this cause has been dealt with, here or before a kill."""
        path = self._path(cause)
        if not path.exists():
            return False
        return self._carry_out(path, _read(path, self._deeds))

    def carry_out(
        self,
        cause: str,
        plan: Plan,
        mails: Sequence[Item],
        *,
        tip: Oid | None,
        move: Move | None = None,
    ) -> bool:
        """Does what the plan says, durable on return; False when the roster is no longer at `tip`:
        make the plan anew then. Hold the roster's lock. Blocking."""
        staged = self._staging.put(mails).name if mails else None
        posted = self._posting.put(plan.posts).name if plan.posts else None
        point("desk.after-staged")
        now = self._moment()
        blob = rosterevents.encode_events(plan.events) if plan.events else b""
        facts: dict[str, Any] = {
            "events": blob.decode("utf-8"),
            "at": now.isoformat(),
            "path": rosterevents.event_path(now, blob) if blob else "",
            "tip": tip,
            "files": {one.path: one.text or "" for one in plan.written("mail")},
            "staged": staged,
            "posted": posted,
            "subject": plan.subject,
            "added": [
                {"conference": one.conference, "path": one.path, "text": one.text}
                for one in plan.written("conference")
            ],
            "kept": [{"path": one.path, "text": one.text} for one in plan.written("private")],
            "deeds": [asdict(one) for one in plan.deeds],
            "done": False,
            "cursor": [move.repo, move.old, move.new] if move else None,
        }
        path = self._path(cause)
        if move is not None:
            self._aim(move.repo, move.new)
        self._write(path, facts)
        point("desk.after-plan")
        carried = self._carry_out(path, facts)
        if move is not None:
            path.unlink(missing_ok=True)
        return carried

    def _moment(self) -> datetime:
        """Now, but after the plan before: files of events are read in the order of their times."""
        if self._last is None:
            self._last = eventfiles.after_all(self.reader("roster"), clock.now())
        else:
            self._last = max(clock.now(), self._last + timedelta(microseconds=1))
        return self._last

    def forget(self, cause: str) -> None:
        """The cause is gone, so its plan may go, unless it was set aside."""
        path = self._path(cause)
        if path.exists() and not self._is_aside(path):
            path.unlink(missing_ok=True)

    def reader(self, name: str) -> Reader:
        """Reads `roster` or the mail of a cell; it stays open."""
        if name not in self._readers:
            self._readers[name] = Reader(self.repo(name))
        return self._readers[name]

    def close(self) -> None:
        """Ends the reading processes."""
        for reader in self._readers.values():
            reader.close()

    def _path(self, cause: str) -> Path:
        return self._folder / f"{cause}.json"

    def _write(self, path: Path, facts: dict[str, Any]) -> None:
        safeio.write_atomic(path, json.dumps(facts).encode(), mode=0o600)

    def _carry_out(self, path: Path, facts: dict[str, Any]) -> bool:
        """What of the plan is not done yet. False, and the plan gone, when it came too late."""
        if facts["done"]:
            return True
        if not self._events(facts):
            path.unlink()
            if facts["staged"]:
                (self._staging.folder / facts["staged"]).unlink(missing_ok=True)
            if facts.get("posted"):
                (self._posting.folder / facts["posted"]).unlink(missing_ok=True)
            return False
        point("desk.after-roster")
        self._files(facts)
        point("desk.after-mail")
        self._kept(facts)
        self._do(facts)
        point("desk.after-deeds")
        self._added(facts)
        point("desk.after-added")
        if facts["cursor"]:
            self._move(*facts["cursor"])
        _move(self._posting, facts.get("posted"), self._in)
        _move(self._staging, facts["staged"], self._out)
        point("desk.after-out")
        emptied: dict[str, Any] = {"events": "", "files": {}, "deeds": [], "added": [], "kept": []}
        self._write(path, facts | emptied | {"done": True})
        if facts["cursor"]:
            self._aimed(facts["cursor"][0]).forget()
        return True

    def _events(self, facts: dict[str, Any]) -> bool:
        """The roster's events, unless they are there; False when others wrote meanwhile."""
        if not facts["events"] or eventfiles.is_there(self.reader("roster"), facts["path"]):
            return True
        change = Change(facts["path"], facts["events"].encode("utf-8"))
        return self._commit("roster", [change], facts, expect=facts["tip"])

    def _files(self, facts: dict[str, Any]) -> None:
        """The files of mail.git. Who was first has decided, so decisions that are there stay."""
        changes = [
            Change(where, text.encode("utf-8") if text else None)
            for where, text in facts["files"].items()
            if decision.parse_path(where) is None or not self._is_decided(where)
        ]
        if changes:
            message = compose(facts["subject"] or "Answer mail", Source="desk")
            when = datetime.fromisoformat(facts["at"])
            hubmail.write_once(self._config, changes, message=message, when=when)

    def _is_decided(self, where: str) -> bool:
        cell = cells.at(self._config, hubmail.conference_of(where)).cell
        return self._has(_mail(cell), where)

    def _kept(self, facts: dict[str, Any]) -> None:
        """Plain files below private/."""
        for one in facts.get("kept", ()):
            path = self._private / one["path"]
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            safeio.write_atomic(path, one["text"].encode("utf-8"), mode=0o600)

    def _do(self, facts: dict[str, Any]) -> None:
        """What features do themselves: before the files of conferences, which say that it is so."""
        when = datetime.fromisoformat(facts["at"])
        for one in facts["deeds"]:
            self._deeds[one["name"]](self._config, one["facts"], when)
            point("desk.after-deed")

    def _added(self, facts: dict[str, Any]) -> None:
        """Files of conferences, one commit each conference; those that are there stay."""
        groups: dict[str, list[Change]] = {}
        for one in facts.get("added", ()):
            repo = open_repo(self._config.conference_repo(one["conference"]))
            change = Change(localevents.place(repo, one["path"]), one["text"].encode("utf-8"))
            groups.setdefault(one["conference"], []).append(change)
        for name, changes in groups.items():
            repo = open_repo(self._config.conference_repo(name))
            with Reader(repo) as reader:
                new = [one for one in changes if reader.oid_at(MAIN, one.path) is None]
            if new:
                message = compose(facts["subject"] or "Answer mail", Source="desk")
                write_once(repo, new, message=message, when=datetime.fromisoformat(facts["at"]))

    def _commit(
        self, name: str, changes: list[Change], facts: dict[str, Any], *, expect: Oid | None = None
    ) -> bool:
        try:
            write_once(
                self.repo(name),
                changes,
                message=compose(facts["subject"] or "Answer mail", Source="desk"),
                when=datetime.fromisoformat(facts["at"]),
                expect=expect,
            )
        except ConflictError:
            if expect is None:
                raise
            return False
        return True

    def _has(self, name: str, path: str) -> bool:
        return self.reader(name).oid_at(MAIN, path) is not None

    def _aim(self, name: str, new: Oid) -> None:
        """Notes where a plan moves the cursor to by a cursor of its own: an erasure that comes
        between a kill and the next start takes both along (git/history.py)."""
        aim = self._aimed(name)
        aim.advance(aim.read(), new)

    def _aimed(self, name: str) -> Cursor:
        return Cursor(self.repo(name), f"{self._consumer}-next")

    def _move(self, name: str, old: Oid | None, new: Oid) -> None:
        cursor, target = self.cursor(name), self._aimed(name).read() or new
        at = cursor.read()
        if at != target:
            cursor.advance(old if target == new else at, target)

    def cursor(self, name: str) -> Cursor:
        """How far the desk has read `roster` or the mail of a cell."""
        return Cursor(self.repo(name), self._consumer)

    def repo(self, name: str) -> Repo:
        """The repository called `roster` or, of the mail of a cell, as `mails` has it."""
        if name not in self._repos:
            of_mail = name.partition("-")[2] or "0"
            path = self._config.roster_repo
            if name != "roster":
                path = self._config.in_cell(int(of_mail)).mail_repo
            self._repos[name] = open_repo(path)
        return self._repos[name]

    def mails(self) -> dict[str, int]:
        """What the mail of each cell is called here, and the cell."""
        return {_mail(one.cell): one.cell for one in cells.every(self._config)}

    def read_by(self, what: str) -> list[Repo]:
        """The repositories that who reads `roster` or `mail` (all of it) follows."""
        return [self.repo(name) for name in (self.mails() if what == "mail" else (what,))]


def _mail(cell: int) -> str:
    return f"mail-{cell}" if cell else "mail"


def _move(staging: Spool, name: str | None, to: Spool) -> None:
    """Hands over a staged file of mails by a rename; one that is not there was handed over."""
    source = staging.folder / name if name else None
    if source is not None and source.exists():
        os.replace(source, to.folder / source.name)
        safeio.fsync_dir(to.folder)
        to.ring()


def _read(path: Path, deeds: Iterable[str]) -> dict[str, Any]:
    """A plan that was written down, by whatever version."""
    facts: dict[str, Any] = safeio.facts_of(path)
    if not isinstance(facts, dict) or not {"done", "staged", "cursor", "events"} <= facts.keys():
        raise ContentError("it is damaged: no plan", file=f"{path.parent.name}/{path.name}")
    if "deeds" not in facts:
        names = [name for name in deeds if name in facts]
        facts["deeds"] = [{"name": name, "facts": one} for name in names for one in facts.pop(name)]
    return facts


def _called(path: Path) -> str:
    """What a plan is called where it is set aside."""
    return f"{path.parent.name}/{path.name}"


def _reason(path: Path, error: Exception) -> str:
    fault = error.public if isinstance(error, ContentError) else f"{type(error).__name__}: {error}"
    return f"The desk cannot carry out spool/desk/{_called(path)}: {fault.partition('. ')[0]}"
