"""Who asks hears the answer, by real mail, also when everything is killed in between.

smtplib → bridge → ingest → bar.git → courier (following) → relay of the tests
  unfollow: the link of the mail → web → private/following.sqlite
  nobody vouches: courier → spool/desk → desk → the question → an answer by smtplib → desk
"""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from solicomm_build.features.founding import founding
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import post_id
from solicomm_build.testing import mailservers, served
from solicomm_build.testing.mailservers import World
from solicomm_build.testing.served import Served

AMINA, GRACE, ZO = "amina@union.example", "grace@other.example", "zo@third.example"
ASKED = "ask@union.example"
TID = post_id(ASKED)


@pytest.fixture
def relay() -> Iterator[World]:
    with mailservers.world() as world:
        yield world


@pytest.fixture
def hub(tmp_path: Path, relay: World) -> Config:
    founding.found_hub(tmp_path / "hub", name="Hub", domain="hub.example", sample=False)
    next_hop = f"{{host: 127.0.0.1, port: {relay.port}}}"
    text = f"authserv_id: front.example\ndelivery: relay\nrelay: {next_hop}\n"
    config = mailservers.configure(tmp_path / "hub", text)
    founding.new_conference(
        config, "bar", kind="conference", title="Bar", posting="open", lang="en",
        visibility="public",
    )  # fmt: skip
    return config


def _send(
    hub: Served, sender: str, own: str, text: str, *, above: str = "", to: str = "bar",
    proven: bool = True,
) -> None:  # fmt: skip
    made = EmailMessage()
    if proven:
        domain = sender.rpartition("@")[2]
        said = f"front.example; dkim=pass header.d={domain}; dmarc=pass header.from={domain}"
        made["Authentication-Results"] = said
    made["From"], made["To"], made["Subject"] = sender, f"{to}@hub.example", "Shifts"
    made["Date"], made["Message-ID"] = "Tue, 24 Nov 2026 11:00:00 +0000", f"<{own}>"
    if above:
        made["In-Reply-To"], made["References"] = f"<{above}>", f"<{ASKED}> <{above}>"
    made.set_content(text)
    hub.send(made.as_bytes(), f"{to}@hub.example", sender=sender)


def _mails(relay: World, to: str, word: str) -> list[EmailMessage]:
    read = [message_from_bytes(raw, EmailMessage, policy=default) for _, raw in relay.got(to)]
    bodies = [(one, one.get_body(("plain",))) for one in read]
    return [one for one, body in bodies if body is not None and word in body.get_content()]


def _came(hub: Served, relay: World, to: str, word: str) -> EmailMessage:
    hub.until(lambda: "yes" if _mails(relay, to, word) else "", f"{word} at {to}")
    return _mails(relay, to, word)[0]


def test_an_answer_comes_and_a_press_ends_it(hub: Config, relay: World) -> None:
    with served.serving(hub) as running:
        _send(running, AMINA, ASKED, "Who has mapped a workplace?")
        _came(running, relay, AMINA, f"/t/{TID}/")
        _send(running, GRACE, "a1@other.example", "ANSWERONE", above=ASKED)
        answer = _came(running, relay, AMINA, "ANSWERONE")
        assert answer["In-Reply-To"] == f"<{ASKED}>"
        assert answer.get_body(("html",)) is not None
        assert "dkim-signature" in {name.lower() for name in answer}
        link = re.search(r"/unfollow/[a-z2-7]{26}", str(answer["List-Unsubscribe"]))
        assert link is not None
        body = b"List-Unsubscribe=One-Click"
        asked = urllib.request.Request(running.url + link[0], body, method="POST")
        with urllib.request.urlopen(asked, timeout=30) as done:
            assert done.status == 200
        _send(running, "yu@fourth.example", "a2@fourth.example", "ANSWERTWO", above=ASKED)
        _came(running, relay, GRACE, "ANSWERTWO")
        assert _mails(relay, AMINA, "ANSWERTWO") == []


def test_who_is_not_proved_says_yes_by_answering(hub: Config, relay: World) -> None:
    with served.serving(hub) as running:
        _send(running, ZO, ASKED, "Who has mapped a workplace?", proven=False)
        question = _came(running, relay, ZO, "Shall the answers to it")
        where = re.search(r"<([^@>]+)@", str(question["Reply-To"]))
        assert where is not None
        _send(running, ZO, "yes@third.example", "yes", to=where[1], proven=False)
        _came(running, relay, ZO, "From now on")
        _send(running, GRACE, "a1@other.example", "ANSWERONE", above=ASKED)
        _came(running, relay, ZO, "ANSWERONE")


def test_killed_between_question_and_answers_each_comes_once(hub: Config, relay: World) -> None:
    running = served.start(hub)
    running.ready()
    _send(running, AMINA, ASKED, "Who has mapped a workplace?")
    _send(running, GRACE, "a1@other.example", "ANSWERONE", above=ASKED)
    _send(running, ZO, "a2@third.example", "ANSWERTWO", above=ASKED)
    running.kill()
    with served.serving(hub) as again:
        _send(again, "yu@fourth.example", "a3@fourth.example", "ANSWERLAST", above=ASKED)
        _came(again, relay, AMINA, "ANSWERLAST")
        _came(again, relay, GRACE, "ANSWERLAST")
    for word in ("ANSWERONE", "ANSWERTWO", "ANSWERLAST"):
        assert len(_mails(relay, AMINA, word)) == 1, word
    assert [len(_mails(relay, GRACE, word)) for word in ("ANSWERONE", "ANSWERTWO")] == [0, 1]
