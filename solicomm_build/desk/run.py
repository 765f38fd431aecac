"""The desk: answers to what people ask by mail, and mail to moderators. Read this first.

    spool/desk ─→ reading (Case) ─→ handler (Plan) ─→ ledger ─→ roster.git, mail.git, spool/out
    roster.git: one-click unsubscribes ─→ goodbye          (cursor desk in roster.git)
    mail.git: held mail, decisions     ─→ moderators, authors   (cursor desk in mail.git)

A handler looks and decides; it changes nothing. The ledger writes its plan down before the first
change and carries it out once, so that a kill anywhere loses no answer and sends none twice. What
cannot be handled goes to quarantine with its reason.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from itertools import count, islice
from pathlib import Path

from solicomm_build.desk import answer, handling, hooks, lettering
from solicomm_build.desk.chores import AtWork, Looks, Step, Workplace
from solicomm_build.desk.documents import Documents, NotYet
from solicomm_build.desk.ledger import Ledger
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Case, Letter, Plan
from solicomm_build.desk.reading import GONE, case_of, case_of_gone
from solicomm_build.foundation import clock, errors, maillog, safeio
from solicomm_build.foundation.errors import HubError, NotKeptError, SoliCommError, StoreError
from solicomm_build.foundation.faults import hold, point
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.objects.client import ObjectsError
from solicomm_build.foundation.spool import SUFFIX, Item, Spool, name_of
from solicomm_build.foundation.watch import Watch, set_aside
from solicomm_build.git import history
from solicomm_build.message.address import key
from solicomm_build.message.auth import answerable
from solicomm_build.people import grants
from solicomm_build.people.memberstore import changing

CONSUMER = "desk"
ANOTHER = "Another desk is at work on this hub. Stop it, or leave it to it"
_LOOK_AGAIN = 2.0  # seconds; the bell normally rings at once
LOOKS = 10
"""Looks in vain after which a desk that may rest ends."""
_PAGE = 0.3  # seconds left to a new post's page by who was rung for, unless mail waits
_MANY = 200
"""Lists and sites that a desk looks into in a tenth of a second when it begins."""
_TRIES = 3
_OVERTAKEN = 30.0  # seconds for more, where bounces write to the roster each time
_BATCH_FILES = 64  # then the logs, and the stop, are looked at


def desk(
    config: Config,
    *,
    once: bool = False,
    stop: Callable[[], bool] | None = None,
    on_commit: Callable[[], None] = lambda: None,
    log: MailLog | None = None,
    watch: Watch | None = None,
    memory: int | None = None,
) -> None:
    """Answers what waits; with `once` until nothing does, else until `stop()` is true. Blocking.
    With a `memory` for its chores (chores.Looks) it ends, too, when there is nothing to do.
    `on_commit` is called when a conference has something new to show: ring the builder there.

    One desk per hub: raises HubError when another is at work. Whoever puts mail into its spool, or
    holds mail, may ring the spool's bell. `watch` ends this process when one mail holds it.
    """
    stop = stop or (lambda: False)
    spool = Spool(config.spool_desk)
    with safeio.locked(config.spool_desk / ".lock", blocking=False) as mine:
        if not mine:
            raise HubError(ANOTHER)
        spool.sweep()
        log, watch = log or maillog.to_stderr(), watch or Watch.idle()
        set_aside(watch, spool, log)
        documents, looks = Documents(spool.ring, apart=not once), Looks(memory)
        work = Desk(config, spool, log, on_commit, watch, documents, looks)
        # who was begun to look ends when it has looked
        idle = 0 if memory is None or spool.rang() else LOOKS
        if memory is not None and not idle:
            spool.wait(_PAGE)
        try:
            work.begin()
            while not stop():
                if work.take():
                    idle = 0
                    continue
                if once or (idle >= LOOKS and work.rests()):
                    return
                idle = 0 if spool.wait(_LOOK_AGAIN) else idle + 1
        finally:
            work.close()
            spool.close()


def finish(config: Config) -> None:
    """Carries out what a killed desk left, or sets it aside; nothing where a desk is at work, for
    that has done so. For who looks for all that is kept of somebody. Blocking."""
    if not (config.spool_desk / "plans").is_dir():
        return
    with safeio.locked(config.spool_desk / ".lock", blocking=False) as mine:
        if mine:
            ledger = Ledger(config, CONSUMER, hooks.deeds())
            try:
                _recovered(config, ledger)
            finally:
                ledger.close()


def _recovered(config: Config, ledger: Ledger) -> dict[str, str]:
    """Has the ledger finish what is left, while nobody changes what that stands on."""
    with contextlib.ExitStack() as stack:
        for repo in (*ledger.read_by("roster"), *ledger.read_by("mail")):
            stack.enter_context(history.following(repo))
        stack.enter_context(changing(config))
        return ledger.recover()


class Desk:
    """The work on one hub's mail. Not for several threads."""

    def __init__(
        self,
        config: Config,
        spool: Spool,
        log: MailLog,
        on_commit: Callable[[], None] = lambda: None,
        watch: Watch | None = None,
        documents: Documents | None = None,
        looks: Looks | None = None,
    ) -> None:
        self._config, self._spool, self._log = config, spool, log
        self._documents = documents or Documents()
        self._reading: dict[Path, list[str]] = {}  # files with mail whose documents are read
        self._watch = watch or Watch.idle()
        self._on_commit = on_commit
        self._office = Office(config, self._watch, log)
        self._ledger = Ledger(config, CONSUMER, hooks.deeds())
        self._looks = looks or Looks()
        place = Workplace(self._office, self._ledger, self._log, self._looks)
        every = sorted(hooks.chores(), key=lambda one: one[1].rank)
        self._chores = [AtWork(place, feature, chore) for feature, chore in every]

    def begin(self) -> None:
        """Finishes what a killed desk left."""
        grants.settle(self._config)
        for name, reason in _recovered(self._config, self._ledger).items():
            self._log.event("quarantined", id=f"plans/{name}", reason=reason)

    def take(self) -> bool:
        """Does what there is to do; False when there was nothing. Blocking."""
        self._watch.look_again()
        waiting = (self._spool.folder / name for name in sorted(self._spool.names()))
        files = list(islice(filter(self._is_due, waiting), _BATCH_FILES))
        for path in files:
            self._file(path)
        done = bool(files)
        with self._office.one_look() as look_again:
            for one in self._chores:
                if self._chore(one):
                    look_again()
                    done = True
        return done

    def _is_due(self, path: Path) -> bool:
        """Whether a file waits for nothing else."""
        return all(map(self._documents.is_read, self._reading.get(path, ())))

    def rests(self) -> bool:
        """Whether nothing is under way, and another desk would soon have looked at all; what chores
        remember is left to it then."""
        if self._reading or any(one.has_failed for one in self._chores):
            return False
        if len(self._office.lists()) + len(self._office.unions()) > _MANY:
            return False
        return self._looks.keep()

    def close(self) -> None:
        """Ends the reading processes."""
        self._documents.close()
        self._ledger.close()
        self._office.close()

    # -- mail -----------------------------------------------------------------------------------

    def _file(self, path: Path) -> None:
        """Everything about one file of the spool, which goes last."""
        try:
            items = self._spool.read(path)
        except FileNotFoundError:
            return
        except StoreError as error:
            self._spool.quarantine(path, error.public)
            self._log.event("quarantined", id=path.name, reason=error.public)
            return
        causes = ["-".join(item.name.rsplit(".", 1)) for item in items]
        waiting = []
        for cause, item in zip(causes, items, strict=True):
            try:
                self._insist(cause, item)
            except NotYet:
                waiting.append(cause)
        self._reading.pop(path, None)
        if waiting:
            self._reading[path] = waiting
            return
        point("desk.before-done")
        self._spool.done(path)
        safeio.fsync_dir(self._spool.folder)  # it must not be there again when its plans are gone
        point("desk.after-done")
        for cause in causes:
            self._ledger.forget(cause)
            self._documents.forget(cause)

    def _insist(self, cause: str, item: Item) -> None:
        """One mail, tried some times. Ends in quarantine, unless the disk is the reason, or other
        machines: then the desk ends, and begins again in a moment. Raises NotYet when it must wait
        for what is read beside the desk."""
        until = time.monotonic() + _OVERTAKEN
        for attempt in count(1):
            try:
                self._mail(cause, item)
            except (NotKeptError, ObjectsError):
                raise  # not this mail's fault: it waits until enough machines, or the store, answer
            except (StoreError, OSError, sqlite3.Error) as error:
                if safeio.is_no_room(error):
                    raise StoreError("the disk is full; the mail waits in the spool") from error
                is_overtaken = isinstance(error, errors.ConflictError) and time.monotonic() < until
                if attempt >= _TRIES and not is_overtaken:
                    self._set_aside(item, f"the store does not take it: {error}")
                    return
            except NotYet:
                raise
            except SoliCommError as error:
                self._set_aside(item, error.public)
                return
            except Exception:  # noqa: BLE001 - the edge of the stage: a fault of ours stops one mail
                self._set_aside(item, f"a fault in SoliComm:\n{traceback.format_exc()}")
                return
            else:
                return
            time.sleep(0.05 * min(attempt, _TRIES))

    def _mail(self, cause: str, item: Item) -> None:
        """What a mail leads to, done. The roster is held, so that what was read stays true."""
        if self._ledger.settled(cause):
            return
        is_first = self._office.limits.is_first(_octets(item), cause, clock.now())
        if not is_first and not _was_aside(item):
            self._log.event("desk", id=item.name, did="nothing", silent="the same mail again")
            return
        with self._watch.item(item.name, len(item.raw)):
            hold("desk", item.raw)
            about = self._office, item, cause, self._office.dns
            case = case_of(*about) or case_of_gone(*about)
        handling.received(self._office, case, self._documents)
        with changing(self._config):
            tip = self._ledger.repo("roster").ref()
            with self._watch.item(item.name, len(item.raw), seconds=handling.patience(case)):
                plan = handling.handle(self._office, case)
            mails = self._mails(plan, case, cause)
            wanted = replace(plan, letters=()) or mails
            if wanted and not self._ledger.carry_out(cause, plan, mails, tip=tip):
                raise errors.ConflictError("the roster was written to meanwhile")  # looked at again
        facts = {"id": item.name, "purpose": str(case.purpose or "hub")}
        facts |= {"conference": case.conference, "did": plan.subject or "nothing"}
        silent = case.automatic or case.mute
        self._log.event(
            "desk", **facts, events=len(plan.events), letters=len(mails), silent=silent or None
        )
        self._tell(plan)
        if case.purpose == GONE and not self._is_aside(item):
            self._set_aside(item, "no address of the desk")

    def _is_aside(self, item: Item) -> bool:
        """Whether ingest kept it, which found nobody at its address."""
        return any(Spool(one).is_aside(item) for one in cells.spools_in(self._config))

    def _tell(self, plan: Plan) -> None:
        """Wakes who acts on what a plan left."""
        for after in hooks.after():
            after(self._config, plan)
        if plan.written("mail") or plan.posts:
            for one in cells.every(self._config):
                Spool(one.spool_in).ring()
        if plan.written("conference") or plan.deeds:
            self._on_commit()

    def _mails(self, plan: Plan, case: Case | None, cause: str) -> list[Item]:
        """The letters that may go out, as they go out."""
        return [
            answer.item(
                self._marked(letter, case),
                case,
                domain=self._config.domain,
                cause=cause,
                now=clock.now(),
                bounces=self._office.bounces(letter.conference, letter.to),
            )
            for letter in plan.letters
            if self._reaches(letter) and (case is None or self._may_go(letter, case))
        ]

    def _reaches(self, letter: Letter) -> bool:
        """Whether a letter can be addressed; one that cannot keeps nobody else from theirs."""
        if not (reaches := answer.reaches(letter.to)):
            self._log.event("letter-left-out", rcpt_to=letter.to, conference=letter.conference)
        return reaches

    def _may_go(self, letter: Letter, case: Case) -> bool:
        """What tells of a change always goes; an answer only where answers may."""
        if not letter.kind:
            return True
        if case.mute and not self._is_known(case, letter.to):
            return False
        return self._office.may(case, letter.to, letter.kind)

    def _is_known(self, case: Case, to: str) -> bool:
        """Whether nothing but a token of ours says who wrote, and that went to this address."""
        is_unproved = case.mute in (answerable.FORGED, answerable.UNVOUCHED)
        return is_unproved and self._office.has_brought(case, to)

    def _marked(self, letter: Letter, case: Case | None) -> Letter:
        """The letter; the last answer of a day says that it is."""
        if case is None or not letter.kind:
            return letter
        if not self._office.is_last(case, letter.to, letter.kind):
            return letter
        is_claimed = not (case.proven and key(case.author) == key(letter.to))
        return lettering.last_today(self._office, letter, is_claimed=is_claimed)

    def _set_aside(self, item: Item, reason: str) -> None:
        self._spool.quarantine(item, reason)
        self._office.limits.forget(_octets(item))
        self._log.event(
            "quarantined", id=item.name, octets=len(item.raw), reason=reason.partition("\n")[0]
        )

    # -- chores ---------------------------------------------------------------------------------

    def _chore(self, one: AtWork) -> bool:
        """What a chore has to do now, done; False when there was nothing."""
        chore, done = one.chore, False
        with contextlib.ExitStack() as stack:
            if chore.reads:
                for repo in self._ledger.read_by(chore.reads):
                    stack.enter_context(history.following(repo))
            for step in one.steps():
                if not self._carry_out_step(step):
                    one.begin_anew()
                    return True
                if chore.event and step.plan:
                    count = len(step.plan.letters)
                    self._log.event(chore.event, did=step.plan.subject, letters=count)
                done = True
                if chore.one_by_one:
                    break
        return done

    def _carry_out_step(self, step: Step) -> bool:
        """Does what a chore wants; False when others, such as bounces, wrote to the roster just
        then: nothing is done, and the chore has to look again."""
        cause, plan, move = step.cause, step.plan, step.move
        if not plan and move is None and step.note is None:
            return True
        with self._watch.paused(), changing(self._config):
            tip = self._ledger.repo("roster").ref()
            if plan:
                mails = self._mails(plan, None, cause)
                if not self._ledger.carry_out(cause, plan, mails, tip=tip, move=move):
                    return False
                self._ledger.forget(cause)
            elif move is not None:
                self._ledger.cursor(move.repo).advance(move.old, move.new)
        self._tell(plan)
        if step.note is not None:
            step.note.unlink(missing_ok=True)
        return True


def _octets(item: Item) -> bytes:
    """What makes two mails the same."""
    said_yes = " after a yes" if item.envelope.proved else ""
    head = f"{item.envelope.mail_from} {item.envelope.rcpt_tos}{said_yes}\n"
    return head.encode("utf-8", "replace") + item.raw


def _was_aside(item: Item) -> bool:
    """Whether a message was set aside without the others of its file, and put back by somebody: its
    file is called after it alone."""
    return item.name.rpartition(".")[0] == name_of(item).removesuffix(SUFFIX)
