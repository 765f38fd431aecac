"""Debian's rspamd in the shipped Postfix, up and down: no stranger writes its word about an author.

smtplib → Postfix (header_checks, milter) → LMTP socket → bridge → spool
                       ↕ rspamd ↔ DNS

rspamd says nothing of what this machine sends, so clients name an address of the world, as Postfix
lets those do that it trusts (XCLIENT).
"""

from __future__ import annotations

import smtplib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.foundation.hub.config import Config
from solicomm_build.ingest import holding as moderation
from solicomm_build.message.auth.authentication import assess, read_results
from solicomm_build.message.split import split
from solicomm_build.testing import dnsserver, mailservers, served
from solicomm_build.testing.mailservers import Postfix, until
from solicomm_build.testing.ports import free_port

NEEDED = ("postfix", "rspamd")
pytestmark = pytest.mark.skipif(
    bool(mailservers.missing(*NEEDED)), reason=mailservers.missing(*NEEDED)
)

SETTINGS = """\
lmtp: unix:{run}/lmtp
delivery: sink
dns: off
authserv_id: mail.hub.example
"""
SERVER, ATTACKER = "203.0.113.9", "198.51.100.7"
ZONE = {
    "elsewhere.example": [f"v=spf1 ip4:{SERVER} -all"],
    "_dmarc.elsewhere.example": ["v=DMARC1; p=none"],
    "evil.example": [f"v=spf1 ip4:{ATTACKER} -all"],
}
CHAIR = "chair@elsewhere.example"
FORGED = "Authentication-Results: mail.hub.example; dmarc=pass header.from=elsewhere.example"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with mailservers.folder() as made:
        yield made


@pytest.fixture(scope="module")
def hub(folder: Path) -> Iterator[Config]:
    config = mailservers.founded(folder, SETTINGS, lists={"water": "members"})
    with served.serving(config):
        yield config


@pytest.fixture(scope="module")
def filtered(folder: Path, hub: Config) -> Iterator[tuple[Postfix, int]]:
    """Postfix as it is shipped, with the two lines of its filter out of their comments."""
    port = free_port()
    mailservers.with_filter(folder / "mta", port)
    with mailservers.postfix(folder, folder / "mta", 1) as running:
        yield running, port


def send(
    postfix: Postfix,
    name: str,
    *,
    peer: str = ATTACKER,
    author: str = CHAIR,
    sender: str = CHAIR,
) -> None:
    """Hands a mail in. Raises SMTPResponseException."""
    lines = [
        FORGED,
        f"From: Chair <{author}>",
        "To: water@hub.example",
        f"Subject: {name}",
        "Date: Tue, 24 Nov 2026 11:00:00 +0000",
        f"Message-ID: <{name}@elsewhere.example>",
        "",
        "Words.",
        "",
    ]
    with smtplib.SMTP("127.0.0.1", postfix.port, timeout=mailservers.PATIENCE) as client:
        client.ehlo()
        client.docmd("XCLIENT", f"ADDR={peer} NAME=[UNAVAILABLE]")
        client.ehlo()
        for command in (f"MAIL FROM:<{sender}>", "RCPT TO:<water@hub.example>"):
            code, text = client.docmd(command)
            if code != 250:
                raise smtplib.SMTPResponseException(code, text)
        code, text = client.data("\r\n".join(lines))
        if code != 250:
            raise smtplib.SMTPDataError(code, text)


def came(hub: Config, name: str) -> str:
    """The message as the hub holds it."""

    def look() -> str:
        for one in moderation.list_held(hub):
            if one.subject == name:
                ref = f"main:held/water/{one.mid}.eml"
                command = ["git", "--git-dir", str(hub.mail_repo), "show", ref]
                return subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return ""

    return str(until(look, f"mail {name}"))


def found(raw: str) -> set[tuple[str, str]]:
    """What our mail server says that it found, all fields in its name together."""
    fields = [
        one.value
        for one in split(raw.replace("\n", "\r\n").encode()).fields
        if one.name.lower() == "authentication-results"
    ]
    results = [one for value in fields for one in read_results(value)[1]]
    return {(one.method, one.result) for one in results}


def test_with_rspamd_up_its_own_field_arrives_and_no_strangers(
    hub: Config, filtered: tuple[Postfix, int], folder: Path
) -> None:
    postfix, port = filtered
    with dnsserver.serving(ZONE) as dns, mailservers.rspamd(folder, port, dns.address):
        send(postfix, "up")
        send(postfix, "true", peer=SERVER)
        send(postfix, "near", peer="127.0.0.1")
        strangers, own, near = (found(came(hub, name)) for name in ("up", "true", "near"))
    assert ("spf", "fail") in strangers
    assert ("dmarc", "fail") in strangers
    assert ("dmarc", "pass") not in strangers
    assert {("spf", "pass"), ("dmarc", "pass")} <= own
    assert near == set(), "it checks nothing that this machine hands in"


def test_results_in_a_strangers_address_are_none(
    hub: Config, filtered: tuple[Postfix, int], folder: Path
) -> None:
    """rspamd writes the sender's local part into its field, without its quotes. The author's domain
    says nothing by DMARC, so that no failure of our server stands beside it."""
    postfix, port = filtered
    author = "chair@quiet.example"
    result = f"spf=pass smtp.mailfrom={author}"
    tries = {
        "comment": f"a); {result}; x=y (",
        "escaped": rf"a\"; {result}; x=y\"",
        "dmarc": "a); dmarc=pass header.from=quiet.example",
        "address": author,
    }
    with dnsserver.serving(ZONE) as dns, mailservers.rspamd(folder, port, dns.address):
        for name, local in tries.items():
            send(postfix, name, author=author, sender=f'"{local}"@evil.example')
        for name in tries:
            octets = came(hub, name).replace("\n", "\r\n").encode()
            assert b"spf=pass (mail.hub.example: domain of" in octets
            assert assess(octets, trusted=("mail.hub.example",)).level == "claimed", name


def test_with_rspamd_down_mail_waits_at_its_sender_s(
    hub: Config, filtered: tuple[Postfix, int]
) -> None:
    with pytest.raises(smtplib.SMTPResponseException) as refused:
        send(filtered[0], "down")
    assert 400 <= refused.value.smtp_code < 500


def test_where_it_is_let_through_unfiltered_the_field_is_gone(
    hub: Config, filtered: tuple[Postfix, int]
) -> None:
    """As with `milter_default_action = accept`, and without any rspamd."""
    etc = filtered[0].folder / "postfix"
    command = ["postconf", "-c", str(etc), "-e", "smtpd_milters="]
    subprocess.run(command, check=True, capture_output=True)
    subprocess.run(["postfix", "-c", str(etc), "reload"], check=True, capture_output=True)

    def sent() -> bool:
        try:
            send(filtered[0], "absent")
        except smtplib.SMTPException:
            return False
        return True

    until(sent, "mail without a filter")
    assert "Authentication-Results: mail.hub.example" not in came(hub, "absent")
