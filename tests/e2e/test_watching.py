"""Whether all is well, asked from outside: `/healthz` and `solicomm check` of a running hub.

solicomm serve → state/alive → web: /healthz 200 → a stage is gone → 503 and its name → it is back
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import urllib.error
import urllib.request
from pathlib import Path

from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.founding import founding
from solicomm_build.testing.served import Served, serving


def health(hub: Served) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(hub.url + "/healthz", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def process_of(hub: Served, stage: str) -> int:
    """The process that holds a stage's sign of life."""
    file = str(hub.config.state / "alive" / stage)
    for pid in hub.members():
        for fd in Path(f"/proc/{pid}/fd").glob("*"):
            with contextlib.suppress(OSError):
                if os.readlink(fd) == file:
                    return pid
    return 0


def test_health_is_to_be_seen_from_outside(tmp_path: Path) -> None:
    config = founding.found_hub(tmp_path / "hub", name="H", domain="hub.example", sample=False)
    with serving(config) as hub:
        hub.ready()
        hub.until(lambda: "y" if health(hub) == (200, "ok\n") else "", "good health")
        said = CliRunner().invoke(main, ["check", "--hub", str(config.root), "--json"])
        rows = {row["id"]: row for row in json.loads(said.output)}
        assert rows["running"]["ok"]
        os.kill(hub.process.pid, signal.SIGSTOP)  # nothing is started again meanwhile
        os.kill(process_of(hub, "ingest"), signal.SIGKILL)
        hub.until(lambda: "y" if health(hub)[0] == 503 else "", "bad health")
        assert health(hub)[1] == "ingest does not run\n"
        status = CliRunner().invoke(main, ["status", "--hub", str(config.root)])
        assert "NOT WELL: ingest does not run" in status.output
        os.kill(hub.process.pid, signal.SIGCONT)
        hub.until(lambda: "y" if health(hub)[0] == 200 else "", "good health again")
    status = CliRunner().invoke(main, ["status", "--hub", str(config.root)])
    assert "NOT WELL: the hub does not run" in status.output
