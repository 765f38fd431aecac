"""An open conference whose mail is looked at as a courier does, by a clock of its own: for tests of
what comes to whom."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from solicomm_build.courier.fanout import Fanout
from solicomm_build.features.digests.sending import Digests
from solicomm_build.features.following import asking
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import PostId, TopicId
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people import rosterevents
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post import event as events
from solicomm_build.post.conference import Conference
from solicomm_build.testing.listhub import WHEN, ListHub


class Bar:
    """The conference `bar`. `close` it."""

    def __init__(self, root: Path) -> None:
        self.hub = ListHub(root)
        self.config = self.hub.config
        self.now = WHEN
        self.repo = self.hub.add_conference("bar", kind="conference")
        self.settings()
        self._fanout: Fanout | None = None
        self._digests: Digests | None = None

    def settings(self, **more: object) -> None:
        """Other settings of the conference."""
        facts = {"kind": "conference", "posting": "open", "languages": ("en", "fr")} | more
        self.hub.settings(self.repo, Conference("bar", {"en": "Bar", "fr": "Le bar"}, **facts))  # type: ignore[arg-type]

    def post(
        self, number: int, sender: str, *, answers: int = 0, level: str = "aligned", extra: str = ""
    ) -> PostId:
        """A post with `Said <number>.`, which answers another; all answers are in the topic of the
        first."""
        above = f"In-Reply-To: <{answers}@b>\r\nReferences: <1@b> <{answers}@b>\r\n"
        raw = (
            f"From: {sender.partition('@')[0].title()} <{sender}>\r\nTo: bar@hub.example\r\n"
            f"Subject: {'Re: ' if answers else ''}Shifts\r\nMessage-ID: <{number}@b>\r\n"
            f"Date: Tue, 24 Nov 2026 11:00:00 +0000\r\n{above if answers else ''}{extra}\r\n"
            f"Said {number}.\r\n"
        ).encode()
        return self.hub.post(raw, to="bar", level=level)[1]

    def look(self, seconds: float = 0.0) -> list[Item]:
        """What goes out at a look of the courier so many seconds later, digests too; it leaves the
        spool."""
        self.now += timedelta(seconds=seconds)
        spool, found = Spool(self.config.spool_out), list[Item]()
        log = maillog.to_nobody()
        with clock.fixed(self.now):
            if self._fanout is None or self._digests is None:
                self._digests = Digests(self.config, spool, log)
                self._fanout = Fanout(self.config, spool, log)
            self._digests.run()
            self._fanout.run()
            while self._fanout.accompany():
                pass
        for path in spool.pending():
            found += spool.read(path)
            spool.done(path)
        return found

    def stop(self) -> None:
        """The courier ends; the next look is another's."""
        if self._fanout is not None:
            self._fanout.close()
            self._fanout = None
        if self._digests is not None:
            self._digests.close()
            self._digests = None

    def close(self) -> None:
        """Ends the reading processes."""
        self.stop()
        self.hub.close()

    def wish(self, address: str, what: str, tid: str) -> None:
        """Somebody follows, leaves or mutes a topic."""
        roster = self.roster()
        member = roster.member(address)
        number = member.number if member else 0
        facts = {
            "conference": "bar",
            "tid": tid,
            "what": what,
            "address": address,
            "number": number,
            "lang": "",
            "member": number in roster.subscriptions["bar"],
        }
        asking.carry_out(self.config, facts, self.now)

    def roster(self) -> Roster:
        """The roster as it is now."""
        store = RosterStore(open_repo(self.config.roster_repo))
        try:
            return store.roster()
        finally:
            store.close()

    def note(self, *what: rosterevents.Event) -> None:
        """Something happens in the roster."""
        store = RosterStore(open_repo(self.config.roster_repo))
        store.append(what, at=self.now, subject="Test")
        store.close()

    def happens(self, tid: str, kind: str, **data: str) -> None:
        """A moderator does something with a topic."""
        event = events.make(kind, at=WHEN, by="operator", data=data)
        change = Change(events.path(TopicId(tid), event), events.encode(event))
        write_once(self.repo, [change], message=f"{kind}\n\nSource: cli\n", when=WHEN)


def said(items: list[Item]) -> list[tuple[str, list[int]]]:
    """Who gets which posts, by the numbers in them."""
    return sorted((to, _numbers(item.raw)) for item in items for to in item.envelope.rcpt_tos)


def _numbers(raw: bytes) -> list[int]:
    text = re.sub(rb"=\r\n", b"", raw)
    return sorted({int(n) for n in re.findall(rb"Said (\d+)\.", text)})
