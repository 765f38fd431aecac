"""A hub with one list, put together from the store alone, for tests of what goes out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import PostId, TopicId, post_id
from solicomm_build.git import receiving
from solicomm_build.git.cursor import COURIER, Cursor
from solicomm_build.git.repo import Repo, create, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.message.msgid import topic_of
from solicomm_build.message.parse import parse
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post import conference, post
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import deliverysince
from solicomm_build.post.store.mailstore import MailStore
from solicomm_build.post.store.poststore import Addition, PostStore

WHEN = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
CONSENT = Consent("owner", "test")
DOMAIN = "hub.example"


class ListHub:
    """The hub in `root`, made when there is none; its list is `water`."""

    def __init__(self, root: Path) -> None:
        self.config = Config(root=root, name="Test", domain=DOMAIN, url="https://hub.example")
        fresh = not self.config.mail_repo.exists()
        if fresh:
            create(self.config.mail_repo)
            create(self.config.roster_repo)
            receiving.install(self.config)
            deliverysince.begin(self.config, WHEN)
        self._roster = RosterStore(open_repo(self.config.roster_repo))
        self._next = 1 if fresh else self._roster.roster().next_number
        self.list = (
            self.add_conference("water")
            if fresh
            else open_repo(self.config.conference_repo("water"))
        )

    def add_conference(self, name: str, *, kind: str = "list", visibility: str = "public") -> Repo:
        """A new list or conference with its settings, begun as founding does it."""
        repo = create(self.config.conference_repo(name))
        self.settings(repo, Conference(name, {"en": "Water"}, kind=kind, visibility=visibility))
        if (first := repo.ref()) is not None:
            Cursor(repo, COURIER).advance(None, first)
        return repo

    def settings(self, repo: Repo, settings: Conference | bytes) -> None:
        """New settings of a conference, or what stands in their place."""
        data = settings if isinstance(settings, bytes) else conference.encode(settings)
        change = Change(conference.FILE, data)
        write_once(repo, [change], message="Settings\n\nSource: cli\n", when=WHEN)

    def members(self, addresses: Sequence[str], *, to: str = "water", **options: str) -> None:
        """Subscribes new members."""
        events = []
        for address in addresses:
            number, self._next = self._next, self._next + 1
            events.append(rosterevents.member(number, address, at=WHEN, consent=CONSENT))
            events.append(
                rosterevents.subscribe(
                    to, number, at=WHEN, consent=CONSENT, options=options or None
                )
            )
        self._roster.append(events, at=WHEN, subject="Members")

    def subscribe(self, address: str, *, to: str, **options: str) -> None:
        """Subscribes a member who is there already to one more list."""
        known = self._roster.roster().member(address)
        if known is None:
            raise ValueError(address)
        event = rosterevents.subscribe(
            to, known.number, at=WHEN, consent=CONSENT, options=options or None
        )
        self._roster.append([event], at=WHEN, subject="Subscribe")

    def post(
        self,
        raw: bytes,
        *,
        to: str = "water",
        source: str = "mail",
        archived: bool = True,
        message_id: str | None = None,
        level: str = "",
        at: datetime | None = None,
    ) -> tuple[TopicId, PostId]:
        """Keeps a message as ingest does `at` a moment: verbatim first, then the post. With a
        `level` it is noted how far the author was proved."""
        message, at = parse(raw), at or WHEN
        own = message_id or message.msgid or ""
        mid = post_id(own)
        tid = topic_of(message, mid)
        mail = MailStore(open_repo(self.config.mail_repo))
        mail.add(mid, raw)
        if level:
            mail.note(f"accept open {to}/{mid} author= level={level}")
        mail.checkpoint("Mail", when=at)
        mail.close()
        blob = post.encode(post.of_message(message, message_id=own))
        addition = Addition(
            mid, post.path(tid, mid), blob, (), "Ana", at, at, message.subject, source
        )
        posts = PostStore(open_repo(self.config.conference_repo(to)))
        (posts.add if archived else posts.mark_unarchived)(addition)
        posts.checkpoint()
        posts.close()
        return tid, mid

    def close(self) -> None:
        """Ends the reading processes."""
        self._roster.close()


def message(
    number: int = 1,
    text: str = "Water is a right.",
    *,
    sender: str = "ana@union.example",
    extra: str = "",
) -> bytes:
    """A small mail to the list, CRLF."""
    return (
        f"From: Ana <{sender}>\r\nTo: water@hub.example\r\nSubject: Water {number}\r\n"
        f"Date: Tue, 24 Nov 2026 11:00:00 +0000\r\nMessage-ID: <{number}@union.example>\r\n"
        f"{extra}\r\n{text}\r\nFrom here on.\r\n.\r\n..two\r\n"
    ).encode()
