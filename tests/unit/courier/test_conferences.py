"""Conferences deliver as lists do: each post, a digest, or only what answers the member; and a hub
that did not do so before mails nobody what is old."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.courier.fanout import Fanout
from solicomm_build.features.digests.sending import Digests
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import public_id
from solicomm_build.git import refs
from solicomm_build.git.cursor import COURIER, Cursor
from solicomm_build.git.repo import Repo
from solicomm_build.message.split import split
from solicomm_build.people import rosterevents
from solicomm_build.post.conference import Conference
from solicomm_build.post.reading import postcount
from solicomm_build.post.store import deliverysince
from solicomm_build.testing.listhub import WHEN, ListHub, message

LATER = WHEN + timedelta(days=1)


class Talk:
    """A hub with the conference `talk`, and a courier that looks once."""

    def __init__(self, root: Path, **settings: str) -> None:
        self.hub = ListHub(root)
        self.repo: Repo = self.hub.add_conference("talk", kind="conference")
        if settings:
            made = Conference("talk", {"en": "Talk"}, **settings)  # type: ignore[arg-type]
            self.hub.settings(self.repo, made)
        self.out = Spool(self.hub.config.spool_out)

    def look(self, *, at: timedelta = timedelta()) -> dict[str, list[str]]:
        """Who got which messages, by the beginnings of addresses and the messages' numbers."""
        found: dict[str, list[str]] = {}
        for item in self.items(at=at):
            for address in item.envelope.rcpt_tos:
                found.setdefault(address[:2], []).append(_number(item))
        return found

    def items(self, *, at: timedelta = timedelta()) -> list[Item]:
        """What goes out, by a courier that has just started."""
        log = maillog.to_nobody()
        digests = Digests(self.hub.config, self.out, log)
        fanout = Fanout(self.hub.config, self.out, log)
        with clock.fixed(WHEN + at):
            digests.run()
            fanout.run()
            digests.run()
        digests.close()
        fanout.close()
        taken = []
        for path in self.out.pending():
            taken += self.out.read(path)
            self.out.done(path)
        return taken


@pytest.fixture
def talk(tmp_path: Path) -> Iterator[Talk]:
    made = Talk(tmp_path)
    yield made
    made.hub.close()


def _number(item: Item) -> str:
    return item.raw.partition(b"Message-ID: <")[2].partition(b"@")[0].decode()


def _names(item: Item) -> dict[str, str]:
    return {field.name: field.value for field in split(item.raw).fields}


def test_each_post_of_a_conference_goes_to_its_members(talk: Talk) -> None:
    talk.hub.members(["bo@x.example", "cy@x.example"], to="talk")
    talk.hub.post(message(1), to="talk")
    talk.hub.post(message(2), to="talk", source="import")
    talk.hub.post(message(3), to="talk", source="push")
    assert talk.look() == {"bo": ["1"], "cy": ["1"]}
    assert talk.look() == {}
    assert Cursor(talk.repo, COURIER).read() == talk.repo.ref()


def test_copies_of_a_conference_have_the_fields_of_a_list(talk: Talk) -> None:
    talk.hub.members(["bo@x.example"], to="talk")
    talk.hub.post(message(1), to="talk")
    (item,) = talk.items()
    fields = _names(item)
    assert fields["List-Id"] == "Water <talk.hub.example>"
    assert fields["List-Post"] == "<mailto:talk@hub.example>"
    assert "/conferences/talk/t/" in fields["Archived-At"]
    assert item.envelope.mail_from == "talk-bounces@hub.example"


def test_members_of_a_conference_may_have_digests(talk: Talk) -> None:
    talk.hub.members(["bo@x.example"], to="talk", digest="daily", form="mime")
    assert talk.look() == {}
    talk.hub.post(message(1), to="talk")
    assert talk.look() == {}
    (digest,) = talk.items(at=timedelta(hours=18))
    assert digest.envelope.rcpt_tos == ("bo@x.example",)
    assert b"Subject: Water 1" in digest.raw


def test_a_hub_of_before_mails_nothing_old_and_everything_new(talk: Talk) -> None:
    founded = talk.repo.ref()
    (talk.hub.config.private / deliverysince.NAME).unlink()
    talk.hub.members(["bo@x.example"], to="talk")
    talk.hub.members(["da@x.example"], to="talk", digest="daily")
    talk.hub.members(["ed@x.example"])
    talk.hub.post(message(1), to="talk")
    talk.hub.post(message(2))
    assert founded == Cursor(talk.repo, COURIER).read() != talk.repo.ref()
    assert talk.look(at=timedelta(hours=1)) == {"ed": ["2"]}, "lists go on as before"
    assert Cursor(talk.repo, COURIER).read() == talk.repo.ref()
    since = deliverysince.read(talk.hub.config)
    assert since == WHEN + timedelta(hours=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("solicomm_build.testing.listhub.WHEN", LATER)
        talk.hub.post(message(3), to="talk")
    assert talk.look(at=timedelta(days=1)) == {"bo": ["3"]}
    (digest,) = talk.items(at=timedelta(days=2))
    assert digest.envelope.rcpt_tos == ("da@x.example",)
    assert b"Water 3" in digest.raw
    assert b"Water 1" not in digest.raw


def test_a_conference_from_an_old_backup_mails_nobody_its_archive(talk: Talk) -> None:
    deliverysince.begin(talk.hub.config, LATER)
    founded = Cursor(talk.repo, COURIER).read()
    talk.hub.members(["bo@x.example"], to="talk")
    talk.hub.members(["da@x.example"], to="talk", digest="daily")
    talk.hub.post(message(1), to="talk")
    talk.look()
    refs.swap(talk.repo.path, f"refs/solicomm/cursors/{COURIER}", founded, talk.repo.ref())
    for consumer in ("digest-daily-mime-en",):
        Cursor(talk.repo, consumer).forget()
    assert talk.look(at=timedelta(days=9)) == {}
    assert talk.items(at=timedelta(days=30)) == []


def test_a_moment_that_cannot_be_read_is_said(talk: Talk) -> None:
    (talk.hub.config.private / deliverysince.NAME).write_text("yesterday\n")
    with pytest.raises(HubError, match="conferences-mailed-since holds no moment"):
        talk.look()


def test_only_answers_to_me_come_with_that_wish(talk: Talk) -> None:
    talk.hub.members(["bo@x.example"], to="talk", mail="answers")
    talk.hub.members(["cy@x.example"], to="talk")
    talk.hub.members(["di@x.example"], to="talk", mail="answers", digest="daily")
    post = talk.hub.post
    post(message(1), to="talk")
    post(message(2, sender="bo@x.example", extra="References: <1@union.example>\r\n"), to="talk")
    post(message(3, extra="In-Reply-To: <2@union.example>\r\n"), to="talk")
    post(message(4, extra="References: <1@union.example>\r\n"), to="talk")
    post(message(5, sender="Bo@x.example"), to="talk")
    tid = "<5@union.example>"
    post(message(6, sender="di@x.example", extra=f"References: {tid}\r\n"), to="talk")
    post(message(7, extra=f"References: {tid} <6@union.example>\r\n"), to="talk")
    assert talk.look(at=timedelta(days=2)) == {
        "bo": ["3", "6", "7"],
        "cy": ["1", "2", "3", "4", "5", "6", "7"],
        "di": ["7"],
    }


def test_answers_come_to_the_address_that_a_member_has_since(talk: Talk) -> None:
    talk.hub.members(["bo@x.example"], to="talk", mail="answers")
    talk.hub.post(message(1, sender="bo@x.example"), to="talk")
    roster = talk.hub._roster
    bo = roster.roster().member("bo@x.example")
    assert bo is not None
    consent = rosterevents.Consent("mail")
    moved = rosterevents.member(bo.number, "bo@new.example", at=WHEN, consent=consent)
    roster.append([moved], at=WHEN, subject="Move")
    talk.hub.post(message(2, extra="In-Reply-To: <1@union.example>\r\n"), to="talk")
    assert talk.look() == {"bo": ["2"]}


def test_answers_are_looked_up_only_where_somebody_wishes_so(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*_: object) -> None:
        raise AssertionError("nobody asked")

    monkeypatch.setattr("solicomm_build.courier.fanout.answered.by", never)
    monkeypatch.setattr(postcount, "number_in_day", never)
    talk.hub.members(["bo@x.example"], to="talk")
    talk.hub.post(message(1), to="talk")
    assert talk.look() == {"bo": ["1"]}


def test_an_unreadable_header_answers_nobody(talk: Talk) -> None:
    talk.hub.members(["bo@x.example"], to="talk", mail="answers")
    talk.hub.post(message(1, sender="bo@x.example"), to="talk")
    talk.hub.post(message(2, extra="In-Reply-To: what you wrote yesterday\r\n"), to="talk")
    assert talk.look() == {}


_TELLING = (
    "Received: from home.union.example by mx\r\nX-Mailer: Ana's phone\r\n"
    "DKIM-Signature: d=union.example\r\nReply-To: ana@union.example\r\n"
)


@pytest.mark.parametrize("form", ["single", "page", "mime", "plain"])
def test_where_only_pseudonyms_are_shown_no_copy_says_who_wrote(tmp_path: Path, form: str) -> None:
    talk = Talk(tmp_path, pseudonyms="required")
    options = {} if form == "single" else {"digest": "daily", "form": form}
    talk.hub.members(["bo@x.example"], to="talk", **options)
    assert talk.look() == {}
    raw = message(1, extra=_TELLING).replace(b"From: Ana", b"From: Otter")
    talk.hub.post(raw.replace(b"Water is", b"Write to ana@union.example, water is"), to="talk")
    (item,) = talk.items(at=timedelta() if form == "single" else timedelta(hours=18))
    if form == "single":
        assert _names(item)["From"] == "Otter <talk@hub.example>"
        assert _names(item)["Message-ID"] == f"<{public_id('1@union.example')}>"
    for telling in (b"ana@union", b"Ana", b"phone", b"union.example", b"DKIM"):
        assert telling not in item.raw
    assert b"Otter" in item.raw
    assert b"From here on." in item.raw
    talk.hub.close()


def test_what_is_attached_to_a_pseudonyms_post_is_named_not_sent(tmp_path: Path) -> None:
    talk = Talk(tmp_path, pseudonyms="required")
    talk.hub.members(["bo@x.example"], to="talk")
    raw = (
        b"From: Otter <ana@union.example>\r\nTo: talk@hub.example\r\nSubject: Plan\r\n"
        b"Message-ID: <1@union.example>\r\nIn-Reply-To: <0@union.example>\r\n"
        b"References: <0@union.example>\r\nContent-Language: en\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee the plan.\r\n"
        b"--b\r\nContent-Type: application/pdf; name=plan.pdf\r\n\r\n%PDF by Ana Paz\r\n--b--\r\n"
    )
    talk.hub.post(raw, to="talk")
    (item,) = talk.items()
    assert b"plan.pdf" in item.raw
    assert b"/conferences/talk/t/" in item.raw
    assert b"Ana Paz" not in item.raw
    asked = f"<{public_id('0@union.example')}>"
    assert _names(item)["In-Reply-To"] == _names(item)["References"] == asked
    assert b"union.example" not in item.raw
    talk.hub.close()


def test_a_copy_under_a_pseudonym_names_no_other_list_that_it_went_to(tmp_path: Path) -> None:
    """There, or on its pages, whoever wants to know finds the same words with a name above them."""
    talk = Talk(tmp_path, pseudonyms="required")
    talk.hub.members(["bo@x.example"], to="talk")
    raw = message(1, extra="Cc: water@hub.example\r\n").replace(b"From: Ana", b"From: Otter")
    talk.hub.post(raw, to="talk")
    (item,) = talk.items()
    assert "X-SoliComm-Lists" not in _names(item)
    assert b"water@" not in item.raw
    talk.hub.close()
