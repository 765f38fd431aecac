"""Held mail decided on a page: the letter's button shows the message, one press decides."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from solicomm_build.features.moderation import moderation
from solicomm_build.foundation import clock
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people import rosterevents, token
from solicomm_build.testing import webserver
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.testing.webserver import Address, Answer, ask
from solicomm_build.web import asking, deskpost
from tests.unit.desk.test_moderation_mail import decided, held, posts, to, work

MOD, MO2, EVE = "mod@union.example", "mo2@union.example", "eve@x.example"
FORM = "application/x-www-form-urlencoded"
FILE = (
    "--b\nContent-Type: text/plain\n\nSee <b>this</b>.\n--b\nContent-Type: text/html\n"
    "Content-Transfer-Encoding: base64\n"
    'Content-Disposition: attachment; filename="x.html"\n\n'
    + base64.b64encode(b"<script>alert(1)</script>").decode()
    + "\n--b--"
).replace("\n", "\r\n")


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    made = DeskHub(tmp_path / "hub")
    made.member(1, MOD, "water", name="Mo", role="moderator")
    made.member(2, MO2, "water", name="Ju", role="host")
    return made


def notice(hub: DeskHub, address: str = MOD) -> Message:
    (found,) = to([parse(item.raw) for item in hub.work()], address)
    return found


def path(mail: Message) -> str:
    """Where the button of a letter leads."""
    found = re.search(r"https?://hub\.example(/moderate/[a-z2-7]{26})", mail.text)
    assert found is not None, mail.text
    return found[1]


class Page:
    def __init__(self, address: Address, path: str) -> None:
        self.address, self.path = address, path

    def get(self, below: str = "") -> Answer:
        return ask(self.address, self.path + below)

    def text(self) -> str:
        answer = self.get()
        assert answer.status == 200
        return answer.body.decode()

    def send(self, status: int = 200, /, **fields: str) -> str:
        answer = self.post(fields)
        assert answer.status == status
        return answer.body.decode()

    def post(self, fields: dict[str, str], **headers: str) -> Answer:
        body = urlencode(fields).encode()
        return ask(self.address, self.path, method="POST", body=body, content_type=FORM, **headers)


@contextmanager
def page(hub: DeskHub, at: str) -> Iterator[Page]:
    with hub.at_work(), webserver.running(hub.config) as address:
        yield Page(address, at)


def mails(hub: DeskHub) -> list[Message]:
    return [parse(item.raw) for item in hub.sent()]


def test_the_button_shows_the_message_and_one_press_lets_it_in(hub: DeskHub) -> None:
    held(hub, 1, body="Let me in, all of you.")
    with page(hub, path(notice(hub))) as own:
        shown = own.text()
        assert "Let me in, all of you." in shown
        assert "Eve &lt;eve@x.example&gt;" in shown
        assert "Strike 1" in shown
        assert "the author is not a member" in shown
        assert decided(hub) == {}, "looking decides nothing"
        done = own.send(do="accept")
        assert "Mo decided: It is sent on" in done
        assert "<form" not in done
    assert decided(hub)["1"].decision == "accept"
    assert decided(hub)["1"].number == 1
    assert mails(hub) == [], "the page has said it"
    work(hub)
    assert posts(hub) == 1


def test_a_rejected_author_gets_all_the_words(hub: DeskHub) -> None:
    held(hub, 1)
    words = "Please write in Spanish.\n\n> Not to quote\n-- \nThanks, accept my greetings\nMo"
    with page(hub, path(notice(hub))) as own:
        assert "It is not sent on" in own.send(do="reject", words=words)
    (letter,) = to([*mails(hub), *(parse(item.raw) for item in hub.work())], EVE)
    for line in words.split("\n"):
        assert line.strip() in letter.text


def test_words_to_an_author_are_shown_when_they_are_not_taken(
    hub: DeskHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    held(hub, 1)
    with page(hub, path(notice(hub))) as own:
        assert "Not now.</textarea>" in own.send(400, do="", words="Not now.")
        monkeypatch.setattr(asking, "READ_FOR_A_LETTER", 0)
        fields = {"do": "reject", "n": "1", "words": "Please write <in> Spanish."}
        told = own.post(fields, x_forwarded_for="192.0.2.7")
    assert told.status == 429
    assert b"Please write &lt;in&gt; Spanish.</textarea>" in told.body
    assert decided(hub) == {}


def test_one_that_is_left_over_of_many_is_decided_with_words(
    hub: DeskHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moderation, "_MOST_BUNDLED", 6)
    for number in range(7):
        held(hub, number)
    sent = to([parse(item.raw) for item in hub.work()], MOD)
    (left,) = [mail for mail in sent if "1 message waits" in mail.text]
    with page(hub, path(left)) as own:
        assert "It is not sent on" in own.send(do="reject", n="1", words="2 lines, please")
    assert {at: one.text for at, one in decided(hub).items()} == {"6": "2 lines, please"}


def test_who_was_first_has_decided_and_the_second_reads_who(hub: DeskHub) -> None:
    held(hub, 1)
    sent = [parse(item.raw) for item in hub.work()]
    first, second = (path(to(sent, one)[0]) for one in (MOD, MO2))
    with page(hub, first) as own:
        open_tab = own.text()
        assert "<form" in open_tab
        own.send(do="discard")
        own.path = second
        assert "Mo decided: It was thrown away" in own.text()
        assert "Mo decided: It was thrown away" in own.send(do="accept")
    assert decided(hub)["1"].decision == "discard"


def test_mail_and_page_are_one_decision(hub: DeskHub) -> None:
    held(hub, 1)
    letter = notice(hub)
    hub.reply(letter, "accept", sender=MOD)
    with page(hub, path(letter)) as own:
        assert "Mo decided: It is sent on" in own.send(do="ban")
    assert decided(hub)["1"].decision == "accept"


def test_of_several_each_has_its_buttons(hub: DeskHub) -> None:
    for number in range(6):
        held(hub, number)
    with page(hub, path(notice(hub))) as own:
        assert own.text().count('value="accept"') == 6
        own.send(do="accept", n="2")
        rest = own.send(do="reject", n="5", words="Not now.\nLater.")
        assert rest.count('value="accept"') == 4
        own.send(do="accept", n="99")
    made = decided(hub)
    assert {number: one.decision for number, one in made.items()} == {"1": "accept", "4": "reject"}
    assert made["4"].text == "Not now.\nLater."


def test_files_come_as_downloads_that_run_nothing(hub: DeskHub) -> None:
    held(hub, 1, body=FILE, extra='Content-Type: multipart/mixed; boundary="b"')
    with page(hub, path(notice(hub))) as own:
        shown = own.text()
        assert "See &lt;b&gt;this" in shown
        assert "<script" not in shown
        link = re.search(rf'href="{own.path}(/1/1/[^"]+)" download', shown)
        assert link is not None
        file = own.get(link[1])
        assert file.body == b"<script>alert(1)</script>"
        assert file.headers["content-disposition"].startswith("attachment;")
        assert file.headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert file.headers["x-content-type-options"] == "nosniff"
        assert file.headers["cache-control"] == "private, no-store"
        assert b"Strike 1" in own.get("/1/0/message.eml").body
        for wrong in ("/1/2/x", "/2/0/message.eml", "/0/0/x", "/1/999999999999/x", "/1/x/x"):
            assert own.get(wrong).status == 404
        own.send(do="discard")
        assert own.get(link[1]).status == 404, "no longer than it waits"


def test_somebody_who_wants_to_join_is_decided_on_by_a_press(hub: DeskHub) -> None:
    hub.member(5, "boss@union.example", "board", name="Boss", role="moderator")
    (asked,) = hub.ask("board-join", sender="ana@union.example")
    sent = hub.reply(asked, "yes", sender="ana@union.example")
    (letter,) = to(sent, "boss@union.example")
    with page(hub, path(letter)) as own:
        assert "ana@union.example" in own.text()
        assert "Done." in own.send(do="accept")
        assert "decided already" in own.text()
        assert "decided already" in own.send(do="ban")
    assert hub.roster.is_listed("board", "ana@union.example")
    assert not hub.roster.is_banned("board", "ana@union.example")


def test_a_request_to_join_that_is_over_is_not_called_done(hub: DeskHub) -> None:
    hub.member(5, "boss@union.example", "board", name="Boss", role="moderator")
    (asked,) = hub.ask("board-join", sender="ana@union.example")
    (letter,) = to(hub.reply(asked, "yes", sender="ana@union.example"), "boss@union.example")
    for days in (12, 4):
        hub.now += timedelta(days=days)
        hub.work()
    with page(hub, path(letter)) as own:
        shown = own.text()
        assert "it is too old" in shown
        assert "<form" not in shown
        assert "Done." not in own.send(do="accept")
    assert not hub.roster.is_listed("board", "ana@union.example")


def test_who_is_slower_is_not_told_that_it_is_done(
    hub: DeskHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.member(5, "boss@union.example", "board", name="Boss", role="moderator")
    hub.member(6, "host@union.example", "board", name="Host", role="host")
    (asked,) = hub.ask("board-join", sender="ana@union.example")
    sent = hub.reply(asked, "yes", sender="ana@union.example")
    ((boss,), (host,)) = (to(sent, f"{one}@union.example") for one in ("boss", "host"))
    put = deskpost.DeskPost.put

    async def after_the_other(*given: Any, **more: Any) -> Any:
        local = host.reply_to[0].addr_spec.partition("@")[0]
        hub.now -= timedelta(seconds=5)  # it was there before
        hub.send(local, "reject", sender="host@union.example")
        return await put(*given, **more)

    monkeypatch.setattr(deskpost.DeskPost, "put", after_the_other)
    with page(hub, path(boss)) as own:
        done = own.send(do="accept")
        assert "Done." not in done
        assert "decided already" in done
    assert not hub.roster.is_listed("board", "ana@union.example")


def test_what_is_no_link_is_one_404(hub: DeskHub) -> None:
    held(hub, 1)
    own_token = path(notice(hub)).rpartition("/")[2]
    hub.send("water-join", sender="zoe@union.example")
    (asked,) = [parse(item.raw) for item in hub.work()]
    confirm = re.search(r"\+([a-z2-7]{26})@", asked.field("Reply-To") or "")
    assert confirm is not None
    with page(hub, "") as own:
        seen = set()
        for wrong in (token.fresh(), confirm[1], "x", "%00", own_token[:-1]):
            own.path = f"/moderate/{wrong}"
            answers = (own.get(), own.post({"do": "accept"}))
            seen |= {(one.status, one.body) for one in answers}
            assert own.get("/1/0/message.eml").status == 404
    assert len(seen) == 1
    assert seen.pop()[0] == 404
    assert decided(hub) == {}


def test_who_looks_after_the_list_no_more_reads_and_decides_nothing(hub: DeskHub) -> None:
    held(hub, 1, body="Let me in, all of you.")
    letter = notice(hub)
    with page(hub, path(letter)) as own:
        assert "Let me in" in own.text()
        hub.note(rosterevents.role("water", 1, "", at=hub.now, by="test"))
        assert [own.get(below).status for below in ("", "/1/0/message.eml")] == [404, 404]
        own.send(404, do="accept")
    (said,) = to(hub.reply(letter, "accept", sender=MOD), MOD)
    assert "Only moderators can do that." in said.text
    assert decided(hub) == {}


def test_what_is_no_decision_decides_nothing(hub: DeskHub) -> None:
    held(hub, 1)
    with page(hub, path(notice(hub))) as own:
        numbers = ({"do": "accept", "n": "x"}, {"do": "accept", "n": "9" * 5000})
        for fields in ({}, {"do": "maybe"}, {"do": "accept\ndiscard"}, *numbers):
            assert 'role="alert"' in own.send(400, **fields)
        for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
            assert own.post({"do": "accept"}, **headers).status == 403
    assert decided(hub) == {}


def test_while_the_desk_rests_the_decision_is_kept(
    hub: DeskHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    held(hub, 1)
    at = path(notice(hub))
    monkeypatch.setattr(deskpost, "PATIENCE", 0.05)
    with clock.fixed(hub.now), webserver.running(hub.config) as address:
        assert "is kept" in Page(address, at).send(do="discard")
        assert decided(hub) == {}
    hub.now += timedelta(seconds=5)
    hub.work()
    assert decided(hub)["1"].decision == "discard"
