"""A card's way onto its page, a mail through it, and its end, all by mail.

smtplib → bridge → ingest → spool/desk → desk → people.git → builder → /people/<card>/
                                          └→ courier → spool/sink.mbox → an answer by smtplib
"""

from __future__ import annotations

import mailbox
import re
from email.message import EmailMessage

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Mailbox
from solicomm_build.git.repo import open_repo
from solicomm_build.people import memberstore as membership
from solicomm_build.testing import served
from tests.e2e.test_library_by_mail import ANA, answered, came, mail

EVE = "eve@elsewhere.example"


def text_of(message: EmailMessage) -> str:
    body = message.get_body()
    assert body is not None
    return str(body.get_content())


def asked(config: Config) -> int:
    """How often Ana was asked whether a command is hers."""
    return sum("Please confirm" in str(one["Subject"]) for one in mailbox.mbox(config.sink))


def test_a_card_is_shown_written_to_and_taken_back(built_hub: Config) -> None:
    conference = sorted(path.stem for path in built_hub.conferences.glob("*.git"))[0]
    membership.subscribe(built_hub, conference, [Mailbox("Ana", ANA)])
    to = f"solicomm@{built_hub.domain}"
    with served.serving(built_hub) as hub:
        hub.page("/people/", "People")
        hub.send(mail(to, "card").as_bytes(), to)
        # nothing vouches for a mail from this machine, so the address is asked first
        answered(hub, came(hub, ANA, "Please confirm"), "", sender=ANA)
        form = came(hub, ANA, "Your card in the directory")
        filled = "Name: Amina\nCountry: Kenya\nMail through us: yes\n"
        answered(hub, form, filled, sender=ANA)
        answered(hub, came(hub, ANA, "Publish your card"), "", sender=ANA)
        told = came(hub, ANA, "Your card is shown")
        found = re.search(r"/people/(c_[a-z2-7]{10})/", text_of(told))
        assert found is not None
        card = found[1]
        page = hub.page(f"/people/{card}/", "Amina")
        assert ANA not in page
        assert f"person+{card}@" in page

        there = f"person+{card}@{built_hub.domain}"
        hub.send(
            mail(there, "A question", "Are you there?", sender=EVE).as_bytes(), there, sender=EVE
        )
        answered(hub, came(hub, EVE, "Did you write this"), "", sender=EVE)
        passed = came(hub, ANA, "A question")
        assert EVE not in passed.as_string()
        assert "Are you there?" in text_of(passed)
        answered(hub, passed, "I am here.", sender=ANA)
        back = came(hub, EVE, "Re: A question")
        assert ANA not in back.as_string()
        assert "I am here." in text_of(back)

        hub.send(mail(to, "card remove").as_bytes(), to)
        hub.until(lambda: "yes" if asked(built_hub) == 2 else "", "second question")
        answered(hub, came(hub, ANA, "Please confirm"), "", sender=ANA)
        came(hub, ANA, "Your card is gone")
        hub.until(
            lambda: "" if (built_hub.public / "people" / card).exists() else "gone", "no page"
        )
        assert hub.end() == 0
    repo = open_repo(built_hub.people_repo)
    assert b"Amina" not in repo.git("log", "--all", "-p")
