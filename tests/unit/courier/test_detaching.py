"""Lists that take large attachments out of the copies (docs/mail-rules.md#posting)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import dkim as dkimpy
import pytest

from solicomm_build.courier.fanout import Fanout
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import HostPort
from solicomm_build.foundation.spool import Spool
from solicomm_build.message.auth import signer
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.post.conference import AttachmentRules, Conference
from solicomm_build.testing.dnsserver import serving
from solicomm_build.testing.listhub import ListHub, message
from solicomm_build.testing.signatures import key


def _with_file(octets: int, name: str = "plan.pdf") -> bytes:
    head, _, text = message(extra="MIME-Version: 1.0\r\n").partition(b"\r\n\r\n")
    data = base64.encodebytes(b"%PDF-1.7 " + b"x" * (octets - 9)).replace(b"\n", b"\r\n")
    return (
        head
        + b"\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"
        + text
        + b"--b\r\n"
        b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: attachment; filename="
        + name.encode()
        + b"\r\n\r\n"
        + data
        + b"--b--\r\n"
    )


def _copy(
    root: Path, raw: bytes, *, archived: bool = True, dns: Sequence[HostPort] = (), **settings: Any
) -> tuple[Message, str]:
    hub = ListHub(root)
    hub.config = replace(hub.config, dns=tuple(dns) or "off")
    hub.members(["ana@union.example"])
    how: dict[str, Any] = {"kind": "list", "detach": True, **settings}
    hub.settings(hub.list, Conference("water", {"en": "Water"}, **how))
    tid, mid = hub.post(raw, archived=archived)
    spool = Spool(hub.config.spool_out)
    fanout = Fanout(hub.config, spool, maillog.to_nobody())
    fanout.run()
    fanout.close()
    hub.close()
    (item,) = (item for path in spool.pending() for item in spool.read(path))
    return parse(item.raw), f"https://hub.example/conferences/water/t/{tid}/#{mid}"


def test_a_link_stands_in_for_a_large_file(tmp_path: Path) -> None:
    copy, page = _copy(tmp_path, _with_file(200_001))
    assert copy.attachments == ()
    assert "plan.pdf (200 KB)" in copy.text
    assert page in copy.text
    assert "Water is a right." in copy.text
    assert len(copy.raw) < 3000


@pytest.mark.parametrize(
    ("octets", "sender"), [(300_000, "water@hub.example"), (100_000, "ana@union.example")]
)
def test_from_is_the_list_s_where_the_author_s_signature_broke(
    tmp_path: Path, octets: int, sender: str
) -> None:
    pem = key("rsa", 1)
    records = {"s._domainkey.union.example": [signer.key_record(pem)]}
    raw = _with_file(octets)
    names = [b"from", b"to", b"subject", b"date", b"message-id"]
    raw = dkimpy.sign(raw, b"s", b"union.example", pem, include_headers=names) + raw
    with serving({**records, "_dmarc.union.example": ["v=DMARC1; p=reject"]}) as server:
        copy, _ = _copy(tmp_path, raw, dns=(server.address,))
    assert copy.from_[0].addr_spec == sender
    assert bool(copy.attachments) == (sender == "ana@union.example")


def test_small_files_stay(tmp_path: Path) -> None:
    copy, _ = _copy(tmp_path, _with_file(200_000))
    assert [one.name for one in copy.attachments] == ["plan.pdf"]


def test_off_unless_it_is_asked_for(tmp_path: Path) -> None:
    copy, _ = _copy(tmp_path, _with_file(300_000), detach=False)
    assert len(copy.attachments) == 1


@pytest.mark.parametrize("lang", ["en", "fr", "es", "pt", "ar", "ru"])
def test_without_pages_it_says_how_to_ask(tmp_path: Path, lang: str) -> None:
    copy, page = _copy(tmp_path, _with_file(300_000), archive="none", languages=(lang,))
    assert page not in copy.text
    assert f"get {page.rpartition('#')[2][:8]}" in copy.text
    assert "water-request@hub.example" in copy.text
    assert ("taken out" in copy.text) == (lang == "en")


def test_what_the_archive_does_not_keep_stays_in_the_copy(tmp_path: Path) -> None:
    copy, _ = _copy(tmp_path, _with_file(300_000), archived=False)
    assert len(copy.attachments) == 1


VOICE = _with_file(3000, "note.opus").replace(b"application/pdf", b"audio/ogg")


def test_a_link_stands_in_for_a_voice_where_a_list_wants_that(tmp_path: Path) -> None:
    rules = AttachmentRules(sound="links", clean=False)
    copy, page = _copy(tmp_path, VOICE, detach=False, attachments=rules)
    assert copy.attachments == ()
    assert "note.opus (3 KB)" in copy.text
    assert page in copy.text


def test_elsewhere_members_get_the_voice(tmp_path: Path) -> None:
    rules = AttachmentRules(clean=False)
    copy, _ = _copy(tmp_path, VOICE, detach=False, attachments=rules)
    assert [one.name for one in copy.attachments] == ["note.opus"]


def test_other_files_stay_where_voices_are_links(tmp_path: Path) -> None:
    rules = AttachmentRules(sound="links", clean=False)
    copy, _ = _copy(tmp_path, _with_file(3000), detach=False, attachments=rules)
    assert [one.name for one in copy.attachments] == ["plan.pdf"]
