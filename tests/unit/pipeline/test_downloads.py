"""A month as an mbox: offered when it has ended, made of what the pages show."""

from __future__ import annotations

import gzip
import mailbox
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.builder.run import Builder
from solicomm_build.foundation import clock, data, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import public_id
from solicomm_build.ingest.run import ingest
from solicomm_build.post.post import Attached, Post
from solicomm_build.post.store.mboxfile import entry
from solicomm_build.post.store.redact import redact
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import item, mail

AT = datetime(2026, 3, 4, 6, 12, tzinfo=UTC)


def _build(hub: Config) -> set[str]:
    builder = Builder(hub, data.theme())
    try:
        report = builder.build()
    finally:
        builder.close()
    assert report.failures == []
    folder = hub.public / "conferences/bar/download"
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def _put(hub: Config, *raws: bytes) -> None:
    Spool(hub.spool_in).put([item(raw) for raw in raws])
    ingest(hub, once=True, log=maillog.to_nobody())


def _mbox(hub: Config, month: str, folder: Path) -> mailbox.mbox:
    octets = (hub.public / f"conferences/bar/download/{month}.mbox.gz").read_bytes()
    path = folder / "out.mbox"
    path.write_bytes(gzip.decompress(octets))
    return mailbox.mbox(path)


def test_a_month_that_has_ended_can_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = smallhub.make(tmp_path / "hub")
    monkeypatch.setattr(clock, "timestamp", AT.timestamp)
    monkeypatch.setattr(clock, "now", lambda: AT)
    _put(hub, mail("hello ana@union.example\r\nFrom here on\r\n>From there", msgid="<1@x.example>"))
    assert _build(hub) == set()
    front = hub.public / "conferences/bar/index.html"
    assert "download/" not in front.read_text("utf-8")
    later = datetime(2026, 4, 1, tzinfo=UTC)
    monkeypatch.setattr(clock, "timestamp", later.timestamp)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert {"2026-03.mbox.gz", "index.html"} <= _build(hub)
    assert "download/" in front.read_text("utf-8")
    (message,) = _mbox(hub, "2026-03", tmp_path)
    assert message["Message-ID"] == f"<{public_id('1@x.example')}>"
    assert message["From"] == "Ana <member@users.hub.invalid>"
    octets = (tmp_path / "out.mbox").read_bytes()
    assert b"ana@union" not in octets
    assert b"\n>From here on" in octets
    assert b"Received" not in octets


def test_what_is_hidden_is_in_no_download(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub")
    _put(hub, mail("one", msgid="<1@x.example>"), mail("two", msgid="<2@x.example>"))
    _build(hub)
    assert len(_mbox(hub, "2026-03", tmp_path)) == 2
    redact(hub, "bar", "<1@x.example>", reason="r", by="operator")
    _build(hub)
    (message,) = _mbox(hub, "2026-03", tmp_path)
    assert message["Message-ID"] == f"<{public_id('2@x.example')}>"


def test_a_month_without_posts_goes(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub")
    _put(hub, mail("one", msgid="<1@x.example>"))
    assert "2026-03.mbox.gz" in _build(hub)
    redact(hub, "bar", "<1@x.example>", reason="r", by="operator")
    _build(hub)
    assert list(_mbox(hub, "2026-03", tmp_path)) == []


def test_an_entry_survives_what_mail_cannot_say() -> None:
    post = Post(
        "a b@x",
        references=("1@x", "bad id@x"),
        name="Ana \u202e\x07",
        subject="Wasser für alle",
        attachments=(Attached("0" * 64, "a.pdf", "application/pdf", 7),),
        body="text\n",
    )
    octets = entry(post, AT, url="http://hub.example/x")
    assert b"@x" not in octets
    ids = "\n ".join(f"<{public_id(one)}>" for one in ("1@x", "bad id@x"))
    assert f"References: {ids}\n".encode() in octets
    assert b"\n- a.pdf (7 octets)\n" in octets
    assert octets.startswith(b"From member@users.hub.invalid Wed Mar  4 06:12:00 2026\n")
