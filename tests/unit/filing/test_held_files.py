"""A post whose files hold the stage keeps none; others get theirs."""

from __future__ import annotations

import base64
import hashlib
import signal
from datetime import UTC, datetime
from pathlib import Path

from solicomm_build.features.files.run import files
from solicomm_build.features.tracing import takingback
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub import quarantine
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import post_id
from solicomm_build.foundation.watch import Watch
from solicomm_build.ingest.run import ingest
from solicomm_build.post.conference import AttachmentRules, Conference
from solicomm_build.testing import holding, knowing, smallhub

NOW = datetime(2026, 3, 4, 6, 20, tzinfo=UTC)


PICTURES = [knowing.picture("JPEG") + bytes([number]) for number in range(3)]


def mail(number: int, text: str) -> bytes:
    body = (
        f"--b\r\n\r\n{text}\r\n--b\r\nContent-Type: image/jpeg\r\nContent-Disposition: "
        'attachment; filename="march.jpg"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
        f"{base64.encodebytes(PICTURES[number]).decode()}--b--"
    )
    mime = ("MIME-Version: 1.0", 'Content-Type: multipart/mixed; boundary="b"')
    return smallhub.mail(body, *mime, msgid=f"<{number}@union.example>", subject=f"S{number}")


def test_files_that_hold_the_stage_are_set_aside_and_others_come(tmp_path: Path) -> None:
    rules = AttachmentRules(300_000)
    bar = Conference("bar", {"en": "Bar"}, posting="open", attachments=rules)
    hub = smallhub.make(tmp_path, bar)
    Spool(hub.spool_in).put(
        [
            smallhub.item(mail(number, text))
            for number, text in enumerate(("Before", "endless words", "After"))
        ]
    )
    with clock.fixed(NOW):
        ingest(hub, once=True, log=maillog.to_nobody())
    ends = []
    while not ends or ends[-1]:
        assert len(ends) < 4, ends

        def work(watch: Watch) -> None:
            with clock.fixed(NOW):
                files(hub, once=True, log=maillog.to_nobody(), watch=watch)

        ends.append(holding.run(hub, "files", "files:endless", work))
    assert ends == [-signal.SIGPROF, -signal.SIGPROF, 0]  # with others, alone, without it
    kept = smallhub.files(hub.conference_repo("bar"), "files")
    names = [hashlib.sha256(picture).hexdigest() for picture in PICTURES]
    assert [any(name in path for path in kept) for name in names] == [True, False, True]
    (one,) = quarantine.aside(hub.spool_quarantine)
    assert one.item == f"post:bar/{post_id('1@union.example')}"
    takingback.tried_again(hub, one)

    def again(watch: Watch) -> None:
        with clock.fixed(NOW):
            files(hub, once=True, log=maillog.to_nobody(), watch=watch)

    assert holding.run(hub, "files", "", again) == 0
    kept = smallhub.files(hub.conference_repo("bar"), "files")
    assert all(any(name in path for path in kept) for name in names), "after a mend it has its own"
