"""A list as a folder in its members' mail programs, read with Debian's Dovecot.

content/conferences/<list>.git → mirror → mirrors/imap/<list> → Dovecot → IMAP
"""

from __future__ import annotations

import imaplib
import shutil
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest

from solicomm_build.features.founding import founding
from solicomm_build.features.mirror import run as stage
from solicomm_build.features.privacy import erase, leftovers
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import Mailbox
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest import run as ingest
from solicomm_build.people import memberstore as membership
from solicomm_build.post import conference as settings_file
from solicomm_build.post.conference import Conference
from solicomm_build.testing import mailservers
from solicomm_build.testing.mailservers import Dovecot, until
from solicomm_build.testing.smallhub import BEGUN, item, mail

_MISSING = mailservers.missing("openssl", "dovecot", "imap-login")
pytestmark = pytest.mark.skipif(bool(_MISSING), reason=_MISSING)

OWNER = "nobody"
ANA, BEN, CY = "ana@metal.example", "ben@metal.example", "cy@metal.example"
PASSWORD = "correct horse battery"
SETTINGS = """\
tls: {{certificate: {folder}/cert.pem, key: {folder}/key.pem}}
dns: off
mail_domains: {{metal.example: metal}}
"""
BAR = Conference(
    "bar", {"en": "Bar"}, kind="list", visibility="members", posting="open", mirror=("imap",)
)


@dataclass(frozen=True, slots=True)
class Place:
    """A hub and the server that shows its lists."""

    config: Config
    dovecot: Dovecot
    tls: ssl.SSLContext

    @contextmanager
    def imap(self, user: str) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4_SSL("127.0.0.1", self.dovecot.imaps, ssl_context=self.tls) as client:
            client.login(user, PASSWORD)
            yield client

    def mirror(self, *messages: bytes) -> None:
        """Takes mail and mirrors it; all files are their owner's afterwards."""
        Spool(self.config.spool_in).put([item(raw, "bar@hub.example") for raw in messages])
        ingest.ingest(self.config, once=True, log=maillog.to_nobody())
        stage.mirror(self.config, once=True, log=maillog.to_nobody())
        _give(self.config.root)


def _give(root: Path) -> None:
    subprocess.run(["chown", "-R", f"{OWNER}:", root], check=True)


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with mailservers.folder() as folder:
        mailservers.certificate(folder, "hub.example")
        founding.found_hub(folder / "hub", name="Test hub", domain="hub.example", sample=False)
        config = mailservers.configure(folder / "hub", SETTINGS.format(folder=folder))
        founding.new_conference(
            config,
            "bar",
            title="Bar",
            kind="list",
            posting="open",
            lang="en",
            visibility="members",
        )
        change = Change(settings_file.FILE, settings_file.encode(BAR))
        repo = open_repo(config.conference_repo("bar"))
        write_once(repo, [change], message="Settings\n\nSource: cli\n", when=BEGUN)
        for address in (ANA, BEN, CY):
            membership.add_mailbox(config, address, forward="", keep=True)
            membership.set_mailbox_password(config, address, PASSWORD)
        membership.subscribe(config, "bar", [Mailbox("", ANA), Mailbox("", BEN)])
        _give(config.root)
        mailservers.write_maps(config, folder / "mta")
        tls = ssl.create_default_context(cafile=folder / "cert.pem")
        tls.check_hostname = False
        with mailservers.dovecot(folder, folder / "mta") as dovecot:
            found = Place(config, dovecot, tls)
            found.mirror(mail("first"), mail("second", msgid="<2@union.example>"))
            yield found


def _bodies(client: imaplib.IMAP4) -> list[bytes]:
    _, found = client.fetch("1:*", "(BODY.PEEK[TEXT])")
    return sorted(part[1].rstrip() for part in found if isinstance(part, tuple))


def _lists(client: imaplib.IMAP4) -> list[bytes]:
    return [line for line in client.list("Lists/", "*")[1] if isinstance(line, bytes)]


def _opened(client: imaplib.IMAP4) -> str:
    return client.select("Lists/bar")[0]


def test_members_read_the_list_and_what_is_read_is_each_ones_own(place: Place) -> None:
    with place.imap(ANA) as client:
        assert any(b"Lists/bar" in line for line in _lists(client)), place.dovecot.log
        assert _opened(client) == "OK"
        assert _bodies(client) == [b"first", b"second"]
        client.store("1", "+FLAGS", r"\Seen")
    with place.imap(ANA) as client:
        _opened(client)
        assert rb"\Seen" in cast(bytes, client.fetch("1", "(FLAGS)")[1][0])
    with place.imap(BEN) as client:
        _opened(client)
        assert rb"\Seen" not in cast(bytes, client.fetch("1", "(FLAGS)")[1][0])
    with place.imap(ANA) as client:
        assert client.select()[1] == [b"0"]  # her own INBOX is as it was


def test_members_change_nothing(place: Place) -> None:
    with place.imap(ANA) as client:
        _opened(client)
        client.store("1", "+FLAGS", r"(\Deleted \Flagged)")
        client.expunge()
    with place.imap(ANA) as client:
        _opened(client)
        assert len(_bodies(client)) == 2
        assert rb"\Flagged" not in cast(bytes, client.fetch("1", "(FLAGS)")[1][0])
        assert client.append("Lists/bar", "", "", b"Subject: x\r\n\r\nx")[0] == "NO"
    with place.imap(ANA) as client:
        assert client.create("Lists/mine")[0] == "NO"
        assert client.delete("Lists/bar")[0] == "NO"
        assert client.rename("Lists/bar", "Lists/baz")[0] == "NO"


def test_nobody_else_sees_it(place: Place) -> None:
    with place.imap(CY) as client:
        assert not any(b"bar" in line for line in _lists(client))
        assert _opened(client) == "NO"


def test_an_erased_post_is_gone_and_who_left_reads_no_more(place: Place) -> None:
    place.mirror(mail("third", msgid="<3@union.example>"))
    with place.imap(ANA) as client:  # has Dovecot note what mail programs ask for
        _opened(client)
        client.fetch("1:*", "(ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
    _, receipt = erase.erase(place.config, "<2@union.example>", reason="Law", by="op")
    assert list(leftovers.search(place.config, receipt)) == []
    place.mirror()
    with place.imap(ANA) as client:
        _opened(client)
        assert _bodies(client) == [b"first", b"third"]
    membership.unsubscribe(place.config, "bar", BEN)
    membership.subscribe(place.config, "bar", [Mailbox("", CY)])
    place.mirror()

    def opens(user: str) -> bool:
        with place.imap(user) as client:
            return _opened(client) == "OK"

    assert until(lambda: not opens(BEN), "end of Ben's rights")
    assert until(lambda: opens(CY), "rights of Cy")
    with place.imap(CY) as client:
        assert any(b"Lists/bar" in line for line in _lists(client))


def test_dovecot_has_nothing_to_say(place: Place) -> None:
    assert shutil.which("doveconf") is not None
    told = subprocess.run(
        ["doveconf", "-n", "-c", place.dovecot.folder / "dovecot.conf"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stderr == ""
    assert "Error" not in place.dovecot.log
