"""A document's way into the library and back, all by mail.

smtplib → bridge → ingest → spool/desk → desk → private/deposits → library.git → builder → page
                                          └→ courier → spool/sink.mbox → an answer by smtplib
"""

from __future__ import annotations

import mailbox
import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from solicomm_build.cleaning import child
from solicomm_build.foundation import data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Mailbox
from solicomm_build.people import memberstore as membership
from solicomm_build.testing import served
from solicomm_build.testing.served import Served

GUIDE = (
    data.folder("content") / "libraries/agreements/entries/2026-r6me3tkc/heat-pocket-guide.pdf"
).read_bytes() + b"\n% ours\n"
ANA = "ana@union.example"


def mail(to: str, subject: str, text: str = "", *, sender: str = ANA) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = sender, to, subject
    made["Message-ID"] = f"<{abs(hash((to, subject, text)))}@union.example>"
    made.set_content(text or "\n")
    return made


def came(hub: Served, to: str, words: str) -> EmailMessage:
    """The mail to an address whose subject has these words, as soon as it is there."""
    found: list[EmailMessage] = []

    def look() -> str:
        if not hub.config.sink.exists():
            return ""
        box = mailbox.mbox(hub.config.sink)
        for one in box:
            made = message_from_bytes(one.as_bytes(), EmailMessage, policy=default)
            if to in str(made["To"]) and words in str(made["Subject"]):
                found.append(made)
        return "yes" if found else ""

    hub.until(look, f"mail to {to}: {words}")
    return found[-1]


def answered(hub: Served, to: EmailMessage, text: str, *, sender: str) -> None:
    address = re.search(r"<([^>]+)>", str(to["Reply-To"]))
    assert address is not None
    reply = mail(address[1], f"Re: {to['Subject']}", text, sender=sender)
    hub.send(reply.as_bytes(), address[1], sender=sender)


def test_deposit_accept_get(built_hub: Config) -> None:
    library = sorted(path.stem for path in built_hub.libraries.glob("*.git"))[0]
    conference = sorted(path.stem for path in built_hub.conferences.glob("*.git"))[0]
    membership.subscribe(built_hub, conference, [Mailbox("Ana", ANA)])
    operator = "office@union.example"
    with (built_hub.root / "hub.yaml").open("a") as settings:
        settings.write(f"\noperator: {operator}\n")
    with served.serving(built_hub) as hub:
        first = mail(f"library+deposit@{built_hub.domain}", "Heat at work", "Country: KE")
        first.add_attachment(GUIDE, maintype="application", subtype="pdf", filename="guide.pdf")
        hub.send(first.as_bytes(), str(first["To"]))
        answered(hub, came(hub, ANA, "Please confirm: library+deposit"), "", sender=ANA)
        answered(hub, came(hub, ANA, "Your document: Heat"), "", sender=ANA)
        review = came(hub, operator, "Please look at: Heat")
        answered(hub, review, "accept", sender=operator)
        told = came(hub, ANA, "Published: Heat")
        body = told.get_body(("plain",))
        assert body is not None
        key = re.search(r"lib:(\S+)", body.get_content())
        assert key is not None
        hub.page(f"/libraries/{library}/{key[1]}/", "Heat at work")
        ask = mail(f"{library}-request@{built_hub.domain}", f"get lib:{key[1]}")
        hub.send(ask.as_bytes(), str(ask["To"]))
        answered(hub, came(hub, ANA, "Answer from the library"), "", sender=ANA)
        got = came(hub, ANA, "guide.pdf)")
        assert next(iter(got.iter_attachments())).get_content() == child.clean(GUIDE).octets
        assert hub.end() == 0
