"""Authors are told what became of their files, once, when it is known that they wrote.

mail to the list → ingest → files → private/filed → desk → a letter to the author
"""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image

from solicomm_build.features.files.run import files
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.post import conference as settings
from solicomm_build.post.conference import AttachmentRules, Conference
from solicomm_build.testing import knowing
from solicomm_build.testing.deskhub import AUTHSERV, DeskHub

OLD = b"\xd0\xcf\x11\xe0" + bytes(500)


def _letters(hub: DeskHub, name: str, data: bytes, *, vouched: bool = True) -> list[Message]:
    proof = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=union.example\r\n"
    raw = (
        (proof if vouched else "")
        + "From: Mo <mo@union.example>\r\nTo: water@hub.example\r\nSubject: Photos\r\n"
        "Message-ID: <photos@union.example>\r\nMIME-Version: 1.0\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nSee the file.\r\n--b\r\n"
        f'Content-Type: application/octet-stream; name="{name}"\r\n'
        "Content-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        f"{base64.encodebytes(data).decode()}--b--\r\n"
    ).encode()
    envelope = Envelope("mo@union.example", ("water@hub.example",), hub.now, lmtp=True)
    with clock.fixed(hub.now):
        Spool(hub.config.spool_in).put([Item(envelope, raw)])
        ingest(hub.config, once=True, log=maillog.to_nobody())
        files(hub.config, once=True, log=maillog.to_nobody())
    return [parse(item.raw) for item in hub.work()]


def _rules(hub: DeskHub, **more: object) -> None:
    made = Conference(
        "water",
        {"en": "Water"},
        kind="list",
        languages=("en", "es"),
        posting="open",
        **more,  # type: ignore[arg-type]
    )
    change = Change(settings.FILE, settings.encode(made))
    repo = open_repo(hub.config.conference_repo("water"))
    write_once(repo, [change], message="Rules\n", when=hub.now)


@pytest.mark.parametrize("lang", ["en", "fr", "es", "pt", "ar", "ru"])
def test_who_sent_what_nobody_can_clean_is_told_once(hub: DeskHub, lang: str) -> None:
    hub.member(1, "mo@union.example", "water", lang=lang)
    (letter,) = _letters(hub, "letter.doc", OLD)
    assert letter.to[0].addr_spec == "mo@union.example"
    assert "letter.doc" in letter.text
    assert ("clean files of this kind" in " ".join(letter.text.split())) == (lang == "en")
    assert hub.work() == []
    assert not list((hub.config.private / "filed").glob("*/*.json"))


def test_whose_picture_was_made_smaller_is_told(hub: DeskHub) -> None:
    _rules(hub, attachments=AttachmentRules(100_000))
    hub.member(1, "mo@union.example", "water")
    target = io.BytesIO()
    Image.effect_noise((1200, 900), 90).convert("RGB").save(target, "JPEG", quality=95)
    (letter,) = _letters(hub, "IMG_2026.jpg", target.getvalue())
    assert "made smaller" in " ".join(letter.text.split())
    assert "IMG_2026.jpg" in letter.text


def test_whose_recording_is_too_large_is_told_how_to_send_it(hub: DeskHub) -> None:
    """2 MB, where other files may have 10: the letter names the bound of recordings."""
    _rules(hub)
    hub.member(1, "mo@union.example", "water")
    (letter,) = _letters(hub, "gate.mp3", b"ID3\x04" + bytes(2_000_000))
    said = " ".join(letter.text.split())
    assert "This recording is too large and is not kept. At most 2 MB are taken." in said
    assert "gate.mp3" in said


def test_whose_photo_was_only_cleaned_is_not_written_to(hub: DeskHub) -> None:
    hub.member(1, "mo@union.example", "water")
    assert _letters(hub, "march.jpg", knowing.picture("JPEG")) == []


def test_who_is_not_known_to_have_written_gets_no_letter(hub: DeskHub) -> None:
    _rules(hub)
    assert _letters(hub, "letter.doc", OLD, vouched=False) == []
    assert not list((hub.config.private / "filed").glob("*/*.json"))
