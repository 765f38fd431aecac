"""A form's way by mail and by page, until its table shows the report.

smtplib → bridge → ingest → desk → courier → an empty form → filled in → desk → spool/in → ingest
→ conference.git → builder → table; and: page → web → desk → a mail with a link → page → the same
"""

from __future__ import annotations

import csv
import io
import mailbox
import re
import sqlite3
import time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import served
from solicomm_build.testing.served import Served

ANA = "ana@union.example"
TABLE = "/conferences/organising/forms/collective-agreement/"
ANSWERS = {
    "النقابة": "عمال الفنادق",
    "صاحب العمل": "Hotel Sol",
    "البلد": "كينيا",
    "القطاع": "I",
    "سارٍ من": "٢٠٢٦-٠٥-٠١",
    "سارٍ حتى": "٣٠ أبريل ٢٠٢٨",
    "زيادة الأجور": "٢٠٢٦؛ ٣٫٥؛ 500 EUR",
    "ملاحظات": "سر",
}


def mail(to: str, subject: str, text: str = "") -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = f"Ana <{ANA}>", to, subject
    made["Message-ID"] = f"<{abs(hash((to, subject, text)))}@union.example>"
    made.set_content(text or "\n")
    return made


def came(hub: Served, to: str, words: str) -> EmailMessage:
    """The newest mail to an address whose subject has these words, as soon as it is there."""
    found: list[EmailMessage] = []

    def look() -> str:
        if not hub.config.sink.exists():
            return ""
        for one in mailbox.mbox(hub.config.sink):
            made = message_from_bytes(one.as_bytes(), EmailMessage, policy=default)
            if to in str(made["To"]) and words in str(made["Subject"]):
                found.append(made)
        return "yes" if found else ""

    hub.until(look, f"mail to {to}: {words}")
    return found[-1]


def text_of(made: EmailMessage) -> str:
    body = made.get_body()
    assert body is not None
    return str(body.get_content())


def test_by_mail_and_by_page_into_one_table(built_hub: Config) -> None:
    with served.serving(built_hub) as hub:
        ask = mail(f"forms@{built_hub.domain}", "collective-agreement ar")
        hub.send(ask.as_bytes(), str(ask["To"]), sender=ANA)
        template = came(hub, ANA, "[collective-agreement@1]")
        filled = text_of(template)
        for label, value in ANSWERS.items():
            filled = filled.replace(f"\n{label}:", f"\n{label}: {value}")
        quoted = "".join(f"> {row}\n" for row in filled.splitlines())
        address = re.search(r"<([^>]+)>", str(template["Reply-To"]))
        assert address is not None
        reply = mail(address[1], f"Re: {template['Subject']}", quoted)
        hub.send(reply.as_bytes(), address[1], sender=ANA)
        came(hub, ANA, "شكرا")
        hub.page(f"{TABLE}table/", "Hotel Sol")
        time.sleep(1.1)  # times are whole seconds, and the order within one is that of the ids

        fields = {
            "union": "Metal",
            "employer": "=cmd()",
            "country": "FR",
            "sector": "C",
            "starts": "2026-01-01",
            "ends": "2027-01-01",
            "from-address": "bob@union.example",
            "from-name": "Bob",
        }
        sent = Request(hub.url + TABLE, urlencode(fields).encode())
        with urlopen(sent, timeout=30) as answer:
            assert b"Thank you" in answer.read()
        asked = came(hub, "bob@union.example", "Please confirm")
        link = re.search(r"/confirm/[a-z2-7]{26}", text_of(asked))
        assert link is not None
        with urlopen(Request(hub.url + link[0], b"yes="), timeout=30) as answer:
            assert answer.status == 200
        hub.page(f"{TABLE}table/", "=cmd()")
        with urlopen(f"{hub.url}{TABLE}table.csv", timeout=30) as answer:
            assert answer.headers["content-type"] == "text/csv; charset=utf-8"
            rows = list(csv.DictReader(io.StringIO(answer.read().decode())))
        assert [row["employer"] for row in rows] == ["Hotel Sol", "'=cmd()"]
        assert rows[0]["wage"] == "2026; 3.5; 500 EUR"
        assert "سر" not in "".join(rows[0].values()).split()
        assert hub.end() == 0
    database = built_hub.public / TABLE.strip("/") / "table.sqlite"
    with sqlite3.connect(database) as db:
        assert db.execute("SELECT count(*) FROM reports").fetchone() == (2,)
    db.close()
