"""Mail that goes on: from whom it travels, what comes back, and never twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.features.bounces.reports import dsn
from solicomm_build.features.mailboxes.ingest import DELIVERY
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.ingest import run as stage
from solicomm_build.ingest.forwarding import Once, forward
from solicomm_build.message.parse import parse
from solicomm_build.people import rosterevents
from solicomm_build.testing import smallhub
from solicomm_build.testing.killing import killed
from solicomm_build.testing.smallhub import BEGUN, item, mail

ROOT = Path(__file__).parents[3]
INGEST = """
import sys
from pathlib import Path
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.ingest import run as stage
hub = Config(root=Path(sys.argv[1]), name="x", domain="hub.example", url="http://hub.example")
stage.ingest(hub, once=True, log=maillog.to_nobody())
"""


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub")
    made = replace(made, mail_domains={"metal.example": "metal"})
    events = [
        rosterevents.mailbox("ben", at=BEGUN, by="operator", forward="ben@home.example"),
        rosterevents.mailbox(
            "eva", at=BEGUN, by="o", forward="eva@home.example", domain="metal.example"
        ),
    ]
    smallhub.add_events(made, events)
    return made


def _run(hub: Config, *items: Item) -> list[Item]:
    """What waits in spool/out after ingest; it is taken out, as the courier does."""
    spool, out = Spool(hub.spool_in), Spool(hub.spool_out)
    spool.put(items)
    stage.ingest(hub, once=True, log=maillog.to_nobody())
    return _taken(out)


def _taken(out: Spool) -> list[Item]:
    files = out.pending()
    found = [one for path in files for one in out.read(path)]
    for path in files:
        out.done(path)
    return found


def test_a_forward_travels_under_an_address_of_ours_and_its_bounce_goes_back(hub: Config) -> None:
    (sent,) = _run(hub, item(mail(), "ben@hub.example"))
    ours = sent.envelope.mail_from
    assert ours is not None
    assert ours.endswith("=union.example=ana@hub.example")
    assert sent.envelope.rcpt_tos == ("ben@home.example",)
    bounce = _report(sent, "ben@home.example")
    (back,) = _run(hub, item(bounce, ours.upper(), mail_from=None))
    assert back.envelope.mail_from is None
    assert back.envelope.rcpt_tos == ("ana@union.example",)
    read = dsn.read(back.raw)
    assert isinstance(read, tuple)
    assert [(one.recipient, one.action, one.status) for one in read] == [
        ("ben@hub.example", "failed", "5.7.1")
    ]
    assert b"Subject: Hello" in back.raw
    assert b"<1@union.example>" in back.raw
    assert _run(hub, replace(back, envelope=replace(back.envelope, rcpt_tos=(ours,)))) == []


def _report(sent: Item, secret: str) -> bytes:
    """What a server writes about a forward that it did not take, as Postfix does."""
    reply = f"550 5.7.1 <{secret}>: looks like a virus"
    lines = (
        "From: MAILER-DAEMON@home.example",
        "Subject: Undelivered Mail Returned to Sender",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
        "",
        "--b",
        "",
        f"<{secret}>: host mx.home.example said: {reply}",
        "--b",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.home.example",
        "",
        f"Final-Recipient: rfc822; {secret}",
        "Action: failed",
        "Status: 5.7.1",
        f"Diagnostic-Code: smtp; {reply}",
        "",
        "--b",
        "Content-Type: message/rfc822",
        "",
    )
    return "\r\n".join(lines).encode() + b"\r\n" + sent.raw + b"\r\n--b--\r\n"


@pytest.mark.parametrize("to", ["ben@hub.example", "eva@metal.example", "bar-owner@hub.example"])
@pytest.mark.parametrize("sender", ["ana@union.example", "carla@hub.example"])
def test_nothing_that_comes_back_says_where_mail_went_on_to(
    hub: Config, to: str, sender: str
) -> None:
    hub = replace(hub, operator="op@home.example")
    (sent,) = _run(hub, item(mail(), to, mail_from=sender))
    (secret,) = sent.envelope.rcpt_tos
    away = (
        f"From: Ben Secret <{secret}>\r\nAuto-Submitted: auto-replied\r\n"
        f"Subject: Away\r\n\r\nI am on holiday. Ben Secret, {secret}, home.example\r\n"
    )
    ours = str(sent.envelope.mail_from)
    assert ours.endswith("@hub.example"), "what comes back comes to us"
    assert ours.startswith("srs0=")
    delayed = _report(sent, secret).replace(b"Action: failed", b"Action: delayed")
    told = []
    for raw in (_report(sent, secret), away.encode(), delayed, b"Subject: ?\r\n\r\n" + sent.raw):
        (back,) = _run(hub, item(raw, ours, mail_from=None))
        assert back.envelope.rcpt_tos == (sender,)
        for word in (secret.partition("@")[0] + "@", "home.example", "Secret"):
            shown = back.raw.replace(to.encode(), b"")
            assert word.encode() not in shown, word
        told.append(parse(back.raw))
    assert [one.subject for one in told] == [
        "Undelivered Mail Returned to Sender",
        "Automatic answer",
        "Delayed Mail",
        "About your mail",
    ]
    assert [to in one.text for one in told] == [True, False, True, True]


@pytest.mark.parametrize(
    ("sender", "back_to"),
    [
        ("jörg@sea.example", "jörg@sea.example"),
        ("дарья@море.example", "дарья@xn--e1angi.example"),
        ("ana@bücher.example", "ana@xn--bcher-kva.example"),
    ],
)
def test_a_sender_in_any_script_is_told_what_came_back(
    hub: Config, sender: str, back_to: str
) -> None:
    """The report about it was set aside, since To could not be written, or went to postmaster."""
    raw = mail(sender=f"<{sender}>")
    came = item(raw, "ben@hub.example", mail_from=sender)
    (sent,) = _run(hub, replace(came, envelope=replace(came.envelope, smtputf8=True)))
    ours = str(sent.envelope.mail_from)
    (back,) = _run(hub, item(_report(sent, "ben@home.example"), ours, mail_from=None))
    assert back.envelope.rcpt_tos == (back_to,)
    assert f"\r\nTo: <{back_to}>\r\n".encode() in back.raw
    assert not Spool(hub.spool_in).quarantined()


def test_a_union_s_address(hub: Config) -> None:
    (sent,) = _run(hub, item(mail(), "Eva+post@metal.example", mail_from=None))
    assert sent.envelope.mail_from is None
    assert sent.envelope.rcpt_tos == ("eva@home.example",)
    assert sent.raw.startswith(b"X-Loop: eva@metal.example\r\n")


@pytest.mark.parametrize(
    ("sender", "travels_as"),
    [
        ("water-bounces+tag@hub.example", "water-bounces+tag@hub.example"),
        ("ana@metal.example", "ana@metal.example"),
        ("postmaster@hub.example", "postmaster@hub.example"),
        ("a" * 60 + "@long.example", "postmaster@hub.example"),
        ('"a b"@quoted.example', "postmaster@hub.example"),
    ],
)
def test_senders_that_are_not_rewritten(hub: Config, sender: str, travels_as: str) -> None:
    (sent,) = _run(hub, item(mail(), "ben@hub.example", mail_from=sender))
    assert sent.envelope.mail_from == travels_as


def test_what_two_addresses_here_send_on_names_its_sender_still(hub: Config) -> None:
    """The second made an address of the first one's address: it was too long, so the report went to
    the postmaster; or it named the first no more."""
    office = rosterevents.mailbox("office", at=BEGUN, by="operator", forward="ben@hub.example")
    smallhub.add_events(hub, [office])
    sender = "maria.lopez@sindicato.example"
    (first,) = _run(hub, item(mail(), "office@hub.example", mail_from=sender))
    assert first.envelope.rcpt_tos == ("ben@hub.example",)
    ours = str(first.envelope.mail_from)
    (second,) = _run(hub, item(first.raw, "ben@hub.example", mail_from=ours))
    assert second.envelope.mail_from == ours
    (back,) = _run(hub, item(_report(second, "ben@home.example"), ours, mail_from=None))
    assert back.envelope.rcpt_tos == (sender,)
    read = dsn.read(back.raw)
    assert isinstance(read, tuple)
    assert [one.recipient for one in read] == ["office@hub.example"]
    assert b"ben@" not in back.raw


def test_a_reverse_path_that_is_not_ours_any_more_is_made_anew(hub: Config) -> None:
    forged = "srs0=aaaaaaaa=aa=u.example=ana@hub.example"
    (sent,) = _run(hub, item(mail(), "ben@hub.example", mail_from=forged))
    assert sent.envelope.mail_from != forged


@pytest.mark.parametrize("sender", ["li@sea.example", "eva@metal.example"])
def test_who_sent_what_runs_in_a_circle_is_told(hub: Config, sender: str) -> None:
    """It is kept where nobody reads it."""
    gus = rosterevents.mailbox("gus", at=BEGUN, by="operator", forward="gus@hub.example")
    smallhub.add_events(hub, [gus])
    (sent,) = _run(hub, item(mail(), "gus@hub.example", mail_from=sender))
    again = item(sent.raw, "gus@hub.example", mail_from=sent.envelope.mail_from)
    (back,) = _run(hub, again, again)
    assert back.envelope.mail_from is None
    assert back.envelope.rcpt_tos == (sender,)
    read = dsn.read(back.raw)
    assert isinstance(read, tuple)
    assert [(one.recipient, one.status) for one in read] == [("gus@hub.example", "5.4.6")]
    assert len(smallhub.files(hub.mailboxes / "gus.git", "new")) == 1


def test_an_old_or_forged_reverse_path_is_no_address(hub: Config) -> None:
    (sent,) = _run(hub, item(mail(), "ben@hub.example"))
    ours = str(sent.envelope.mail_from)
    with clock.fixed(clock.now() + timedelta(days=30)):
        assert _run(hub, item(mail(), ours, mail_from=None)) == []
    assert _run(hub, item(mail(), ours.replace("=ana@", "=eve@"), mail_from=None)) == []
    assert len(Spool(hub.spool_in).quarantined()) == 2


@pytest.mark.parametrize(
    "mark", ["X-Loop: ben@hub.example", "Delivered-To: Ben@hub.example", "Received: x\r\n" * 51]
)
def test_what_runs_in_a_circle_stays(hub: Config, mark: str) -> None:
    looped = mail("x", *mark.split("\r\n")) if "\r\n" not in mark else mark.encode() + mail()
    assert _run(hub, item(looped, "ben@hub.example")) == []
    assert list(smallhub.files(hub.mailboxes / "ben.git", "new").values()) == [looped]


@pytest.mark.parametrize("fault", ["staged", "noted", "sent"])
def test_killed_anywhere_it_is_forwarded_once(hub: Config, fault: str) -> None:
    spool, out = Spool(hub.spool_in), Spool(hub.spool_out)
    spool.put([item(mail(), "ben@hub.example")])
    killed = subprocess.run(
        [sys.executable, "-c", INGEST, str(hub.root)],
        env=os.environ | {"SOLICOMM_FAULT": f"ingest.forward-{fault}", "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL
    assert len(spool.pending()) == 1
    sent = _taken(out)  # the courier is quick
    stage.ingest(hub, once=True, log=maillog.to_nobody())
    sent += _taken(out)
    assert [one.envelope.rcpt_tos for one in sent] == [("ben@home.example",)]


def test_the_same_mail_sent_twice_is_forwarded_twice(hub: Config) -> None:
    first = item(mail(), "ben@hub.example")
    later = first.envelope.received_at + timedelta(seconds=1)
    second = replace(first, envelope=replace(first.envelope, received_at=later))
    assert len(_run(hub, first, second, first)) == 2
    assert forward(hub, "ben@hub.example", "ben@home.example", first)
    assert _taken(Spool(hub.spool_out)) == []


def test_old_notes_are_forgotten(hub: Config) -> None:
    _run(hub, item(mail(), "ben@hub.example"))
    folder = hub.root / "spool" / "forwarded"
    (note,) = folder.iterdir()
    once = Once(Spool(hub.spool_out))
    once.prune()
    assert note.exists()
    os.utime(note, (0, 0))
    once.prune()
    assert not note.exists()


def test_a_blank_line_above_the_header_does_not_end_ours(hub: Config) -> None:
    blank = replace(item(mail("x"), "ben@hub.example"), raw=b"\r\n" + mail("x"))
    (sent,) = _run(hub, blank)
    assert sent.raw.startswith(b"X-Loop: ben@hub.example\r\n")
    assert sent.raw.endswith(mail("x"))


@pytest.mark.parametrize(("point", "stays"), [("forward-staged", False), ("forward-noted", True)])
def test_what_a_killed_ingest_staged_goes_while_another_works(
    hub: Config, monkeypatch: pytest.MonkeyPatch, point: str, stays: bool
) -> None:
    """The mail that came comes again, and is staged anew; a note says that it was."""
    first, folder = item(mail(), "ben@hub.example"), hub.root / "spool" / "forwarded"

    def forwarded() -> None:
        forward(hub, "ben@hub.example", "ben@home.example", first)

    assert killed(forwarded, f"ingest.{point}:1")
    hour = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: hour[0])
    works = DELIVERY(hub, maillog.to_nobody())
    (left,) = folder.glob("*.mail")
    was = time.time() - 3700
    os.utime(left, (was, was))
    works.work()
    assert left.exists()
    hour[0] = 3601.0
    works.work()
    assert left.exists() == stays
    forwarded()
    assert len(_taken(Spool(hub.spool_out))) == 1
