"""`get` on a list without public pages brings what is attached to a message."""

from __future__ import annotations

import base64

import pytest

from solicomm_build.cleaning import child
from solicomm_build.features.files.run import files
from solicomm_build.features.lists import archive
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope, post_id
from solicomm_build.ingest.run import ingest
from solicomm_build.testing import knowing
from solicomm_build.testing.deskhub import AUTHSERV, DeskHub

PDF = knowing.pdf()
NAME = 'مطالب العمال; "2026".pdf'


@pytest.fixture
def members(hub: DeskHub) -> DeskHub:
    hub.member(1, "ana@union.example", "board", "water")
    hub.member(2, "mo@union.example", "board", "water", role="moderator")
    return hub


def _post(hub: DeskHub, to: str) -> str:
    name = base64.b64encode(NAME.encode()).decode()
    raw = (
        f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=union.example\r\n"
        f"From: Mo <mo@union.example>\r\nTo: {to}@hub.example\r\nSubject: Demands\r\n"
        "Message-ID: <demands@union.example>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee the file.\r\n--b\r\n"
        f'Content-Type: application/pdf; name="=?utf-8?b?{name}?="\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
        f"{base64.encodebytes(PDF).decode()}--b--\r\n"
    ).encode()
    envelope = Envelope("mo@union.example", (f"{to}@hub.example",), hub.now)
    with clock.fixed(hub.now):
        Spool(hub.config.spool_in).put([Item(envelope, raw)])
        ingest(hub.config, once=True, log=maillog.to_nobody())
        files(hub.config, once=True, log=maillog.to_nobody())
    return post_id("demands@union.example")[:8]


def test_a_members_list_sends_the_file(members: DeskHub) -> None:
    mid = _post(members, "board")
    mails = members.ask("board-request", f"get {mid}")
    (enclosing,) = [mail for mail in mails if mail.attachments]
    (attached,) = enclosing.attachments
    assert (attached.payload, attached.type) == (child.clean(PDF).octets, "application/pdf")
    assert attached.name.startswith("مطالب العمال")
    assert attached.name.endswith(".pdf")
    assert "See the file." in "".join(mail.text for mail in mails)


def test_a_public_list_leaves_it_on_its_page(members: DeskHub) -> None:
    (mail,) = members.ask("water-request", f"get {_post(members, 'water')}")
    assert mail.attachments == ()
    assert "See the file." in mail.text


def test_strangers_get_none(members: DeskHub) -> None:
    mid = _post(members, "board")
    (mail,) = members.ask("board-request", f"get {mid}", sender="eve@union.example")
    assert mail.attachments == ()
    assert "See the file." not in mail.text


def test_what_is_too_large_is_said(members: DeskHub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "_MOST_ATTACHED", 100)
    mails = members.ask("board-request", f"get {_post(members, 'board')}")
    assert any("Not all that came with this message" in mail.text for mail in mails)
    assert not any(mail.attachments for mail in mails)
