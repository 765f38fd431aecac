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
import errno
import time
import traceback
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from solicomm_build import clock, maillog, safeio
from solicomm_build.config import Config
from solicomm_build.errors import SoliCommError, StoreError
from solicomm_build.faults import point
from solicomm_build.ingest import forwarding, mailboxes, moderation, moved, reading, secondlook
from solicomm_build.ingest.handover import Handover
from solicomm_build.ingest.hubstores import HubStores
from solicomm_build.ingest.judging import Judge, Judged
from solicomm_build.ingest.maildirs import Maildirs
from solicomm_build.ingest.placing import Place, addition, place
from solicomm_build.ingest.reading import Reading
from solicomm_build.maillog import MailLog
from solicomm_build.message.msgid import content_hash
from solicomm_build.message.parse import parse
from solicomm_build.model import decision as decisions
from solicomm_build.model import post as post_file
from solicomm_build.model.address import Purpose, local_part
from solicomm_build.model.decision import Decision
from solicomm_build.model.policy import TOPIC_COMMAND, Verdict
from solicomm_build.spool import Item, Spool
from solicomm_build.store import maintenance
from solicomm_build.store.mailstore import Held
from solicomm_build.store.people import directory_of
from solicomm_build.store.recipients import Recipient
from solicomm_build.types import Envelope, PostId, TopicId, post_id

_BATCH_FILES = 64
_BATCH_OCTETS = 16 * 1024 * 1024
_LOOK_AGAIN = 1.0  # seconds; the bell normally rings at once
_TRIES = 3
_BUSY = 64  # so many batches, and packs are counted even when mail never pauses


def ingest(
    config: Config,
    *,
    once: bool = False,
    stop: Callable[[], bool] = lambda: False,
    on_commit: Callable[[], None] = lambda: None,
    on_warm: Callable[[], None] = lambda: None,
    log: MailLog | None = None,
) -> None:
    """Takes what is in the spool; with `once` until it is empty, else until `stop()` is true.

    `on_commit` is called after each batch that is durable: ring the builder and the courier there;
    `on_warm` once, when the next message would be taken at once.
    Blocking. One ingest per hub at a time is meant; two would only wait for each other.
    """
    spool = Spool(config.spool_in)
    spool.sweep()
    work = Ingest(config, spool, log or maillog.to_stderr())
    try:
        work.warm()
        on_warm()
        while not stop():
            done = work.take() | work.decide()
            if done:
                on_commit()
            work.mirror()
            if once and not done:
                return
            if not done and not spool.wait(_LOOK_AGAIN):
                work.idle()
    finally:
        work.close()
        spool.close()


class Ingest:
    """The work on one hub's spool. Not for several threads."""

    def __init__(self, config: Config, spool: Spool, log: MailLog) -> None:
        self._config, self._spool, self._log = config, spool, log
        self._stores = HubStores(config)
        self._deliveries: list[tuple[Item, Recipient]] = []
        self._handover = Handover(config, log)
        self._judge = Judge(self._stores)
        self._decisions = moderation.Decisions(self._stores)
        self._second = secondlook.SecondLook(self._stores, self._judge)
        self._batches = 0
        self._directory = directory_of(config, self._stores.roster)
        self._maildirs = Maildirs(config, log)
        forwarding.Once(Spool(config.spool_out)).prune()

    def take(self) -> bool:
        """Handles the oldest files of the spool; False when there are none. Blocking.

        Two ingests take turns: else a command would reach the desk from each of them.
        """
        with safeio.locked(self._spool.folder / ".taking"):
            return self._take()

    def _take(self) -> bool:
        files = self._read(self._spool.pending()[:_BATCH_FILES])
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

    def mirror(self) -> None:
        """Shows mailboxes' new mail to the IMAP server."""
        self._maildirs.work()

    def decide(self) -> bool:
        """Carries out what moderators decided about held mail; whether there was any. Blocking."""
        try:
            return self._decisions.carry_out(self._decided) > 0
        except (StoreError, OSError) as error:
            self._stores.abort()
            self._log.event("decide-again", reason=_public(error))
            return False

    def _decided(self, held: Held, made: Decision, fault: str) -> None:
        moderation.note(self._log, held, made, fault)

    def idle(self) -> None:
        """Housekeeping for when nothing has come for a while: it holds up mail by 0.2 s or so."""
        self.warm()
        self.look_again()
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
        self._stores.close()

    def _read(self, paths: Iterable[Path]) -> list[tuple[Path, list[Item]]]:
        """As many of the files as a batch takes; damaged ones go to quarantine."""
        files: list[tuple[Path, list[Item]]] = []
        octets = 0
        for path in paths:
            if octets > _BATCH_OCTETS:
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
                if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
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
        for item in items:
            self._item(item)
        point("ingest.before-mail-commit")
        self._stores.mail.checkpoint("Mail", when=clock.now(), Source="mail")
        point("ingest.after-mail-commit")
        for posts in self._stores.opened():
            posts.checkpoint()
            point("ingest.after-post-commit")
        for item, recipient in self._deliveries:
            self._guarded(item, partial(self._to_mailbox, item, recipient))
        self._handover.flush()
        point("ingest.before-done")

    def _guarded(self, item: Item, work: Callable[[], None]) -> None:
        """What is wrong with one message alone sends it to quarantine, with the reason."""
        try:
            work()
        except (StoreError, OSError):
            raise
        except SoliCommError as error:
            self._set_aside(item, error.public)
        except Exception:  # noqa: BLE001 - the edge of the stage: a fault of ours stops one mail
            self._set_aside(item, f"a fault in SoliComm:\n{traceback.format_exc()}")

    def _set_aside(self, item: Item, reason: str) -> None:
        self._spool.quarantine(item, reason)
        self._log.event(
            "quarantined", id=item.name, octets=len(item.raw), reason=reason.partition("\n")[0]
        )

    def _item(self, item: Item) -> None:
        """One message to all its recipients, each conference and mailbox once."""
        unknown: list[str] = []
        groups: dict[Recipient, list[str]] = {}
        for address in item.envelope.rcpt_tos:
            found = self._directory.resolve(address)
            if found is None:
                unknown.append(address)
            elif self._handover.takes(found):
                self._handover.add(found, _only_to(item, [address]))
            else:
                groups.setdefault(dataclasses.replace(found, detail=""), []).append(address)
        if unknown:
            reason = f"no such address here any more: {', '.join(unknown)}"
            self._set_aside(_only_to(item, unknown), reason)
        for recipient, addresses in groups.items():
            part = _only_to(item, addresses)
            if recipient.kind == "conference":
                self._guarded(part, partial(self._to_conference, part, recipient.id))
            else:
                self._deliveries.append((part, recipient))

    def _to_mailbox(self, item: Item, recipient: Recipient) -> None:
        if recipient.kind == "sender":
            back = forwarding.send_back(self._config, recipient.id, item)
            result = "back" if back else "loop"
            self._log.event("delivered", id=item.name, address=recipient.id, result=result)
            return
        mid = reading.mid_of(item.raw)
        for rule in mailboxes.rule_of(recipient, self._config, self._stores.roster()):
            result = mailboxes.deliver(self._config, rule, item)
            self._log.event("delivered", id=item.name, mid=mid, address=rule.name, result=result)
            self._maildirs.changed(mailboxes.path_of(self._config, rule))

    def _to_conference(self, item: Item, name: str, here: Judged | None = None) -> None:
        """One message to a conference; `here` is the verdict of the one that it was sent to, when
        its topic has moved from there."""
        conference = self._stores.conference(name)
        rules = conference.attachments
        posts = self._stores.posts(name)
        message = parse(item.raw)
        read = reading.of_message(message, rules)
        posts.begin()
        where = place(
            item.raw, read, conference=name, rules=rules, mail=self._stores.mail, posts=posts
        )
        mid = where.reading.mid
        if where.known:
            self._log.event("known", id=item.name, conference=name, mid=mid)
            return
        kept = post_file.parse_path(where.reading.path)
        topic = kept[0] if kept else None
        judged = self._judge.judge(
            message, item.raw, item.envelope, conference, topic=topic, own=mid
        )
        if here is not None:
            judged = moved.allowed(judged, here)
        elif topic is not None and str(topic) != mid and judged.verdict.action == "accept":
            to = moved.destination(self._stores, name, message, topic)
            if to != name:
                self._log.event("moved", id=item.name, conference=name, mid=mid, to=to)
                self._to_conference(item, to, judged)
                return
        verdict = judged.verdict
        facts = {"id": item.name, "conference": name, "mid": mid, "rule": verdict.rule}
        self._log.event(verdict.action, **facts)
        if verdict.action == "accept":
            self._post(item, name, where, archive=verdict.archive)
        elif verdict.action in ("hold", "reject"):
            self._hold(item, name, where.reading, judged)
        elif verdict.action == "answer":
            to = f"{_desk_address(name, topic, verdict)}@{self._config.domain}"
            self._handover.misdirected(name, _only_to(item, [to]))
        line = judged.line(name, mid)
        self._stores.mail.note(line)
        self._judge.noted(line)

    def _post(self, item: Item, conference: str, where: Place, *, archive: bool) -> None:
        posts = self._stores.posts(conference)
        if where.keep_as is not None:
            self._stores.mail.add(where.keep_as, item.raw)
        new = addition(where.reading, clock.now(), source="mail", at=item.envelope.received_at)
        if archive:
            posts.add(new)
        else:
            posts.mark_unarchived(new)

    def _hold(self, item: Item, conference: str, read: Reading, judged: Judged) -> None:
        """Keeps a message for the moderators, unless it waits already or was decided about."""
        mail, mid, verdict = self._stores.mail, self._room(item, conference, read), judged.verdict
        if mid is None:
            return
        facts = {
            "conference": conference,
            "rule": verdict.rule,
            "reason": verdict.reason,
            "level": judged.authentication.level,
            "archive": verdict.archive,
            "message_id": read.message_id,
            "name": read.name,
            "subject": read.subject,
            "envelope": _envelope(item.envelope),
        }
        mail.hold(conference, mid, item.raw, facts)
        if verdict.action == "reject":  # carried out like a moderator's; the desk tells the author
            made = Decision(decisions.REJECT, decisions.POLICY, clock.now(), verdict.reason)
            mail.decide(conference, mid, decisions.encode(made))
        self._handover.is_held = True

    def _room(self, item: Item, conference: str, read: Reading) -> PostId | None:
        """Under which id a message is held; another one when its own is another message's, which
        waits or was decided about. None when this message is there itself."""
        mail = self._stores.mail
        other = post_id(reading.conflict_id(read.message_id, read.content))
        for mid in (read.mid, other):
            waiting = mail.held_raw(conference, mid)
            if waiting is None and mail.decision(conference, mid) is None:
                return mid
            if waiting is not None and (
                waiting == item.raw or content_hash(parse(waiting)) == read.content
            ):
                return None
        return None


def _only_to(item: Item, addresses: list[str]) -> Item:
    """The message with some of its recipients."""
    envelope = dataclasses.replace(item.envelope, rcpt_tos=tuple(addresses))
    return dataclasses.replace(item, envelope=envelope)


def _envelope(envelope: Envelope) -> dict[str, object]:
    facts = dataclasses.asdict(envelope)
    facts["received_at"] = envelope.received_at.isoformat()
    facts["rcpt_tos"] = list(envelope.rcpt_tos)
    return facts


def _desk_address(name: str, topic: TopicId | None, verdict: Verdict) -> str:
    """The local part by which the desk knows what a message is: a moderator's command about a
    topic, or one for the list server that went to the list."""
    if verdict.rule == TOPIC_COMMAND and topic is not None:
        return local_part(name, Purpose.TOPIC, topic)
    return name


def _public(error: Exception) -> str:
    return error.public if isinstance(error, SoliCommError) else str(error)
