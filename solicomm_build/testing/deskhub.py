"""A hub whose desk is spoken to by mail: send one, let the desk work, read what came back."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from solicomm_build.desk.run import desk
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.git.repo import open_repo
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people import rosterevents
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterevents import Consent, Event
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub

AUTHSERV = "mx.hub.example"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
CONSENT = Consent("owner", "test")
TITLES = {
    "en": "Water for all",
    "fr": "De l’eau pour tous",
    "es": "Agua para todos",
    "pt": "Água para todos",
    "ar": "الماء للجميع",
    "ru": "Вода для всех",
}


def woken(config: Config, desk_at_work: threading.Thread) -> None:
    """Waits for the end of a desk that was told to stop; a ring is lost while it does not hear."""
    while desk_at_work.is_alive():
        Spool(config.spool_desk).ring()
        desk_at_work.join(0.02)


class DeskHub:
    """The hub in `root`; its list is `water`, its closed list `board`. Time stands at `now`,
    and goes on by a second with each mail."""

    def __init__(self, root: Path) -> None:
        lists = [
            Conference("water", TITLES, kind="list", languages=("en", "es")),
            Conference("board", {"en": "Board"}, kind="list", visibility="members"),
        ]
        made = smallhub.make(root, *lists, operator="op@hub.example")
        self.config: Config = replace(made, name="Union hub", authserv_id=AUTHSERV)
        self.now = NOW
        self._count = 0

    @classmethod
    def on(cls, config: Config) -> DeskHub:
        """The desk of a hub that is there already."""
        made = cls.__new__(cls)
        made.config, made.now, made._count = replace(config, authserv_id=AUTHSERV), NOW, 0
        return made

    def member(
        self,
        number: int,
        address: str,
        *lists: str,
        name: str = "",
        lang: str = "",
        role: str = "",
        **options: str,
    ) -> None:
        """Puts somebody into the roster and on lists."""
        events: list[Event] = [
            rosterevents.member(number, address, at=NOW, consent=CONSENT, name=name, lang=lang)
        ]
        for one in lists:
            events.append(
                rosterevents.subscribe(
                    one, number, at=NOW, consent=CONSENT, options=options or None
                )
            )
            if role:
                events.append(rosterevents.role(one, number, role, at=NOW, by="test"))
        self.note(*events)

    def note(self, *events: Event) -> None:
        """Adds events to the roster, as somebody else than the desk does."""
        self.now += timedelta(seconds=1)
        store = RosterStore(open_repo(self.config.roster_repo))
        try:
            store.append(events, at=self.now, subject="Test")
        finally:
            store.close()

    def send(
        self,
        to: str,
        text: str = "",
        *,
        subject: str = "",
        sender: str = "ana@union.example",
        proven: bool = True,
        fields: Sequence[str] = (),
        mail_from: str | None = "",
        name: str = "Ana Paz",
        header_to: str = "",
    ) -> str:
        """Puts a mail into the desk's spool, as ingest does; its Message-ID. `proven` has our mail
        server vouch."""
        self._count += 1
        self.now += timedelta(seconds=1)
        address = f"{to}@{self.config.domain}"
        domain = sender.rpartition("@")[2]
        lines = [f"From: {name} <{sender}>", f"To: {header_to or address}"]
        if subject:
            lines.append(f"Subject: {subject}")
        if proven:
            lines.insert(0, f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from={domain}")
        own = f"{self._count}@{domain}"
        lines += [f"Message-ID: <{own}>", *fields]
        if not any(field.lower().startswith("content-type") for field in fields):
            lines.append("Content-Type: text/plain; charset=utf-8")
        raw = "\r\n".join([*lines, "", text.replace("\n", "\r\n"), ""]).encode()
        envelope = Envelope(sender if mail_from == "" else mail_from, (address,), self.now)
        with clock.fixed(self.now):
            Spool(self.config.spool_desk).put([Item(envelope, raw)])
        return own

    def work(self) -> list[Item]:
        """Lets the desk work; what goes out, in order."""
        with clock.fixed(self.now):
            desk(self.config, once=True, log=maillog.to_nobody())
        return self.sent()

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """The desk works in a thread meanwhile, as it does beside a web server; time stands."""
        ends = threading.Event()
        log = maillog.to_nobody()
        thread = threading.Thread(
            target=lambda: desk(self.config, stop=ends.is_set, log=log), name="desk"
        )
        with clock.fixed(self.now):
            thread.start()
            try:
                yield
            finally:
                ends.set()
                woken(self.config, thread)

    def sent(self) -> list[Item]:
        """What waits in spool/out, taken away."""
        spool = Spool(self.config.spool_out)
        found: list[Item] = []
        for path in spool.pending():
            found += spool.read(path)
            spool.done(path)
        return found

    def ask(self, to: str, text: str = "", **how: object) -> list[Message]:
        """Sends a mail and reads the answers."""
        self.send(to, text, **how)  # type: ignore[arg-type]
        return [parse(item.raw) for item in self.work()]

    def reply(self, to: Message, text: str = "", **how: object) -> list[Message]:
        """Answers one of the desk's mails as a mail program does: to Reply-To."""
        local = to.reply_to[0].addr_spec.partition("@")[0]
        return self.ask(local, text, subject=f"Re: {to.subject}", **how)

    @property
    def roster(self) -> Roster:
        """The roster as it is now."""
        store = RosterStore(open_repo(self.config.roster_repo))
        try:
            return store.roster()
        finally:
            store.close()

    def aside(self) -> list[str]:
        """Why mail was set aside."""
        return [reason for _, reason in Spool(self.config.spool_desk).quarantined()]


def token_in(message: Message) -> str:
    """The token that an answer to this mail carries."""
    match = re.search(r"\+([a-z2-7]{26})@", message.field("Reply-To") or "")
    assert match is not None, "no token in Reply-To"  # noqa: S101 - a helper of tests
    return match[1]
