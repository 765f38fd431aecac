"""Much mail that is held costs a look what is in a few folders, and not each message by itself.

12 held messages, 24 held messages → one more is decided → paths looked up, objects compared
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.desk.run import Desk
from solicomm_build.features.moderation import moderation
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import PostId, post_id
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest import holding
from solicomm_build.ingest.hubstores import HubStores
from solicomm_build.post import decision
from solicomm_build.post.decision import Decision
from solicomm_build.post.held.waitingmail import WaitingMail
from solicomm_build.post.store.mailstore import MailStore
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
