"""Debian's Postfix in front of a hub and behind it, with the settings that are shipped.

swaks, smtplib → Postfix → LMTP socket → bridge → ingest → pages
                                            └→ courier → Postfix → the world
"""

from __future__ import annotations

import os
import shutil
import smtplib
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from solicomm_build.features.bounces.bounceledger import Returns
from solicomm_build.features.founding import founding
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.keys import token_key
from solicomm_build.foundation.types import Mailbox, post_id
from solicomm_build.git.repo import open_repo
from solicomm_build.people import memberstore as membership
from solicomm_build.people import token
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.store.mailstore import MailStore
from solicomm_build.testing import mailservers, served
from solicomm_build.testing.mailservers import Postfix, World, until
from solicomm_build.testing.ports import free_port
from solicomm_build.testing.served import Served

pytestmark = pytest.mark.skipif(
    bool(mailservers.missing("postfix", "swaks")), reason=mailservers.missing("postfix", "swaks")
)

MEMBERS = ["ana@home.example", "ben@home.example", "eva@far.example"]
SETTINGS = """\
lmtp: unix:{run}/lmtp
delivery: relay
relay: {{host: 127.0.0.1, port: {port}}}
dns: off
operator: operator@home.example
mail_domains: {{metal.example: metal, xn--bcher-kva.example: books}}
"""


@dataclass(frozen=True, slots=True)
class Place:
    """Everything together."""

    config: Config
    maps: Path
    hub: Served
    postfix: Postfix
    world: World

    def client(self) -> smtplib.SMTP:
        client = smtplib.SMTP("127.0.0.1", self.postfix.port, timeout=mailservers.PATIENCE)
        client.ehlo()
        return client

    def send(self, raw: bytes, *to: str, sender: str = "ana@home.example") -> None:
        with self.client() as client:
            client.sendmail(sender, list(to), raw, ["BODY=8BITMIME"])

    def log(self) -> str:
        return (self.config.state / "mail.log").read_text()


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with mailservers.folder() as folder, mailservers.world() as world:
        founding.found_hub(folder / "hub", name="Test hub", domain="hub.example", sample=False)
        run = folder / "run"  # as deploy/systemd makes /run/solicomm: sockets get its group
        run.mkdir()
        shutil.chown(run, group="postfix")
        run.chmod(0o2750)
        port = free_port()
        config = mailservers.configure(folder / "hub", SETTINGS.format(run=run, port=port))
        for name, posting in (("water", "open"), ("closed", "members")):
            founding.new_conference(
                config,
                name,
                kind="list",
                title=name,
                posting=posting,
                lang="en",
                visibility="public",
            )
        membership.subscribe(config, "water", [Mailbox("", address) for address in MEMBERS])
        membership.add_mailbox(config, "ben@metal.example", forward="ben@far.example", keep=True)
        membership.add_mailbox(config, "eva@bücher.example", forward="", keep=True)
        mailservers.write_maps(config, folder / "mta")
        with (
            served.serving(config) as hub,
            mailservers.postfix(folder, folder / "mta", world.port) as postfix,
        ):
            yield Place(config, folder / "mta", hub, postfix, world)


def mail(name: str, *, to: str = "water@hub.example", text: str = "hello", more: str = "") -> bytes:
    lines = [
        "From: Ana Paz <ana@home.example>",
        f"To: {to}",
        f"Subject: {name}",
        "Date: Tue, 24 Nov 2026 11:00:00 +0000",
        f"Message-ID: <{name}@home.example>",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
    ]
    return ("\r\n".join([*lines, *filter(None, [more]), "", text, ""])).encode()


def page_of(name: str, conference: str = "water") -> str:
    return f"/conferences/{conference}/t/{post_id(f'{name}@home.example')}/"


def body(raw: bytes) -> bytes:
    return raw.partition(b"\r\n\r\n")[2]


def test_swaks_to_a_page_and_to_every_member(place: Place) -> None:
    told = subprocess.run(
        [
            "swaks",
            "--server",
            "127.0.0.1",
            "--port",
            str(place.postfix.port),
            "--from",
            "ana@home.example",
            "--to",
            "water@hub.example",
            "--header",
            "Subject: Swaks speaks",
            "--header",
            "Message-Id: <swaks@home.example>",
            "--body",
            "The tide is in.",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout
    place.hub.page(page_of("swaks"), "The tide is in.")
    until(lambda: all(any(s for s, _ in place.world.got(one)) for one in MEMBERS), "copies")
    copies = {one: [got for got in place.world.got(one) if got[0]] for one in MEMBERS}
    reverse_paths = {sender for got in copies.values() for sender, _ in got}
    assert len(reverse_paths) == len(MEMBERS)
    assert all(sender.startswith("water-bounces+") for sender in reverse_paths)
    assert all(sender.endswith("@hub.example") for sender in reverse_paths)
    ((_, copy),) = copies[MEMBERS[0]]
    assert b"\r\nX-Loop: water@hub.example\r\n" in copy
    assert body(copy).rstrip() == b"The tide is in."
    assert "postfix/list/smtp" in place.postfix.log
    until(lambda: not place.postfix.queue(), "empty queue")


@pytest.mark.parametrize(
    "address",
    [
        "nobody@hub.example",
        "water-nobody@hub.example",
        "water@metal.example",
        "ana@metal.example",
        "water-bounces+aaaaaaaaaaaaaaaaaaaaaaaaaa@hub.example",
        "water-confirm+aaaaaaaaaaaaaaaaaaaaaaaaaa@hub.example",
        "water-confirm@hub.example",
        "srs0=aaaaaaaa=aa=home.example=ana@hub.example",
    ],
)
def test_who_does_not_exist_is_refused_before_the_message(place: Place, address: str) -> None:
    with place.client() as client:
        client.mail("ana@home.example")
        code, words = client.rcpt(address)
    assert code == 550, words
    assert words.startswith(b"5.1.")


@pytest.mark.parametrize(
    "address",
    [
        "WATER@hub.example",
        "water-join@hub.example",
        "water+owner@hub.example",
        "solicomm@hub.example",
        "abuse@metal.example",
        "ben+shop@metal.example",
        "postmaster",
        "water-leave+{leave}@hub.example",
        "water-bounces+{verp}@hub.example",
    ],
)
def test_who_exists_is_not(place: Place, address: str) -> None:
    key = token_key(place.config.keys)
    tokens = {
        "leave": token.leave_token(key, "water", 1),
        "verp": token.verp_tag(key, 1, 20_000),
    }
    with place.client() as client:
        client.mail("ana@home.example")
        assert client.rcpt(address.format(**tokens))[0] == 250


def test_a_domain_in_its_own_script_is_ours_too(place: Place) -> None:
    """Servers that know RFC 6531 may say either; it was *relay access denied*."""
    with place.client() as client:
        client.mail("li@sea.example", ["SMTPUTF8"])
        assert client.rcpt("eva@bücher.example")[0] == 250
        assert client.rcpt("nobody@bücher.example")[0] == 550
        client.rset()
        options = ["BODY=8BITMIME", "SMTPUTF8"]
        raw = mail("shelf", to="eva@bücher.example")
        client.sendmail("li@sea.example", ["Eva+post@bücher.example"], raw, options)
    kept = place.config.mailboxes / "xn--bcher-kva.example" / "eva.git"
    until(lambda: kept.exists() and open_repo(kept).ref(), "mail that is kept")
    until(lambda: not place.postfix.queue(), "empty queue")


def test_a_domain_below_ours_is_another(place: Place) -> None:
    """It may have mail servers of its own. Copies to members there were refused as unknown, and so
    was mail of people here."""
    for ours in ("hub.example", "metal.example"):
        place.send(mail("below"), f"kim@news.{ours}")
    for who in ("kim@news.hub.example", "kim@news.metal.example"):
        until(partial(place.world.got, who), "mail elsewhere")


def test_held_mail_is_no_bounce(place: Place) -> None:
    before = len(place.world.taken)
    stranger = mail("held", to="closed@hub.example").replace(b"ana@home", b"eve@elsewhere")
    place.send(stranger, "closed@hub.example", sender="eve@elsewhere.example")

    def held() -> list[str]:
        store = MailStore(open_repo(place.config.mail_repo))
        try:
            return [one.conference for one in store.held()]
        finally:
            store.close()

    assert until(held, "held mail") == ["closed"]
    until(lambda: not place.postfix.queue(), "empty queue")
    told = [to for _, to, _ in place.world.taken[before:]]
    assert "eve@elsewhere.example" not in told


def test_a_forward_and_its_bounce(place: Place) -> None:
    place.send(mail("on", to="ben@metal.example"), "ben@metal.example", sender="li@sea.example")
    ((sender, raw),) = until(lambda: place.world.got("ben@far.example"), "forward")
    assert sender.startswith("srs0=")
    assert sender.endswith("=sea.example=li@hub.example")
    assert raw.endswith(mail("on", to="ben@metal.example"))
    place.world.refused["ben@far.example"] = "550 5.1.1 gone"
    place.send(mail("off", to="ben@metal.example"), "ben@metal.example", sender="li@sea.example")
    ((back_from, bounce),) = until(lambda: place.world.got("li@sea.example"), "bounce")
    del place.world.refused["ben@far.example"]
    assert back_from == ""
    assert b"Status: 5.1.1" in bounce
    assert b"ben@metal.example" in bounce
    assert b"far.example" not in bounce
    until(lambda: not place.postfix.queue(), "empty queue")


def test_a_member_who_is_gone(place: Place) -> None:
    place.world.refused["eva@far.example"] = "550 5.1.1 no such person"
    place.send(mail("gone"), "water@hub.example")
    place.hub.page(page_of("gone"), "hello")
    roster = RosterStore(open_repo(place.config.roster_repo))
    eva = roster.roster().member("eva@far.example")
    assert eva is not None
    found = until(
        lambda: roster.roster().ledger(Returns).bounces(eva.number), "bounce in the roster"
    )
    roster.close()
    del place.world.refused["eva@far.example"]
    assert [one.kind for one in found] == ["gone"]
    assert until(lambda: not place.postfix.queue(), "empty queue")


def test_octets_stay_as_they_are(place: Place) -> None:
    """Long lines, 8-bit text, dots, blanks at line ends: a signature over them would hold."""
    text = "é" * 700 + "\r\n.\r\n..\r\nblanks  \r\n" + "x" * 3000 + "\r\n\tend\r\n\r\n"
    raw = mail("octets", text=text)
    place.send(raw, "water@hub.example")
    (copy,) = until(
        lambda: [raw for _, raw in place.world.got(MEMBERS[1]) if b"Subject: octets" in raw],
        "copy",
    )
    assert body(copy) == body(raw)


def test_mail_hidden_in_mail_stays_text(place: Place) -> None:
    """RFC 5321 4.1.1.4: only CRLF . CRLF ends a mail. Postfix mends the bare line feeds."""
    with socket.create_connection(("127.0.0.1", place.postfix.port), 30) as wire:
        file = wire.makefile("rwb")
        words = (
            b"EHLO x.example",
            b"MAIL FROM:<ana@home.example>",
            b"RCPT TO:<water@hub.example>",
            b"DATA",
        )
        file.readline()
        for word in words:
            file.write(word + b"\r\n")
            file.flush()
            while file.readline()[3:4] == b"-":
                pass
        hidden = b"before\r\n\n.\nMAIL FROM:<x@y.example>\nRCPT TO:<closed@hub.example>\nDATA\n"
        file.write(mail("hides").rstrip() + b"\r\n" + hidden + b"after\r\n.\r\nQUIT\r\n")
        file.flush()
        file.readline()
    shown = place.hub.page(page_of("hides"), "before", "after")
    assert "RCPT TO" in shown


def test_what_is_new_is_known_without_a_restart(place: Place) -> None:
    def refused() -> bool:
        with place.client() as client:
            client.mail("ana@home.example")
            return client.rcpt("fire@hub.example")[0] == 550

    assert refused()
    founding.new_conference(
        place.config,
        "fire",
        kind="list",
        title="Fire",
        posting="open",
        lang="en",
        visibility="public",
    )
    changed = mailservers.write_maps(place.config, place.maps)
    assert changed == ["postfix/relay_recipients", "relay_recipients"]
    until(lambda: not refused(), "the new list")
    assert mailservers.write_maps(place.config, place.maps) == []


def test_the_machine_s_own_mail_goes_to_the_operator(place: Place) -> None:
    place.send(mail("cron", to="root"), "root@hub.example")
    assert until(lambda: place.world.got("operator@home.example"), "mail to the operator")


def test_a_hub_that_is_down_loses_nothing(place: Place) -> None:
    """The last: it ends the hub that the others use."""
    place.hub.kill()
    place.send(mail("down", text="It was down."), "water@hub.example")
    until(lambda: "Connection refused" in place.postfix.log or place.postfix.queue(), "queue")
    with served.serving(place.config, log=place.hub.log) as again:
        etc = place.postfix.folder / "postfix"
        subprocess.run(["postqueue", "-c", os.fspath(etc), "-f"], check=True)
        again.page(page_of("down"), "It was down.")
        until(lambda: not place.postfix.queue(), "empty queue")
