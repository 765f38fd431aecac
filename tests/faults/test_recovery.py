"""The operator's guide to coming back, followed word by word."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.cursor import COURIER, Cursor
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest.run import ingest
from solicomm_build.people import rosterevents
from solicomm_build.post.store import fsck
from solicomm_build.testing import smallhub
from tests.faults import picture, recovery


@pytest.fixture
def hub(founded_sample: Path, tmp_path: Path) -> Config:
    made = hubyaml.load(shutil.copytree(founded_sample, tmp_path / "hub"))
    consent = rosterevents.Consent("owner", "test")
    event = rosterevents.member(1, "ana@union.example", at=smallhub.BEGUN, consent=consent)
    smallhub.add_events(made, [event])
    _mail(made, 1)
    recovery.mirrored(made, tmp_path / "copies")
    return made


def _mail(hub: Config, number: int) -> None:
    raw = smallhub.mail("Words.", msgid=f"<{number}@union.example>")
    raw = raw.replace(b"To: bar@hub.example", b"To: organising@hub.example")
    Spool(hub.spool_in).put([smallhub.item(raw, "organising@hub.example")])
    ingest(hub, once=True, log=maillog.to_nobody())


def _damaged(hub: Config, where: str) -> None:
    for pack in (hub.root / where / "objects" / "pack").glob("*.pack"):
        pack.chmod(0o644)
        octets = bytearray(pack.read_bytes())
        octets[len(octets) // 2] ^= 0xFF
        pack.write_bytes(octets)


@pytest.mark.parametrize("where", ["content/conferences/organising.git", "private/roster.git"])
def test_a_broken_repository_comes_back_from_a_mirror(
    hub: Config, tmp_path: Path, where: str
) -> None:
    repo = open_repo(hub.root / where)
    before, place = picture.files(repo), Cursor(repo, COURIER).read()
    _damaged(hub, where)
    assert any(fault.where.startswith(where) for fault in fsck.check(hub))
    recovery.bring_back(hub, tmp_path / "copies", where)
    assert fsck.check(hub) == []
    assert picture.files(open_repo(hub.root / where)) == before
    assert Cursor(open_repo(hub.root / where), COURIER).read() == place


def test_what_came_after_the_copy_comes_from_the_mail(hub: Config, tmp_path: Path) -> None:
    where = "content/conferences/organising.git"
    _mail(hub, 2)
    before = picture.files(open_repo(hub.root / where))
    _damaged(hub, where)
    with pytest.raises(subprocess.CalledProcessError) as told:  # fsck is not content yet
        recovery.bring_back(hub, tmp_path / "copies", where)
    assert "the message is in no conference" in told.value.stderr
    (fault,) = fsck.check(hub)
    recovery.run(
        "Messages that a conference lacks",
        hub,
        CONFERENCE="organising",
        MESSAGE=fault.where.removeprefix("private/mail.git/"),
    )
    assert fsck.check(hub) == []
    assert picture.files(open_repo(hub.root / where)) == before
