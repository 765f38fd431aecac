"""A vote the whole way, by real mail and from real copies.

solicomm poll open → poll.yaml → desk → courier → spool/sink.mbox → an answer by smtplib
  → bridge → ingest → desk → private/polls → close.yaml, ballots → builder → page
                                                └→ git clone over HTTP → solicomm poll recount
"""

from __future__ import annotations

import mailbox
import re
import smtplib
import subprocess
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import unescape
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Mailbox
from solicomm_build.people import memberstore as membership
from solicomm_build.testing import served
from solicomm_build.testing.served import Served

PEOPLE = {"ana": "es", "ben": "fr", "cid": "ru"}


def address(name: str) -> str:
    return f"{name}@union.example"


def mails(hub: Served, to: str) -> list[EmailMessage]:
    if not hub.config.sink.exists():
        return []
    read = (
        message_from_bytes(one.as_bytes(), EmailMessage, policy=default)
        for one in mailbox.mbox(hub.config.sink)
    )
    return [one for one in read if to in str(one["To"])]


def came(hub: Served, name: str, count: int) -> EmailMessage:
    """The newest mail to somebody, when there are so many."""
    found: list[EmailMessage] = []

    def look() -> str:
        found[:] = mails(hub, address(name))
        return "yes" if len(found) >= count else ""

    hub.until(look, f"{count} mails to {name}")
    return found[-1]


def answer(hub: Served, to: EmailMessage, name: str, text: str) -> None:
    made = EmailMessage()
    where = re.search(r"<([^>]+)>", str(to["Reply-To"]))
    assert where is not None
    made["From"], made["To"] = address(name), where[1]
    made["Subject"] = f"Re: {to['Subject']}"
    made["Message-ID"] = f"<{abs(hash((name, text)))}@union.example>"
    made.set_content(f"{text}\n\n> 1. Agree\n")
    hub.send(made.as_bytes(), where[1], sender=address(name))


def command(*words: str) -> str:
    done = CliRunner().invoke(main, ["poll", *words])
    assert done.exit_code == 0, done.output
    return done.output


def rows_of(page: str) -> list[str]:
    table = page.partition('<table class="poll">')[2].partition("</table>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table, re.DOTALL)[1:]
    return [" ".join(unescape(re.sub(r"<[^>]*>", " ", row)).split()) for row in rows]


def test_three_languages_a_change_an_undo_and_a_recount(built_hub: Config, tmp_path: Path) -> None:
    for name, lang in PEOPLE.items():
        people = [Mailbox(name.capitalize(), address(name))]
        membership.subscribe(built_hub, "organising", people, lang=lang)
    root = str(built_hub.root)
    with served.serving(built_hub) as hub:
        closes = f"{clock.now() + timedelta(hours=1):%Y-%m-%dT%H:%MZ}"
        said = command(
            "open", "organising", "--question", "Shall we?", "--closes", closes, "--hub", root
        )
        poll = said.split()[0]
        answer(hub, came(hub, "ana", 1), "ana", "sí")
        answer(hub, came(hub, "ben", 1), "ben", "Non.")
        answer(hub, came(hub, "cid", 1), "cid", "да")
        answer(hub, came(hub, "ben", 2), "ben", "1")
        changed = came(hub, "cid", 2)
        answer(hub, changed, "cid", "3")
        answer(hub, came(hub, "cid", 3), "cid", "отменить")
        came(hub, "ben", 3)
        came(hub, "cid", 4)
        forged = str(changed["Reply-To"]).partition("<")[2].replace(poll, "q-zzzz").rstrip(">")
        with hub.client() as client, pytest.raises(smtplib.SMTPRecipientsRefused):
            client.sendmail("eve@evil.example", [forged], b"Subject: x\r\n\r\n1\r\n")
        command("close", "organising", poll, "--hub", root)
        place = f"/conferences/organising/polls/{poll}/"
        page = hub.page(place, "Ended on")
        clone = tmp_path / "organising"
        source = f"{hub.url}/conferences/organising.git"
        subprocess.run(["git", "clone", "-q", source, str(clone)], check=True, timeout=60)
        counted = command("recount", str(clone), poll).splitlines()
        shown = rows_of(page)
        assert shown[0].startswith("1. Agree 3")
        assert [" ".join(line.split()) for line in counted[1 : 1 + len(shown)]] == shown
        assert "Agreed." in page
        assert "Ana" in page
        assert address("ana") not in page
        hub.page("/conferences/organising/", "Result: Shall we?")
        assert hub.end() == 0


def test_a_vote_by_the_letters_button_is_counted_as_one_by_mail(built_hub: Config) -> None:
    people = [Mailbox("Ana", address("ana")), Mailbox("Ben", address("ben"))]
    membership.subscribe(built_hub, "organising", people, lang="en")
    root = str(built_hub.root)
    with served.serving(built_hub) as hub:
        closes = f"{clock.now() + timedelta(hours=1):%Y-%m-%dT%H:%MZ}"
        asking = ("open", "organising", "--question", "Shall we?", "--closes", closes)
        poll = command(*asking, "--hub", root).split()[0]
        letter = came(hub, "ana", 1)
        body = letter.get_body(("plain",))
        assert body is not None
        link = re.search(rf"(/vote/{poll}\.[a-z2-7]{{26}})\s", body.get_content())
        assert link is not None
        page = f"{hub.url}{link[1]}"
        with urlopen(page, timeout=20) as shown:
            assert b"You have not voted." in shown.read()
        with urlopen(Request(page, b"choice=1&do=vote"), timeout=20) as voted:
            assert b"Your vote was counted" in voted.read()
        answer(hub, came(hub, "ben", 1), "ben", "no, thanks")
        assert "1. Agree" in str(came(hub, "ana", 2).get_body(("plain",)))
        came(hub, "ben", 2)
        command("close", "organising", poll, "--hub", root)
        shown_rows = rows_of(hub.page(f"/conferences/organising/polls/{poll}/", "Ended on"))
        assert shown_rows[0].startswith("1. Agree 1")
        assert shown_rows[2].startswith("3. Disagree 1")
        with urlopen(page, timeout=20) as ended:
            assert b"This vote ended on" in ended.read()
        assert hub.end() == 0
