"""Where only pseudonyms are shown, whoever has a mail cannot tell which post it became.

mail → ingest (posts, held, sent on only) → pages, feeds, mirrors, copies, digests → looked through
for the Message-IDs and for the ids that anybody can make of them
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import brotli
import pytest

from solicomm_build.builder.run import Builder
from solicomm_build.courier.fanout import Fanout
from solicomm_build.features.digests.sending import Digests
from solicomm_build.features.migration import migration
from solicomm_build.features.mirror import run as mirrors
from solicomm_build.features.privacy import erase, leftovers
from solicomm_build.features.search import index as search
from solicomm_build.features.topics import move as topicmove
from solicomm_build.features.topics.orders import Moving
from solicomm_build.features.tracing import tracing
from solicomm_build.foundation import clock, data, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import PostId, TopicId, post_id
from solicomm_build.git.cursor import COURIER, Cursor
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest import holding
from solicomm_build.ingest.importer import run_import
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.people import grants, rosterevents
from solicomm_build.post import conference as settings
from solicomm_build.post import event as events
from solicomm_build.post import post as posts
from solicomm_build.post.conference import Conference
from solicomm_build.post.decision import Decision
from solicomm_build.post.post import Post
from solicomm_build.post.reading.oldlinks import Links
from solicomm_build.post.store import deliverysince, fsck, redact
from solicomm_build.testing import smallhub

FOX = "Red Fox <ana.real@union.example>"
SECRET = Conference("bar", {"en": "Bar"}, kind="list", posting="open", pseudonyms="required")
NOW = smallhub.BEGUN
OPERATOR = Decision("accept", "operator", NOW)


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    config = smallhub.make(
        tmp_path,
        SECRET,
        Conference("slow", {"en": "Slow"}, posting="moderated", pseudonyms="required"),
        Conference("open", {"en": "Open"}, posting="open"),
    )
    deliverysince.begin(config, NOW)
    for path in config.conferences.glob("*.git"):
        repo = open_repo(path)
        Cursor(repo, COURIER).advance(None, repo.ref() or "")  # type: ignore[arg-type]
    consent = rosterevents.Consent("owner")
    made = []
    for number, options in ((1, None), (2, {"digest": "daily"}), (3, {"digest": "plain"})):
        made.append(rosterevents.member(number, f"m{number}@far.example", at=NOW, consent=consent))
        made.append(rosterevents.subscribe("bar", number, at=NOW, consent=consent, options=options))
    smallhub.add_events(config, made)
    return config


def send(config: Config, *raws: bytes, to: str = "bar") -> None:
    raws = tuple(raw.replace(b"bar@hub", to.encode() + b"@hub") for raw in raws)
    Spool(config.spool_in).put(
        [smallhub.item(raw, f"{to}@hub.example", proved=True) for raw in raws]
    )
    ingest(config, once=True, log=maillog.to_file(config.mail_log))


def mail(number: int, text: str, *fields: str, **more: str | None) -> bytes:
    msgid = more.pop("msgid", f"<{number}.x7@laptop.union.example>")
    return smallhub.mail(text, *fields, sender=FOX, subject=f"Word {number}", msgid=msgid)


def there(config: Config, name: str = "bar") -> dict[str, Post]:
    """The posts of a conference by their texts."""
    found = smallhub.files(config.conference_repo(name), "topics")
    read = (posts.decode(blob) for path, blob in found.items() if "/posts/" in path)
    return {post.body.strip(): post for post in read}


def copies(config: Config) -> list[bytes]:
    """What members get now, digests of the next morning too."""
    spool = Spool(config.spool_out)
    fanout = Fanout(config, spool, maillog.to_nobody())
    digests = Digests(config, spool, maillog.to_nobody())
    fanout.run()
    digests.run()
    with clock.fixed(clock.now() + timedelta(days=2)):
        digests.run()
    fanout.close()
    digests.close()
    return [item.raw for path in spool.pending() for item in spool.read(path)]


def public(config: Config) -> Iterator[tuple[str, bytes]]:
    """All that others may read: pages unpacked, every object of every clone, mirrors."""
    builder = Builder(config, data.theme())
    try:
        assert builder.build().failures == []
        assert builder.contents is not None
        search.update(config, builder.contents, settle=True)
    finally:
        builder.close()
    mirrors.mirror(config, once=True, log=maillog.to_nobody())
    repos = [*config.conferences.glob("*.git"), *config.mirrors.rglob("*.git")]
    for path in repos:
        yield str(path), open_repo(path).git("cat-file", "--batch", "--batch-all-objects")
        yield f"{path} log", open_repo(path).git("log", "--all", "-p", "--format=raw")
    for path in (*config.public.rglob("*"), *config.mirrors.rglob("*")):
        yield f"{path} name", str(path.relative_to(config.root)).encode()
        if path.is_file():
            unpack = {".br": brotli.decompress, ".gz": gzip.decompress}.get(path.suffix, bytes)
            yield str(path), unpack(path.read_bytes())


def named(found: Iterator[tuple[str, bytes]], *numbers: int) -> list[str]:
    """Where mails can be recognised by their Message-IDs, or by what follows from those."""
    words = [
        word.encode()
        for number in numbers
        for msgid in [f"{number}.x7@laptop.union.example"]
        for word in (msgid, msgid.replace("@", "%40"), post_id(msgid), post_id(msgid).upper())
    ]
    words.append(b"laptop.union.example")
    return [name for name, octets in found if any(word in octets for word in words)]


def test_nothing_public_names_the_mail_that_a_post_was(hub: Config) -> None:
    send(hub, mail(1, "First."), mail(1, "First."))
    (copy,) = [raw for raw in copies(hub) if b"First." in raw and b"X-SoliComm-Digest" not in raw]
    known = parse(copy).msgid or ""
    send(
        hub,
        mail(2, "To the copy.", f"In-Reply-To: <{known}>", f"References: <{known}>"),
        mail(3, "To the mail.", "References: <1.x7@laptop.union.example>"),
        mail(4, "To nobody here.", "References: <0.x7@laptop.union.example>"),
        mail(1, "Another of the same id."),
        mail(5, "Without an id.", msgid=None),
        mail(6, "Sent on only.", "X-No-Archive: yes"),
        mail(7, "To several.", f"References: <1.x7@laptop.union.example> <{known}>"),
        mail(1, "First."),
    )
    send(hub, mail(8, "Waits."), to="slow")
    send(
        hub,
        mail(9, "Answers one that waits.", "References: <8.x7@laptop.union.example>"),
        to="slow",
    )
    for held in holding.list_held(hub, "slow"):
        holding.decide(hub, "slow", held.mid, OPERATOR)
    found = there(hub)
    first = found["First."]
    assert len(found) == 7
    assert all(post.mid == post_id(post.message_id) for post in found.values())
    assert first.mid == post_id(known) != post_id("1.x7@laptop.union.example")
    assert found["To the copy."].in_reply_to is not None
    assert post_id(found["To the copy."].in_reply_to) == first.mid
    for text in ("To the mail.", "To several."):
        assert [post_id(one) for one in found[text].references] == [first.mid]
    assert found["Another of the same id."].notes == ("mid_conflict",)
    waited = there(hub, "slow")
    assert [post_id(one) for one in waited["Answers one that waits."].references] == [
        waited["Waits."].mid
    ]
    topics = {path.split("/")[1] for path in smallhub.files(hub.conference_repo("bar"), "topics")}
    sent = copies(hub)
    assert len(topics) == 4
    assert any(b"Sent on only." in raw for raw in sent)
    assert any(b"X-SoliComm-Digest" in raw for raw in sent)
    everything = [*public(hub), *((f"copy {n}", raw) for n, raw in enumerate(sent))]
    assert any(b"Answers one that waits." in octets for _, octets in everything)
    assert named(iter(everything), *range(10)) == []
    assert [octets for _, octets in everything if b"no-message-id.invalid" in octets] == []
    assert [octets for _, octets in everything if b"mid-conflict.invalid" in octets] == []
    assert fsck.check(hub) == []


def test_an_id_that_was_given_out_stays(hub: Config) -> None:
    change(hub, replace(SECRET, pseudonyms="allowed"))
    send(hub, mail(1, "Before."))
    change(hub, SECRET)
    send(hub, mail(1, "Before."), mail(2, "After.", "References: <1.x7@laptop.union.example>"))
    change(hub, replace(SECRET, pseudonyms="allowed"))
    send(hub, mail(2, "After.", "References: <1.x7@laptop.union.example>"))
    send(hub, mail(3, "Much later.", "References: <2.x7@laptop.union.example>"))
    found = there(hub)
    assert len(found) == 3
    assert found["Before."].mid == post_id("1.x7@laptop.union.example")
    assert [post_id(one) for one in found["After."].references] == [found["Before."].mid]
    assert found["After."].mid != post_id("2.x7@laptop.union.example")
    assert [post_id(one) for one in found["Much later."].references] == [found["After."].mid]


def change(config: Config, found: Conference) -> None:
    new = Change(settings.FILE, settings.encode(found))
    write_once(open_repo(config.conference_repo("bar")), [new], message="x", when=clock.now())


def test_the_hub_itself_finds_it_by_the_message_id(hub: Config) -> None:
    send(hub, mail(1, "Erased one day."), mail(2, "Redacted."))
    trace = tracing.trace(hub, "<1.x7@laptop.union.example>")
    assert trace.mid == there(hub)["Erased one day."].mid
    redacted = redact.redact(hub, "bar", "2.x7@laptop.union.example", reason="Spam", by="op")
    assert redacted.mid == there(hub)["Redacted."].mid
    _, receipt = erase.erase(hub, "<1.x7@laptop.union.example>", reason="Law", by="op")
    assert [*leftovers.search(hub, receipt, ["Erased one day"])] == []
    send(hub, mail(1, "Erased one day."))
    assert [*there(hub)] == ["Redacted."]
    change(hub, replace(SECRET, pseudonyms="allowed"))
    send(hub, mail(1, "Erased one day."))
    assert [*there(hub)] == ["Redacted."], "whatever the settings say since"


def test_what_moves_out_keeps_its_id_and_takes_answers(hub: Config) -> None:
    send(hub, mail(1, "First."))
    tid = TopicId(there(hub)["First."].mid)
    topicmove.copy(hub, Moving("bar", "slow", tid), grants.read(hub))
    event = events.make("move", at=clock.now(), by="operator", data={"to": "slow"})
    new = Change(events.path(tid, event), events.encode(event))
    write_once(open_repo(hub.conference_repo("bar")), [new], message="x", when=clock.now())
    send(hub, mail(2, "Answer.", "References: <1.x7@laptop.union.example>"))
    for held in holding.list_held(hub):
        holding.decide(hub, held.conference, held.mid, OPERATOR)
    found = there(hub, "slow")
    assert found["First."].mid == tid
    assert [post_id(one) for one in found["Answer."].references] == [PostId(tid)]
    assert named(public(hub), 1, 2) == []
    assert fsck.check(hub) == []


def test_an_archive_is_imported_under_secret_ids_once(hub: Config, tmp_path: Path) -> None:
    send(hub, mail(3, "By mail before."))
    raws = [mail(number, f"Old {number}.") for number in range(10, 12)]
    raws.append(mail(12, "Old answer.", "References: <10.x7@laptop.union.example>"))
    raws.append(mail(3, "By mail before."))
    mbox = tmp_path / "old.mbox"
    start = b"From x@union.example Wed Mar  4 06:12:00 2026\n"
    mbox.write_bytes(b"".join(start + raw.replace(b"\r\n", b"\n") + b"\n" for raw in raws))
    assert run_import(hub, "bar", [mbox]).posts == 3
    again = run_import(hub, "bar", [mbox])
    assert (again.posts, again.known) == (0, 4)
    found = there(hub)
    assert [post_id(one) for one in found["Old answer."].references] == [found["Old 10."].mid]
    old = {
        "/pipermail/bar/2026-March/000010.html": post_id("10.x7@laptop.union.example"),
        "/pipermail/bar/attachments/20260304/0a1b2c3d/*": post_id("11.x7@laptop.union.example"),
        "/pipermail/bar/2026-March/date.html": "2026/03/",
    }
    migration.take_links(hub, "bar", Links({k: str(v) for k, v in old.items()}), sha256="x")
    pages = migration.links_of(hub, "bar").pages
    assert pages == {
        "/pipermail/bar/2026-March/000010.html": "",
        "/pipermail/bar/2026-March/date.html": "2026/03/",
    }
    assert named(public(hub), 3, 10, 11, 12) == []


def test_another_conference_shows_the_same_mail_by_its_message_id(hub: Config) -> None:
    raw = mail(1, "To both.").replace(b"To: bar@hub", b"To: open@hub.example, bar@hub")
    send(hub, raw)
    send(hub, raw, to="open")
    mid = there(hub, "open")["To both."].mid
    assert mid == post_id("1.x7@laptop.union.example")
    assert there(hub)["To both."].mid != mid
    assert named(public(hub), 1), "what is looked for is found where it stands"
    assert fsck.check(hub) == []


def test_the_key_is_private_and_every_hub_has_its_own(hub: Config, tmp_path: Path) -> None:
    send(hub, mail(1, "First."))
    key = hub.keys / "posts.key"
    assert key.stat().st_mode & 0o077 == 0
    other = smallhub.make(tmp_path / "other", SECRET)
    send(other, mail(1, "First."))
    assert [*there(hub)] == [*there(other)]
    assert there(hub)["First."].mid != there(other)["First."].mid
    assert re.fullmatch(r"[a-z2-7]{32}@post\.solicomm\.invalid", there(hub)["First."].message_id)
    assert open_repo(hub.conference_repo("bar")).git("grep", "-c", "First.", MAIN)
