"""Much mail that is held costs a look what is in a few folders, and not each message by itself.

12 held messages, 24 held messages → one more is decided → paths looked up, objects compared
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from solicomm_build.desk.run import Desk
from solicomm_build.features.moderation import moderation
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import PostId, post_id
from solicomm_build.git.objects.entries import Names
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest import holding
from solicomm_build.ingest.hubstores import HubStores
from solicomm_build.ingest.judging import Judge
from solicomm_build.ingest.secondlook import SecondLook
from solicomm_build.post import decision
from solicomm_build.post.decision import Decision
from solicomm_build.post.held.waitingmail import WaitingMail
from solicomm_build.post.store import mailstore
from solicomm_build.post.store.mailstore import Held, MailStore
from solicomm_build.testing import smallhub

HELD = timedelta(hours=1)
FACTS = {"rule": "moderated", "reason": "every post is looked at", "name": "Ana", "subject": "Hi"}


def mid(number: int) -> PostId:
    return PostId(post_id(f"{number}@union.example"))


def hub(root: Path, count: int) -> Config:
    config = smallhub.make(root)
    store = MailStore(open_repo(config.mail_repo))
    store.begin()
    for number in range(count):
        raw = smallhub.mail(msgid=f"<{number}@union.example>")
        received = (clock.now() - HELD).isoformat()
        envelope = {"received_at": received, "mail_from": None, "rcpt_tos": ["bar@hub.example"]}
        store.hold("bar", mid(number), raw, {**FACTS, "envelope": envelope})
    store.checkpoint("Hold", when=clock.now())
    store.close()
    return config


def decide(config: Config, *numbers: int) -> None:
    store = MailStore(open_repo(config.mail_repo))
    store.begin()
    for number in numbers:
        made = Decision(decision.DISCARD, decision.OPERATOR, clock.now(), "no")
        store.decide("bar", mid(number), decision.encode(made))
    store.checkpoint("Decide", when=clock.now())
    store.close()


def _compared(one: object, other: object) -> bool:
    raise AssertionError(f"{one} is sought among all")


@pytest.fixture
def walked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that are looked up one by one."""
    found: list[str] = []
    real: Callable[[Reader, str, str], object] = Reader._walked

    def one(self: Reader, rev: str, path: str) -> object:
        found.append(path)
        return real(self, rev, path)

    monkeypatch.setattr(Reader, "_walked", one)
    return found


def test_a_decision_costs_no_look_at_what_waits(
    tmp_path: Path, walked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[list[int]] = []
    for count in (12, 24):
        config = hub(tmp_path / str(count), count)
        desk = Desk(config, Spool(config.spool_desk), maillog.to_nobody())
        desk.begin()
        while desk.take():
            pass
        with monkeypatch.context() as patch:
            patch.setattr(moderation._Held, "__eq__", _compared)
            decide(config, 3)
            walked.clear()
            while desk.take():
                pass
            told = len(walked)
        desk.close()
        stores, waiting = HubStores(config), WaitingMail(config)
        walked.clear()
        assert holding.Decisions(stores).carry_out(lambda *_: None) == 1
        done = len(walked)
        stores.close()
        walked.clear()
        assert len(waiting.of(lambda name: True)) == count - 1
        found.append([told, done, len(walked)])
    assert found[0] == found[1]


def test_packs_of_many_decisions_are_merged_on_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = hub(tmp_path, 9)
    decide(config, *range(9))
    merged: list[int] = []
    monkeypatch.setattr(holding, "_MAINTAINED", 4)
    monkeypatch.setattr(HubStores, "maintain", lambda self: merged.append(1))
    stores = HubStores(config)
    assert holding.carry_out(stores, report=lambda *_: None) == 9
    stores.close()
    assert len(merged) == 2
    assert json.dumps(list(MailStore(open_repo(config.mail_repo)).held())) == "[]"


def test_other_mail_costs_no_look_at_what_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, looks = hub(tmp_path, 3), list[str]()
    real = moderation.Queues.of
    monkeypatch.setattr(
        moderation.Queues, "of", lambda *all_: [looks.append(all_[2]), real(*all_)][1]
    )
    desk = Desk(config, Spool(config.spool_desk), maillog.to_nobody())
    desk.begin()
    while desk.take():
        pass
    looks.clear()
    store = MailStore(open_repo(config.mail_repo))
    store.begin()
    store.add(str(mid(9)), smallhub.mail(msgid="<9@union.example>"))
    store.checkpoint("Accept", when=clock.now())
    while desk.take():
        pass
    assert looks == []
    store.begin()
    envelope = {"received_at": clock.now().isoformat(), "mail_from": None, "rcpt_tos": ["b@h.ex"]}
    store.hold("bar", mid(10), smallhub.mail(), {**FACTS, "envelope": envelope})
    store.checkpoint("Hold", when=clock.now())
    store.close()
    while desk.take():
        pass
    assert looks
    desk.close()


def test_what_is_told_together_is_read_together(tmp_path: Path, walked: list[str]) -> None:
    for count in (12, 24):
        config = hub(tmp_path / str(count), count)
        desk = Desk(config, Spool(config.spool_desk), maillog.to_nobody())
        desk.begin()
        walked.clear()
        while desk.take():
            pass
        desk.close()
        assert [path for path in walked if path.endswith(".eml")] == []
        told = smallhub.files(config.mail_repo, "notices/bar")
        assert len(told) == count


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


class _Tree(bytes):
    """A tree that counts how often it is looked through."""

    looks = 0

    def find(self, *where: Any) -> int:
        _Tree.looks += 1
        return super().find(*where)


def test_a_folder_is_not_looked_through_for_each_of_thousands_of_names() -> None:
    names = [f"{post_id(f'{number}@union.example')}.json" for number in range(400)]
    oids = {name: hashlib.sha1(name.encode()).digest() for name in names[::2]}
    tree = b"".join(b"100644 %s\0%s" % (name.encode(), oids[name]) for name in sorted(oids))
    found = Names(_Tree(tree))
    told = {name: found.entry(name) for name in names}
    assert told == {name: (oids[name].hex() if name in oids else None, False) for name in names}
    assert _Tree.looks <= 100
