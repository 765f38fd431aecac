"""The stages as they are broken here: each with a hub where there is work for it, and what must be
true afterwards. A stage's work is one `--once` run of the real thing."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from solicomm_build.builder.publish import NOT_PAGES
from solicomm_build.builder.run import Builder
from solicomm_build.courier import queue
from solicomm_build.courier import run as courier
from solicomm_build.desk import run as desk
from solicomm_build.features.bounces import bounce
from solicomm_build.features.bounces.reports import dsnwrite
from solicomm_build.features.mirror import run as mirror
from solicomm_build.features.search import index as search
from solicomm_build.features.search.engine.files import unwrap
from solicomm_build.foundation import clock, data, keys, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.git.repo import create, open_repo
from solicomm_build.ingest import run as ingest
from solicomm_build.people import roster, rosterevents, token
from solicomm_build.post.conference import Conference
from solicomm_build.testing import deskhub, hubs, listhub, smallhub
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.testing.listhub import ListHub
from tests.faults import picture
from tests.faults.picture import Picture

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
BATCH = 2  # copies in flight at once, so that a small list has several batches
BEN = "ben@union.example"


class Stage(Protocol):
    """Something that reads and writes a hub, and may die of it."""

    name: str
    addresses: frozenset[bytes]

    def found(self, root: Path) -> None:
        """Makes the hub with work to do."""

    def config(self, root: Path) -> Config: ...

    def work(self, root: Path) -> None:
        """All there is to do."""

    def picture(self, root: Path) -> Picture:
        """What must be the same whatever happened."""

    def faults(self, root: Path) -> list[str]:
        """What else must not be, whatever happened."""


def log_of(config: Config) -> MailLog:
    """Where a stage notes what it does, as when it runs for an operator."""
    return maillog.to_file(config.mail_log, key=config.keys / maillog.KEY)


class Common:
    name = ""
    addresses: frozenset[bytes] = frozenset({b"ana@union.example", BEN.encode()})

    def config(self, root: Path) -> Config:
        return Config(
            root=root,
            name="Test",
            domain=smallhub.DOMAIN,
            url="http://hub.example",
            operator="op@hub.example",
        )

    def picture(self, root: Path) -> Picture:
        return picture.of(self.config(root))

    def faults(self, root: Path) -> list[str]:
        config = self.config(root)
        found = [
            f"{repo.path.name}: a message has two commits"
            for repo in picture.repositories(config.conferences)
            if len(named := picture.messages(repo)) != len(set(named))
        ]
        return found + picture.shown(config, set(self.addresses))


class Ingest(Common):
    """Mail for lists and conferences, with files, for a mailbox and a forward, commands, held mail,
    unknown addresses, half a spool file."""

    name = "ingest"

    def found(self, root: Path) -> None:
        settings = [
            Conference("bar", {"en": "Bar"}, posting="open"),
            Conference("pub", {"en": "Pub"}, posting="open"),
            Conference("water", {"en": "Water"}, kind="list", posting="members"),
        ]
        smallhub.make(root, *settings)
        config = self.config(root)
        rules = [
            rosterevents.mailbox("ana", at=smallhub.BEGUN, by="o", keep=True),
            rosterevents.mailbox("ben", at=smallhub.BEGUN, by="o", forward="ben@home.example"),
        ]
        smallhub.add_events(config, rules)
        spool = Spool(config.spool_in)
        with clock.fixed(NOW):
            spool.put(_item(number, "bar") for number in range(3))
            spool.put([_item(3, "bar", "pub", text=_WITH_FILE)])
            spool.put([_item(4, "water", "bar")])
            spool.put([_item(5, "ana"), _item(6, "ben")])
            spool.put([_item(7, "water-join"), _item(8, "nobody")])
            torn = spool.put([_item(9, "bar")])
            torn.write_bytes(torn.read_bytes()[:-40])

    def work(self, root: Path) -> None:
        config = self.config(root)
        ingest._BATCH_FILES = 3
        with clock.fixed(NOW):
            ingest.ingest(config, once=True, log=log_of(config))


class Desk(Common):
    """A confirmed subscription, an option, a goodbye, a request for a token, held mail for a
    moderator, one click."""

    name = "desk"

    def found(self, root: Path) -> None:
        hub = DeskHub(root)
        hub.member(1, BEN, "water")
        hub.member(2, "mod@union.example", "water", role="moderator")
        hub.member(3, "eve@union.example", "water")
        (asked,) = hub.ask("water-join")
        hub.note(rosterevents.unsubscribe("water", 3, at=hub.now, by="one-click"))
        hub.send(f"water-confirm+{deskhub.token_in(asked)}")
        hub.send("water-request", "set digest daily", sender=BEN)
        hub.send("water-join", sender="zoe@union.example")
        hub.send("water-leave", sender=BEN)
        raw = smallhub.mail("Hello", msgid="<h@x.example>", sender="Eve <eve@x.example>")
        held = smallhub.item(raw.replace(b"bar@hub", b"water@hub"), "water@hub.example")
        with clock.fixed(hub.now):
            Spool(hub.config.spool_in).put([held])
            ingest.ingest(hub.config, once=True, log=maillog.to_nobody())

    def config(self, root: Path) -> Config:
        return replace(super().config(root), name="Union hub", authserv_id=deskhub.AUTHSERV)

    def work(self, root: Path) -> None:
        config = self.config(root)
        with clock.fixed(NOW + timedelta(minutes=5)):
            desk.desk(config, once=True, log=log_of(config))

    def picture(self, root: Path) -> Picture:
        """Tokens are made by chance, so files are counted, and letters are known by their heads."""
        config = self.config(root)
        taken = super().picture(root)
        events = taken.pop("private/roster.git: files")
        mail = taken["private/mail.git: files"]  # what was decided says when
        taken["private/mail.git: files"] = sorted(mail) if isinstance(mail, dict) else mail
        taken["roster events"] = len(events) if isinstance(events, list) else 0
        members = roster_of(config)
        taken["subscriptions"] = {n: sorted(rows) for n, rows in members.subscriptions.items()}
        taken["spool/out"] = sorted(_letters(config))
        taken["left over"] = sorted(
            path.suffix
            for path in config.spool_desk.rglob("*")
            if path.suffix in (".json", ".mail")
        )
        return taken


class Deliver(Common):
    """A list's posts to its members, a daily digest, a letter of the desk, bounces that came."""

    name = "deliver"

    def found(self, root: Path) -> None:
        create(self.config(root).site_repo)
        hub = ListHub(root)
        hub.members([BEN, "ana@union.example", "eve@x.example", "zoe@x.example", "gus@x.example"])
        hub.members(["dig@union.example"], digest="daily")
        hub.post(listhub.message(1))
        hub.close()
        self._deliver(root, NOW)
        hub = ListHub(root)
        for number in (2, 3):
            hub.post(listhub.message(number))
        tag = token.verp_tag(keys.token_key(hub.config.keys), 3, bounce.epoch_day(NOW))
        raw = dsnwrite.write("x@hub.example", "mx.example", "eve@x.example", "550 5.1.1 no", NOW)
        to = (f"water-bounces+{tag}@hub.example",)
        Spool(hub.config.spool_bounces).put([Item(Envelope(None, to, NOW), raw)])
        letter = smallhub.mail("Welcome", msgid="<letter@hub.example>")
        once = Envelope("water-bounces@hub.example", (BEN,), NOW)
        Spool(hub.config.spool_out).put([Item(once, letter)])
        hub.close()

    def config(self, root: Path) -> Config:
        return Config(root=root, name="Test", domain="hub.example", url="https://hub.example")

    def work(self, root: Path) -> None:
        self._deliver(root, NOW + timedelta(days=1))

    def _deliver(self, root: Path, now: datetime) -> None:
        queue.BATCH = BATCH
        config = self.config(root)
        with clock.fixed(now):
            asyncio.run(courier.deliver(config, once=True, log=log_of(config)))

    def picture(self, root: Path) -> Picture:
        taken = super().picture(root)
        taken["copies"] = sorted(picture.copies(self.config(root).sink))
        return taken

    def faults(self, root: Path) -> list[str]:
        sent = picture.copies(self.config(root).sink)
        twice = Counter({copy: count for copy, count in sent.items() if count > 1})
        found = super().faults(root)
        if len(twice) > BATCH or any(count > 2 for count in twice.values()):
            found.append(f"{len(twice)} copies went out again, where a batch has {BATCH}: {twice}")
        return found


class Mirror(Common):
    """A list that is an inbox of public-inbox and a Maildir, with new posts."""

    name = "mirror"

    def found(self, root: Path) -> None:
        create(self.config(root).site_repo)
        hub = ListHub(root)
        hub.settings(
            hub.list,
            Conference("water", {"en": "Water"}, kind="list", mirror=("public-inbox", "imap")),
        )
        hub.members(["ana@union.example"])
        for number in (1, 2):
            hub.post(listhub.message(number))
        self.work(root)
        for number in (3, 4):
            hub.post(listhub.message(number))
        hub.close()

    def work(self, root: Path) -> None:
        config = self.config(root)
        with clock.fixed(NOW):
            mirror.mirror(config, once=True, log=log_of(config))


class Build(Common):
    """New posts with a file, a changed page of the hub, a new card, a new page of a union, a post
    that is gone, and the search."""

    name = "build"

    def found(self, root: Path) -> None:
        smallhub.make(root, Conference("bar", {"en": "Bar"}, posting="open"))
        config = self.config(root)
        library, union = create(config.library_repo("books")), create(config.union_repo("docks"))
        hubs.commit(library.path, hubs.Change("library.yaml", hubs.LIBRARY), card("2026-7qk3xa2m"))
        about = hubs.Change("pages/about.md", b"---\ntitle: About\n---\n\nWords.\n")
        news = hubs.Change("news/2026-02-01-strike.md", b"---\ntitle: Strike\n---\n\nWords.\n")
        hubs.commit(union.path, hubs.Change(hubs.SITE, hubs.UNION), about, news)
        old = hubs.post("a")
        hubs.add(config, "bar", [old, hubs.post("b", "a", minutes=5), hubs.post("c", minutes=9)])
        self.work(root)
        row, file = hubs.attached(b"one\n", "one.txt")
        late = hubs.post("d", "a", minutes=20, attachments=[row])
        hubs.commit(config.conference_repo("bar"), hubs.change(late), file)
        hubs.remove(config, "bar", hubs.post("c", minutes=9))
        hubs.commit(library.path, card("2026-7qk3xa2n"))
        hubs.commit(
            union.path, hubs.Change("pages/about.md", b"---\ntitle: About us\n---\n\nNew.\n")
        )

    def work(self, root: Path) -> None:
        config = self.config(root)
        with clock.fixed(NOW):
            builder = Builder(config, data.theme(), log=log_of(config))
            try:
                builder.build()
                if builder.contents:
                    search.update(config, builder.contents, settle=True)
            finally:
                builder.close()

    def picture(self, root: Path) -> Picture:
        """How the search is cut into segments depends on when it looked: its documents count."""
        taken = super().picture(root)
        files = taken["public"]
        assert isinstance(files, dict)
        index = {path for path in files if f"/{path}".startswith(NOT_PAGES)}
        taken["public"] = {path: files[path] for path in files.keys() - index}
        manifest = self.config(root).public / NOT_PAGES.strip("/") / "manifest.js"
        said = unwrap(manifest.read_bytes()) if manifest.exists() else {}
        taken["search"] = (said.get("documents"), said.get("languages"))
        return taken

    def faults(self, root: Path) -> list[str]:
        found = super().faults(root)
        config = self.config(root)
        for repo in picture.repositories(config.conferences):
            if repo.ref("refs/solicomm/cursors/pages") != repo.ref():
                found.append(f"{repo.path.name}: the builder's cursor is not at the tip")
        return found


STAGES: tuple[Stage, ...] = (Ingest(), Desk(), Deliver(), Mirror(), Build())


_WITH_FILE = (
    "--b\r\nContent-Type: text/plain\r\n\r\nSee the file.\r\n--b\r\n"
    'Content-Type: text/csv; name="a.csv"\r\nContent-Disposition: attachment; filename="a.csv"\r\n'
    "\r\nx,y\r\n1,2\r\n--b--\r\n"
)


def _item(number: int, *to: str, text: str = "Words.") -> Item:
    fields = ["Content-Type: multipart/mixed; boundary=b"] if text.startswith("--b") else []
    raw = smallhub.mail(text, *fields, msgid=f"<{number}@union.example>")
    return smallhub.item(raw, *(f"{one}@{smallhub.DOMAIN}" for one in to))


def card(name: str) -> hubs.Change:
    text = hubs.CARD.format(id=name, title=f"Report {name}", text="Words.\n")
    return hubs.Change(f"entries/{name}/entry.md", text.encode())


def roster_of(config: Config) -> roster.Roster:
    """The roster as it is now."""
    from solicomm_build.people.rosterstore import RosterStore

    with contextlib.closing(RosterStore(open_repo(config.roster_repo))) as store:
        return store.roster()


def _letters(config: Config) -> Iterator[str]:
    from solicomm_build.message.parse import parse

    spool = Spool(config.spool_out)
    for path in spool.pending():
        for item in spool.read(path):
            yield f"{', '.join(item.envelope.rcpt_tos)}: {parse(item.raw).subject}"


def made(stage: Stage, folder: Path) -> Path:
    """The stage's hub, founded anew in `folder`."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    stage.found(folder)
    return folder
