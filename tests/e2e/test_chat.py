"""A list as a chat: the core of Delta Chat, over plain mail, with Debian's Dovecot.

Ana's app ─SMTP→ hub (post, page) ─courier→ relay ─LMTP→ Dovecot ─IMAP→ Ben's app ─SMTP→ hub
"""

from __future__ import annotations

import asyncio
import contextlib
import io
import itertools
import json
import os
import smtplib
import subprocess
import wave
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from PIL import Image

from solicomm_build.features.founding import founding
from solicomm_build.foundation.types import Mailbox
from solicomm_build.people import memberstore as membership
from solicomm_build.post import post as posts
from solicomm_build.testing import mailservers, served, smallhub
from solicomm_build.testing.mailservers import until
from solicomm_build.testing.ports import free_port
from solicomm_build.testing.served import Served

deltachat_rpc_server = pytest.importorskip("deltachat_rpc_server")
_MISSING = mailservers.missing("openssl", "dovecot", "imap-login")
pytestmark = pytest.mark.skipif(bool(_MISSING), reason=_MISSING)

OWNER = "nobody"
ANA, BEN, BAR = "ana@metal.example", "ben@metal.example", "bar@hub.example"
PASSWORD = "correct horse battery"
_CONNECTED = 4000
MAILBOXES = """\
tls: {{certificate: {folder}/cert.pem, key: {folder}/key.pem}}
dovecot: unix:{folder}/to-dovecot
delivery: sink
dns: off
mail_domains: {{metal.example: metal}}
"""
LISTS = """\
delivery: relay
relay: {{host: 127.0.0.1, port: {port}}}
dns: off
"""


class App:
    """The program behind Delta Chat's apps, spoken to as they do (JSON-RPC over its pipes)."""

    def __init__(self, folder: Path) -> None:
        program = Path(deltachat_rpc_server.__file__).with_name("deltachat-rpc-server")
        self._process = subprocess.Popen(
            [program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={"PATH": os.defpath, "DC_ACCOUNTS_PATH": os.fspath(folder / "accounts")},
        )
        self._numbers = itertools.count(1)

    def __call__(self, method: str, *params: Any) -> Any:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        number = next(self._numbers)
        asked = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
        stdin.write(json.dumps(asked).encode() + b"\n")
        stdin.flush()
        for line in stdout:
            said = json.loads(line)
            if said.get("id") == number:
                assert "error" not in said, said["error"]
                return said.get("result")
        raise EOFError(method)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(30)


@dataclass
class Phone:
    """One person's app."""

    app: App
    account: int
    folder: Path

    def chat(self, address: str) -> int:
        """The chat with an address, as its QR code opens it."""
        scanned = self.app("check_qr", self.account, f"mailto:{address}")
        assert scanned["kind"] == "addr"
        chat: int = self.app("create_chat_by_contact_id", self.account, scanned["contact_id"])
        return chat

    def write(
        self, chat: int, text: str | None, file: Path | None = None, to: int | None = None
    ) -> int:
        """Sends a message, in a chat that is accepted; `to` is the one that it answers."""
        self.app("accept_chat", self.account, chat)
        path = os.fspath(file) if file else None
        name = file.name if file else None
        found = self.app("misc_send_msg", self.account, chat, text, path, name, None, to)
        return int(found[0])

    def read(self, words: str) -> dict[str, Any]:
        """The message with these words, as soon as it is there."""

        def look() -> dict[str, Any] | None:
            for chat in self.app("get_chatlist_entries", self.account, None, None, None):
                for number in self.app("get_message_ids", self.account, chat, False, False):
                    message: dict[str, Any] = self.app("get_message", self.account, number)
                    if words in str(message["text"]) and message["fromId"] != 1:
                        return message
            return None

        found: dict[str, Any] = until(look, f"message with {words}")
        return found


@dataclass
class Wire:
    """What apps send, as it came; it goes on to the hub. And the hub's relay, whose mail goes to
    Dovecot."""

    hub: tuple[str, int] = ("", 0)
    lmtp: Path = Path()
    sent: list[bytes] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if session.authenticated:
            self.sent.append(envelope.content)
        await asyncio.to_thread(self._pass_on, envelope, session.authenticated)
        return "250 2.0.0 taken"

    def _pass_on(self, envelope: Any, is_app: bool) -> None:
        made = smtplib.SMTP(*self.hub) if is_app else smtplib.LMTP(os.fspath(self.lmtp))
        with made as client:
            client.sendmail(envelope.mail_from or "", envelope.rcpt_tos, envelope.content)


@dataclass(frozen=True)
class Place:
    hub: Served
    wire: Wire
    ana: Phone
    ben: Phone

    def sent(self, mark: bytes) -> bytes:
        """A mail that an app sent with these octets in it."""

        def look() -> bytes | None:
            return next((raw for raw in self.wire.sent if mark in raw.lower()), None)

        found: bytes = until(look, f"mail with {mark!r}")
        return found

    def posts(self) -> int:
        files = smallhub.files(self.hub.config.conference_repo("bar"))
        return sum(posts.parse_path(path) is not None for path in files)

    def topic(self, words: str) -> str:
        """The address of the topic whose first post begins with these words."""
        files = smallhub.files(self.hub.config.conference_repo("bar"))
        found = [posts.decode(blob) for path, blob in files.items() if posts.parse_path(path)]
        (post,) = [one for one in found if one.body.startswith(words)]
        return f"/conferences/bar/t/{post.mid}/"


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(mailservers.folder())
        mailservers.certificate(folder, "hub.example")
        founding.found_hub(folder / "mail", name="Mail", domain="sea.example", sample=False)
        mail = mailservers.configure(folder / "mail", MAILBOXES.format(folder=folder))
        for address in (ANA, BEN):
            membership.add_mailbox(mail, address, forward="", keep=True)
            membership.set_mailbox_password(mail, address, PASSWORD)
        subprocess.run(["chown", "-R", f"{OWNER}:", mail.root], check=True)
        mailservers.write_maps(mail, folder / "mta")
        founding.found_hub(folder / "hub", name="Test hub", domain="hub.example", sample=False)
        wire, port = Wire(lmtp=folder / "to-dovecot"), free_port()
        config = mailservers.configure(folder / "hub", LISTS.format(port=port))
        founding.new_conference(
            config, "bar", title="Bar", kind="list", posting="open", lang="en", visibility="public"
        )
        membership.subscribe(config, "bar", [Mailbox("Ana", ANA), Mailbox("Ben", BEN)])
        dovecot = stack.enter_context(mailservers.dovecot(folder, folder / "mta"))
        controller = Controller(
            wire,
            hostname="127.0.0.1",
            port=port,
            auth_require_tls=False,
            authenticator=lambda *_: AuthResult(success=True),
            loop=asyncio.new_event_loop(),
        )
        controller.start()
        stack.callback(controller.stop)
        hub = stack.enter_context(served.serving(config))
        wire.hub = hub.smtp
        app = App(folder)
        stack.callback(app.close)
        phones = [_phone(app, address, dovecot.imaps, port, folder) for address in (ANA, BEN)]
        yield Place(hub, wire, *phones)


def _phone(app: App, address: str, imap: int, smtp: int, folder: Path) -> Phone:
    """An app that is signed in and, as docs/howto/chat.md says, enforces no encryption."""
    account = app("add_account")
    app("set_config", account, "force_encryption", "0")
    app("set_config", account, "displayname", address.partition("@")[0].capitalize())
    app(
        "add_or_update_transport",
        account,
        {
            "addr": address,
            "password": PASSWORD,
            "imapServer": "127.0.0.1",
            "imapPort": imap,
            "imapSecurity": "ssl",
            "smtpServer": "127.0.0.1",
            "smtpPort": smtp,
            "smtpSecurity": "plain",
            "certificateChecks": "acceptInvalidCertificates",
        },
    )
    app("start_io", account)
    # What comes before it has looked into the folder for the first time is old mail to it.
    until(lambda: app("get_connectivity", account) >= _CONNECTED, f"connection of {address}")
    return Phone(app, account, folder)


def test_a_chat_is_a_topic_and_its_answers_are_in_it(place: Place) -> None:
    chat = place.ana.chat(BAR)
    place.ana.write(chat, "Who has mapped the night shift?")
    question = place.ben.read("mapped the night shift")
    place.ben.write(question["chatId"], "We did, in March.", to=question["id"])
    answer = place.ana.read("We did, in March")
    place.ana.write(answer["chatId"], "How long did it take?", to=answer["id"])
    place.ben.read("How long did it take")
    words = ("mapped the night shift", "We did, in March", "How long did it take")
    place.hub.page(place.topic("Who has mapped"), *words)
    assert place.posts() == 3


def test_pictures_and_voice_arrive(place: Place) -> None:
    picture, voice = place.ana.folder / "banner.png", place.ana.folder / "note.wav"
    Image.new("RGB", (300, 200), "red").save(picture)
    octets = io.BytesIO()
    with wave.open(octets, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(8000))
    voice.write_bytes(octets.getvalue())
    before = place.posts()
    chat = place.ana.chat(BAR)
    place.ana.write(chat, "The banner", picture)
    place.ana.write(chat, "Said aloud", voice)
    for words, suffix in (("The banner", ".png"), ("Said aloud", ".wav")):
        message = place.ben.read(words)
        assert str(message["fileName"]).endswith(suffix) or suffix == ".png"
        assert message["fileBytes"] > 0
    assert place.posts() == before + 2


def test_receipts_and_reactions_make_no_posts(place: Place) -> None:
    chat = place.ana.chat(BAR)
    place.ana.write(chat, "Read me")
    message = place.ben.read("Read me")
    before = place.posts()
    place.ben.app("accept_chat", place.ben.account, message["chatId"])
    place.ben.app("markseen_msgs", place.ben.account, [message["id"]])
    place.ben.app("send_reaction", place.ben.account, message["id"], ["👍"])
    place.sent(b"content-disposition: reaction")
    place.ben.write(message["chatId"], "Read it.")
    place.ana.read("Read it.")
    assert place.posts() == before + 1
    assert not [raw for raw in place.wire.sent if b"disposition-notification;" in raw.lower()]
