"""Ingest, courier and status start no git for a list: of ten lists as few as of one.

A `git` that stands first in PATH counts, and hands over to the real one.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from solicomm_build.courier.run import deliver
from solicomm_build.features.metrics.statuscommand import gather
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.repo import create
from solicomm_build.ingest.run import ingest
from solicomm_build.post.conference import Conference
from solicomm_build.testing import idlegits, smallhub
from solicomm_build.testing.listhub import ListHub

LISTS = 10
FEW = 4
"""For the hub as a whole: what proofs and verdicts there are in mail.git, and roles."""


@pytest.fixture
def counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], int]]:
    """How many git processes were started since it was asked last."""
    real, shim, told = shutil.which("git"), tmp_path / "bin" / "git", tmp_path / "told"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\necho "$@" >>{told}\nexec {real} "$@"\n')
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{shim.parent}:{os.environ['PATH']}")

    def count() -> int:
        lines = told.read_text().splitlines() if told.exists() else []
        told.unlink(missing_ok=True)
        return len(lines)

    with idlegits.none():
        yield count


def test_lists_start_no_git_of_their_own(tmp_path: Path, counted: Callable[[], int]) -> None:
    hub, log = ListHub(tmp_path / "hub"), MailLog(lambda line: None)
    create(hub.config.site_repo)
    names = [f"list-{number}" for number in range(LISTS)]
    for name in names:
        repo = hub.add_conference(name)
        hub.settings(repo, Conference(name, {"en": name}, kind="list", posting="open"))
        hub.members([f"ana-{name}@union.example", f"ben-{name}@union.example"], to=name)
    counted()
    for turn in range(2):
        _write(hub.config, names, turn)
        ingest(hub.config, once=True, log=log)
        assert counted() <= FEW
        asyncio.run(deliver(hub.config, once=True, log=log))
        assert counted() <= FEW
    assert hub.config.sink.read_bytes().count(b"\nSubject: Hello") == 2 * 2 * LISTS
    asyncio.run(deliver(hub.config, once=True, log=log))
    assert counted() == 0
    assert gather(hub.config)["posts"] == 2 * LISTS
    assert counted() <= FEW


def _write(config: Config, names: list[str], turn: int) -> None:
    spool = Spool(config.spool_in)
    for name in names:
        raw = smallhub.mail(msgid=f"<{turn}.{name}@union.example>", subject=f"Hello {turn}")
        spool.put([smallhub.item(raw, f"{name}@{smallhub.DOMAIN}")])
    spool.close()
