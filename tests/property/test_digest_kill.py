"""Killed at any step of making a digest, and run again: every post is in one digest, once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from solicomm_build.features.digests.sending import Digests
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.testing.listhub import WHEN, ListHub, message

ROOT = Path(__file__).parents[2]
LOOK = """
import sys
from datetime import datetime
from pathlib import Path
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.features.digests.sending import Digests
from solicomm_build.foundation.spool import Spool
hub = Config(root=Path(sys.argv[1]), name="Test", domain="hub.example", url="https://hub.example")
with clock.fixed(datetime.fromisoformat(sys.argv[2])):
    Digests(hub, Spool(hub.spool_out), maillog.to_nobody()).run()
"""


def test_making_a_digest_killed_at_every_step(tmp_path: Path) -> None:
    hub = ListHub(tmp_path)
    hub.members(["ana@union.example"], digest="daily", form="mime")
    out = Spool(hub.config.spool_out)
    _look(hub, WHEN.isoformat())
    seen = []
    for number, point in enumerate(("before-number", "before-cursor")):
        hub.post(message(number))
        at = (WHEN + timedelta(days=number + 1)).isoformat()
        assert _look(hub, at, f"digest.{point}:1") == -signal.SIGKILL
        hub.post(message(number + 10))  # comes before the next start
        with clock.fixed(WHEN + timedelta(days=number + 1, minutes=1)):
            digests = Digests(hub.config, out, maillog.to_nobody())
            digests.run()
            digests.close()
        for path in out.pending():
            seen += out.read(path)
            out.done(path)
    subjects = [
        line for item in seen for line in item.raw.split(b"\r\n") if line.startswith(b"Subject: W")
    ]
    assert subjects == [b"Subject: Water %d" % number for number in (0, 10, 1, 11)]
    issues = [b"issue %d" % number for number in range(1, 5)]
    assert [issue in item.raw for issue, item in zip(issues, seen, strict=True)] == [True] * 4
    hub.close()


def _look(hub: ListHub, at: str, fault: str = "") -> int:
    return subprocess.run(
        [sys.executable, "-c", LOOK, str(hub.config.root), at],
        env=os.environ | {"SOLICOMM_FAULT": fault, "PYTHONPATH": str(ROOT)},
        check=False,
    ).returncode
