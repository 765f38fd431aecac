"""Kept mail, read with Debian's Dovecot; filters, holiday answers and sending as oneself.

ingest → private/mailboxes/<domain>/<name>.git → Maildir, or LMTP → Dovecot → IMAP
                                          ManageSieve → Dovecot → Postfix → the world
                                     submission, port 465 → Postfix → the world
"""

from __future__ import annotations

import base64
import imaplib
import shutil
import smtplib
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, cast

import pytest

from solicomm_build.features.founding import founding
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.ingest import run as stage
from solicomm_build.people import memberstore as membership
from solicomm_build.testing import mailservers
from solicomm_build.testing.mailservers import Dovecot, Postfix, World, until
from solicomm_build.testing.ports import free_port
from solicomm_build.testing.smallhub import item, mail

_MISSING = mailservers.missing("openssl", "postfix", "dovecot", "imap-login", "managesieve-login")
pytestmark = pytest.mark.skipif(bool(_MISSING), reason=_MISSING)

OWNER = "nobody"
"""Whose the hub is. Dovecot refuses to work on mail as root."""

ANA, BEN = "ana@metal.example", "ben@metal.example"
PASSWORD = "correct horse battery"
SETTINGS = """\
tls: {{certificate: {folder}/cert.pem, key: {folder}/key.pem}}
lmtp: unix:{folder}/lmtp
dovecot: unix:{folder}/to-dovecot
delivery: relay
relay: {{host: 127.0.0.1, port: {port}}}
dns: off
mail_domains: {{metal.example: metal}}
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Everything together."""

    config: Config
    dovecot: Dovecot
    postfix: Postfix
    world: World
    tls: ssl.SSLContext

    @contextmanager
    def imap(self, user: str, password: str = PASSWORD) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4_SSL("127.0.0.1", self.dovecot.imaps, ssl_context=self.tls) as client:
            client.login(user, password)
            client.select()
            yield client

    def take(self, raw: bytes, to: str, *, sender: str = "li@sea.example", lmtp: bool) -> None:
        """What the hub does with a mail for a mailbox; its files are its owner's afterwards."""
        config = self.config if lmtp else replace(self.config, dovecot=None)
        Spool(config.spool_in).put([item(raw, to, mail_from=sender)])
        log = maillog.to_nobody()
        stage.ingest(config, once=True, log=log)
        assert log.counters() == {"delivered": 1}
        _give(config.root)


def _give(root: Path) -> None:
    subprocess.run(["chown", "-R", f"{OWNER}:", root], check=True)


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with mailservers.folder() as folder, mailservers.world() as world:
        mailservers.certificate(folder, "hub.example")
        founding.found_hub(folder / "hub", name="Test hub", domain="hub.example", sample=False)
        port = free_port()
        config = mailservers.configure(folder / "hub", SETTINGS.format(folder=folder, port=port))
        for address in (ANA, BEN, "ana@hub.example"):
            membership.add_mailbox(config, address, forward="", keep=True)
        membership.set_mailbox_password(config, ANA, PASSWORD)
        membership.set_mailbox_password(config, "ana", PASSWORD + " of the hub")
        _give(config.root)
        mailservers.write_maps(config, folder / "mta")
        _give(folder / "mta")  # where Dovecot puts a filter that it has compiled
        master = folder / "mta" / "postfix" / "master.cf"
        master.write_text(master.read_text().replace("warning_time=4h", "warning_time=1s"))
        tls = ssl.create_default_context(cafile=folder / "cert.pem")
        tls.check_hostname = False
        with (
            mailservers.postfix(folder, folder / "mta", world.port) as postfix,
            mailservers.dovecot(folder, folder / "mta") as dovecot,
        ):
            yield Place(config, dovecot, postfix, world, tls)


def _bodies(client: imaplib.IMAP4) -> list[bytes]:
    _, found = client.fetch("1:*", "(BODY.PEEK[TEXT])")
    return [part[1].rstrip() for part in found if isinstance(part, tuple)]


def test_kept_mail_is_read_and_flags_stay(place: Place) -> None:
    place.take(mail("first"), "ana@hub.example", lmtp=False)
    user, password = "ana@hub.example", PASSWORD + " of the hub"
    with place.imap(user, password) as client:
        assert _bodies(client) == [b"first"]
        client.store("1", "+FLAGS", r"(\Seen \Flagged)")
        _, before = client.fetch("1", "(UID INTERNALDATE)")
    place.take(mail("second"), "ana@hub.example", lmtp=False)
    with place.imap(user, password) as client:
        assert _bodies(client) == [b"first", b"second"]
        _, flags = client.fetch("1:2", "(FLAGS)")
        assert rb"\Flagged" in cast(bytes, flags[0])
        assert rb"\Seen" in cast(bytes, flags[0])
        assert rb"\Flagged" not in cast(bytes, flags[1])
        assert client.fetch("1", "(UID INTERNALDATE)")[1] == before
        assert b"04-Mar-2026" in cast(bytes, before[0])  # when it came, not when it was shown
        client.store("1", "+FLAGS", r"\Deleted")
        client.expunge()
    place.take(mail("third"), "ana@hub.example", lmtp=False)
    with place.imap(user, password) as client:
        assert _bodies(client) == [b"second", b"third"]  # what was deleted does not come back


@pytest.mark.parametrize(
    ("user", "password"),
    [
        (ANA, "wrong password"),
        (ANA, ""),
        ("ana", PASSWORD),
        ("ana@hub.example", PASSWORD),
        (BEN, ""),
        (BEN, PASSWORD),
        ("postmaster@hub.example", PASSWORD),
    ],
)
def test_nobody_else_reads_it(place: Place, user: str, password: str) -> None:
    with (
        imaplib.IMAP4_SSL("127.0.0.1", place.dovecot.imaps, ssl_context=place.tls) as client,
        pytest.raises(imaplib.IMAP4.error),
    ):
        client.login(user, password)


def test_a_new_password_is_good_without_a_restart(place: Place) -> None:
    membership.set_mailbox_password(place.config, BEN, PASSWORD)
    mailservers.write_maps(place.config, place.config.root.parent / "mta")

    def may_read() -> bool:  # Dovecot looks at the file once a second
        try:
            with place.imap(BEN) as client:
                return client.state == "SELECTED"
        except imaplib.IMAP4.error:
            return False

    assert until(may_read, "login with the new password")


class _ManageSieve:
    """As much of RFC 5804 as putting a script takes."""

    def __init__(self, place: Place, user: str, password: str) -> None:
        self._wire = socket.create_connection(("127.0.0.1", place.dovecot.sieve), 30)
        self._file = cast(BinaryIO, self._wire.makefile("rwb"))
        self._answer()
        self._say(b"STARTTLS\r\n")
        self._wire = place.tls.wrap_socket(self._wire)
        self._file = cast(BinaryIO, self._wire.makefile("rwb"))
        self._answer()
        token = base64.b64encode(f"\0{user}\0{password}".encode())
        self._say(b'AUTHENTICATE "PLAIN" "' + token + b'"\r\n')

    def put(self, name: str, script: bytes) -> None:
        """Keeps a script and makes it the one that is run."""
        self._say(b'PUTSCRIPT "%s" {%d+}\r\n%s\r\n' % (name.encode(), len(script), script))
        self._say(b'SETACTIVE "%s"\r\n' % name.encode())
        self._say(b"LOGOUT\r\n")
        self._file.close()
        self._wire.close()

    def _say(self, words: bytes) -> None:
        self._file.write(words)
        self._file.flush()
        self._answer()

    def _answer(self) -> None:
        for line in iter(self._file.readline, b""):
            assert not line.startswith((b"NO", b"BYE")), line
            if line.startswith(b"OK"):
                return


SCRIPT = b"""\
require ["vacation", "fileinto", "mailbox"];
if header :contains "Subject" "Minutes" { fileinto :create "Minutes"; stop; }
vacation :days 7 :subject "Away" "I am on holiday until Monday.";
"""


def test_filters_and_an_answer_on_holiday(place: Place) -> None:
    _ManageSieve(place, ANA, PASSWORD).put("mine", SCRIPT)
    to = mail("hello").replace(b"bar@hub.example", ANA.encode())
    place.take(to, ANA, lmtp=True)
    ((sender, answer),) = until(lambda: place.world.got("li@sea.example"), "answer")
    assert sender == ""
    assert b"I am on holiday until Monday." in answer
    assert b"Auto-Submitted: auto-replied" in answer
    place.take(
        to.replace(b"hello", b"and the minutes").replace(b": Hello", b": Minutes"), ANA, lmtp=True
    )
    place.take(to.replace(b"hello", b"again"), ANA, lmtp=True)
    with place.imap(ANA) as client:
        assert _bodies(client) == [b"hello", b"again"]
        client.select("Minutes")
        assert _bodies(client) == [b"and the minutes"]
    until(lambda: not place.postfix.queue(), "empty queue")
    assert len(place.world.got("li@sea.example")) == 1


def test_people_write_as_themselves_only(place: Place) -> None:
    with smtplib.SMTP_SSL("127.0.0.1", place.postfix.submissions, context=place.tls) as client:
        client.login(ANA, PASSWORD)
        client.sendmail(ANA, ["mia@sea.example"], mail("from ana"))
        with pytest.raises(smtplib.SMTPRecipientsRefused, match="not owned by user"):
            client.sendmail(BEN, ["mia@sea.example"], mail("from ben"))
    ((sender, raw),) = until(lambda: place.world.got("mia@sea.example"), "mail")
    assert sender == ANA
    assert raw.rstrip().endswith(b"from ana")
    with smtplib.SMTP_SSL("127.0.0.1", place.postfix.submissions, context=place.tls) as client:
        client.ehlo()
        client.mail(ANA)
        assert client.rcpt("mia@sea.example")[0] == 554
        client.rset()
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login(ANA, "wrong password")
    with smtplib.SMTP("127.0.0.1", place.postfix.port) as client:
        client.ehlo()
        assert not client.has_extn("auth")
        client.starttls(context=place.tls)


def test_the_answer_of_the_two_servers_about_their_settings(place: Place) -> None:
    """Their own checks find nothing to say."""
    folder = place.postfix.folder
    told = subprocess.run(
        ["postconf", "-c", folder / "postfix", "-n"], capture_output=True, text=True, check=True
    )
    assert told.stderr == ""
    assert shutil.which("doveconf") is not None
    told = subprocess.run(
        ["doveconf", "-n", "-c", folder / "dovecot.conf"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stderr == ""
    assert "Error" not in place.dovecot.log
    warnings = [line for line in place.postfix.log.splitlines() if "warning:" in line]
    assert [line for line in warnings if "authentication failed" not in line] == []


def test_who_writes_hears_that_it_has_not_arrived_yet(place: Place) -> None:
    """After four hours; it was after five days, when Postfix gave up."""
    place.world.refused["nia@sea.example"] = "451 4.2.1 come back later"
    with smtplib.SMTP_SSL("127.0.0.1", place.postfix.submissions, context=place.tls) as client:
        client.login(ANA, PASSWORD)
        client.sendmail(ANA, ["nia@sea.example"], mail("late"))
    until(lambda: "sender delay notification" in place.postfix.log, "a word about the delay")
    del place.world.refused["nia@sea.example"]


def test_what_a_filter_sends_on_comes_from_its_owner(place: Place) -> None:
    """A server that gets it asks whether we may send for the domain of its reverse-path, and what
    came back told the sender where it went on to."""
    home = "ben@home.example"
    _ManageSieve(place, BEN, PASSWORD).put("on", f'redirect "{home}";\r\n'.encode())
    to = mail("on").replace(b"bar@hub.example", BEN.encode())
    place.take(to, BEN, lmtp=True)
    ((sender, raw),) = until(lambda: place.world.got(home), "what was sent on")
    assert sender == BEN
    assert raw.endswith(to)
    place.world.refused[home] = "550 5.1.1 gone"
    place.take(to.replace(b"<1@", b"<2@"), BEN, lmtp=True)
    until(lambda: f"to=<{BEN}>" in place.postfix.log, "the report, on its way to the hub")
    del place.world.refused[home]


def test_what_came_back_is_kept_whatever_a_filter_says(place: Place) -> None:
    """It would go after what came back, to where nobody is."""
    kind = 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"'
    parts = "--b\r\n\r\ngone\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n--b--"
    for number, (who, script) in enumerate(
        ((BEN, b'redirect "ben@home.example";\r\n'), (BEN, b"keep;\r\n"), (BEN, b"discard;\r\n"))
    ):
        _ManageSieve(place, who, PASSWORD).put("mine", script)
        with place.imap(who) as client:
            before = int((client.select()[1][0] or b"0").decode())
        report = mail(parts, kind, msgid=f"<back{number}@hub.example>")
        place.take(report, who, sender="", lmtp=True)  # as Postfix hands it to the hub
        with place.imap(who) as client:
            assert int((client.select()[1][0] or b"0").decode()) == before + 1, script
