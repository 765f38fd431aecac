"""What was set aside is counted without its reasons, and looked through once a minute at most.

3 mails, one thing that a stage passes over → counted; a desk that goes on → looks at all of it
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.desk.chores import Looked
from solicomm_build.desk.office import Office
from solicomm_build.features.tracing import setaside
from solicomm_build.foundation import clock, watch
from solicomm_build.foundation.hub import quarantine
from solicomm_build.foundation.hub.quarantine import Counted
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.watch import HELD
from solicomm_build.testing import smallhub

_NOW = clock.now()


def test_what_was_set_aside_is_counted_without_its_reasons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = smallhub.make(tmp_path)
    assert quarantine.counted(config.spool_quarantine) == Counted(0, 0, None)
    for number in range(3):
        item = smallhub.item(smallhub.mail(f"text {number}"))
        Spool(config.spool_in).quarantine(item, "no")
    watch.pass_over(config.spool_quarantine, "build", "post:bar/abc", "it held")
    every = quarantine.aside(config.spool_quarantine)
    assert [one.reason for one in every] == ["no", "no", "no", "it held"]
    monkeypatch.setattr(quarantine, "open", None, raising=False)
    octets = sum(one.octets for one in every)
    first = min(one.at for one in every).timestamp()
    found = quarantine.counted(config.spool_quarantine)
    assert (found.files, found.octets) == (4, octets)
    assert found.first == pytest.approx(first, abs=0.001)


def test_a_letter_that_has_to_wait_costs_no_look_in_each_round(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = smallhub.make(tmp_path, operator="op@hub.example")
    looks, real = list[int](), quarantine.aside
    monkeypatch.setattr(quarantine, "aside", lambda where: [looks.append(1), real(where)][1])
    last = config.private / "reminders/set-aside"
    last.parent.mkdir(parents=True)
    last.write_text(f"{_NOW - timedelta(minutes=30):%Y-%m-%dT%H:%M:%S+00:00}\n")
    memory, office = Looked[Any](), Office(config)
    with clock.fixed(_NOW):
        for number in range(5):
            item = smallhub.item(smallhub.mail(f"text {number}"))
            Spool(config.spool_in).quarantine(item, HELD.format(stage="ingest"))
            assert list(setaside.steps(office, memory)) == []
        assert len(looks) == 1
    with clock.fixed(_NOW + timedelta(hours=1)):
        memory.at_once()
        (step,) = setaside.steps(office, memory)
    assert len(step.plan.letters) == 1
    office.close()
