"""The digest that who chose nothing else gets: one mail that reads like a page."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import cast
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from PIL import Image

from solicomm_build.features.digests.page import answer_subject, excerpt
from solicomm_build.features.files.run import files
from solicomm_build.foundation import i18n
from solicomm_build.git.cursor import Cursor, consumers
from solicomm_build.post.conference import Conference
from solicomm_build.testing.listhub import WHEN, message
from tests.unit.courier.test_digest import MORNING, Reader


class Shown(HTMLParser):
    """What an HTML part shows and links to; every element that is opened is closed."""

    EMPTY = frozenset({"meta", "br"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.tags == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        assert not {"src", "onclick", "background"} & found.keys()
        assert tag not in ("img", "script", "link", "iframe", "form")
        if tag == "a":
            self.links.append(found["href"] or "")
        if tag not in self.EMPTY:
            self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.tags.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.tags:
            self.text += data


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    made = Reader(tmp_path)
    made.hub.members(["ana@union.example", "bo@union.example"], digest="daily")
    made.look()
    yield made
    made.close()


def parts(reader: Reader) -> tuple[EmailMessage, str, Shown]:
    """The one digest that waits: itself, its text, its HTML."""
    (item,) = reader.items()
    found = cast(EmailMessage, message_from_bytes(item.raw, policy=policy.default))
    assert [part.defects for part in found.walk() if part.defects] == []
    assert found.get_content_type() == "multipart/alternative"
    text, html = found.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    plain = str(text.get_content()).replace("\r\n", "\n")
    return found, plain, Shown(str(html.get_content()))


def with_picture(number: int, name: str) -> bytes:
    """A post with a picture of this name."""
    head, _, body = message(number).partition(b"\r\n\r\n")
    drawn = io.BytesIO()
    Image.new("RGB", (8, 8), "red").save(drawn, "JPEG")
    return b"\r\n".join(
        [
            head,
            b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n',
            b"--b\r\nContent-Type: text/plain\r\n\r\n" + body,
            b"--b\r\nContent-Type: image/jpeg\r\nContent-Transfer-Encoding: base64",
            b'Content-Disposition: attachment; filename="%s"\r\n' % name.encode(),
            base64.encodebytes(drawn.getvalue()).replace(b"\n", b"\r\n") + b"--b--\r\n",
        ]
    )


def test_one_mail_of_text_and_html_without_attachments(reader: Reader) -> None:
    tid, mid = reader.hub.post(message(1))
    reader.hub.post(message(2, extra="References: <1@union.example>\r\n"))
    reader.hub.post(message(3))
    reader.look(MORNING)
    found, text, shown = parts(reader)
    assert found["Subject"] == "[Water] digest 2026-11-25 (3 posts)"
    assert [part.get_content_disposition() for part in found.walk()] == [None, None, None]
    assert "%" not in text
    link = f"https://hub.example/conferences/water/t/{tid}/#{mid}"
    for said in (text, shown.text):
        assert said.index("Water 1") < said.index("Water 3")
        assert "Water is a right." in said
        assert "Ana" in said
        assert "water-request@hub.example" in said
        assert "water-leave@hub.example" in said
    assert "- Water 1 (2)\n- Water 3\n" in text
    assert f"Read on the page:\n    {link}\n" in text
    assert f"Reply by mail:\n    water+t-{tid}@hub.example" in text
    assert link in shown.links


def test_a_button_answers_the_post(reader: Reader) -> None:
    tid, _ = reader.hub.post(message(1))
    reader.look(MORNING)
    _, _, shown = parts(reader)
    (link,) = [one for one in shown.links if one.startswith("mailto:") and "?" in one]
    target = urlsplit(link)
    assert unquote(target.path) == f"water+t-{tid}@hub.example"
    assert parse_qs(target.query) == {
        "subject": ["Re: Water 1"],
        "In-Reply-To": ["<1@union.example>"],
    }


def test_the_subject_of_an_answer_is_short() -> None:
    long = answer_subject("What we do about the wages of those who clean at night in the ports")
    assert long == "Re: What we do about the wages of those who clean at night …"
    assert answer_subject("RE: Wages") == "RE: Wages"


def test_pictures_are_links_and_names_stay_readable(reader: Reader) -> None:
    reader.hub.post(with_picture(1, "before the gate 50%.jpg"))
    files(reader.hub.config, once=True, log=reader.log)
    reader.look(MORNING)
    found, text, shown = parts(reader)
    assert [part.get_content_maintype() for part in found.walk()] == ["multipart", "text", "text"]
    (link,) = [one for one in shown.links if "/files/" in one]
    assert re.fullmatch(
        r"https://hub\.example/conferences/water/files/[0-9a-f]{64}/[^ ]+\.jpg", link
    )
    row = next(line for line in text.split("\n") if ".jpg" in line)
    assert row.startswith("- before the gate 50")
    assert "%20" not in text


def test_what_authors_wrote_is_text(reader: Reader) -> None:
    evil = message(1).replace(b"Water is a right.", b"<img src=x onerror=alert(1)> & http://a.b/?c")
    reader.hub.post(evil.replace(b"Subject: Water 1", b"Subject: <b>Water</b>"))
    reader.look(MORNING)
    _, _, shown = parts(reader)
    assert "<img src=x onerror=alert(1)> & http://a.b/?c" in shown.text
    assert "<b>Water</b>" in shown.text
    assert "http://a.b/?c" in shown.links


def test_thirty_posts_are_small_enough_for_every_program(reader: Reader) -> None:
    words = b"Water is a right, and so is a break. " * 60
    for number in range(30):
        reader.hub.post(message(number).replace(b"Water is a right.", words))
    assert reader.look(WHEN + timedelta(minutes=1)) == 1
    (item,) = reader.items()
    assert len(item.raw) < 100_000  # from 102 KB on Gmail shows the beginning only


def test_an_announce_list_has_no_reply_button(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    news = reader.hub.add_conference("news")
    settings = Conference("news", {"en": "News"}, kind="list", posting="announce")
    reader.hub.settings(news, settings)
    reader.hub.members(["ana@union.example"], to="news", digest="daily")
    reader.look()
    reader.hub.post(message(1), to="news")
    reader.look(MORNING)
    _, text, shown = parts(reader)
    assert "Reply by mail" not in text + shown.text
    reader.close()


@pytest.mark.parametrize("lang", list(i18n.LANGUAGES))
def test_every_language_has_its_direction(tmp_path: Path, lang: str) -> None:
    reader = Reader(tmp_path)
    reader.hub.members(["ana@union.example"], digest="weekly", lang=lang)
    reader.look()
    reader.hub.post(message(1))
    reader.look(MORNING + timedelta(days=7))
    found, text, _ = parts(reader)
    html = str(list(found.iter_parts())[1].get_content())
    assert f'<html lang="{lang}" dir="{i18n.direction(lang)}">' in html
    assert ("Read on the page" in text) == (lang == "en")
    reader.close()


# -- what is shown of a post ------------------------------------------------------------------


def test_lines_that_a_program_broke_are_joined_and_others_are_not() -> None:
    text = (
        "We met on Tuesday and talked about the wages of everybody who\n"
        "works at night.\n\n- first\n- second\n\nYours\nAna\n"
    )
    assert excerpt(text) == (
        (
            "We met on Tuesday and talked about the wages of everybody who works at night.",
            "- first\n- second",
            "Yours\nAna",
        ),
        True,
    )


def test_quotes_and_signatures_are_left_out_and_that_is_told() -> None:
    text = "> Do we strike?\n\nYes.\n\n-- \nAna\nPort union\n"
    assert excerpt(text) == (("Yes.",), False)


def test_a_long_post_ends_at_a_word_and_no_link_is_cut() -> None:
    (found,), whole = excerpt("word " * 400)
    assert found.endswith("word …")
    assert not whole
    assert len(found) <= 600
    link = "https://union.example/" + "a" * 500
    (found,), whole = excerpt(f"See {'x' * 200} {link} and more {'y' * 300}")
    assert link not in found
    assert "https" not in found
    assert not whole


# -- hubs from before ---------------------------------------------------------------------------


def before(reader: Reader) -> None:
    """The hub as an older version left it: its group is of `mime`, and two posts wait in it."""
    for consumer in consumers(reader.hub.list, "digest-"):
        at = Cursor(reader.hub.list, consumer).read()
        assert at is not None
        Cursor(reader.hub.list, consumer.replace("-page-", "-mime-")).advance(None, at)
        Cursor(reader.hub.list, consumer).forget()


def test_the_default_of_before_becomes_the_page_and_nothing_is_lost(reader: Reader) -> None:
    reader.hub.post(message(1))
    reader.hub.post(message(2))
    reader.look(WHEN)
    before(reader)
    reader.restart()
    assert reader.look(MORNING) == 1
    _, text, _ = parts(reader)
    assert "Water 1" in text
    assert "Water 2" in text
    assert consumers(reader.hub.list, "digest-") == ["digest-daily-page-en"]


def test_who_chose_a_form_keeps_it(reader: Reader) -> None:
    reader.options(2, form="mime")
    reader.look(WHEN)
    reader.hub.post(message(1))
    assert reader.look(MORNING) == 2
    kinds = {
        item.envelope.rcpt_tos: message_from_bytes(item.raw).get_content_type()
        for item in reader.items()
    }
    assert kinds == {
        ("ana@union.example",): "multipart/alternative",
        ("bo@union.example",): "multipart/mixed",
    }


def test_numbers_go_on_where_the_former_form_was(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    reader.hub.members(["ana@union.example"], digest="daily", form="mime")
    reader.look()
    reader.hub.post(message(1))
    reader.look(MORNING)
    reader.items()
    reader.options(1, form="")
    reader.look(MORNING)
    reader.hub.post(message(2))
    reader.look(datetime(2026, 11, 26, 6, tzinfo=UTC))
    _, text, _ = parts(reader)
    assert "Volume 1, issue 2" in text
    assert "Water 1" not in text
    reader.close()
