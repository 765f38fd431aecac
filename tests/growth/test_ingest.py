"""What ingest looks for among held mail costs what came since, however much waits.

9 held messages → some are decided, one more is held → facts read, folders listed
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import HubError
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest import holding
from solicomm_build.ingest.hubstores import HubStores
from solicomm_build.ingest.judging import Judge
from solicomm_build.ingest.secondlook import SecondLook
from solicomm_build.post.decision import Decision
from solicomm_build.post.store import mailstore
from solicomm_build.post.store.mailstore import Held, MailStore
from solicomm_build.testing import smallhub
from tests.growth.test_held import FACTS, decide, hub, mid


def test_a_decision_is_looked_for_among_those_that_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, looks, held = hub(tmp_path, 9), list[bool](), MailStore.held_at

    def held_at(store: MailStore, *how: Any) -> object:
        looks.append(len(how) < 2 or how[1] is None)
        return held(store, *how)

    stores, faults, apply = HubStores(config), list[str](), holding._apply
    work, now = holding.Decisions(stores), clock.now()

    def report(one: Held, _made: Decision, fault: str) -> None:
        faults.append(f"{one.mid} {fault}".strip())

    def failing(stores_: HubStores, one: Held, made: Decision) -> None:
        if one.mid == mid(4):
            raise HubError("not now")
        apply(stores_, one, made)

    with clock.fixed(now):
        assert work.carry_out(report) == 0
        decide(config, 2)
        assert work.carry_out(report) == 1
        faults.clear()
        monkeypatch.setattr(MailStore, "held_at", held_at)
        monkeypatch.setattr(holding, "_apply", failing)
        decide(config, 3, 4)
        assert work.carry_out(report) == 1
        assert sorted(faults) == sorted([str(mid(3)), f"{mid(4)} not now"])
        monkeypatch.setattr(holding, "_apply", apply)
        faults.clear()
        decide(config, 5)
        assert work.carry_out(report) == 2, "what could not be done is tried again"
        assert sorted(faults) == sorted(map(str, (mid(4), mid(5))))
        assert not any(looks)
        decide(config, 6)
    with clock.fixed(now + timedelta(hours=2)):
        assert work.carry_out(report) == 1
    assert any(looks), "now and then for all"
    stores.close()


def test_a_second_look_reads_what_came_since_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, read, now = hub(tmp_path, 9), list[bytes](), clock.now()

    def loads(octets: bytes) -> Any:
        read.append(octets)
        return json.loads(octets)

    monkeypatch.setattr(mailstore, "json", SimpleNamespace(loads=loads, dumps=json.dumps))
    stores = HubStores(config)
    work = SecondLook(stores, Judge(stores))
    with clock.fixed(now):
        assert list(work.run()) == []
    assert len(read) == 9
    envelope = {"received_at": now.isoformat(), "mail_from": None, "rcpt_tos": ["bar@hub.example"]}
    store = MailStore(open_repo(config.mail_repo))
    store.begin()
    store.hold("bar", mid(10), smallhub.mail(), {**FACTS, "envelope": envelope})
    store.checkpoint("Hold", when=now)
    store.close()
    with clock.fixed(now + timedelta(minutes=2)):
        assert list(work.run()) == []
    assert len(read) == 10
    with clock.fixed(now + timedelta(minutes=4)):
        assert list(work.run()) == []
    assert len(read) == 10
    stores.close()
