"""From the log of each list to `spool/out`: one item a post, for all who get a copy.

The consumer `courier` follows every conference, of whatever kind. A commit with `Source: mail` that
adds a post is sent on; imports, pushes and administration are passed over, and so is what was
written in a conference before hubs mailed it (beginning.py). The verbatim message comes from
mail.git.

A post is one spool file, so it is queued whole or not at all, and its recipients are divided into
batches when it goes out (queue.py). The file holds what all copies share and the members' numbers;
what is one member's own is made while sending (making/). The cursor moves when a look's files are
durable. A kill between the two is found at the next start: what already waits in the spool is not
queued again. That holds because nothing leaves the spool while a fan-out runs (run.py does one
after the other, under one lock). Histories are linear: every writer builds on the tip.

A list without a cursor has just been restored or copied: it starts at its tip, so that nobody is
mailed an archive (docs/mail-rules.md#copied-hubs). New lists get their cursor when they are
founded.

A message to several lists gives an address one copy (docs/mail-rules.md#handing-over): lists are
looked at from the smallest, and who has got it through a list whose cursor has passed the post is
left out of the next. Whoever joined the first list only after that gets it from its pages.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from solicomm_build.courier import beginning, composed, dressing, hooks, newposts, queue
from solicomm_build.courier.audience import Audience
from solicomm_build.courier.beside import Beside
from solicomm_build.courier.hooks import Going
from solicomm_build.courier.newposts import NewPost
from solicomm_build.courier.past import Past, going, is_of_topics, served, siblings_of
from solicomm_build.courier.recipients import parties
from solicomm_build.courier.withheld.withdrawal import Withdrawals, is_withdrawn
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import MessageError, NotKeptError, SoliCommError
from solicomm_build.foundation.faults import hold
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.dns import resolver_of
from solicomm_build.foundation.maillog import Failing, MailLog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope, Oid, PostId
from solicomm_build.foundation.watch import HELD, SECONDS, Watch
from solicomm_build.git import log as store_log
from solicomm_build.git.cursor import COURIER, Cursor
from solicomm_build.git.history import following, is_unfinished
from solicomm_build.git.kept import KeptReader
from solicomm_build.git.log import Commit
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.git.tips import Tips, names
from solicomm_build.message import listcopy
from solicomm_build.message.split import split
from solicomm_build.people import wishes
from solicomm_build.people.address import fold
from solicomm_build.people.membership import Member
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.people.wishes import About
from solicomm_build.post import conference as conference_file
from solicomm_build.post import veiled
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.post.conference import Conference
from solicomm_build.post.listfacts import list_facts
from solicomm_build.post.reading import postcount
from solicomm_build.post.store import answered, knownids


@dataclass(frozen=True, slots=True)
class _Seen:
    """Where a list is looked at: the commit before the one in hand, and the tip of now; and where
    its copies wait."""

    repo: Repo
    spool: Spool
    before: Oid | None
    tip: Oid | None


class _Way:
    """How far one list was looked at: `done` is where its cursor is, `reached` where it will be,
    `count` how many posts were queued on the way."""

    def __init__(self, cursor: Cursor) -> None:
        self.cursor, self.count = cursor, 0
        self.done = self.reached = cursor.read()

    def move(self) -> None:
        """Moves the cursor, durable on return."""
        if self.reached is not None and self.reached != self.done:
            self.cursor.advance(self.done, self.reached)
            self.done = self.reached


class Fanout:
    """Queues what the lists' logs have that has not gone out yet. Not for several threads."""

    def __init__(
        self,
        config: Config,
        spool: Spool,
        log: MailLog,
        withdrawals: Withdrawals | None = None,
        watch: Watch | None = None,
    ) -> None:
        self._watch = watch or Watch.idle()
        self._config, self._spool, self._log = config, spool, log
        self._withdrawals = withdrawals or Withdrawals(config)
        self._mail = HubMail(config)
        self._roster = RosterStore.of(config)
        self._resolver = resolver_of(config)
        self._kept = KeptReader()
        self._seen: dict[str, Oid] = {}
        self._sizes: dict[str, int] = {}
        self._sized: Oid | None = None  # the commit of the roster that the sizes are of
        self._since: datetime | None = None
        self._failing = Failing(log, "fanout-failed")
        self._tips = Tips(config.conferences)
        self._queued: set[str] | None = None
        self._behind: dict[str, str] = {}  # by list: the post whose message is still on its way
        self._put: dict[str, set[str]] = {}  # by list: in a spool, and its cursor not past it yet
        self._audience = Audience(self._roster)
        companions = hooks.companions(config, spool, log, self._audience.roster)
        self._beside = Beside(config, log, companions, self._watch)
        self._past = Past(config, self._mail, self._roster, self._is_mailed, self._beside.got)

    def run(self) -> int:
        """One look at every list, the smallest first; returns how many posts were queued. Blocking;
        costs a `stat` for each where nothing is to be done.

        A list that cannot be read is logged and does not stop the others.
        """
        if self._queued is None:
            every = [self._spool, *map(Spool, cells.spools_out(self._config)[1:])]
            self._queued = {key for spool in every for key in queue.posts(spool)}
        if self._since is None:
            self._since = beginning.since(self._config, self._log)
        count = 0
        for name in self._lists():
            with self._failing.of(name):
                repo = open_repo(self._config.conferences / f"{name}.git")
                with following(repo):
                    count += self._follow(repo)
        self._queued.clear()  # from here on the cursors say it all
        self._audience.rest()
        self._kept.rest()
        return count

    def warm(self) -> None:
        """Reads the roster and starts reading mail. What is wrong with them is said when they are
        needed. Blocking."""
        with contextlib.suppress(SoliCommError):
            self._roster.roster()
            self._mail.find(PostId("a" * 32), "")

    def accompany(self) -> int:
        """What goes along with the fan-out does what is due; how many things. Blocking."""
        return self._beside.run()

    def waits(self) -> bool:
        """Whether a message is on its way, or what goes along with it has something to do later."""
        return bool(self._behind) or self._beside.waits()

    def close(self) -> None:
        """Ends the reading processes."""
        self._beside.close()
        self._kept.close()
        self._mail.close()
        self._roster.close()

    def _lists(self) -> list[str]:
        """The lists where something may be to be done, those with few subscribers first
        (docs/mail-rules.md#handing-over)."""
        roster = self._roster.roster()
        if self._sized != self._roster.tip or self._sized is None:
            self._sizes, self._sized = roster.subscriptions.sizes(), self._roster.tip
        every, tips = names(self._config.conferences), self._tips.now()
        due = [name for name in every if self._may_be_due(name, tips.get(f"{name}.git"))]
        return sorted(due, key=lambda name: (self._sizes.get(name, 0), name))

    def _may_be_due(self, name: str, tip: Oid | None) -> bool:
        is_done = tip is not None and self._seen.get(name) == tip
        if not is_done or self._beside.may_be_behind(name):
            return True
        return is_unfinished(f"{self._config.conferences}/{name}.git")

    def _follow(self, repo: Repo) -> int:
        """Queues the new posts of one repository and moves its cursor."""
        tip, name = repo.ref(), repo.path.stem
        self._beside.catch_up(repo, lambda since: self._past.since(repo, since))
        if tip is None or self._seen.get(name) == tip:
            return 0
        way = _Way(Cursor(repo, COURIER))
        if way.done is None:
            way.cursor.advance(None, tip)
            self._log.event("fanout-begins", conference=name, commit=tip)
        elif way.done != tip:
            reader = self._kept.of(repo)
            settings = reader.at(tip, conference_file.FILE)
            if settings is not None and conference_file.decode(settings):
                self._catch_up(repo, way, reader, tip)
        if name not in self._behind:
            self._seen[name] = tip
        return way.count

    def _catch_up(self, repo: Repo, way: _Way, reader: Reader, tip: Oid) -> None:
        """Queues what is new, and moves the cursor as far as that came. All of it is durable before
        that, also on other machines, at once: each step waits for them."""
        name = repo.path.stem
        cell = cells.at(self._config, name)
        spool = Spool(cell.spool_out) if cell.cell else self._spool
        try:
            self._queue_new(repo, way, spool, reader, tip)
        finally:
            self._settle(way, spool, name)
        self._put.pop(name, None)

    def _settle(self, way: _Way, spool: Spool, name: str) -> None:
        """Has what was queued be durable, and the cursor past it."""
        try:
            spool.share()
        except NotKeptError:
            self._put.pop(name, None)  # none of it is there
            raise
        if way.count and spool is not self._spool:
            spool.ring()
        way.move()

    def _queue_new(self, repo: Repo, way: _Way, spool: Spool, reader: Reader, tip: Oid) -> None:
        done, was_behind = way.done, self._behind.pop(repo.path.stem, "")
        # Of another cell's spool somebody else sends; other machines go by keys (passing.py).
        is_sent_meanwhile = spool is not self._spool and not self._config.cluster.is_shared
        settings = newposts.decoded(reader.at(done, conference_file.FILE)) if done else None
        for commit in store_log.commits(repo, done, tip, reader=reader):
            new, settings = 0, newposts.settings_after(reader, commit, settings)
            if is_of_topics(commit) and way.reached is not None:
                self._beside.changed(repo, way.reached)
            if settings is not None and self._is_mailed(settings, commit):
                now = repo.ref()  # read before the look, so that what comes later is seen
                posts = [*newposts.of(commit.changes)]
                late = composed.on_its_way(self._config, self._mail, settings, posts, commit)
                if late is not None:  # it is looked at again until its message is here
                    self._behind[settings.id] = key = listcopy.post_key(settings.id, late.mid)
                    if key != was_behind:
                        self._log.event("fanout-waits", post=key)
                    break
                for post in posts:
                    if not is_withdrawn(reader, post.tid, post.mid):
                        seen = _Seen(repo, spool, way.reached, now)
                        new += self._queue(seen, settings, reader, post, commit)
            way.reached, way.count = commit.oid, way.count + new
            if new and is_sent_meanwhile:
                self._settle(way, spool, repo.path.stem)

    def _is_mailed(self, settings: Conference, commit: Commit) -> bool:
        since = self._since
        return since is not None and beginning.is_mailed(settings, commit, since)

    def _queue(
        self, seen: _Seen, settings: Conference, reader: Reader, post: NewPost, commit: Commit
    ) -> bool:
        """Puts one post into the spool, durable after `share`, unless it is there, or nobody is to
        get it; whether it did."""
        key = listcopy.post_key(settings.id, post.mid)
        if (self._queued and key in self._queued) or key in self._put.get(settings.id, ()):
            return False
        raw = composed.message(self._config, self._mail, settings, reader, post, commit)
        if raw is None:
            self._log.event("fanout-no-message", post=key)
            return False
        if self._watch.is_aside(mark := f"post:{key}"):
            facts = list_facts(self._config, settings)
            envelope = Envelope(facts.bounces, (), clock.now(), list_id=settings.id)
            self._spool.quarantine(Item(envelope, raw), HELD.format(stage="deliver"))
            self._log.event("fanout-quarantined", post=key)
            return False
        self._audience.look()
        about = self._about(seen.repo, settings, reader, post, commit, raw)
        members = len(self._audience.of(settings))
        with self._watch.item(mark, len(raw), seconds=SECONDS + members / 5000):
            hold("fanout", raw)
            item = self._item(seen, settings, reader, post, raw, about)
        if item is not None and not item.envelope.rcpt_tos:
            self._log.event("queued", post=key, rcpts=0)
            return False
        if item is not None:
            put = seen.spool.put([item], key=f"{key} {commit.oid}", waits=True)
            self._put.setdefault(settings.id, set()).add(key)
            if seen.spool is self._spool:
                self._withdrawals.queued(key, post.tid, seen.tip)
            self._log.event("queued", id=put.stem, post=key, rcpts=len(item.envelope.rcpt_tos))
            return True
        return False

    def _about(
        self,
        repo: Repo,
        settings: Conference,
        reader: Reader,
        post: NewPost,
        commit: Commit,
        raw: bytes,
    ) -> About | None:
        """What members' wishes look at; None, at no cost, where nobody has any."""
        about, subscribers = None, self._audience.of(settings)
        if wishes.needs_facts(subscribers.wishes()):
            nth = postcount.number_in_day(repo, commit.oid, commit.committed)
            about = postcount.about(reader, nth, post.tid, post.mid, keywords_of(raw))
        if wishes.needs_answers(subscribers.wishes()):
            answers = answered.by(self._mail, settings.id, raw, post.tid, self._config)
            about = replace(about or About(), answers=subscribers.known_as(answers))
        return about

    def _item(
        self,
        seen: _Seen,
        settings: Conference,
        reader: Reader,
        post: NewPost,
        raw: bytes,
        about: About | None,
    ) -> Item | None:
        """The post with those who get it; None when it had to be set aside."""
        facts = list_facts(self._config, settings)
        envelope = Envelope(facts.bounces, (), clock.now(), list_id=settings.id)
        try:
            came, message = raw, parties(raw)
            siblings = siblings_of(self._config, settings.id, message)
            got = served(self._config, self._audience.roster(), siblings, post, message)
            never = {fold(facts.address)} | got
            out = never | self._without(settings, post, raw)
            to = self._audience.of(settings).of(message, never=out, about=about)
            kept = newposts.kept(reader, post)

            def has() -> set[str]:
                return never | {fold(member.address) for member in to}

            self._going(seen, going(settings, post, raw, message, kept, has))
            if not to:
                return Item(addressed(envelope, to), raw)
            raw = veiled.shown(
                raw,
                settings,
                facts,
                post.mid,
                post.tid,
                clock.now(),
                kept=kept,
                ids=knownids.unkept(self._config, settings),
            )
            named = tuple(siblings) if raw is came else ()  # others may show who wrote
            about_post = dressing.Posted(post.mid, post.tid, kept, named)
            copy = dressing.copy_of(
                raw,
                settings,
                facts,
                about_post,
                self._resolver,
                seals=self._config.arc and raw is came,
            )
        except MessageError as error:
            self._spool.quarantine(Item(envelope, raw), f"No copies can be made: {error.public}")
            self._log.event("fanout-quarantined", post=listcopy.post_key(settings.id, post.mid))
            return None
        return Item(addressed(envelope, to), copy)

    def _without(self, settings: Conference, post: NewPost, raw: bytes) -> set[str]:
        """Who wants no copies of what is written in this topic."""
        if post.tid is None:
            return set()
        return self._beside.without(settings, post.tid, post.mid, raw)

    def _going(self, seen: _Seen, post: Going | None) -> None:
        """Shows a post to what goes along, before its copies are queued."""
        if post is not None and seen.before is not None:
            self._beside.going(seen.repo, seen.before, post, lambda: self._numbers(post.served()))

    def _numbers(self, addresses: Collection[str]) -> list[int]:
        found = map(self._audience.roster().member, addresses)
        return [member.number for member in found if member is not None]


def keywords_of(raw: bytes) -> str:
    """What a message says in Keywords (RFC 5322 3.6.5)."""
    with contextlib.suppress(MessageError):
        return " ".join(one.value for one in split(raw).named("keywords"))
    return ""


def addressed(envelope: Envelope, members: list[Member]) -> Envelope:
    """The envelope for copies of their own to these members."""
    return replace(
        envelope,
        rcpt_tos=tuple(member.address for member in members),
        members=tuple(member.number for member in members),
    )
