from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import PostId, post_id
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest import holding as moderation
from solicomm_build.ingest.run import ingest
from solicomm_build.post import decision as decisions
from solicomm_build.post.conference import Conference
from solicomm_build.post.decision import Decision
from solicomm_build.post.store import fsck
from solicomm_build.post.store.mailstore import MailStore, path
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import item, mail

MID, OTHER = post_id("1@union.example"), post_id("2@union.example")


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}, posting="moderated"))
    spool = Spool(made.spool_in)
    spool.put([item(mail("one", subject="First"), proved=True)])
    spool.put([item(mail("two", subject="Second", msgid="<2@union.example>"), proved=True)])
    ingest(made, once=True, log=maillog.to_nobody())
    return made


def test_what_waits_is_listed(hub: Config) -> None:
    held = moderation.list_held(hub)
    assert sorted((one.subject, one.name, one.rule) for one in held) == [
        ("First", "Ana", "moderated"),
        ("Second", "Ana", "moderated"),
    ]
    assert moderation.list_held(hub, "bar") == held
    assert moderation.list_held(hub, "other") == []


def _decide(hub: Config, decision: str, mid: PostId = MID, by: str = "member:3") -> Decision:
    wanted = Decision(decision, by, clock.now())
    return moderation.decide(hub, "bar", mid, wanted)


def test_accept_posts_it_once_and_for_all(hub: Config) -> None:
    _decide(hub, "accept")
    kept = smallhub.files(hub.mail_repo)
    assert kept[path(MID)] == mail("one", subject="First")
    assert f"held/bar/{MID}.eml" not in kept
    posts = smallhub.files(hub.conference_repo("bar"), "topics")
    assert list(posts) == [f"{MID[:2]}/{MID}/posts/{MID}.md"]
    assert smallhub.sources(hub.conference_repo("bar")) == ["mail"]
    with pytest.raises(HubError, match="decided already"):
        _decide(hub, "accept")
    assert len(moderation.list_held(hub)) == 1
    Spool(hub.spool_in).put([item(mail("one", subject="First"))])
    ingest(hub, once=True, log=maillog.to_nobody())
    assert len(moderation.list_held(hub)) == 1
    assert fsck.check(hub) == []


@pytest.mark.parametrize("decision", ["discard", "reject", "ban"])
def test_what_is_not_let_in_is_taken_away(hub: Config, decision: str) -> None:
    assert _decide(hub, decision).decision == decision
    assert [one.subject for one in moderation.list_held(hub)] == ["Second"]
    assert smallhub.files(hub.conference_repo("bar"), "topics") == {}
    with pytest.raises(HubError):
        _decide(hub, "discard")
    assert fsck.check(hub) == []
    made = decisions.decode(smallhub.files(hub.mail_repo)[decisions.path("bar", MID)])
    assert (made.decision, made.by) == (decision, "member:3")


def test_every_decision_leaves_a_verdict(hub: Config) -> None:
    _decide(hub, "accept+trust")
    _decide(hub, "discard", OTHER)
    with MailStoreOf(hub) as store:
        told = {line.partition(" author=")[0] for _, line in store.verdicts()}
    assert told == {
        f"discard decided bar/{OTHER}",
        f"accept decided bar/{MID}",
        f"hold moderated bar/{OTHER}",
        f"hold moderated bar/{MID}",
    }


@pytest.mark.parametrize(("decision", "rule"), [("accept+trust", "accept"), ("ban", "discard")])
def test_trust_and_bans_count_from_then_on(hub: Config, decision: str, rule: str) -> None:
    _decide(hub, decision)
    Spool(hub.spool_in).put([item(mail("three", msgid="<3@union.example>"), proved=True)])
    events = maillog.to_nobody()
    ingest(hub, once=True, log=events)
    assert events.counters() == {rule: 1}


def test_a_decision_written_by_others_is_carried_out_by_ingest(hub: Config) -> None:
    for mid, decision in ((MID, "accept"), (OTHER, "reject")):
        _write(hub, mid, Decision(decision, "member:7", clock.now(), "sorry"))
    events = maillog.to_nobody()
    ingest(hub, once=True, log=events)
    assert events.counters() == {"decided": 2}
    assert moderation.list_held(hub) == []
    assert len(smallhub.files(hub.conference_repo("bar"), "topics")) == 1
    tip = open_repo(hub.mail_repo).ref()
    ingest(hub, once=True, log=maillog.to_nobody())
    assert open_repo(hub.mail_repo).ref() == tip


def test_who_was_first_has_decided(hub: Config) -> None:
    _write(hub, MID, Decision("discard", "member:7", clock.now()))
    made = _decide(hub, "accept")
    assert (made.decision, made.by) == ("discard", "member:7")
    assert smallhub.files(hub.conference_repo("bar"), "topics") == {}


def test_two_moderators_at_once_make_one_decision(hub: Config) -> None:
    start = threading.Barrier(2)

    refused: list[str] = []

    def at_once(decision: str, by: str) -> Decision | None:
        start.wait(30)
        try:
            return _decide(hub, decision, by=by)
        except HubError as error:  # the other one had it carried out before this one looked
            refused.append(str(error))
            return None

    with ThreadPoolExecutor() as pool:
        first = pool.submit(at_once, "accept", "member:3")
        second = pool.submit(at_once, "reject", "member:4")
        made = {one for one in (first.result(60), second.result(60)) if one is not None}
    assert all("decided already" in one for one in refused)
    (counts,) = made
    stored = decisions.decode(smallhub.files(hub.mail_repo)[decisions.path("bar", MID)])
    assert (stored.decision, stored.by) == (counts.decision, counts.by)
    posted = smallhub.files(hub.conference_repo("bar"), "topics")
    assert len(posted) == (counts.decision == "accept")
    assert fsck.check(hub) == []


def test_what_is_no_decision_decides_nothing_and_stops_nothing(hub: Config) -> None:
    with MailStoreOf(hub) as store:
        store.begin()
        store.decide("bar", MID, b'{"decision": "perhaps"}')
        store.checkpoint("Decide", when=clock.now())
    _write(hub, OTHER, Decision("accept", "member:7", clock.now()))
    events = maillog.to_nobody()
    ingest(hub, once=True, log=events)
    assert [one.mid for one in moderation.list_held(hub)] == [MID]
    assert len(smallhub.files(hub.conference_repo("bar"), "topics")) == 1


def test_a_message_that_was_decided_about_waits_under_another_id_once(hub: Config) -> None:
    _decide(hub, "discard")
    for _ in range(3):
        Spool(hub.spool_in).put([item(mail("one", subject="First"))])
        ingest(hub, once=True, log=maillog.to_nobody())
    again = [one.mid for one in moderation.list_held(hub) if one.subject == "First"]
    assert len(again) == 1
    assert again != [MID]
    _decide(hub, "accept", again[0])
    assert len(smallhub.files(hub.conference_repo("bar"), "topics")) == 1
    assert fsck.check(hub) == []


class MailStoreOf:
    """mail.git of a hub, for a moment."""

    def __init__(self, hub: Config) -> None:
        self._store = MailStore(open_repo(hub.mail_repo))

    def __enter__(self) -> MailStore:
        return self._store

    def __exit__(self, *_: object) -> None:
        self._store.close()


def _write(hub: Config, mid: PostId, made: Decision) -> None:
    with MailStoreOf(hub) as store:
        store.begin()
        store.decide("bar", mid, decisions.encode(made))
        store.checkpoint("Decide", when=clock.now())
