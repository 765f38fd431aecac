"""From the spool into git: the consumer of `spool/in`.

    spool/in file → read → (per conference) place, judge → mail.git, then the conference → file gone

Runs as a process of its own that waits for the spool's bell. Several files share a batch: one
commit and one checkpoint in mail.git, a commit per post and one checkpoint in each conference. mail
comes first, because whoever sees the post in the log will look for the message. A file goes when
everything in it is durable; killed before that, it is taken again and nothing comes twice
(placing). What cannot be handled goes to quarantine with its reason, alone, and the rest goes on.
"""

from __future__ import annotations

import contextlib
import dataclasses
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar

from solicomm_build.foundation import clock, maillog, safeio
from solicomm_build.foundation.errors import HubError, NotKeptError, SoliCommError, StoreError
from solicomm_build.foundation.faults import hold, point
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.objects import incoming
from solicomm_build.foundation.objects.client import ObjectsError
from solicomm_build.foundation.objects.incoming import Incoming
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.watch import Watch, set_aside
from solicomm_build.git import maintenance
from solicomm_build.ingest import holding, hooks, secondlook
from solicomm_build.ingest.handover import Handover
from solicomm_build.ingest.hubstores import HubStores
from solicomm_build.ingest.judging import Judge
from solicomm_build.ingest.posting import Letter, Posting, only_to
from solicomm_build.people.directory import directory_of
from solicomm_build.people.recipients import Recipient
from solicomm_build.post.decision import Decision
from solicomm_build.post.store.mailstore import Held

_BATCH_FILES, _BATCH_ITEMS = 256, 512  # who came first waits for the whole batch
_BATCH_OCTETS = 16 * 1024 * 1024
_GROUP, _GROUP_OCTETS = 256, 4 * 1024 * 1024  # read and looked up together
_LOOK_AGAIN = 1.0  # seconds; the bell normally rings at once
_TRIES = 3
_BUSY = 64  # so many batches, and packs are counted even when mail never pauses

_Part = tuple[Item, Recipient]
T = TypeVar("T")


def ingest(
    config: Config,
    *,
    once: bool = False,
    stop: Callable[[], bool] = lambda: False,
    on_commit: Callable[[], None] = lambda: None,
    on_warm: Callable[[], None] = lambda: None,
    log: MailLog | None = None,
    watch: Watch | None = None,
) -> None:
    """Takes what is in the spool; with `once` until it is empty, else until `stop()` is true.

    `on_commit` is called after each batch that is durable: ring the builder and the courier there;
    `on_warm` once, when the next message would be taken at once. `watch` ends this process when one
    message holds it; without it none is watched.
    Blocking. One ingest per hub at a time is meant; two would only wait for each other.
    """
    spool = incoming.of(config)
    spool.sweep()
    log, watch = log or maillog.to_stderr(), watch or Watch.idle()
    _look_back(watch, spool, log, stop)
    work = Ingest(config, spool, log, watch)
    try:
        work.warm()
        on_warm()
        while not stop():
            done = work.take()
            if done:  # whoever shows a post need not wait for another look
                on_commit()
            if work.decide():
                done = True
                on_commit()
            work.mirror(to_the_end=once)
            if once and not done:
                if work.away is not None:
                    raise work.away
                work.maintain()
                return
            if not done and not spool.wait(_LOOK_AGAIN):
                work.idle()
    finally:
        work.close()
        spool.close()


def _look_back(watch: Watch, spool: Incoming, log: MailLog, stop: Callable[[], bool]) -> None:
    """Sets aside what the process before ended at. In a store that does not answer it is as good as
    aside, until it does: nothing is taken then either."""
    while not stop():
        try:
            set_aside(watch, spool, log)
            return
        except ObjectsError as error:
            log.event("spool-away", reason=error.public)
            time.sleep(_LOOK_AGAIN)


def ingest_all(
    config: Config,
    *,
    stop: Callable[[], bool] = lambda: False,
    on_commit: Callable[[], None] = lambda: None,
    log: MailLog | None = None,
) -> None:
    """`ingest` with `once` in every cell, until none has anything more for another."""
    every = cells.every(config)
    while True:
        for one in every:
            ingest(one, once=True, stop=stop, on_commit=on_commit, log=log)
        if stop() or len(every) == 1 or not any(incoming.of(one).pending(1) for one in every):
            return


class Ingest:
    """The work on the spool of one cell. Not for several threads."""

    def __init__(
        self, config: Config, spool: Incoming, log: MailLog, watch: Watch | None = None
    ) -> None:
        self._config, self._spool, self._log = config, spool, log
        self._watch = watch or Watch.idle()
        self._stores = HubStores(config)
        self._deliveries: list[tuple[Item, Recipient]] = []
        self._handover = Handover(config, log)
        self._judge = Judge(self._stores)
        self._posting = Posting(self._stores, self._judge, self._handover, log)
        self._decisions = holding.Decisions(self._stores)
        self._second = secondlook.SecondLook(self._stores, self._judge)
        self._batches = 0
        self.away: ObjectsError | None = None
        self._directory = directory_of(config, self._stores.roster)
        self._takers = hooks.deliveries(config, log) if config.cell == 0 else ()

    def take(self) -> bool:
        """Handles the oldest files of the spool; False when there are none, or the store that they
        are in does not answer: they wait there. Blocking.

        Two ingests take turns: else a command would reach the desk from each of them.
        """
        try:
            with safeio.locked(self._spool.folder / ".taking"):
                done = self._take()
        except ObjectsError as error:
            if self.away is None:
                self._log.event("spool-away", reason=error.public)
            self.away = error
            return False
        if self.away is not None:
            self._log.event("spool-back")
        self.away = None
        return done

    def _take(self) -> bool:
        files = self._read(self._spool.pending(_BATCH_FILES))
        if not files:
            return False
        try:
            self._batch([item for _, items in files for item in items])
        except (StoreError, OSError) as error:
            self._stores.abort()
            self._log.event("ingest-again", reason=_public(error))
            self._one_by_one(files)
        else:
            for path, _ in files:
                self._spool.done(path)
        self._stores.trim()
        self._batches += 1
        if self._batches % _BUSY == 0:
            self._stores.maintain(packs=4 * maintenance.PACKS)
        return True

    def mirror(self, *, to_the_end: bool = False) -> None:
        """Has features go on with mail that is no conference's: to the IMAP server, for one."""
        for taker in self._takers:
            taker.work(to_the_end=to_the_end)

    def decide(self) -> bool:
        """Carries out what moderators and authors decided about held mail; whether there was any.
        Blocking."""
        try:
            if self._second.is_called():
                self.look_again()
            return self._decisions.carry_out(self._decided) > 0
        except (StoreError, OSError) as error:
            self._stores.abort()
            self._log.event("decide-again", reason=_public(error))
            return False

    def _decided(self, held: Held, made: Decision, fault: str) -> None:
        holding.note(self._log, held, made, fault)

    def idle(self) -> None:
        """Housekeeping for when nothing has come for a while: it holds up mail by 0.2 s or so."""
        self.warm()
        self.look_again()
        self.maintain()

    def maintain(self) -> None:
        """Merges packs of what was written to, and mends what a kill left there."""
        self._stores.maintain()

    def look_again(self) -> None:
        """Judges mail again that waits for nobody: for the DNS, or for the next day."""
        try:
            for held, outcome in self._second.run():
                self._log.event(
                    "judged-again", conference=held.conference, mid=held.mid, rule=outcome
                )
        except (StoreError, OSError) as error:
            self._stores.abort()
            self._log.event("judged-again", reason=_public(error))

    def warm(self) -> None:
        """Reads the roster, so that the next message need not wait for it. What is wrong with it is
        said when it is needed."""
        with contextlib.suppress(SoliCommError):
            self._stores.roster()

    def close(self) -> None:
        """Ends the git processes."""
        self._posting.close()
        self._stores.close()

    def _read(self, paths: Iterable[Path]) -> list[tuple[Path, list[Item]]]:
        """As many of the files as a batch takes; damaged ones go to quarantine."""
        files: list[tuple[Path, list[Item]]] = []
        octets = count = 0
        for path in paths:
            if octets > _BATCH_OCTETS or count >= _BATCH_ITEMS:
                break
            try:
                items = self._spool.read(path)
            except FileNotFoundError:
                continue
            except StoreError as error:
                self._spool.quarantine(path, error.public)
                self._log.event("quarantined", id=path.name, reason=error.public)
                continue
            files.append((path, items))
            octets += sum(len(item.raw) for item in items)
            count += len(items)
        return files

    def _one_by_one(self, files: list[tuple[Path, list[Item]]]) -> None:
        """After a batch failed: file by file, so that one message cannot hold up the others."""
        for path, items in files:
            for item in items:
                self._insist(item)
            self._spool.done(path)

    def _insist(self, item: Item) -> None:
        """One message, tried some times. Ends in quarantine, unless the disk is the reason."""
        for attempt in range(1, _TRIES + 1):
            try:
                self._batch([item])
            except (StoreError, OSError) as error:
                self._stores.abort()
                if isinstance(error, NotKeptError):
                    raise  # not this message's fault: it waits until enough machines are there
                if safeio.is_no_room(error):
                    raise StoreError("the disk is full; the mail waits in the spool") from error
                if attempt == _TRIES:
                    self._set_aside(item, f"the store does not take it: {_public(error)}")
            else:
                return
            time.sleep(0.05 * attempt)

    def _batch(self, items: list[Item]) -> None:
        """Everything about some messages, durable on return. Raises StoreError or OSError."""
        self._deliveries.clear()
        self._handover.clear()
        self._stores.mail.begin()
        for parts in _groups(part for item in items for part in self._parts(item)):
            self._take_up(parts)
        point("ingest.before-mail-commit")
        self._stores.mail.checkpoint("Mail", when=clock.now(), Source="mail")
        point("ingest.after-mail-commit")
        for posts in self._stores.opened():
            posts.checkpoint()
            point("ingest.after-post-commit")
        for item, recipient in self._deliveries:
            self._guarded(item, partial(self._deliver, item, recipient))
        self._handover.flush()
        point("ingest.before-done")

    def _take_up(self, parts: list[_Part]) -> None:
        """Some messages: all are read, then each gets its place, in their order."""
        for name in sorted({to.id for _, to in parts if to.kind == "conference"}):
            self._stores.learn(name)
        letters = [self._letter(item, recipient) for item, recipient in parts]
        self._posting.ask(letter for letter in letters if letter is not None)
        for (item, recipient), letter in zip(parts, letters, strict=True):
            if letter is not None:
                self._guarded(item, partial(self._posting.take, letter))
            elif self._handover.takes(recipient):
                self._handover.add(recipient, item)
            elif recipient.kind != "conference":
                self._deliveries.append((item, recipient))

    def _letter(self, item: Item, recipient: Recipient) -> Letter | None:
        if recipient.kind != "conference":
            return None
        return self._guarded(item, partial(self._posting.read, item, recipient.id))

    def _guarded(self, item: Item, work: Callable[[], T]) -> T | None:
        """What is wrong with one message alone sends it to quarantine, with the reason."""
        try:
            with self._watch.item(item.name, len(item.raw)):
                hold("ingest", item.raw)
                return work()
        except (StoreError, OSError):
            raise
        except SoliCommError as error:
            self._set_aside(item, error.public)
        except Exception:  # noqa: BLE001 - the edge of the stage: a fault of ours stops one mail
            self._set_aside(item, f"a fault in SoliComm:\n{traceback.format_exc()}")
        return None

    def _set_aside(self, item: Item, reason: str) -> None:
        self._spool.quarantine(item, reason)
        self._log.event(
            "quarantined", id=item.name, octets=len(item.raw), reason=reason.partition("\n")[0]
        )

    def _parts(self, item: Item) -> Iterator[_Part]:
        """One message to each of its recipients, to each conference and mailbox once."""
        unknown: list[str] = []
        groups: dict[Recipient, list[str]] = {}
        for address in item.envelope.rcpt_tos:
            found = self._directory.resolve(address)
            if found is None:
                unknown.append(address)
            elif self._handover.takes(found):
                yield only_to(item, [address]), found
            else:
                whole = dataclasses.replace(found, detail="") if found.detail else found
                groups.setdefault(whole, []).append(address)
        for address in unknown:
            part = only_to(item, [address])
            self._set_aside(part, f"no such address here any more: {address}")
            self._handover.gone(part)
        for recipient, addresses in groups.items():
            part = only_to(item, addresses)
            name = recipient.id if recipient.kind == "conference" else ""
            if self._stores.is_own(name) if name else self._config.cell == 0:
                yield part, recipient
            else:
                self._handover.elsewhere((name, part))

    def _deliver(self, item: Item, recipient: Recipient) -> None:
        taker = next((one for one in self._takers if one.takes(recipient)), None)
        if taker is None:
            raise HubError(f"nobody here takes mail to {item.envelope.rcpt_tos[0]}")
        taker.deliver(recipient, item, self._stores.roster())


def _groups(parts: Iterable[_Part]) -> Iterator[list[_Part]]:
    """Some at a time, so that little of what was read is held."""
    group: list[_Part] = []
    octets = 0
    for part in parts:
        group.append(part)
        octets += len(part[0].raw)
        if len(group) >= _GROUP or octets >= _GROUP_OCTETS:
            yield group
            group, octets = [], 0
    if group:
        yield group


def _public(error: Exception) -> str:
    return error.public if isinstance(error, SoliCommError) else str(error)
