"""A message that waits, as those who decide see it: its words and files, and nothing that runs."""

from __future__ import annotations

import base64
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solicomm_build.foundation.types import post_id
from solicomm_build.message.parse import parse
from solicomm_build.post.held import heldmail
from solicomm_build.post.held.heldmail import HeldMail
from solicomm_build.post.held.waitingmail import WaitingMail
from solicomm_build.testing.deskhub import DeskHub
from tests.unit.desk.test_moderation_mail import held, letters, staffed

__all__ = ["staffed"]

HARMLESS = {"a", "article", "bdi", "div", "footer", "h2", "header", "p", "span", "time"}
FACTS = {
    "subject": "Strike",
    "rule": "nonmember",
    "envelope": {
        "mail_from": "eve@x.example",
        "rcpt_tos": ["water@hub.example"],
        "received_at": "2026-11-24T12:00:00+00:00",
    },
}


def made(raw: bytes) -> HeldMail:
    return HeldMail("water", post_id("1@x.example"), FACTS, raw, parse(raw))


def mail(body: str, *fields: str) -> bytes:
    head = ("From: Eve <eve@x.example>", "Date: Tue, 24 Nov 2026 12:00:00 +0000", *fields)
    return "\r\n".join([*head, "", body]).encode()


def everywhere(name: str) -> bool:
    return bool(name)


def test_a_waiting_message_is_found_until_somebody_decides(staffed: DeskHub) -> None:
    raw = held(staffed, 1, body="Let **me** in, call eve@x.example.")
    mid, waiting = post_id("1@x.example"), WaitingMail(staffed.config)
    assert waiting.of(everywhere) == waiting.of(everywhere) == [("water", mid)]
    assert waiting.of(lambda name: name != "water") == []
    found = heldmail.waiting(staffed.config, "water", mid)
    assert found is not None
    assert (found.subject, found.author, found.raw) == ("Strike 1", "Eve <eve@x.example>", raw)
    assert found.why("en") == "the author is not a member"
    html = heldmail.fragment(found, "en")
    assert "<p>Let **me** in, call" in html, "as its page has it"
    assert "call eve@x.example" not in html, "masked, as its page has it"
    assert heldmail.decided(staffed.config, "water", mid) is None
    (notice,) = [one for one in letters(staffed) if one.to[0].addr_spec == "mod@union.example"]
    staffed.reply(notice, "accept", sender="mod@union.example")
    assert heldmail.waiting(staffed.config, "water", mid) is None
    assert waiting.of(everywhere) == []
    decision = heldmail.decided(staffed.config, "water", mid)
    assert decision is not None
    assert (decision.decision, decision.number) == ("accept", 1)


def test_files_are_named_and_linked_by_number() -> None:
    coded = base64.b64encode(b"MZ\0program").decode()
    body = (
        "--b\r\nContent-Type: text/plain\r\n\r\nSee.\r\n--b\r\n"
        "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
        f'Content-Disposition: attachment; filename="pay <b>.exe"\r\n\r\n{coded}\r\n--b--'
    )
    one = made(mail(body, 'Content-Type: multipart/mixed; boundary="b"'))
    assert [file.payload for file in one.files] == [b"MZ\0program"]
    named = heldmail.fragment(one, "en")
    assert f"<bdi>{one.files[0].name}</bdi>" in named
    assert "<a " not in named
    linked = heldmail.fragment(one, "en", "/moderate/x/1/")
    assert 'href="/moderate/x/1/1/' in linked
    assert 'href="/moderate/x/1/0/message.eml" download' in linked
    assert "<b>" not in linked


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '<img src="https://evil.example/x.png">',
        "[x](javascript:alert(1))",
        "![x](https://evil.example/x.png)",
        '<a href="/members/" onclick="x()">here</a>',
    ],
)
def test_what_a_message_holds_neither_runs_nor_loads(text: str) -> None:
    for kind in ("text/plain", "text/html"):
        html = heldmail.fragment(made(mail(text, f"Content-Type: {kind}")), "en")
        tags = re.findall(r"<[a-z][^>]*>", html, re.IGNORECASE)
        assert {tag.strip("<>").split()[0] for tag in tags} <= HARMLESS, html
        assert not any(" on" in tag or "javascript:" in tag or 'href="/' in tag for tag in tags)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300), st.text(max_size=80))
def test_every_message_is_one_closed_article(body: str, name: str) -> None:
    head = "".join(c for c in name if c.isprintable())
    html = heldmail.fragment(made(mail(body, f"Subject: {head}")), "ar", "/x/")
    assert html.startswith("<article ")
    assert html.endswith("</article>")
    assert html.count("<article") == html.count("</article>") == 1
    assert html.count("<div") == html.count("</div>")


def test_a_very_long_message_is_shown_in_part_and_says_so() -> None:
    html = heldmail.fragment(made(mail("word " * 50_000)), "en", "/x/")
    assert len(html) < 2 * heldmail.MOST_SHOWN
    assert "only its beginning is shown" in html


def test_one_that_cannot_be_read_can_be_fetched() -> None:
    one = HeldMail("water", post_id("1@x.example"), FACTS | {"name": "Eve"}, b"\0", None)
    html = heldmail.fragment(one, "en", "/x/")
    assert "cannot be read" in html
    assert "/x/0/message.eml" in html
    assert "Eve" in html
