"""Which digests go out, to whom, and what a reader of mail finds in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import cast

import pytest

from solicomm_build.courier.fanout import Fanout
from solicomm_build.features.digests import octets as digestmail
from solicomm_build.features.digests.sending import Digests
from solicomm_build.foundation import clock, i18n, maillog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import post_id
from solicomm_build.git.cursor import Cursor, consumers
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people import rosterevents
from solicomm_build.post import event as topic_event
from solicomm_build.post import post as post_file
from solicomm_build.post.conference import Conference
from solicomm_build.testing.listhub import WHEN, ListHub, message

MADE = f"{'a' * 32}@no-message-id.invalid"
"""As a hub calls a message that has no Message-ID."""

MORNING = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)


class Reader:
    """A hub whose courier looks at moments of one's choice."""

    def __init__(self, root: Path) -> None:
        self.hub = ListHub(root)
        self.out = Spool(self.hub.config.spool_out)
        self.log = maillog.to_nobody()
        self.now = WHEN
        self.digests = Digests(self.hub.config, self.out, self.log)
        self.fanout = Fanout(self.hub.config, self.out, self.log)

    def look(self, at: datetime = WHEN) -> int:
        """As the courier does it: digests first."""
        with clock.fixed(at):
            count = self.digests.run()
            self.fanout.run()
        return count

    def items(self) -> list[Item]:
        """The digests that wait, taken away as if sent; single copies too."""
        found = []
        for path in self.out.pending():
            found += self.out.read(path)
            self.out.done(path)
        return [item for item in found if digestmail.KEY_FIELD.encode() in item.raw]

    def restart(self) -> None:
        self.digests.close()
        self.digests = Digests(self.hub.config, self.out, self.log)

    def options(self, number: int, **changed: str) -> None:
        self.now += timedelta(seconds=1)  # events are folded in the order of their times
        made = rosterevents.options("water", number, changed, at=self.now, by="test")
        self.hub._roster.append([made], at=self.now, subject="Options")

    def close(self) -> None:
        self.digests.close()
        self.fanout.close()
        self.hub.close()


def _read(item: Item) -> EmailMessage:
    """The digest as Python's own reader sees it; no defect anywhere."""
    found = cast(EmailMessage, message_from_bytes(item.raw, policy=policy.default))
    assert [part.defects for part in found.walk() if part.defects] == []
    return found


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    made = Reader(tmp_path)
    made.hub.members(["ana@union.example", "bo@union.example"], digest="daily", form="mime")
    made.hub.members(["cy@union.example"])
    made.look()
    yield made
    made.close()


def test_daily_at_six_to_its_group_only(reader: Reader) -> None:
    reader.hub.post(message(1))
    reader.hub.post(message(2))
    assert reader.look(WHEN) == 0
    assert reader.look(MORNING - timedelta(minutes=1)) == 0
    assert reader.look(MORNING) == 1
    (item,) = reader.items()
    assert item.envelope.rcpt_tos == ("ana@union.example", "bo@union.example")
    assert (item.envelope.list_id, item.envelope.members) == ("water", (1, 2))
    assert item.envelope.mail_from == "water-bounces@hub.example"
    assert reader.look(MORNING + timedelta(days=1)) == 0


def test_never_empty(reader: Reader) -> None:
    assert reader.look(MORNING) == 0
    assert reader.items() == []


def test_mime_holds_the_messages_octet_by_octet(reader: Reader) -> None:
    tid, mid = reader.hub.post(message(1))
    other = message(2, extra="References: <1@union.example>\r\n").replace(
        b"Water is a right.", "El agua es un derecho: ñ".encode()
    )
    reader.hub.post(other)
    reader.hub.post(message(3))
    reader.look(WHEN)
    reader.look(MORNING)
    (item,) = reader.items()
    found = _read(item)
    assert found["Subject"] == "[Water] digest 2026-11-25 (3 posts)"
    assert found["From"] == "Water <water@hub.example>"
    assert found["List-Id"] == "Water <water.hub.example>"
    assert found["Precedence"] == "list"
    assert found["Message-ID"].startswith("<digest.")
    assert found.get_content_type() == "multipart/mixed"
    intro, inside = found.iter_parts()
    assert inside.get_content_type() == "multipart/digest"
    raws = [part.get_payload(0) for part in inside.iter_parts()]  # type: ignore[union-attr]
    assert [raw["Subject"] for raw in raws] == ["Water 1", "Water 2", "Water 3"]
    assert message(1) in item.raw
    assert other in item.raw
    text = intro.get_content()
    assert "Volume 1, issue 1" in text
    assert text.index("* Water 1") < text.index("1. Ana") < text.index("2. Ana")
    assert text.index("2. Ana") < text.index("* Water 3") < text.index("3. Ana")
    assert f"https://hub.example/conferences/water/t/{tid}/#{mid}" in text
    assert all(len(line) <= 78 or "://" in line or "mailto:" in line for line in text.split("\n"))


@pytest.mark.parametrize("form", ["mime", "plain", "summary"])
def test_each_post_has_an_address_that_answers_it_and_no_percent_sign(
    reader: Reader, form: str
) -> None:
    reader.options(1, form=form)
    reader.look(WHEN)
    reader.hub.post(message(1).replace(b"Water 1", b"Agua y =?utf-8?q?pan_=C3=A1?="))
    reader.look(MORNING)
    texts = [
        str(part.get_content())
        for item in reader.items()
        for part in _read(item).walk()
        if part.get_content_type() == "text/plain"
    ]
    text = texts[0]
    tid = post_id("1@union.example")
    assert f"Reply by mail: water+t-{tid}@hub.example" in text
    assert "https://hub.example/members/lists/water/" in text, "and how to change it"
    assert "%" not in text
    assert "mailto:" not in text


def _intro(reader: Reader) -> str:
    (item,) = reader.items()
    return str(next(iter(_read(item).iter_parts())).get_content())


def test_plain_is_rfc_1153(reader: Reader) -> None:
    for number in (1, 2):
        reader.options(number, form="plain")
    reader.look(WHEN)
    dashed = message(1).replace(b"Water is a right.", b"-" * 40 + "\r\nñ".encode())
    reader.hub.post(dashed)
    reader.hub.post(message(2))
    reader.look(MORNING)
    (item,) = reader.items()
    found = _read(item)
    assert found.get_content_type() == "text/plain"
    assert found.get_content_charset() == "utf-8"
    text = str(found.get_content()).replace("\r\n", "\n")
    preamble, _, rest = text.partition("\n" + "-" * 70 + "\n\n")
    assert "In this digest:" in preamble
    messages = rest.split("\n\n" + "-" * 30 + "\n\n")
    assert len(messages) == 3
    assert messages[0].startswith("Date: Tue, 24 Nov 2026 11:00:00 +0000\nFrom: Ana <ana@")
    assert "\n " + "-" * 40 + "\nñ" in messages[0]
    end, stars = messages[2].rstrip("\n").split("\n")
    assert end == "End of the digest of Water"
    assert stars == "*" * len(end)


def test_summary_has_the_first_words(reader: Reader) -> None:
    for number in (1, 2):
        reader.options(number, form="summary")
    reader.look(WHEN)
    reader.hub.post(message(1).replace(b"\r\n\r\nWater", b"\r\n\r\n> quoted\r\n\r\nWater"))
    reader.look(MORNING)
    (item,) = reader.items()
    text = str(_read(item).get_content())
    assert "     Water is a right.\n     From here on.\n     .\n" in text.replace("\r\n", "\n")
    assert "quoted" not in text
    assert "..two" not in text


@pytest.mark.parametrize("lang", list(i18n.LANGUAGES))
@pytest.mark.parametrize("form", ["page", "mime", "plain", "summary"])
def test_every_language_and_form(tmp_path: Path, lang: str, form: str) -> None:
    reader = Reader(tmp_path)
    reader.hub.members(["ana@union.example"], digest="daily", form=form, lang=lang)
    reader.look(WHEN)
    reader.hub.post(message(1))
    assert reader.look(MORNING) == 1
    (item,) = reader.items()
    found = _read(item)
    assert found["Content-Language"] == lang
    assert "2026-11-25" in found["Subject"]
    assert ("digest" in found["Subject"]) == (lang == "en")
    part = next(iter(found.iter_parts())) if found.is_multipart() else found
    text = str(part.get_content())
    assert "water-request@hub.example" in text
    assert "%(" not in text + found["Subject"]
    reader.close()


def test_thirty_posts_do_not_wait_for_the_morning(reader: Reader) -> None:
    for number in range(31):
        reader.hub.post(message(number))
    assert reader.look(WHEN + timedelta(minutes=1)) == 1
    (item,) = reader.items()
    assert "(30 posts)" in _read(item)["Subject"]
    assert reader.look(MORNING) == 1
    (item,) = reader.items()
    assert "(1 post)" in _read(item)["Subject"]
    assert b"Water 30" in item.raw


def test_300_kb_do_not_wait_either(reader: Reader) -> None:
    reader.hub.post(message(1) + b"long line of text\r\n" * 17_000)
    assert reader.look(WHEN + timedelta(minutes=1)) == 1


def test_erased_and_hidden_posts_are_left_out(reader: Reader) -> None:
    tid, mid = reader.hub.post(message(1))
    other_tid, other = reader.hub.post(message(2))
    reader.hub.post(message(3))
    hide = topic_event.make("hide", at=WHEN, by="p_1", data={"post": other, "reason": "x"})
    changes = [
        Change(post_file.path(tid, mid), None),
        Change(topic_event.path(other_tid, hide), topic_event.encode(hide)),
    ]
    write_once(reader.hub.list, changes, message="Take back\n\nSource: cli\n", when=WHEN)
    reader.look(MORNING)
    (item,) = reader.items()
    assert "(1 post)" in _read(item)["Subject"]
    assert b"Water 3" in item.raw
    assert b"Water 1" not in item.raw
    assert b"Water 2" not in item.raw


def test_a_summary_of_the_week_comes_first(reader: Reader) -> None:
    for number in (1, 2):
        reader.hub.post(message(number))
    tid, mid = reader.hub.post(message(3))
    covers = "2026-11-16/2026-11-22"
    event = topic_event.make("summary", at=WHEN, by="p_1", data={"post": mid, "covers": covers})
    change = Change(topic_event.path(tid, event), topic_event.encode(event))
    write_once(reader.hub.list, [change], message="Mark\n\nSource: desk\n", when=WHEN)
    reader.look(MORNING)
    (item,) = reader.items()
    at = [item.raw.find(b"Subject: Water %d" % number) for number in (3, 1, 2)]
    assert -1 not in at
    assert at == sorted(at)


def test_a_digest_of_nothing_left_is_not_sent_and_not_counted(reader: Reader) -> None:
    tid, mid = reader.hub.post(message(1))
    gone = Change(post_file.path(tid, mid), None)
    write_once(reader.hub.list, [gone], message="Erase\n\nSource: cli\n", when=WHEN)
    assert reader.look(MORNING) == 0
    reader.hub.post(message(2))
    assert reader.look(MORNING + timedelta(days=1)) == 1
    assert "issue 1" in _intro(reader)


def test_issue_numbers_go_on_and_years_are_volumes(reader: Reader) -> None:
    seen = []
    for number, at in enumerate([MORNING, MORNING + timedelta(days=1), MORNING.replace(year=2027)]):
        reader.hub.post(message(number))
        reader.look(at)
        seen.append(next(row for row in _intro(reader).split("\n") if row.startswith("Volume")))
    assert [row.strip() for row in seen] == [
        "Volume 1, issue 1",
        "Volume 1, issue 2",
        "Volume 2, issue 1",
    ]


def test_who_changes_to_a_digest_misses_nothing_and_gets_no_archive(reader: Reader) -> None:
    reader.hub.post(message(1))
    reader.look(WHEN)
    reader.options(3, digest="weekly")
    reader.hub.post(message(2))
    reader.look(MORNING)
    reader.items()
    assert reader.look(MORNING + timedelta(days=6)) == 1
    (item,) = reader.items()
    assert item.envelope.rcpt_tos == ("cy@union.example",)
    assert b"Water 2" in item.raw


def test_a_group_without_members_forgets_its_cursor(reader: Reader) -> None:
    assert consumers(reader.hub.list, "digest-") == ["digest-daily-mime-en"]
    for number in (1, 2):
        reader.options(number, digest="", mail="off")
    reader.look(WHEN)
    assert consumers(reader.hub.list, "digest-") == []
    reader.hub.post(message(1))
    reader.look(WHEN)
    reader.look(WHEN)
    reader.options(1, digest="daily", mail="")
    reader.look(WHEN)
    reader.restart()
    reader.hub.post(message(2))
    assert reader.look(MORNING) == 1
    (item,) = reader.items()
    assert b"Water 1" not in item.raw


def test_a_restart_goes_on_from_the_cursor(reader: Reader) -> None:
    reader.hub.post(message(1))
    reader.look(WHEN)
    reader.restart()
    reader.hub.post(message(2))
    reader.restart()
    assert reader.look(MORNING) == 1
    (item,) = reader.items()
    assert "(2 posts)" in _read(item)["Subject"]


def test_what_waits_in_the_spool_is_not_made_again(reader: Reader) -> None:
    reader.hub.post(message(1))
    reader.look(WHEN)
    cursor = Cursor(reader.hub.list, "digest-daily-mime-en")
    before = cursor.read()
    assert before is not None
    reader.look(MORNING)
    after = cursor.read()
    assert after is not None
    cursor.advance(after, before)  # killed before the cursor moved
    reader.hub.post(message(2))
    reader.restart()
    assert reader.look(MORNING + timedelta(minutes=1)) == 1
    first, second = reader.items()
    assert (b"issue 1" in first.raw, b"Water 2" in first.raw) == (True, False)
    assert (b"issue 2" in second.raw, b"Water 1" in second.raw) == (True, False)


def test_lists_without_pages_link_nowhere(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    closed = reader.hub.add_conference("closed", visibility="encrypted")
    reader.hub.members(["ana@union.example"], to="closed", digest="daily", form="mime")
    reader.look(WHEN)
    reader.hub.post(message(1), to="closed")
    reader.hub.post(message(2), to="closed", archived=False)
    reader.look(MORNING)
    text = _intro(reader)
    assert "https://hub.example/conferences/" not in text
    assert "* Water 2" in text
    reader.hub.settings(closed, Conference("closed", {"en": "C"}, kind="list", posting="announce"))
    reader.hub.post(message(3), to="closed")
    reader.look(MORNING + timedelta(days=1))
    assert "Reply by mail" not in _intro(reader)
    reader.close()


def test_a_message_without_an_id_or_an_end_of_header(reader: Reader) -> None:
    bare = b"From: Ana <ana@union.example>\r\nSubject: Bare"
    reader.hub.post(bare, message_id=MADE)
    reader.look(MORNING)
    (item,) = reader.items()
    found = _read(item)
    _, inside = found.iter_parts()
    (part,) = inside.iter_parts()  # type: ignore[union-attr]
    assert part.get_payload(0)["Message-ID"] == f"<{MADE}>"


def test_a_faulty_list_stops_no_other(reader: Reader) -> None:
    bad = reader.hub.add_conference("bad")
    reader.hub.settings(bad, b"kind: [list")
    reader.hub.post(message(1))
    assert reader.look(MORNING) == 1
    assert reader.log.counters()["digest-failed"] >= 1


def test_a_boundary_occurs_in_no_message(reader: Reader) -> None:
    reader.hub.post(message(1))
    reader.look(MORNING)
    (first,) = reader.items()
    boundary = _read(first).get_boundary()
    assert boundary is not None
    assert len(boundary) <= 70
    assert first.raw.count(b"\r\n--" + boundary.encode() + b"\r\n") == 2
