"""A moderator acts on a topic by real mail, and the page shows it.

smtplib → bridge → ingest (unproven) → desk → courier → spool/sink.mbox → an answer by smtplib
  → proof → ingest (topic-command) → desk → organising.git: events → builder → page
"""

from __future__ import annotations

import mailbox
import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Mailbox, post_id
from solicomm_build.ingest import holding as moderation
from solicomm_build.people import grants
from solicomm_build.people import memberstore as membership
from solicomm_build.post.store import fsck
from solicomm_build.testing import served
from solicomm_build.testing.served import Served

MODERATOR, MEMBER = "mod@union.example", "cid@union.example"
ROOT = "root@union.example"
TID = post_id(ROOT)
TOPIC = f"organising+t-{TID}@hub.example"
PAGE = f"/conferences/organising/t/{TID}/"


def mail(sender: str, to: str, name: str, text: str, subject: str, above: str = "") -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Date"] = "Tue, 24 Nov 2026 11:00:00 +0000"
    made["Message-ID"] = f"<{name}>"
    if above:
        made["In-Reply-To"] = made["References"] = f"<{above}>"
    made.set_content(text)
    return made.as_bytes()


def came(hub: Served, to: str, subject: str) -> EmailMessage:
    """A mail to somebody, when it is there."""
    found: list[EmailMessage] = []

    def look() -> str:
        if not hub.config.sink.exists():
            return ""
        box = mailbox.mbox(hub.config.sink)
        read = [message_from_bytes(one.as_bytes(), EmailMessage, policy=default) for one in box]
        found[:] = [one for one in read if to in str(one["To"]) and subject in str(one["Subject"])]
        return "yes" if found else ""

    hub.until(look, f"a mail to {to} about {subject}")
    return found[-1]


def say_yes(hub: Served, question: EmailMessage, who: str, name: str) -> None:
    """Answers a question with nothing but its Reply-To, as whoever presses Reply and Send does."""
    where = re.search(r"<([^>]+)>", str(question["Reply-To"]))
    assert where is not None
    answer = mail(who, where[1], name, "", f"Re: {question['Subject']}")
    hub.send(answer, where[1], sender=who)


@pytest.mark.parametrize(
    ("lang", "text", "confirm", "done"),
    [
        ("en", "pin\n\nSent from my phone\n", "Please confirm", "Done: News"),
        ("ar", "تثبيت\n", "نرجو التأكيد", "تم: News"),
    ],
)
def test_a_moderator_mails_pin_and_the_page_shows_it(
    built_hub: Config, lang: str, text: str, confirm: str, done: str
) -> None:
    for address in (MODERATOR, MEMBER):
        membership.subscribe(built_hub, "organising", [Mailbox("", address)], lang=lang)
    membership.appoint(built_hub, "organising", MODERATOR, "moderator")
    with served.serving(built_hub) as hub:
        raw = mail(MEMBER, "organising@hub.example", ROOT, "we won", "News")
        hub.send(raw, "organising@hub.example", sender=MEMBER)
        hub.page(PAGE, "we won")
        hub.send(mail(MODERATOR, TOPIC, "c1@union.example", text, "x"), TOPIC, sender=MODERATOR)
        question = came(hub, MODERATOR, confirm)
        say_yes(hub, question, MODERATOR, "c2@union.example")
        told = came(hub, MODERATOR, done)
        body = told.get_body(("plain",))
        assert body is not None
        assert PAGE in body.get_content()
        assert TOPIC in str(told["Reply-To"])
        page = hub.page(PAGE, "<b>Pinned</b>")
        assert text.split(maxsplit=1)[0] not in page
        # what a member writes like that goes to nobody and waits, though he did write it
        raw = mail(MEMBER, "organising@hub.example", "m1@union.example", "close", "Re: News", ROOT)
        hub.send(raw, "organising@hub.example", sender=MEMBER)
        say_yes(hub, came(hub, MEMBER, "organising@hub.example"), MEMBER, "m2@union.example")

        def waits() -> str:
            rules = [held.rule for held in moderation.list_held(built_hub, "organising")]
            return "yes" if rules == ["topic-command"] else ""

        hub.until(waits, "a command that waits for moderators")
    assert grants.faults(built_hub) == []
    assert fsck.check(built_hub) == []
