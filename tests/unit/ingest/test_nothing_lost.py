"""When a store or the spool does not answer, ingest waits, says so and goes on: nothing is lost."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.foundation import clock, maillog, watch
from solicomm_build.foundation.errors import HubError, NotKeptError, StoreError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects.client import ObjectsError
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import Oid, PostId, post_id
from solicomm_build.foundation.watch import Watch
from solicomm_build.git.known import KnownNames
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest import holding as moderation
from solicomm_build.ingest import run as stage
from solicomm_build.ingest.hubstores import HubStores
from solicomm_build.ingest.secondlook import SecondLook
from solicomm_build.post import decision as decisions
from solicomm_build.post.conference import Conference
from solicomm_build.post.decision import Decision
from solicomm_build.post.store import fsck
from solicomm_build.post.store.mailstore import MailStore
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import item, mail

MID, OTHER = post_id("1@union.example"), post_id("2@union.example")


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return smallhub.make(tmp_path / "hub")


@pytest.fixture
def moderated(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}, posting="moderated"))
    put(made, mail("one", subject="First"))
    put(made, mail("two", subject="Second", msgid="<2@union.example>"))
    stage.ingest(made, once=True, log=maillog.to_nobody())
    return made


@pytest.fixture
def work(hub: Config) -> Iterator[stage.Ingest]:
    made = stage.Ingest(hub, Spool(hub.spool_in), maillog.to_nobody())
    yield made
    made.close()


def put(hub: Config, raw: bytes) -> None:
    Spool(hub.spool_in).put([item(raw, proved=True)])


def posts(hub: Config) -> int:
    return len(smallhub.files(hub.conference_repo("bar"), "topics"))


def sometimes(patch: pytest.MonkeyPatch, owner: type, name: str, *faults: Exception) -> None:
    """Has a function fail so many times before it is what it was."""
    left, real = list(faults), getattr(owner, name)

    def called(*args: object, **rest: object) -> object:
        if left:
            raise left.pop(0)
        return real(*args, **rest)

    patch.setattr(owner, name, called)


def test_a_spool_that_is_away_is_told_once_and_when_it_is_back(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = maillog.to_nobody()
    work = stage.Ingest(hub, Spool(hub.spool_in), events)
    put(hub, mail())
    sometimes(monkeypatch, Spool, "pending", ObjectsError("no answer"), ObjectsError("no answer"))
    assert [work.take() for _ in range(4)] == [False, False, True, False]
    work.close()
    assert events.counters() == {"spool-away": 1, "spool-back": 1, "accept": 1}
    assert posts(hub) == 1


def test_once_ends_with_what_kept_it_from_the_spool(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(hub, mail())
    sometimes(monkeypatch, Spool, "pending", ObjectsError("no answer"))
    with pytest.raises(ObjectsError, match="no answer"):
        stage.ingest(hub, once=True, log=maillog.to_nobody())
    stage.ingest(hub, once=True, log=maillog.to_nobody())
    assert posts(hub) == 1


def test_what_a_process_died_of_is_set_aside_when_the_spool_answers_again(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(hub, mail())
    put(hub, mail(msgid="<2@union.example>"))
    first = Spool(hub.spool_in).read(Spool(hub.spool_in).pending(1)[0])[0]
    with contextlib.closing(Watch(tmp_path / "watch", "ingest")) as before:
        before._write(f"{watch.MOST_ENDS} {first.name}")
    events = maillog.to_nobody()
    monkeypatch.setattr(stage.time, "sleep", lambda _seconds: None)
    sometimes(monkeypatch, Spool, "set_aside", ObjectsError("no answer"))
    stage.ingest(hub, once=True, log=events, watch=Watch(tmp_path / "watch", "ingest"))
    assert events.counters()["spool-away"] == 1
    assert len(Spool(hub.spool_in).quarantined()) == 1
    assert posts(hub) == 1


def test_mail_waits_for_machines_that_are_to_keep_it_too(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(hub, mail())
    sometimes(
        monkeypatch, MailStore, "checkpoint", NotKeptError("too few"), NotKeptError("too few")
    )
    with pytest.raises(NotKeptError):
        stage.ingest(hub, once=True, log=maillog.to_nobody())
    assert len(Spool(hub.spool_in).pending()) == 1
    stage.ingest(hub, once=True, log=maillog.to_nobody())
    assert posts(hub) == 1


def test_a_file_that_another_took_meanwhile_is_passed_over(
    work: stage.Ingest, hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(hub, mail())
    put(hub, mail(msgid="<2@union.example>"))
    sometimes(monkeypatch, Spool, "read", FileNotFoundError("gone"))
    assert work.take()
    assert len(Spool(hub.spool_in).pending()) == 1


def test_a_decision_that_cannot_be_carried_out_now_is_later(
    moderated: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    for mid in (MID, OTHER):
        _write(moderated, mid, "accept")
    events = maillog.to_nobody()
    work = stage.Ingest(moderated, Spool(moderated.spool_in), events)
    sometimes(monkeypatch, MailStore, "release", OSError(errno.EIO, "io"))
    assert not work.decide()
    assert work.decide()
    work.close()
    assert events.counters()["decide-again"] == 1
    assert posts(moderated) == 2
    assert moderation.list_held(moderated) == []
    assert fsck.check(moderated) == []


def test_a_fault_in_one_decision_is_told_and_stops_no_other(
    moderated: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    for mid in (MID, OTHER):
        _write(moderated, mid, "accept")
    sometimes(monkeypatch, HubStores, "posts", HubError("it is being moved"))
    told: list[tuple[str, str]] = []
    stores = HubStores(moderated)
    done = moderation.carry_out(
        stores, report=lambda held, made, fault: told.append((made.decision, fault))
    )
    stores.close()
    assert done == 1
    assert sorted(told) == [("accept", ""), ("accept", "it is being moved")]
    assert posts(moderated) == 1
    assert len(moderation.list_held(moderated)) == 1


def test_who_decides_hears_what_kept_it_from_being_done_and_it_is_done_later(
    moderated: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    sometimes(monkeypatch, HubStores, "posts", HubError("it is being moved"))
    with pytest.raises(HubError, match="decided, but not carried out: it is being moved"):
        moderation.decide(moderated, "bar", MID, Decision("accept", "member:3", clock.now()))
    stage.ingest(moderated, once=True, log=maillog.to_nobody())
    assert posts(moderated) == 1


def test_nobody_decides_in_a_cell_that_the_conference_has_left(
    moderated: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(HubStores, "is_own", lambda *_: False)
    with pytest.raises(HubError, match="goes to another cell"):
        moderation.decide(moderated, "bar", MID, Decision("accept", "member:3", clock.now()))
    monkeypatch.undo()
    assert len(moderation.list_held(moderated)) == 2


def test_a_second_look_that_fails_is_taken_again(
    work: stage.Ingest, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[str] = []

    def run(_: object) -> list[object]:
        looks.append("")
        raise StoreError("mail.git is locked") if len(looks) == 1 else OSError(errno.EIO, "io")

    monkeypatch.setattr(SecondLook, "run", run)
    work.look_again()
    work.look_again()
    assert len(looks) == 2


def test_a_store_that_fails_on_one_mail_sets_it_aside_after_all_tries(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage.time, "sleep", lambda _seconds: None)
    real = MailStore.add

    def add(store: MailStore, name: str, raw: bytes) -> object:
        if b"poison" in raw:
            raise OSError(errno.EIO, "io")
        return real(store, name, raw)

    monkeypatch.setattr(MailStore, "add", add)
    put(hub, mail("poison"))
    put(hub, mail("bread", msgid="<2@union.example>"))
    stage.ingest(hub, once=True, log=maillog.to_nobody())
    (aside,) = Spool(hub.spool_in).quarantined()
    assert "the store does not take it" in aside[1]
    assert posts(hub) == 1


def test_every_cell_goes_on_until_none_has_anything_for_another(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub")
    put(hub, mail())
    stage.ingest_all(hub, log=maillog.to_nobody())
    assert posts(hub) == 1


def _write(hub: Config, mid: PostId, decision: str) -> None:
    with contextlib.closing(MailStore(open_repo(hub.mail_repo))) as store:
        made = Decision(decision, "member:3", clock.now())
        store.begin()
        store.decide("bar", mid, decisions.encode(made))
        store.checkpoint("Decide", when=clock.now())


def test_names_of_a_large_conference_are_read_in_no_message_s_time(
    hub: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(hub, mail())
    stage.ingest(hub, once=True, log=maillog.to_nobody())
    put(hub, mail(msgid="<2@union.example>"))
    at_work: list[str] = []
    read = KnownNames._all

    def noted(self: KnownNames, tip: Oid) -> Iterator[bytes]:
        at_work.append((tmp_path / "watch" / "ingest").read_text().strip())
        return read(self, tip)

    monkeypatch.setattr(KnownNames, "_all", noted)
    stage.ingest(hub, once=True, log=maillog.to_nobody(), watch=Watch(tmp_path / "watch", "ingest"))
    assert at_work == [""]  # else the message would be set aside where that takes two seconds
    assert posts(hub) == 2
