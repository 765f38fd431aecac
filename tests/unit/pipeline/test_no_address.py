"""What anybody may read holds no address of a person, and nothing of the mail's way here."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

from solicomm_build.builder.run import Builder
from solicomm_build.foundation import data, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest.run import ingest
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import item, mail

_PERSON = re.compile(rb"[a-z.]+@(?:union|private)\.example", re.IGNORECASE)
_WAY = re.compile(rb"Received:|Return-Path|192\.0\.2\.7|mail_from", re.IGNORECASE)


def test_no_address_leaves_by_pages_feeds_downloads_or_git(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub")
    raw = mail(
        "Write to ana@union.example or <mailto:bo@private.example>\r\n"
        "bo@private.example wrote:\r\n> x",
        "Received: from x (192.0.2.7) by y; Wed, 04 Mar 2026 06:12:00 +0000",
        "Return-Path: <ana@union.example>",
        msgid="<1@ids.example>",
        subject="For bo@private.example",
        sender="ana@union.example",
    )
    Spool(hub.spool_in).put([item(raw)])
    ingest(hub, once=True, log=maillog.to_nobody())
    builder = Builder(hub, data.theme())
    assert builder.build().failures == []
    builder.close()
    files = {str(path): path.read_bytes() for path in hub.public.rglob("*") if path.is_file()}
    files = {name: gzip.decompress(o) if name.endswith(".gz") else o for name, o in files.items()}
    assert any(name.endswith("2026-03.mbox.gz") for name in files)
    repo = open_repo(hub.conference_repo("bar"))
    files["git"] = repo.git("cat-file", "--batch-all-objects", "--batch", "--unordered")
    found = {name: _PERSON.findall(o) + _WAY.findall(o) for name, o in files.items()}
    assert {name: what for name, what in found.items() if what} == {}
    assert b"ana@union.example" in smallhub.files(hub.mail_repo).popitem()[1]
