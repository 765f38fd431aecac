"""Copies to members do not tell what a file knows of its sender, unless the list says so."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from solicomm_build.cleaning.letter import cleaned
from solicomm_build.courier.fanout import Fanout
from solicomm_build.foundation import maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.message.parse import parse
from solicomm_build.post.conference import AttachmentRules, Conference
from solicomm_build.testing import knowing
from solicomm_build.testing.listhub import ListHub, message


def _with(data: bytes, name: str) -> bytes:
    head, _, text = message(extra="MIME-Version: 1.0\r\n").partition(b"\r\n\r\n")
    body = base64.encodebytes(data).replace(b"\n", b"\r\n")
    return (
        head
        + b"\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n"
        + text
        + b"--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: attachment; filename="
        + name.encode()
        + b"\r\n\r\n"
        + body
        + b"--b--\r\n"
    )


def _copy(root: Path, raw: bytes, **settings: object) -> bytes:
    hub = ListHub(root)
    hub.members(["ana@union.example"])
    found = Conference("water", {"en": "Water"}, kind="list", **settings)  # type: ignore[arg-type]
    hub.settings(hub.list, found)
    hub.post(raw)
    spool = Spool(hub.config.spool_out)
    fanout = Fanout(hub.config, spool, maillog.to_nobody())
    fanout.run()
    fanout.close()
    hub.close()
    (item,) = (item for path in spool.pending() for item in spool.read(path))
    return item.raw


@pytest.mark.parametrize("name", sorted(knowing.corpus()))
def test_a_copy_has_nothing_of_what_was_planted(tmp_path: Path, name: str) -> None:
    copy = parse(_copy(tmp_path, _with(knowing.corpus()[name], name)))
    (attached,) = copy.attachments
    text = knowing.unpacked(attached.payload) + copy.raw
    assert [word for word in knowing.PLANTED if word.encode() in text] == []
    assert attached.name == name
    assert "Water is a right." in copy.text


def test_the_list_may_say_that_files_stay_as_they_came(tmp_path: Path) -> None:
    data = knowing.picture("JPEG")
    copy = _copy(tmp_path, _with(data, "a.jpg"), attachments=AttachmentRules(clean=False))
    assert parse(copy).attachments[0].payload == data


def test_a_mail_with_nothing_to_clean_keeps_every_octet() -> None:
    for data in (b"only;words\n", cleaned_picture()):
        raw = _with(data, "a.bin")
        assert cleaned(raw) == raw


def cleaned_picture() -> bytes:
    from solicomm_build.cleaning import child

    return child.clean(knowing.picture("JPEG")).octets


def test_a_signed_whole_stays_whole() -> None:
    raw = _with(knowing.picture("JPEG"), "a.jpg").replace(b"multipart/mixed", b"multipart/signed")
    assert cleaned(raw) == raw


def test_a_mail_that_is_a_picture_is_cleaned() -> None:
    body = base64.encodebytes(knowing.picture("JPEG"))
    raw = (
        b"Subject: x\nContent-Type: image/jpeg; name=a.jpg\nContent-Transfer-Encoding: base64\n\n"
        + body
    )
    (attached,) = parse(cleaned(raw)).attachments
    assert knowing.PERSON.encode() not in attached.payload
    assert attached.name == "a.jpg"


def test_what_cannot_be_cleaned_goes_as_it_came_but_not_where_only_pseudonyms_are_allowed(
    tmp_path: Path,
) -> None:
    old = b"\xd0\xcf\x11\xe0" + knowing.PERSON.encode()
    assert parse(_copy(tmp_path / "a", _with(old, "a.doc"))).attachments[0].payload == old
    copy = _copy(tmp_path / "b", _with(old, "a.doc"), pseudonyms="required")
    assert parse(copy).attachments == ()
    assert b"1@union.example" not in copy
