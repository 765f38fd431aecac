"""Killed at any step of mailing followers, and run again: each gets each post, once."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path

from solicomm_build.courier.fanout import Fanout
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.testing.listhub import WHEN, ListHub

ROOT = Path(__file__).parents[2]
LOOK = """
import sys
from datetime import datetime
from pathlib import Path
from solicomm_build.courier.fanout import Fanout
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
hub = Config(root=Path(sys.argv[1]), name="Test", domain="hub.example", url="https://hub.example")
with clock.fixed(datetime.fromisoformat(sys.argv[2])):
    fanout = Fanout(hub, Spool(hub.spool_out), maillog.to_nobody())
    fanout.run()
    while fanout.accompany():
        pass
"""


def _mail(number: int, sender: str, above: int = 0) -> bytes:
    answers = f"References: <1@b> <{above}@b>\r\n" if above else ""
    return (
        f"From: A <{sender}>\r\nTo: water@hub.example\r\nSubject: Shifts\r\n"
        f"Message-ID: <{number}@b>\r\n{answers}\r\nSaid {number}.\r\n"
    ).encode()


def _look(hub: ListHub, at: str, fault: str) -> int:
    return subprocess.run(
        [sys.executable, "-c", LOOK, str(hub.config.root), at],
        env=os.environ | {"SOLICOMM_FAULT": fault, "PYTHONPATH": str(ROOT)},
        check=False,
    ).returncode


def test_mailing_followers_killed_at_every_step(tmp_path: Path) -> None:
    hub = ListHub(tmp_path)
    hub.members(["mem@union.example"])
    out = Spool(hub.config.spool_out)
    who = [f"p{number}@x.example" for number in range(4)]
    for number, sender in enumerate(who, start=1):
        hub.post(_mail(number, sender, above=1 if number > 1 else 0), level="aligned")
    got: Counter[tuple[str, int]] = Counter()

    def take() -> None:
        for path in out.pending():
            for item in out.read(path):
                text = re.sub(rb"=\r\n", b"", item.raw.partition(b"text/html")[0])
                for number in set(map(int, re.findall(rb"Said (\d+)\.", text))):
                    got.update((to, number) for to in item.envelope.rcpt_tos)
            out.done(path)

    now, number = WHEN, len(who)
    for point in ("noted", "before-sent"):
        fault = f"following.{point}:1"
        number += 1
        hub.post(_mail(number, "grace@other.example", above=2), level="aligned")
        now += timedelta(minutes=20)
        assert _look(hub, now.isoformat(), fault) == -signal.SIGKILL  # the spool stays as it is
        number += 1
        hub.post(_mail(number, "grace@other.example", above=2), level="aligned")
        with clock.fixed(now + timedelta(minutes=15)):
            fanout = Fanout(hub.config, out, maillog.to_nobody())
            fanout.run()
            while fanout.accompany():
                pass
            fanout.close()
        take()
    with clock.fixed(now + timedelta(hours=2)):
        fanout = Fanout(hub.config, out, maillog.to_nobody())
        fanout.run()
        while fanout.accompany():
            pass
        fanout.close()
    take()
    assert {one for one, times in got.items() if times != 1} == set()
    for place, address in enumerate(who, start=1):
        said = sorted(n for to, n in got if to == address)
        assert said == [*range(place + 1, number + 1)], address
    assert sorted(n for to, n in got if to == "mem@union.example") == list(range(1, number + 1))
    hub.close()
