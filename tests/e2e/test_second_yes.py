"""A second operator's yes by real mail, through every stage, also when all is killed in between.

solicomm remove … --as OLGA → spool/out → courier → relay of the tests: the letter to Ben
smtplib: yes → bridge → ingest → desk → `solicomm remove` → the list is gone → letters to both
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from solicomm_build.features.founding import founding
from solicomm_build.foundation.hub import removed
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import mailservers, served
from solicomm_build.testing.mailservers import World
from solicomm_build.testing.served import Served

OLGA, BEN = "olga@union.example", "ben@other.example"


@pytest.fixture
def relay() -> Iterator[World]:
    with mailservers.world() as world:
        yield world


@pytest.fixture
def hub(tmp_path: Path, relay: World) -> Config:
    """Olga is in hub.yaml, Ben an operator by a grant; the list is `bar`."""
    founding.found_hub(tmp_path / "hub", name="Hub", domain="hub.example", sample=False)
    next_hop = f"{{host: 127.0.0.1, port: {relay.port}}}"
    text = f"authserv_id: front.example\ndelivery: relay\nrelay: {next_hop}\noperator: {OLGA}\n"
    config = mailservers.configure(tmp_path / "hub", text)
    founding.new_conference(
        config, "bar", kind="list", title="Bar", posting="open", lang="en", visibility="public"
    )
    for words in (["member", "add", "bar", BEN], ["operator", "add", BEN]):
        done = _run(config, *words)
        assert done.returncode == 0, done.stderr
    return config


def _run(hub: Config, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "solicomm_build.cli.main", *words, "--hub", str(hub.root)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _answer(running: Served, sender: str, to: str, text: str, own: str, *, proven: bool) -> None:
    made = EmailMessage()
    if proven:
        domain = sender.rpartition("@")[2]
        said = f"front.example; dkim=pass header.d={domain}; dmarc=pass header.from={domain}"
        made["Authentication-Results"] = said
    made["From"], made["To"], made["Subject"] = sender, f"{to}@hub.example", "Re: yes or no"
    made["Date"], made["Message-ID"] = "Tue, 24 Nov 2026 11:00:00 +0000", f"<{own}>"
    made.set_content(text)
    running.send(made.as_bytes(), f"{to}@hub.example", sender=sender)


def _mails(relay: World, to: str, word: str) -> list[EmailMessage]:
    read = [message_from_bytes(raw, EmailMessage, policy=default) for _, raw in relay.got(to)]
    bodies = [(one, one.get_body(("plain",))) for one in read]
    return [one for one, body in bodies if body is not None and word in body.get_content()]


def _came(running: Served, relay: World, to: str, word: str) -> EmailMessage:
    running.until(lambda: "yes" if _mails(relay, to, word) else "", f"{word} at {to}")
    return _mails(relay, to, word)[0]


def _proposal(hub: Config, running: Served, relay: World) -> tuple[str, str]:
    """Its id, and where an answer to Ben's letter goes."""
    asked = _run(hub, "remove", "list", "bar", "--yes", "--as", OLGA)
    assert asked.returncode == 75, asked.stderr
    name = re.search(r"shows it as ([a-z2-7]{20})", asked.stderr)
    where = re.search(r"<([^@>]+)@", str(_came(running, relay, BEN, "asks for this")["Reply-To"]))
    assert name
    assert where
    return name[1], where[1]


def test_forged_mail_does_nothing_and_a_yes_removes_the_list(hub: Config, relay: World) -> None:
    with served.serving(hub) as running:
        name, where = _proposal(hub, running, relay)
        _answer(running, BEN, "solicomm", f"agree {name}", "f1@evil.example", proven=False)
        _came(running, relay, BEN, f"agree {name}")  # he is asked whether he wrote that
        _answer(running, OLGA, "solicomm", f"agree {name}", "o1@union.example", proven=True)
        _came(running, relay, OLGA, "another operator has to say yes")
        assert hub.conference_repo("bar").exists()
        _answer(running, BEN, where, "Yes", "y1@other.example", proven=True)
        _came(running, relay, OLGA, "It is done.")
        _came(running, relay, BEN, "It is done.")
    assert not hub.conference_repo("bar").exists()
    assert removed.find(hub, "conferences", "bar") is not None
    said = _run(hub, "audit").stdout
    assert re.search(r"p_[a-z2-7]{10}", said) or "o…@u…, with p_" in said
    assert len(re.findall(r": done ", said)) == 1


def test_killed_with_everything_after_the_yes_it_is_done_and_told_once(
    hub: Config, relay: World
) -> None:
    running = served.start(hub)
    running.ready()
    _, where = _proposal(hub, running, relay)
    _answer(running, BEN, where, "Yes", "y1@other.example", proven=True)
    running.kill()
    with served.serving(hub) as again:
        _came(again, relay, OLGA, "It is done.")
        _came(again, relay, BEN, "It is done.")
    assert not hub.conference_repo("bar").exists()
    assert [len(_mails(relay, one, "It is done.")) for one in (OLGA, BEN)] == [1, 1]
    assert len(re.findall(r": done ", _run(hub, "audit").stdout)) == 1
