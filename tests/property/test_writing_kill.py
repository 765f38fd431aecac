"""The web server killed while it hands over what was written on a page: one post all the same."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from solicomm_build.features.writing import composing, posting, waiting
from solicomm_build.features.writing.places import Place
from solicomm_build.features.writing.waiting import Waiting
from solicomm_build.features.writing.written import Written
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.ingest.run import ingest
from solicomm_build.post import post as posts
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub

ROOT = Path(__file__).parents[2]
ADDRESS, NAME = "ana@union.example", "0" * 32
SCRIPT = f"""
import sys
from pathlib import Path
from solicomm_build.features.writing import posting, waiting
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
hub = Config(root=Path(sys.argv[1]), name="Test", domain="hub.example", url="http://hub.example")
posting.post(hub, Spool(hub.spool_in), waiting.get(hub, "{ADDRESS}", "{NAME}"))
"""


def _waits(config: Config) -> Waiting:
    bar = Conference("bar", {"en": "Bar"}, posting="open")
    wrote, now = Written("Once", "Hello", "Ana", ADDRESS), clock.now()
    raw = composing.mail(config, wrote, Place(bar), NAME, now)
    return Waiting(NAME, ADDRESS, "bar", "", "", now.isoformat(), raw)


@pytest.mark.parametrize("point", ["before-spool", "after-spool"])
def test_killed_at_every_step(tmp_path: Path, point: str) -> None:
    config = smallhub.make(tmp_path / "hub")
    assert waiting.put(config, _waits(config))
    process = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(config.root)],
        env=os.environ | {"SOLICOMM_FAULT": f"writing.{point}:1", "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert process.returncode == -signal.SIGKILL
    assert len(waiting.of(config, ADDRESS)) == 1, "it waits still"
    ingest(config, once=True, log=maillog.to_nobody())
    for one in waiting.of(config, ADDRESS):
        posting.post(config, Spool(config.spool_in), one)
    ingest(config, once=True, log=maillog.to_nobody())
    files = smallhub.files(config.conference_repo("bar"))
    assert [posts.decode(files[one]).body for one in files if posts.parse_path(one)] == ["Once\n"]
    assert not waiting.of(config, ADDRESS)
