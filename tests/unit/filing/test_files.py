"""Files of posts come after them, as copies that know nothing of their sender.

mail → ingest → post in the conference → files → files/<ss>/<sha256> in the conference
"""

from __future__ import annotations

import base64
import hashlib
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from solicomm_build.features.files import run as stage
from solicomm_build.features.files.run import CONSUMER, files
from solicomm_build.features.privacy import erase
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import post_id
from solicomm_build.git import log
from solicomm_build.git.cursor import Cursor
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest.run import ingest
from solicomm_build.post import filed, post
from solicomm_build.post.conference import AttachmentRules, Conference
from solicomm_build.testing import knowing, smallhub

NOW = datetime(2026, 3, 4, 6, 20, tzinfo=UTC)
MID = post_id("1@union.example")


def _mail(name: str, data: bytes, kind: str = "application/octet-stream") -> bytes:
    body = (
        f"--b\r\n\r\nSee the file.\r\n--b\r\nContent-Type: {kind}\r\nContent-Disposition:"
        f' attachment; filename="{name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        f"{base64.encodebytes(data).decode()}--b--"
    )
    return smallhub.mail(body, "MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="b"')


def _hub(root: Path, **settings: object) -> Config:
    rules = settings.pop("attachments", AttachmentRules(300_000))
    return smallhub.make(
        root,
        Conference("bar", {"en": "Bar"}, posting="open", attachments=rules, **settings),  # type: ignore[arg-type]
    )


def _take(hub: Config, raw: bytes) -> None:
    Spool(hub.spool_in).put([smallhub.item(raw)])
    with clock.fixed(NOW):
        ingest(hub, once=True, log=maillog.to_nobody())


def _file(hub: Config) -> None:
    with clock.fixed(NOW):
        files(hub, once=True, log=maillog.to_nobody())


def _kept(hub: Config) -> dict[str, bytes]:
    return smallhub.files(hub.conference_repo("bar"), "files")


def _told(hub: Config) -> list[tuple[str, str]]:
    notes = (hub.private / "filed" / "bar").glob("*.json")  # one post; its id may be secret
    found = [one for path in notes for one in filed.decode(path.read_bytes())]
    return [(one.name, one.what) for one in found]


def _objects(hub: Config) -> bytes:
    """Every object of the repository that everybody can clone."""
    told = subprocess.run(
        ["git", "cat-file", "--batch", "--batch-all-objects"],
        cwd=hub.conference_repo("bar"),
        check=True,
        capture_output=True,
    )
    return told.stdout


@pytest.mark.parametrize("name", sorted(knowing.corpus()))
def test_no_object_of_the_conference_holds_what_was_planted(tmp_path: Path, name: str) -> None:
    data = knowing.corpus()[name]
    hub = _hub(tmp_path / "hub")
    _take(hub, _mail(name, data))
    assert _kept(hub) == {}
    _file(hub)
    sha256 = hashlib.sha256(data).hexdigest()
    copy = _kept(hub)[f"{sha256[:2]}/{sha256}"]
    assert copy != data
    objects = _objects(hub) + knowing.unpacked(copy)
    assert [word for word in knowing.PLANTED if word.encode() in objects] == []
    (only,) = smallhub.files(hub.conference_repo("bar"), "topics").values()
    assert [one.sha256 for one in post.decode(only).attachments] == [sha256]


def test_text_is_there_with_its_post(tmp_path: Path) -> None:
    hub = _hub(tmp_path / "hub")
    _take(hub, _mail("list.csv", b"name;wage\n", "text/csv"))
    assert list(_kept(hub).values()) == [b"name;wage\n"]
    _file(hub)
    assert list(_kept(hub).values()) == [b"name;wage\n"]


def test_doing_it_again_changes_nothing(tmp_path: Path) -> None:
    hub = _hub(tmp_path / "hub")
    _take(hub, _mail("march.jpg", knowing.picture("JPEG")))
    _file(hub)
    repo = open_repo(hub.conference_repo("bar"))
    tip = repo.ref()
    Cursor(repo, CONSUMER).forget()
    _file(hub)
    assert repo.ref() == tip


def test_one_log_is_read_however_many_posts_wait(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each start of a log walks through all that is left: a million posts would never be done."""
    hub = _hub(tmp_path / "hub")
    name, data = sorted(knowing.corpus().items())[0]
    for number in range(5):
        raw = _mail(name, data)
        _take(hub, raw.replace(b"<1@union.example>", b"<%d@union.example>" % number))
    logs: list[str] = []

    def commits(*words: Any, **also: Any) -> Iterator[log.Commit]:
        logs.append(str(words[1]))
        return whole(*words, **also)

    whole = log.commits
    monkeypatch.setattr(log, "commits", commits)
    monkeypatch.setattr(stage, "_COMMITS", 2)
    assert not _kept(hub)
    _file(hub)
    assert len(_kept(hub)) == 1
    assert len(logs) == 2  # the posts, and what was committed for them


def test_what_an_old_hub_kept_is_cleaned_in_its_place(tmp_path: Path) -> None:
    hub = _hub(tmp_path / "hub")
    data = knowing.picture("JPEG", orientation=6)
    _take(hub, _mail("march.jpg", data))
    path = post.attachment_path(hashlib.sha256(data).hexdigest())
    repo = open_repo(hub.conference_repo("bar"))
    write_once(repo, [Change(path, data)], message="As before\n", when=NOW)
    _file(hub)
    copy = _kept(hub)[path.removeprefix("files/")]
    assert knowing.PERSON.encode() not in copy
    with Image.open(io.BytesIO(copy)) as image:
        assert image.size == (200, 320)


def test_a_picture_too_large_is_made_smaller_and_its_author_is_told(tmp_path: Path) -> None:
    hub = _hub(tmp_path / "hub", attachments=AttachmentRules(150_000))
    target = io.BytesIO()
    Image.effect_noise((1200, 900), 90).convert("RGB").save(target, "JPEG", quality=95)
    _take(hub, _mail("IMG_2026.jpg", target.getvalue()))
    _file(hub)
    kept = _kept(hub)
    assert len(kept) == 2
    assert max(map(len, kept.values())) <= 150_000
    (small,) = (octets for path, octets in kept.items() if path.endswith(".small"))
    with Image.open(io.BytesIO(small)) as image:
        assert max(image.size) == 480
    assert _told(hub) == [("IMG_2026.jpg", "smaller")]


def test_a_document_too_large_is_not_kept_and_its_author_is_told(tmp_path: Path) -> None:
    hub = _hub(tmp_path / "hub", attachments=AttachmentRules(1000))
    _take(hub, _mail("report.pdf", knowing.pdf()))
    _file(hub)
    assert _kept(hub) == {}
    assert _told(hub) == [("report.pdf", "too-large")]


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600


def test_what_nobody_can_clean_is_offered_after_its_author_is_told(tmp_path: Path) -> None:
    hub = _hub(tmp_path / "hub")
    _take(hub, _mail("letter.doc", OLD))
    _file(hub)
    assert list(_kept(hub).values()) == [OLD]
    assert _told(hub) == [("letter.doc", "as-it-came")]


@pytest.mark.parametrize("name", ["rota.html", "poster.svg", "table.xml"])
def test_what_no_page_offers_is_told_to_its_author(tmp_path: Path, name: str) -> None:
    hub = _hub(tmp_path / "hub")
    _take(hub, _mail(name, b"<p>a</p>\n" * 9))
    _file(hub)
    assert (_kept(hub), _told(hub)) == ({}, [(name, "not-taken")])


def test_html_beside_the_same_words_is_nothing_to_tell_of(tmp_path: Path) -> None:
    hub = _hub(tmp_path / "hub")
    _take(hub, _mail("part-2.html", b"<p>a</p>\n" * 9))
    _file(hub)
    assert _told(hub) == []


def test_where_only_pseudonyms_are_allowed_it_is_not_offered(tmp_path: Path) -> None:
    hub = _hub(tmp_path / "hub", pseudonyms="required")
    raw = _mail("letter.doc", OLD).replace(b"From: Ana <", b"From: Nightowl <")
    _take(hub, raw)
    _file(hub)
    assert _kept(hub) == {}
    assert [what for _, what in _told(hub)] == ["not-kept"]


_CARD = b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Ana Paz\r\nTEL:+49 170 1234567\r\nEND:VCARD\r\n"
_KEY = b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmDMEZQ==\n-----END PGP PUBLIC KEY BLOCK-----\n"
_PAPER = b"%!PS-Adobe-3.0\n%%For: (Ana Paz)\n%%EOF\n"
_CAME = b"Delivered-To: ana.paz@union.example\r\nFrom: b@x.example\r\nSubject: x\r\n\r\nx\r\n"


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("card.vcf", _CARD, "text/vcard"),
        (
            "invite.ics",
            b"BEGIN:VCALENDAR\r\nORGANIZER;CN=Ana Paz:mailto:a@b.example\r\n",
            "text/calendar",
        ),
        ("0xAB.asc", _KEY, "application/pgp-keys"),
        ("paper.ps", _PAPER, "application/postscript"),
        ("forwarded.eml", _CAME, "application/octet-stream"),
        (
            "forwarded.eml",
            b"Return-Path: <ana.paz@union.example>\r\n" + _mail("x.txt", b"x"),
            "text/x",
        ),
    ],
)
def test_what_names_its_owner_is_not_offered_under_pseudonyms(
    tmp_path: Path, name: str, data: bytes, kind: str
) -> None:
    """Mail programs attach it by themselves, and it was offered on the page under a pseudonym."""
    raw = _mail(name, data, kind).replace(b"From: Ana <", b"From: Nightowl <", 1)
    veiled, named = _hub(tmp_path / "veiled", pseudonyms="required"), _hub(tmp_path / "named")
    for hub in (veiled, named):
        _take(hub, raw)
        _file(hub)
    assert _kept(veiled) == {}
    assert [what for _, what in _told(veiled)] == ["not-kept"]
    assert len(_kept(named)) == 1
    assert _told(named) == []


def test_what_was_erased_meanwhile_gets_no_files(tmp_path: Path) -> None:
    hub = _hub(tmp_path / "hub")
    _take(hub, _mail("march.jpg", knowing.picture("JPEG")))
    repo = open_repo(hub.conference_repo("bar"))
    write_once(
        repo,
        [Change(post.path(MID, MID), None)],
        message="Gone\n",
        when=NOW,  # type: ignore[arg-type]
    )
    _file(hub)
    assert _kept(hub) == {}


def test_a_mail_within_a_mail_is_looked_into(tmp_path: Path) -> None:
    inner = _mail("march.jpg", knowing.picture("JPEG"), "image/jpeg")
    hub = _hub(tmp_path / "hub")
    _take(hub, _mail("fwd.eml", inner, "application/octet-stream"))
    _file(hub)
    (copy,) = _kept(hub).values()
    photo = base64.b64decode(copy.rpartition(b"base64\r\n\r\n")[2].partition(b"--b--")[0] or b"")
    assert b"See the file." in copy
    assert knowing.PERSON.encode() not in photo + copy


def test_an_erasure_takes_the_copy_and_the_small_picture_out_of_every_commit(
    tmp_path: Path,
) -> None:
    hub = _hub(tmp_path / "hub", attachments=AttachmentRules(2_000_000))
    target = io.BytesIO()
    Image.effect_noise((1200, 900), 90).convert("RGB").save(target, "JPEG", quality=95)
    _take(hub, _mail("IMG_2026.jpg", target.getvalue()))
    _file(hub)
    assert sorted(path.rpartition(".")[2] == "small" for path in _kept(hub)) == [False, True]
    erase.erase(hub, MID, reason="asked", by="operator")
    told = subprocess.run(
        ["git", "rev-list", "--all", "--objects"],
        cwd=hub.conference_repo("bar"),
        check=True,
        capture_output=True,
        text=True,
    )
    assert "files" not in told.stdout
    assert "posts" not in told.stdout


def test_it_ends_by_itself_when_no_post_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came before is kept first; the next one begins where it ended."""
    monkeypatch.setattr(stage, "_LOOK", 0.01)
    hub = _hub(tmp_path / "hub")
    _take(hub, _mail("march.jpg", knowing.picture("JPEG")))
    for _ in range(2):
        with clock.fixed(NOW):
            files(hub, log=maillog.to_nobody(), is_resting=True)
        assert len(_kept(hub)) == 1


_STAGE = """
import sys
from pathlib import Path
from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.features.files.run import files
hub = Config(root=Path(sys.argv[1]), name="T", domain="hub.example", url="http://hub.example")
files(hub, once=True, log=maillog.to_nobody())
"""


@pytest.mark.parametrize("place", ["files.before-commit", "files.before-cursor"])
def test_killed_anywhere_it_ends_the_same(tmp_path: Path, place: str) -> None:
    hub = _hub(tmp_path / "hub")
    _take(hub, _mail("march.jpg", knowing.picture("JPEG")))
    killed = subprocess.run(
        [sys.executable, "-c", _STAGE, str(hub.root)],
        check=False,
        capture_output=True,
        env={**os.environ, "SOLICOMM_FAULT": f"{place}:1"},
    )
    assert killed.returncode != 0
    _file(hub)
    assert len(_kept(hub)) == 1
    assert smallhub.sources(hub.conference_repo("bar")) == ["mail", "files"]
