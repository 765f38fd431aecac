from __future__ import annotations

import os
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.features.privacy import erase
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import PostId, post_id
from solicomm_build.git import log
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest import importer, readers
from solicomm_build.ingest.importer import ImportReport, run_import
from solicomm_build.ingest.reading import Reading
from solicomm_build.ingest.run import ingest
from solicomm_build.post import post as post_file
from solicomm_build.post.conference import AttachmentRules
from solicomm_build.post.store import fsck
from solicomm_build.post.store.mailstore import path
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import item, mail

CORPUS = Path(__file__).parents[4] / "shared/corpora/linux-man-2000.mbox.xz"
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return smallhub.make(tmp_path / "hub")


def _mbox(tmp_path: Path, *messages: bytes) -> Path:
    file = tmp_path / "a.mbox"
    file.write_bytes(
        b"".join(b"From x Thu Jan  1 00:00:00 1970\n" + raw + b"\n" for raw in messages)
    )
    return file


def _mail(number: int, *fields: str, text: str = "hello") -> bytes:
    raw = mail(text, *fields, msgid=f"<{number}@union.example>", subject=f"Mail {number}")
    return raw.replace(b"\r\n", b"\n")


def _counts(report: ImportReport) -> tuple[int, int, int, int, int]:
    return (
        report.messages,
        report.posts,
        report.known,
        report.conflicts,
        len(report.failed),
    )


def test_an_import_is_posts_raw_mail_and_true_dates(hub: Config, tmp_path: Path) -> None:
    received = "Received: from a by b; Wed, 04 Mar 2026 07:00:00 +0100"
    wild = _mail(3).replace(b"04 Mar 2026", b"04 Mar 2199")
    file = _mbox(tmp_path, _mail(1, received), _mail(2), wild)
    with clock.fixed(NOW):
        report = run_import(hub, "bar", [file])
    assert _counts(report) == (3, 3, 0, 0, 0)
    commits = list(log.commits(open_repo(hub.conference_repo("bar")), None, _tip(hub)))[1:]
    assert [commit.trailer("Source") for commit in commits] == ["import"] * 3
    assert [commit.committed for commit in commits] == [
        datetime(2026, 3, 4, 6, tzinfo=UTC),
        datetime(2026, 3, 4, 6, 12, tzinfo=UTC),
        NOW,
    ]
    assert smallhub.files(hub.mail_repo)[path(post_id("2@union.example"))] == _mail(2)
    assert fsck.check(hub) == []


def _tip(hub: Config) -> log.Oid:
    tip = open_repo(hub.conference_repo("bar")).ref()
    assert tip is not None
    return tip


def test_an_import_again_is_nothing(hub: Config, tmp_path: Path) -> None:
    no_id = mail("x", msgid=None).replace(b"\r\n", b"\n")
    file = _mbox(tmp_path, _mail(1), _mail(2), _mail(1), _mail(1, text="other"), no_id)
    assert _counts(run_import(hub, "bar", [file])) == (5, 4, 1, 1, 0)
    tips = _tip(hub), open_repo(hub.mail_repo).ref()
    assert _counts(run_import(hub, "bar", [file])) == (5, 0, 5, 0, 0)
    assert (_tip(hub), open_repo(hub.mail_repo).ref()) == tips


def test_what_was_erased_under_an_id_of_its_own_does_not_come_again(
    hub: Config, tmp_path: Path
) -> None:
    """Of two messages with one Message-ID the second is another post: erased by law, it came back
    with the same mbox."""
    second = _mail(1, text="what nobody may keep")
    file = _mbox(tmp_path, _mail(1), second)
    assert _counts(run_import(hub, "bar", [file])) == (2, 2, 0, 1, 0)
    (other,) = _mids(hub) - {post_id("1@union.example")}
    erase.erase_posts(hub, [other], reason="asked", by="op")
    assert _counts(run_import(hub, "bar", [file])) == (2, 0, 2, 0, 0)
    Spool(hub.spool_in).put([item(second)])
    ingest(hub, once=True, log=maillog.to_nobody())
    assert _mids(hub) == {post_id("1@union.example")}
    kept = smallhub.files(hub.mail_repo).values()
    assert not any(b"what nobody may keep" in raw for raw in kept)


def _mids(hub: Config) -> set[PostId]:
    files = smallhub.files(hub.conference_repo("bar"))
    return {ids[1] for one in files if (ids := post_file.parse_path(one))}


def test_broken_messages_are_set_aside_and_never_mailed(hub: Config, tmp_path: Path) -> None:
    level = 'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d'
    deep = "\n".join(level % (n, n) for n in range(199))
    bad = b"Subject: x\nMessage-ID: <9@x.example>\n" + deep.encode() + b"\n"
    report = run_import(hub, "bar", [_mbox(tmp_path, _mail(1), bad, _mail(2))])
    assert _counts(report) == (3, 2, 0, 0, 1)
    assert report.failed[0].where == "a.mbox, message 2"
    assert Spool(hub.spool_in).quarantined() == []
    ((_, reason),) = Spool(hub.spool_in.with_name("import")).quarantined()
    assert reason.startswith("a.mbox, message 2: ")


def test_what_it_cannot_begin_with(hub: Config, tmp_path: Path) -> None:
    with pytest.raises(HubError, match="no such file"):
        run_import(hub, "bar", [tmp_path / "none"])
    with pytest.raises(HubError, match="There is no conference or list none"):
        run_import(hub, "none", [_mbox(tmp_path)])
    with pytest.raises(UsageError, match="not the id"):
        run_import(hub, "../x", [])
    report = run_import(hub, "bar", [_mbox(tmp_path, b"")])
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04")
    report = run_import(hub, "bar", [tmp_path / "b.zip"])
    assert "not an mbox" in report.failed[0].reason


def test_progress_reaches_the_end(hub: Config, tmp_path: Path) -> None:
    told: list[tuple[int, int, int]] = []
    file = _mbox(tmp_path, *(_mail(n) for n in range(5)))
    run_import(hub, "bar", [file, file], lambda *facts: told.append(facts))
    size = file.stat().st_size
    assert told[-1] == (2 * size, 2 * size, 10)
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)


def test_locks_are_given_back_in_between(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importer, "_SECONDS", 0.0)
    monkeypatch.setattr(importer, "_MAIL_COMMIT", 2)
    file = _mbox(tmp_path, *(_mail(n) for n in range(7)))
    assert _counts(run_import(hub, "bar", [file])) == (7, 7, 0, 0, 0)
    assert len(list((hub.mail_repo / "objects/pack").glob("*.pack"))) == 7
    assert _counts(run_import(hub, "bar", [file])) == (7, 0, 7, 0, 0)
    assert fsck.check(hub) == []


def test_other_processes_read_what_is_many(hub: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "_HERE", 2)
    monkeypatch.setattr(readers, "_CHUNK_MESSAGES", 3)
    raws = [(n, _mail(n)) for n in range(30)]
    with readers.Readers(AttachmentRules(), processes=2) as many:
        found = list(many.map(raws))
    assert [read.about for read in found] == list(range(30))
    assert [r.result.subject for r in found if isinstance(r.result, Reading)] == [
        f"Mail {n}" for n in range(30)
    ]


def test_a_message_that_kills_its_reader_is_reported_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(readers, "_HERE", 0)
    ask = readers._Process.ask

    def deadly(self: readers._Process, raws: list[bytes]) -> list[Reading | str]:
        if any(b"deadly" in raw for raw in raws):
            os.kill(self._pid, signal.SIGKILL)
        return ask(self, raws)

    monkeypatch.setattr(readers._Process, "ask", deadly)
    raws = [(n, _mail(n, text="deadly" if n == 3 else "x")) for n in range(6)]
    with readers.Readers(AttachmentRules(), processes=1) as many:
        found = [read.result for read in many.map(raws)]
    assert [isinstance(result, str) for result in found] == [n == 3 for n in range(6)]
    assert "abruptly" in str(found[3])


def test_a_message_that_takes_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    import signal

    def endless(_raw: bytes, _rules: AttachmentRules) -> Reading:
        while True:
            time.process_time()

    monkeypatch.setattr(readers, "read", endless)

    def soon(seconds: int) -> object:
        return signal.setitimer(signal.ITIMER_REAL, seconds and 0.01)

    monkeypatch.setattr(readers.signal, "alarm", soon)
    before = signal.signal(signal.SIGALRM, readers._late)
    try:
        assert "longer than" in str(readers._in_time(b"", AttachmentRules()))
    finally:
        signal.signal(signal.SIGALRM, before)


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS.exists(), reason="the real mail of ../shared/corpora is not here")
def test_real_mail(hub: Config) -> None:
    first = run_import(hub, "bar", [CORPUS])
    assert (first.messages, first.failed) == (2000, [])
    again = run_import(hub, "bar", [CORPUS])
    assert _counts(again) == (2000, 0, 2000, 0, 0)
    assert fsck.check(hub) == []
    for repo in (hub.mail_repo, hub.conference_repo("bar")):
        assert open_repo(repo).git("fsck", "--strict") == b""
