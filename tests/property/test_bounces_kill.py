"""Killed at any step of reading what came back, and run again: every failure counts once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

from solicomm_build.features.bounces import bounce as rules
from solicomm_build.features.bounces.bounceledger import Returns
from solicomm_build.features.bounces.bounces import Bounces
from solicomm_build.features.bounces.reports import dsnwrite
from solicomm_build.foundation import clock, keys, maillog
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope
from solicomm_build.people import token
from solicomm_build.testing.listhub import WHEN, ListHub

ROOT = Path(__file__).parents[2]
READ = """
import sys
from datetime import datetime
from pathlib import Path
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.features.bounces.bounces import Bounces
from solicomm_build.foundation.spool import Spool
hub = Config(root=Path(sys.argv[1]), name="Test", domain="hub.example", url="https://hub.example")
with clock.fixed(datetime.fromisoformat(sys.argv[2])):
    Bounces(hub, Spool(hub.spool_out), maillog.to_nobody()).run()
"""


def test_reading_killed_at_every_step(tmp_path: Path) -> None:
    hub = ListHub(tmp_path)
    hub.members(["ana@a.example", "bo@b.example"])
    key = keys.token_key(hub.config.keys)
    spool, out = Spool(hub.config.spool_bounces), Spool(hub.config.spool_out)
    complaint = (ROOT / "tests/data/bounces/complaint.eml").read_bytes()
    for day in range(1, 4):
        at = WHEN + timedelta(days=day)
        tag = token.verp_tag(key, 1, rules.epoch_day(at))
        raw = dsnwrite.write("x@hub.example", "mx.example", "ana@a.example", "550 5.1.1 no", at)
        spool.put([Item(Envelope(None, (f"water-bounces+{tag}@hub.example",), at), raw)])
        other = f"water-bounces+{token.verp_tag(key, 2, rules.epoch_day(at))}@hub.example"
        spool.put([Item(Envelope(None, (other,), at), complaint)])
        for point in ("before-events", "before-done") if day == 3 else ():
            _killed(hub, at.isoformat(), f"bounces.{point}:1")
            assert len(spool.pending()) == 2
        _finished(hub, at)
        assert spool.pending() == []
    roster = hub._roster.roster()
    assert [one.kind for one in roster.ledger(Returns).bounces(1)] == ["gone"] * 3
    assert not roster.is_subscribed("water", "bo@b.example")
    probes = [item for path in out.pending() for item in out.read(path)]
    assert 1 <= len(probes) <= 2  # a mail may be said twice, never noted and not said
    assert {item.envelope.rcpt_tos for item in probes} == {("ana@a.example",)}
    hub.close()


def _killed(hub: ListHub, at: str, fault: str) -> None:
    process = subprocess.run(
        [sys.executable, "-c", READ, str(hub.config.root), at],
        env=os.environ | {"SOLICOMM_FAULT": fault, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert process.returncode == -signal.SIGKILL


def _finished(hub: ListHub, at: datetime) -> None:
    with clock.fixed(at):
        consumer = Bounces(hub.config, Spool(hub.config.spool_out), maillog.to_nobody())
        while consumer.run():
            pass
        consumer.close()
