from __future__ import annotations

import dataclasses
import errno
import threading
from functools import partial
from pathlib import Path

import pytest

from solicomm_build.features.files.run import files as keep_files
from solicomm_build.features.mailboxes import mailboxes
from solicomm_build.features.removing import places as removing
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.errors import ConflictError, StoreError
from solicomm_build.foundation.hub.config import Config, Limits
from solicomm_build.foundation.keys import token_key
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import post_id
from solicomm_build.git import log, maintenance
from solicomm_build.git.pack import Pack
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest import forwarding, hubstores, judging
from solicomm_build.ingest import holding as moderation
from solicomm_build.ingest import run as stage
from solicomm_build.people import rosterevents, token
from solicomm_build.people.membership import MailboxRule
from solicomm_build.people.rosterevents import Consent, Event
from solicomm_build.post import post
from solicomm_build.post.conference import AttachmentRules, Conference
from solicomm_build.post.decision import Decision
from solicomm_build.post.postingrules import PostingRules
from solicomm_build.post.store import fsck
from solicomm_build.post.store.mailstore import MailStore, path, raw_of
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import BEGUN, item, mail

MID = post_id("1@union.example")


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return smallhub.make(tmp_path / "hub")


def _run(hub: Config, *items: Item) -> MailLog:
    events = maillog.to_nobody()
    spool = Spool(hub.spool_in)
    for one in items:
        spool.put([one])
    stage.ingest(hub, once=True, log=events)
    assert spool.pending() == []
    return events


def _posts(hub: Config, conference: str = "bar") -> dict[str, post.Post]:
    found = smallhub.files(hub.conference_repo(conference), "topics")
    return {name.rpartition("/")[2][:-3]: post.decode(blob) for name, blob in found.items()}


def test_a_mail_becomes_a_post_and_its_octets_are_kept(hub: Config) -> None:
    raw = mail("Dear *all*")
    assert _run(hub, item(raw)).counters() == {"accept": 1}
    assert smallhub.files(hub.conference_repo("bar"), "topics").keys() == {
        f"{MID[:2]}/{MID}/posts/{MID}.md"
    }
    assert _posts(hub)[MID].subject == "Hello"
    assert smallhub.files(hub.mail_repo) == {path(MID): raw}
    assert raw_of(open_repo(hub.mail_repo), MID, "bar") == raw
    commit = list(log.commits(open_repo(hub.conference_repo("bar")), None, _tip(hub)))[-1]
    assert commit.message == f"Hello\n\nSource: mail\nMessage: {MID}\n"
    assert commit.author_name == "Ana"
    assert commit.committed == item(raw).envelope.received_at
    assert fsck.check(hub) == []


def _tip(hub: Config) -> log.Oid:
    tip = open_repo(hub.conference_repo("bar")).ref()
    assert tip is not None
    return tip


def test_the_same_mail_again_changes_nothing(hub: Config) -> None:
    raw = mail()
    _run(hub, item(raw))
    tips = _tip(hub), open_repo(hub.mail_repo).ref()
    relayed = b"Received: from a by b; Wed, 04 Mar 2026 07:00:00 +0000\r\n" + raw
    lf = raw.replace(b"\r\n", b"\n")
    assert _run(hub, item(raw), item(relayed), item(lf)).counters() == {"known": 3}
    assert (_tip(hub), open_repo(hub.mail_repo).ref()) == tips


def test_twice_in_one_batch_is_once(hub: Config) -> None:
    Spool(hub.spool_in).put([item(mail()), item(mail())])
    assert _run(hub).counters() == {"accept": 1, "known": 1}
    assert len(_posts(hub)) == 1


@pytest.mark.parametrize("size", [1, 2, 100])
def test_a_batch_keeps_the_order_of_posts_and_of_what_the_desk_gets(
    hub: Config, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(stage, "_GROUP", size)
    letters = []
    for number in range(5):
        own = f"<{number}@union.example>"
        letters.append(item(mail(f"post {number}", msgid=own)))
        letters.append(item(mail("unsubscribe", msgid=f"<u{number}@union.example>")))
        letters.append(
            item(mail("help", msgid=f"<r{number}@union.example>"), "bar-request@hub.example")
        )
    Spool(hub.spool_in).put(letters)
    _run(hub)
    commits = log.commits(open_repo(hub.conference_repo("bar")), None, _tip(hub))
    mids = [mid for commit in commits if (mid := commit.trailer("Message"))]
    assert mids == [post_id(f"{number}@union.example") for number in range(5)]
    desk = Spool(hub.spool_desk)
    got = [one.raw for path in desk.pending() for one in desk.read(path)]
    assert got == [one.raw for one in letters if b"post" not in one.raw]


def test_a_batch_takes_so_many_messages_and_leaves_the_rest(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage, "_BATCH_ITEMS", 4)
    spool = Spool(hub.spool_in)
    for number in range(3):
        own = [f"<{number}.{part}@union.example>" for part in range(3)]
        spool.put([item(mail(msgid=one)) for one in own])
    work = stage.Ingest(hub, spool, maillog.to_nobody())
    try:
        assert work.take()
        assert len(spool.pending()) == 1
        assert work.take()
        assert not work.take()
    finally:
        work.close()
        spool.close()
    assert len(_posts(hub)) == 9


def test_words_that_come_again_below_another_post_prove_nobody(tmp_path: Path) -> None:
    """Whoever has a copy has the signature of its author's domain, which often does not take what a
    mail answers: `I agree`, handed in again, was her answer to anything."""
    closed = Conference("bar", {"en": "Bar"}, policy=PostingRules(nonmembers="hold"))
    made = smallhub.make(tmp_path / "hub", closed)
    hub = dataclasses.replace(made, authserv_id="mx.hub.example")
    consent = Consent("owner")
    smallhub.add_events(
        hub,
        [
            rosterevents.member(1, "ana@union.example", at=BEGUN, consent=consent),
            rosterevents.subscribe("bar", 1, at=BEGUN, consent=consent),
        ],
    )
    said = "Authentication-Results: mx.hub.example; dmarc=pass header.from=union.example"
    other = mail("We give in.", said, msgid="<2@union.example>")
    agreed = mail("I agree.", said)
    again = b"References: <2@union.example>\r\n" + agreed
    assert _run(hub, item(other), item(agreed)).counters() == {"accept": 2}
    assert _run(hub, item(again)).counters() == {"hold": 1}
    assert [one.rule for one in moderation.list_held(hub)] == ["unproven"]
    assert len(_posts(hub)) == 2


def test_another_mail_with_the_same_message_id_is_kept_under_its_own(hub: Config) -> None:
    both = item(mail("one")), item(mail("two"))
    assert _run(hub, *both).counters() == {"accept": 2}
    assert _run(hub, *both).counters() == {"known": 2}
    posts = _posts(hub)
    assert posts[MID].body == "one\n"
    (other,) = posts.keys() - {MID}
    assert posts[other].notes == ("mid_conflict",)
    assert posts[other].message_id.endswith("@mid-conflict.invalid")
    assert smallhub.files(hub.mail_repo)[path(other)] == both[1].raw
    assert fsck.check(hub) == []


def test_a_mail_without_a_message_id_gets_the_same_one_again(hub: Config) -> None:
    raw = mail(msgid=None)
    assert _run(hub, item(raw), item(raw)).counters() == {"accept": 1, "known": 1}
    (only,) = _posts(hub).values()
    assert only.message_id.endswith("@no-message-id.invalid")
    assert smallhub.files(hub.mail_repo) == {path(only.mid): raw}


def test_one_mail_to_two_conferences(tmp_path: Path) -> None:
    hub = smallhub.make(
        tmp_path / "hub",
        Conference("bar", {"en": "Bar"}, posting="open"),
        Conference("pub", {"en": "Pub"}, posting="open"),
    )
    _run(
        hub,
        item(mail(), "bar@hub.example", "PUB@hub.example", "bar+t-" + "a" * 32 + "@hub.example"),
    )
    assert _posts(hub).keys() == _posts(hub, "pub").keys() == {MID}
    assert list(smallhub.files(hub.mail_repo)) == [path(MID)]
    # another list's version of it, with a footer, for one of the two only
    footed = mail("hello\r\n-- \r\nfooter")
    assert _run(hub, item(footed, "pub@hub.example")).counters() == {"accept": 1}
    assert any(found.notes for found in _posts(hub, "pub").values())


def test_two_conferences_may_have_two_versions_of_a_mail(tmp_path: Path) -> None:
    hub = smallhub.make(
        tmp_path / "hub",
        Conference("bar", {"en": "Bar"}, posting="open"),
        Conference("pub", {"en": "Pub"}, posting="open"),
    )
    here, there = item(mail("hello")), item(mail("hello\r\nfooter"), "pub@hub.example")
    assert _run(hub, here, there, here, there).counters() == {"accept": 2, "known": 2}
    assert _posts(hub)[MID].notes == _posts(hub, "pub")[MID].notes == ()
    kept = smallhub.files(hub.mail_repo)
    assert kept == {path(MID): here.raw, path(f"{MID}~pub"): there.raw}
    assert raw_of(open_repo(hub.mail_repo), MID, "pub") == there.raw
    assert fsck.check(hub) == []


def test_replies_lie_in_the_topic_of_their_root(hub: Config) -> None:
    reply = mail("yes", "References: <1@union.example>", msgid="<2@union.example>")
    by_address = mail("no", msgid="<3@union.example>").replace(
        b"To: bar@", b"To: bar+t-" + MID.encode() + b"@"
    )
    _run(hub, item(reply), item(by_address), item(mail()))
    folders = {name.split("/")[1] for name in smallhub.files(hub.conference_repo("bar"), "topics")}
    assert folders == {MID}


ATTACHED = "\r\n".join(
    [
        "--b",
        "Content-Type: text/plain",
        "",
        "see file",
        "--b",
        'Content-Type: {type}; name="{name}"',
        "Content-Disposition: attachment",
        "",
        "{data}",
        "--b--",
    ]
)


@pytest.mark.parametrize(
    ("name", "kind", "data", "kept"),
    [
        ("a.txt", "text/plain", "text", True),
        ("a.pdf", "application/pdf", "%PDF-1.4", True),
        ("a.exe", "application/pdf", "MZ", False),
        ("a.txt", "text/plain", "x" * 2000, False),
        ("a.html", "text/plain", "x", False),
        ("a.txt", "text/html", "x", False),
        ("a.txt", "image/svg+xml", "x", False),
        ("a.txt", "text/plain", " <!-- x -->\r\n<SVG onload=x>", False),
        ("a.txt", "text/plain", "", False),
    ],
)
def test_attachments_are_kept_when_the_conference_admits_them(
    tmp_path: Path, name: str, kind: str, data: str, kept: bool
) -> None:
    rules = AttachmentRules(1000, ("txt", "pdf", "html"))
    hub = smallhub.make(
        tmp_path / "hub", Conference("bar", {"en": "Bar"}, posting="open", attachments=rules)
    )
    multipart = 'Content-Type: multipart/mixed; boundary="b"'
    raw = mail(ATTACHED.format(name=name, type=kind, data=data), multipart)
    _run(hub, item(raw))
    (only,) = _posts(hub).values()
    assert [(a.name, a.type) for a in only.attachments] == [(name, kind)]
    keep_files(hub, once=True, log=maillog.to_nobody())
    files = smallhub.files(hub.conference_repo("bar"), "files")
    assert list(files.values()) == ([data.encode()] if kept else [])
    assert fsck.check(hub) == []


def test_mail_that_cannot_be_read_goes_to_quarantine_alone(hub: Config) -> None:
    deep = "".join(
        f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n' for n in range(300)
    )
    bad = mail().partition(b"\r\n\r\n")[0] + b"\r\n" + deep.encode()
    spool = Spool(hub.spool_in)
    spool.put([item(bad), item(mail())])
    assert _run(hub).counters() == {"quarantined": 1, "accept": 1}
    ((set_aside, reason),) = spool.quarantined()
    assert spool.read(set_aside)[0].raw == bad
    assert "nest" in reason or "deep" in reason
    spool.retry(set_aside)
    assert _run(hub).counters() == {"quarantined": 1}


def test_mail_that_came_before_a_limit_was_lowered_is_not_lost(hub: Config) -> None:
    """It is set aside with the reason, and is a post when the limit is raised again."""
    strict = dataclasses.replace(hub, limits=Limits(header_fields=3))
    raw = mail("kept", "X-One: 1", "X-Two: 2")
    assert _run(strict, item(raw)).counters() == {"quarantined": 1}
    ((path, reason),) = Spool(hub.spool_in).quarantined()
    assert "the header has more than 3 fields" in reason
    Spool(hub.spool_in).retry(path)
    assert _run(hub).counters() == {"accept": 1}
    assert [one.body for one in _posts(hub).values()] == ["kept\n"]


def test_a_damaged_spool_file_goes_to_quarantine(hub: Config) -> None:
    spool = Spool(hub.spool_in)
    damaged = spool.put([item(mail())])
    damaged.write_bytes(damaged.read_bytes()[:-30])
    assert [fault.where for fault in fsck.check(hub)] == [f"spool/in/{damaged.name}"]
    assert _run(hub, item(mail("2", msgid="<2@x.example>"))).counters() == {
        "quarantined": 1,
        "accept": 1,
    }
    assert "damaged" in spool.quarantined()[0][1]


def test_a_fault_of_ours_sets_one_mail_aside(hub: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(judging, "judge", broken)
    assert _run(hub, item(mail())).counters() == {"quarantined": 1}
    assert "ZeroDivisionError" in Spool(hub.spool_in).quarantined()[0][1]


def test_an_address_that_went_away_meanwhile(hub: Config) -> None:
    events = _run(hub, item(mail(), "gone@hub.example", "bar@hub.example"))
    assert events.counters() == {"accept": 1, "quarantined": 1}
    ((path, reason),) = Spool(hub.spool_in).quarantined()
    assert "gone@hub.example" in reason
    assert Spool(hub.spool_in).read(path)[0].envelope.rcpt_tos == ("gone@hub.example",)


def test_who_may_not_post_is_held_once(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}))
    assert _run(hub, item(mail()), item(mail())).counters() == {"hold": 2}
    assert _run(hub, item(mail("other"))).counters() == {"hold": 1}
    assert _posts(hub) == {}
    kept = smallhub.files(hub.mail_repo)
    assert kept.keys() > {f"held/bar/{MID}.eml", f"held/bar/{MID}.json"}
    assert len(kept) == 4
    store = MailStore(open_repo(hub.mail_repo))
    held = {one.mid: one.facts for one in store.held()}
    store.close()
    assert held[MID]["rule"] == "unproven"  # as a member's would be
    assert held[MID]["envelope"]["rcpt_tos"] == ["bar@hub.example"]
    assert fsck.check(hub) == []


def test_members_post_as_soon_as_they_are_in_the_roster(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}))
    smallhub.add_events(
        hub,
        [
            rosterevents.member(1, "ana@union.example", at=BEGUN, consent=Consent("owner")),
            rosterevents.subscribe("bar", 1, at=BEGUN, consent=Consent("owner")),
        ],
    )
    assert _run(hub, item(mail(), proved=True)).counters() == {"accept": 1}


def test_delivery_reports_and_loops_are_no_posts(hub: Config) -> None:
    looped = mail("x", "X-Loop: bar@hub.example", msgid="<2@x.example>")
    assert _run(hub, item(mail(), mail_from=None), item(looped)).counters() == {"discard": 2}
    assert _posts(hub) == {}


def test_who_wants_no_archive_is_sent_on_and_not_kept(hub: Config) -> None:
    raw = mail("x", "X-No-Archive: yes")
    assert _run(hub, item(raw), item(raw)).counters() == {"accept": 1, "known": 1}
    assert _posts(hub) == {}
    marks = smallhub.files(hub.conference_repo("bar"), "unarchived")
    assert marks == {f"{MID[:2]}/{MID}": b""}
    assert smallhub.files(hub.mail_repo) == {path(MID): raw}
    assert fsck.check(hub) == []


def test_a_list_without_an_archive_keeps_the_id_alone(tmp_path: Path) -> None:
    settings = Conference("bar", {"en": "Bar"}, kind="list", posting="open", archive="none")
    hub = smallhub.make(tmp_path / "hub", settings)
    raw = mail("x")
    assert _run(hub, item(raw), item(raw)).counters() == {"accept": 1, "known": 1}
    assert _posts(hub) == {}
    marks = smallhub.files(hub.conference_repo("bar"), "unarchived")
    assert marks == {f"{MID[:2]}/{MID}": b""}


def test_mailboxes_keep_forward_or_both(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub")
    smallhub.add_events(
        hub,
        [
            rosterevents.mailbox("ana", at=BEGUN, by="operator", keep=True),
            rosterevents.mailbox("ben", at=BEGUN, by="operator", forward="ben@home.example"),
            rosterevents.mailbox(
                "eva", at=BEGUN, by="operator", forward="eva@home.example", keep=True
            ),
        ],
    )
    raw = mail()
    to = [f"{name}@hub.example" for name in ("ana", "ana+work", "ben", "eva")]
    assert _run(hub, item(raw, *to), item(raw, to[0])).counters() == {"delivered": 4}
    for name in ("ana", "eva"):
        assert list(smallhub.files(hub.mailboxes / f"{name}.git", "new").values()) == [raw]
    out = Spool(hub.spool_out)
    items = [one for path in out.pending() for one in out.read(path)]
    assert [one.envelope.rcpt_tos for one in items] == [
        ("ben@home.example",),
        ("eva@home.example",),
    ]
    senders = {one.envelope.mail_from for one in items}
    assert all(sender and sender.startswith("srs0=") for sender in senders)
    assert items[0].raw == b"X-Loop: ben@hub.example\r\n" + raw
    # what comes back is kept, not sent again
    _run(hub, item(items[0].raw, "ben@hub.example", mail_from=None))
    assert list(smallhub.files(hub.mailboxes / "ben.git", "new").values()) == [items[0].raw]
    assert len(out.pending()) == 2
    assert fsck.check(hub) == []


def test_postmaster_and_owners(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub")
    _run(hub, item(mail(), "postmaster@hub.example", "bar-owner@hub.example", "abuse@hub.example"))
    assert list(smallhub.files(hub.mailboxes / "postmaster.git", "new").values()) == [mail()]
    smallhub.add_events(
        hub,
        [
            rosterevents.member(7, "mod@home.example", at=BEGUN, consent=Consent("owner")),
            rosterevents.role("bar", 7, "moderator", at=BEGUN, by="operator"),
        ],
    )
    with_operator = Config(
        root=hub.root, name="x", domain=hub.domain, url=hub.url, operator="op@home.example"
    )
    to_owner = item(mail(), "bar-owner@hub.example")
    report = item(mail(), "abuse@hub.example", mail_from=None)
    _run(with_operator, to_owner, report)
    out = Spool(hub.spool_out)
    envelopes = [one.envelope for path in out.pending() for one in out.read(path)]
    assert [(e.mail_from and e.mail_from[:5], e.rcpt_tos) for e in envelopes] == [
        ("srs0=", ("mod@home.example",)),
        (None, ("op@home.example",)),
    ]


def _handed(folder: Path) -> list[tuple[str, ...]]:
    spool = Spool(folder)
    return [one.envelope.rcpt_tos for file in spool.pending() for one in spool.read(file)]


def test_bounces_and_commands_go_to_who_acts_on_them(hub: Config) -> None:
    key = token_key(hub.keys)
    bounces = f"bar-bounces+{token.verp_tag(key, 7, 20_700)}@hub.example"
    leave = f"BAR+leave+{token.leave_token(key, 'bar', 7).upper()}@hub.example"
    everything = (leave, "bar-join@hub.example", "solicomm@hub.example", "bar@hub.example")
    events = _run(hub, item(mail(), bounces, mail_from=None), item(mail(), *everything))
    assert events.counters() == {"accept": 1, "bounce-report": 1, "command": 3}
    assert _handed(hub.spool_bounces) == [(bounces,)]
    assert _handed(hub.spool_desk) == [(address,) for address in everything[:3]]
    assert len(_posts(hub)) == 1


def test_a_command_without_a_sender_leads_to_nothing(hub: Config) -> None:
    addresses = ("bar-join@hub.example", "bar-request@hub.example", "solicomm@hub.example")
    events = _run(hub, item(mail(), *addresses, mail_from=None))
    assert events.counters() == {"discard": 3}
    assert not hub.spool_desk.exists() or _handed(hub.spool_desk) == []


def test_a_command_sent_to_the_list_gets_help_and_is_no_post(hub: Config) -> None:
    events = _run(hub, item(mail("thank you", subject="Unsubscribe")))
    assert events.counters() == {"answer": 1, "command": 1}
    assert _handed(hub.spool_desk) == [("bar@hub.example",)]
    assert _posts(hub) == {}


def _verdicts(hub: Config) -> list[str]:
    store = MailStore(open_repo(hub.mail_repo))
    try:
        return [line for _, line in store.verdicts()]
    finally:
        store.close()


def test_every_verdict_is_noted_with_what_it_rests_on(hub: Config) -> None:
    _run(hub, item(mail()), item(mail(msgid="<2@union.example>"), mail_from=None))
    taken, dropped = sorted(_verdicts(hub))
    settings = open_repo(hub.conference_repo("bar")).git("rev-parse", "main:conference.yaml")
    assert taken.startswith(f"accept open bar/{MID} author=")
    assert dropped.startswith("discard null-sender bar/")
    for line in (taken, dropped):
        assert f"settings={settings.decode()[:12]}" in line
        assert "level=claimed" in line


def test_a_member_writes_so_many_posts_a_day(tmp_path: Path) -> None:
    rules = PostingRules(per_member=2)
    hub = smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}, policy=rules))
    smallhub.add_events(hub, _member("owner"))
    mails = [item(mail(msgid=f"<{n}@x.example>"), proved=True) for n in range(4)]
    assert _run(hub, *mails[:3]).counters() == {"accept": 2, "hold": 1}
    assert _run(hub, mails[3]).counters() == {"hold": 1}  # a new process reads the day's count


def test_the_first_posts_of_a_new_member_wait(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}))
    smallhub.add_events(hub, _member("mail"))
    mails = [item(mail(msgid=f"<{n}@x.example>"), proved=True) for n in range(3)]
    assert _run(hub, *mails[:2]).counters() == {"hold": 2}
    for held in moderation.list_held(hub):
        made = Decision("accept", "operator", clock.now())
        moderation.decide(hub, held.conference, held.mid, made)
    assert _run(hub, mails[2]).counters() == {"accept": 1}


def _member(source: str) -> list[Event]:
    consent = Consent(source)
    return [
        rosterevents.member(1, "ana@union.example", at=BEGUN, consent=consent),
        rosterevents.subscribe("bar", 1, at=BEGUN, consent=consent),
    ]


def test_who_looks_forged_waits(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}))
    hub = dataclasses.replace(hub, authserv_id="mx.hub.example")
    smallhub.add_events(hub, _member("owner"))
    found = "dmarc=fail (p=reject) header.from=union.example"
    forged = mail("x", f"Authentication-Results: mx.hub.example; {found}")
    assert _run(hub, item(forged)).counters() == {"hold": 1}
    (held,) = moderation.list_held(hub)
    assert held.rule == "looks-forged"
    others = mail("y", f"Authentication-Results: mx.other.example; {found}", msgid="<2@x.example>")
    assert _run(hub, item(others)).counters() == {"hold": 1}
    rules = {held.rule for held in moderation.list_held(hub)}
    assert rules == {"looks-forged", "unproven"}


def test_a_mailbox_never_becomes_a_path_of_its_own(tmp_path: Path) -> None:
    hub = Config(root=tmp_path, name="x", domain="hub.example", url="https://hub.example")
    for name in ("../../x", "a.git", "é", "a..b", "x.lock"):
        path = mailboxes.path_of(hub, MailboxRule(name, keep=True))
        assert path.parent == hub.mailboxes
        assert path.name.startswith("x-")


def test_too_many_hops_is_a_loop() -> None:
    assert forwarding.loops(b"Received: x\r\n" * 51 + b"\r\n", "a@b.example")
    assert not forwarding.loops(
        b"Received: x\r\n" * 50 + b"X-Loop: c@b.example\r\n\r\n", "a@b.example"
    )


def test_a_store_that_fails_for_a_while_loses_nothing(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage.time, "sleep", lambda _seconds: None)
    fails = iter([ConflictError("moved"), ConflictError("moved"), OSError(errno.EIO, "io")])
    real = MailStore.checkpoint

    def checkpoint(self: MailStore, subject: str, **rest: object) -> object:
        for error in fails:
            raise error
        return real(self, subject, **rest)  # type: ignore[arg-type]

    monkeypatch.setattr(MailStore, "checkpoint", checkpoint)
    events = _run(hub, item(mail()), item(mail("2", msgid="<2@x.example>")))
    assert "quarantined" not in events.counters()
    assert len(_posts(hub)) == 2


def test_a_store_that_never_takes_one_mail(hub: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stage.time, "sleep", lambda _seconds: None)

    def add(*_: object) -> None:
        raise StoreError("it cannot be")

    monkeypatch.setattr(MailStore, "add", add)
    assert _run(hub, item(mail())).counters()["quarantined"] == 1
    assert "it cannot be" in Spool(hub.spool_in).quarantined()[0][1]


@pytest.mark.parametrize("where", [(MailStore, "add"), (Pack, "finish")])
def test_a_full_disk_keeps_the_mail_in_the_spool(
    hub: Config, monkeypatch: pytest.MonkeyPatch, where: tuple[type, str]
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(*where, full)
    spool = Spool(hub.spool_in)
    spool.put([item(mail())])
    with pytest.raises(StoreError, match="disk is full"):
        stage.ingest(hub, once=True, log=maillog.to_nobody())
    assert len(spool.pending()) == 1
    monkeypatch.undo()
    assert _run(hub).counters() == {"accept": 1}


def test_the_bell_wakes_it_and_stop_ends_it(hub: Config) -> None:
    stop, done = threading.Event(), threading.Event()
    events = maillog.to_nobody()
    worker = threading.Thread(
        target=lambda: stage.ingest(hub, stop=stop.is_set, on_commit=done.set, log=events)
    )
    worker.start()
    spool = Spool(hub.spool_in)
    for number in range(3):
        done.clear()
        spool.put([item(mail(str(number), msgid=f"<{number}@x.example>"))])
        spool.ring()
        assert done.wait(20)
    stop.set()
    spool.ring()
    worker.join(20)
    assert not worker.is_alive()
    assert events.counters() == {"accept": 3}


def test_it_rings_for_a_post_before_it_looks_for_decisions(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The builder waits for the bell, and the look asks git."""
    done: list[str] = []
    monkeypatch.setattr(stage.Ingest, "decide", lambda _: done.append("looked") or False)
    Spool(hub.spool_in).put([item(mail())])
    stage.ingest(hub, once=True, on_commit=partial(done.append, "rang"), log=maillog.to_nobody())
    assert done == ["rang", "looked", "looked"]


def test_many_conferences_and_maintenance_when_idle(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hubstores, "_MOST_OPEN", 1)
    monkeypatch.setattr(stage, "_BUSY", 2)
    monkeypatch.setattr(maintenance, "PACKS", 1)
    smallhub.add_conference(hub, Conference("pub", {"en": "Pub"}, posting="open"))
    work = stage.Ingest(hub, Spool(hub.spool_in), maillog.to_nobody())
    try:
        for number in range(6):
            address = ("bar@hub.example", "pub@hub.example")[number % 2]
            raw = mail("x", msgid=f"<{number}@x.example>")
            Spool(hub.spool_in).put([item(raw, address)])
            assert work.take()
        assert not work.take()
        work.idle()
    finally:
        work.close()
    assert len(list((hub.mail_repo / "objects/pack").glob("*.pack"))) <= 5
    assert len(_posts(hub)) == len(_posts(hub, "pub")) == 3
    assert fsck.check(hub) == []


def test_a_conference_that_is_taken_off_is_let_go_and_mail_goes_on(hub: Config) -> None:
    work = stage.Ingest(hub, Spool(hub.spool_in), maillog.to_nobody())
    old = hub.conference_repo("bar")
    smallhub.add_conference(hub, Conference("pub", {"en": "Pub"}, posting="open"))
    try:
        Spool(hub.spool_in).put([item(mail())])
        assert work.take()
        removing.remove(hub, removing.Place("conference", "bar"))
        work.idle()
        assert not old.exists()
        Spool(hub.spool_in).put([item(mail(msgid="<2@x.example>"), "pub@hub.example")])
        assert work.take()
        work.idle()
        assert len(_posts(hub, "pub")) == 1
        removing.restore(hub, removing.Place("conference", "bar"))
        Spool(hub.spool_in).put([item(mail(msgid="<3@x.example>"))])
        assert work.take()
        work.idle()
    finally:
        work.close()
    assert len(_posts(hub)) == 2
