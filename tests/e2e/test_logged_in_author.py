"""Who logs in at the shipped Postfix with the address in From is the author; nobody else is.

smtplib → Postfix (port 465, login by Dovecot) → LMTP socket → bridge → ingest → list
                  ↕ rspamd
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Mailbox
from solicomm_build.ingest import holding as moderation
from solicomm_build.people import memberstore as membership
from solicomm_build.testing import mailservers, served, smallhub
from solicomm_build.testing.mailservers import Postfix, until
from solicomm_build.testing.ports import free_port

NEEDED = ("postfix", "dovecot", "rspamd")
pytestmark = pytest.mark.skipif(
    bool(mailservers.missing(*NEEDED)), reason=mailservers.missing(*NEEDED)
)

SETTINGS = """\
lmtp: unix:{run}/lmtp
delivery: sink
dns: off
authserv_id: mail.hub.example
mail_domains: {{metal.example: metal}}
tls: {{certificate: {folder}/cert.pem, key: {folder}/key.pem, web: off}}
"""
ANA, BEN, PASSWORD = "ana@metal.example", "ben@metal.example", "correct horse battery"


@dataclass(frozen=True, slots=True)
class Place:
    """A hub, the server before it, and how to trust that one."""

    config: Config
    postfix: Postfix
    tls: ssl.SSLContext

    def send(self, name: str, author: str) -> None:
        """A post that Ana, who has logged in, hands in as somebody's."""
        lines = [
            f"From: {author}",
            "To: water@hub.example",
            f"Subject: {name}",
            "Date: Tue, 24 Nov 2026 11:00:00 +0000",
            f"Message-ID: <{name}@metal.example>",
            "",
            "Words.",
            "",
        ]
        port = self.postfix.submissions
        with smtplib.SMTP_SSL("127.0.0.1", port, context=self.tls) as client:
            client.ehlo()
            client.docmd("XCLIENT", "ADDR=198.51.100.7 NAME=[UNAVAILABLE]")  # from the world
            client.ehlo()
            client.login(ANA, PASSWORD)
            client.sendmail(ANA, ["water@hub.example"], "\r\n".join(lines))


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with mailservers.folder() as folder:
        mailservers.certificate(folder, "hub.example")
        config = mailservers.founded(folder, SETTINGS, lists={"water": "members"})
        membership.subscribe(config, "water", [Mailbox("", ANA), Mailbox("", BEN)])
        membership.add_mailbox(config, ANA, forward="", keep=True)
        membership.set_mailbox_password(config, ANA, PASSWORD)
        mailservers.write_maps(config, folder / "mta")
        port = free_port()
        mailservers.with_filter(folder / "mta", port)
        tls = ssl.create_default_context(cafile=folder / "cert.pem")
        tls.check_hostname = False
        with (
            served.serving(config),
            mailservers.postfix(folder, folder / "mta", 1) as postfix,
            mailservers.dovecot(folder, folder / "mta"),
            mailservers.rspamd(folder, port),
        ):
            yield Place(config, postfix, tls)


def held(config: Config) -> list[str]:
    return [one.subject for one in moderation.list_held(config)]


def shown(config: Config) -> str:
    return b"".join(smallhub.files(config.conference_repo("water"), "topics").values()).decode()


def test_who_logs_in_as_the_author_is_proved_and_others_are_asked(place: Place) -> None:
    place.send("mine", f"Ana <{ANA}>")
    until(lambda: 'subject: "mine"' in shown(place.config), "post of who logged in")
    place.send("not-mine", f"Ben <{BEN}>")
    until(lambda: "not-mine" in held(place.config), "question to Ben")
    assert "mine" not in held(place.config)
    assert "not-mine" not in shown(place.config)


def test_nobody_reads_from_where_who_logged_in_sends(place: Place) -> None:
    """Neither the address of the line nor what the machine is called is on the way to others."""
    place.send("home", f"Ana <{ANA}>")
    until(lambda: 'subject: "home"' in shown(place.config), "post of who logged in")
    kept = smallhub.files(place.config.mail_repo, "messages").values()
    (raw,) = [one for one in kept if b"<home@metal.example>" in one]
    assert b"198.51.100.7" not in raw
    assert socket.getfqdn().encode() not in raw
    assert b"(Postfix) with ESMTPSA" in raw
