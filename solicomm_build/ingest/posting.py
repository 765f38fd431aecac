"""Mail to conferences: read, placed, judged, and kept as posts or held.

    read (parse, Markdown) → ask (what of it is there already) → take (place, judge, write)

A batch is read as a whole first, so that both stores can look up all its messages together; then
they are taken one after the other, in the order in which they came. Nothing is durable before the
checkpoints of run.py.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.spool import Item
from solicomm_build.foundation.types import Envelope, PostId, TopicId, post_id
from solicomm_build.ingest import moved, reading
from solicomm_build.ingest.handover import Handover
from solicomm_build.ingest.holdingroom import HoldingRoom, header_of
from solicomm_build.ingest.hubstores import HubStores
from solicomm_build.ingest.judging import Judge, Judged
from solicomm_build.ingest.placing import Place, addition, place
from solicomm_build.ingest.reading import Reading
from solicomm_build.message.auth.authorship import author
from solicomm_build.message.msgid import Ids, conflict_id, content_hash, known_as, references_of
from solicomm_build.message.origin import ORIGIN, PAGE
from solicomm_build.message.parse import Message, parse
from solicomm_build.people.address import Purpose, local_part
from solicomm_build.post import decision as decisions
from solicomm_build.post import post as post_file
from solicomm_build.post.conference import Conference
from solicomm_build.post.decision import Decision
from solicomm_build.post.policy import NO_ROOM
from solicomm_build.post.postingcase import Verdict


@dataclass(frozen=True, slots=True)
class Letter:
    """A message to one conference, read by its rules; ids are as that calls them (`ids`)."""

    item: Item
    conference: Conference
    message: Message
    reading: Reading
    ids: Ids | None

    @property
    def is_written(self) -> bool:
        """Whether it was written on a page of ours, by somebody who is known there."""
        return self.item.envelope.proved and self.message.field(ORIGIN) == PAGE


class Posting:
    """Takes mail to the conferences of a hub. Not for several threads."""

    def __init__(self, stores: HubStores, judge: Judge, handover: Handover, log: MailLog) -> None:
        self._stores, self._judge, self._handover, self._log = stores, judge, handover, log
        self._room = HoldingRoom(stores.config)

    def close(self) -> None:
        """Lets go of what it counts in."""
        self._room.close()

    def read(self, item: Item, name: str) -> Letter:
        """Reads a message to the conference `name`, which is locked from now on (mail.git before
        it). Raises SoliCommError."""
        self._stores.posts(name).begin()
        conference = self._stores.conference(name)
        ids = self._stores.ids(name)
        message = known_as(parse(item.raw, self._stores.config.limits), ids)
        read = reading.of_message(message, conference.attachments, ids=ids)
        return Letter(item, conference, message, read, ids)

    def ask(self, letters: Iterable[Letter]) -> None:
        """Looks up together what `take` will want to know of these."""
        by_conference: defaultdict[str, list[tuple[str, PostId]]] = defaultdict(list)
        for letter in letters:
            read = letter.reading
            by_conference[letter.conference.id].append((read.path, read.mid))
        for name, posts in by_conference.items():
            self._stores.mail.ask((mid, name) for _, mid in posts)
            self._stores.posts(name).ask(posts)

    def take(self, letter: Letter, here: Judged | None = None) -> None:
        """Gives one message its place; `here` is the verdict of the conference that it was sent
        to, when its topic has moved from there. Raises SoliCommError."""
        item, conference, message = letter.item, letter.conference, letter.message
        name = conference.id
        where = place(
            item.raw,
            letter.reading,
            conference=name,
            rules=conference.attachments,
            mail=self._stores.mail,
            posts=self._stores.posts(name),
            ids=letter.ids,
            is_written=letter.is_written,
        )
        mid = where.reading.mid
        if where.known:
            self._log.event("known", id=item.name, conference=name, mid=mid)
            return
        kept = post_file.parse_path(where.reading.path)
        topic = kept[0] if kept else None
        if item.envelope.moved_from:
            here = self._there(letter, topic)
        judged = self._judge.judge(
            message,
            item.raw,
            item.envelope,
            conference,
            topic=topic,
            own=mid,
            is_repeated=where.is_repeated,
        )
        if here is not None:
            judged = moved.allowed(judged, here, conference)
        elif topic is not None and str(topic) != mid and judged.verdict.action == "accept":
            above = [post_id(one) for one in references_of(message)]
            to = moved.destination(self._stores, name, above, topic)
            if to != name:
                self._log.event("moved", id=item.name, conference=name, mid=mid, to=to)
                if self._stores.is_own(to):
                    self.take(self.read(item, to), judged)
                else:
                    self._handover.elsewhere(moved.sent_on(item, name, to, self._stores.config))
                return
        self._carry_out(letter, where, judged, topic)

    def _there(self, letter: Letter, topic: TopicId | None) -> Judged | None:
        """The verdict of the conference that a message was sent to, whose cell passed it on."""
        name = letter.item.envelope.moved_from
        try:
            conference = self._stores.conference(name)
        except SoliCommError:
            return None  # gone since
        item = letter.item
        return self._judge.judge(
            letter.message, item.raw, item.envelope, conference, topic=topic, again=True
        )

    def _carry_out(
        self, letter: Letter, where: Place, judged: Judged, topic: TopicId | None
    ) -> None:
        """Does what the verdict says, and notes it. What would be held and finds no room is sent
        back."""
        judged = self._room.judged(letter.item, author(letter.message) or "", judged)
        item, name = letter.item, letter.conference.id
        verdict, mid = judged.verdict, where.reading.mid
        facts = {"id": item.name, "conference": name, "mid": mid, "rule": verdict.rule}
        self._log.event(verdict.action, **facts)
        if verdict.action == "accept":
            self._post(item, name, where, archive=verdict.archive)
        elif verdict.action in ("hold", "reject"):
            self._hold(letter, where.reading, judged)
        elif verdict.action == "answer":
            to = f"{desk_address(name, topic, verdict)}@{self._stores.config.domain}"
            self._handover.misdirected(name, only_to(item, [to]))
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

    def _hold(self, letter: Letter, read: Reading, judged: Judged) -> None:
        """Keeps a message for the moderators, unless it waits already or was decided about."""
        item, conference = letter.item, letter.conference.id
        mail, mid, verdict = self._stores.mail, self._place(letter, read), judged.verdict
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
        if letter.ids is not None and (place := post_file.parse_path(read.path)):
            facts["topic"], facts["above"] = place[0], [post_id(one) for one in read.above]
        raw = header_of(item.raw) if verdict.rule == NO_ROOM else item.raw
        mail.hold(conference, mid, raw, facts)
        if verdict.action == "reject":  # carried out like a moderator's; the desk tells the author
            made = Decision(decisions.REJECT, decisions.POLICY, clock.now(), verdict.reason)
            mail.decide(conference, mid, decisions.encode(made))
        self._handover.is_held = True

    def _place(self, letter: Letter, read: Reading) -> PostId | None:
        """Under which id a message is held; another one when its own is another message's, which
        waits or was decided about. None when this message is there itself."""
        mail, item, conference = self._stores.mail, letter.item, letter.conference.id
        content = content_hash(letter.message)
        other = reading.called(conflict_id(read.message_id, content), letter.ids)
        for mid in (read.mid, post_id(other)):
            waiting = mail.held_raw(conference, mid)
            if waiting is None and mail.decision(conference, mid) is None:
                return mid
            if waiting == item.raw:
                return None
            kept = parse(waiting) if waiting is not None else None
            is_again = kept is not None and letter.is_written and kept.field(ORIGIN) == PAGE
            if kept is not None and (content_hash(kept) == content or is_again):
                return None
        return None


def only_to(item: Item, addresses: list[str]) -> Item:
    """The message with some of its recipients."""
    if tuple(addresses) == item.envelope.rcpt_tos:
        return item
    envelope = dataclasses.replace(item.envelope, rcpt_tos=tuple(addresses))
    return dataclasses.replace(item, envelope=envelope)


def _envelope(envelope: Envelope) -> dict[str, object]:
    facts = dataclasses.asdict(envelope)
    facts["received_at"] = envelope.received_at.isoformat()
    facts["rcpt_tos"] = list(envelope.rcpt_tos)
    if not envelope.moved_from:
        del facts["moved_from"]
    return facts


def desk_address(name: str, topic: TopicId | None, verdict: Verdict) -> str:
    """The local part by which the desk knows what a message is: a moderator's command about a
    topic, or one for the list server that went to the list."""
    if verdict.about_topic and topic is not None:
        return local_part(name, Purpose.TOPIC, topic)
    return name
