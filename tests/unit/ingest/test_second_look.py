"""Mail that waits for time and not for people: for the DNS, for the next day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.errors import NameLookupError
from solicomm_build.foundation.hub import dns
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import Envelope, TopicId, TxtAnswer, post_id
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest import holding as moderation
from solicomm_build.ingest.judging import Pace
from solicomm_build.ingest.run import Ingest
from solicomm_build.people import rosterevents
from solicomm_build.post import event as topic_event
from solicomm_build.post.conference import Conference
from solicomm_build.post.postingrules import PostingRules
from solicomm_build.post.store.mailstore import proof_path
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import mail

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


class Hub:
    """A hub whose time and DNS are the test's."""

    def __init__(self, config: Config) -> None:
        self.config, self.now = config, START
        self.is_proved = config.dns == "off"
        self.work = Ingest(config, Spool(config.spool_in), maillog.to_nobody())

    def take(self, number: int, *fields: str, to: str = "bar@hub.example") -> None:
        raw = mail("words", *fields, msgid=f"<{number}@union.example>", subject=f"No {number}")
        with clock.fixed(self.now):
            envelope = Envelope("a@b.example", (to,), self.now, proved=self.is_proved)
            Spool(self.config.spool_in).put([Item(envelope, raw)])
            self.work.take()

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)
        with clock.fixed(self.now):
            self.work.look_again()
            self.work.decide()

    @property
    def held(self) -> dict[str, str]:
        return {one.subject: one.rule for one in moderation.list_held(self.config)}

    @property
    def posts(self) -> int:
        names = smallhub.files(self.config.conference_repo("bar"), "topics")
        return sum(name.endswith(".md") for name in names)


def _hub(root: Path, rules: PostingRules, *, dns: bool = False) -> Hub:
    conference = Conference("bar", {"en": "Bar"}, policy=rules)
    made = smallhub.make(root / "hub", conference)
    consent = rosterevents.Consent("owner")
    smallhub.add_events(
        made,
        [
            rosterevents.member(1, "ana@union.example", at=smallhub.BEGUN, consent=consent),
            rosterevents.subscribe("bar", 1, at=smallhub.BEGUN, consent=consent),
        ],
    )
    return Hub(made if not dns else replace(made, dns=(("127.0.0.1", 1),)))


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    """What the DNS says; nothing at all while `silent`."""
    state: dict[str, object] = {"silent": True, "policy": b"v=DMARC1; p=none"}

    def txt(self: dns.Resolver, name: str) -> TxtAnswer:
        if state["silent"]:
            raise NameLookupError("silent")
        records = (state["policy"],) if name.startswith("_dmarc.") else ()
        return TxtAnswer(records)  # type: ignore[arg-type]

    monkeypatch.setattr(dns.Resolver, "txt", txt)
    return state


def test_while_the_dns_is_silent_members_wait_and_then_go_through(
    tmp_path: Path, answers: dict[str, object]
) -> None:
    hub = _hub(tmp_path, PostingRules(), dns=True)
    hub.take(1)
    assert hub.held == {"No 1": "dns-silent"}
    hub.later(minutes=5)
    assert hub.held == {"No 1": "dns-silent"}
    answers["silent"] = False
    hub.later(minutes=5)
    assert hub.held == {"No 1": "unproven"}, "nobody signed it, so its author is asked"
    mid = post_id("1@union.example")
    note = Change(proof_path("bar", mid), b"{}\n")
    write_once(open_repo(hub.config.mail_repo), [note], message="Yes\n", when=hub.now)
    hub.later(seconds=1)
    assert (hub.held, hub.posts) == ({}, 1)
    hub.later(minutes=5)
    assert hub.posts == 1
    kept = smallhub.files(hub.config.mail_repo)
    assert not any(name.startswith(("held/", "proofs/")) for name in kept)


def test_what_turns_out_forged_goes_on_waiting_for_moderators(
    tmp_path: Path, answers: dict[str, object]
) -> None:
    hub = _hub(tmp_path, PostingRules(), dns=True)
    hub.take(1)
    answers |= {"silent": False, "policy": b"v=DMARC1; p=reject"}
    hub.later(minutes=2)
    assert (hub.held, hub.posts) == ({"No 1": "looks-forged"}, 0)


def test_what_was_too_much_for_a_day_comes_on_the_next(tmp_path: Path) -> None:
    hub = _hub(tmp_path, PostingRules(per_member=1, release=True))
    for number in (1, 2, 3):
        hub.take(number)
        hub.now += timedelta(seconds=1)
    assert hub.held == {"No 2": "member-rate", "No 3": "member-rate"}
    hub.later(hours=1)
    assert hub.posts == 1
    hub.later(days=1)
    assert hub.held == {"No 3": "member-rate"}, "the oldest first, and the limit holds"
    hub.later(days=1)
    assert (hub.held, hub.posts) == ({}, 3)


def test_without_release_a_moderator_decides(tmp_path: Path) -> None:
    hub = _hub(tmp_path, PostingRules(per_member=1))
    hub.take(1)
    hub.take(2)
    hub.later(days=2)
    assert hub.held == {"No 2": "member-rate"}


def test_a_program_in_a_loop_is_stopped_after_ten(tmp_path: Path) -> None:
    hub = _hub(tmp_path, PostingRules("accept", per_member=0, per_list=0))
    for number in range(12):
        hub.take(number, "Precedence: bulk")
    assert set(hub.held.values()) == {"automatic-flood"}
    assert (hub.posts, len(hub.held)) == (10, 2)
    hub.now += timedelta(minutes=11)
    hub.take(99, "Precedence: bulk")
    assert hub.posts == 11


def test_an_answer_to_a_closed_topic_waits(tmp_path: Path) -> None:
    hub = _hub(tmp_path, PostingRules(closed="hold"))
    hub.take(1)
    mid = post_id("1@union.example")
    closed = topic_event.make("close", at=START, by="p_mo")
    change = Change(topic_event.path(TopicId(mid), closed), topic_event.encode(closed))
    write_once(
        open_repo(hub.config.conference_repo("bar")), [change], message="Close\n", when=START
    )
    hub.take(2, "In-Reply-To: <1@union.example>")
    hub.take(3)
    assert (hub.held, hub.posts) == ({"No 2": "topic-closed"}, 2)


def test_a_rejected_nonmember_leaves_nothing_waiting(tmp_path: Path) -> None:
    hub = _hub(tmp_path, PostingRules(nonmembers="reject"))
    hub.work.close()
    hub = Hub(replace(hub.config, authserv_id="mx.hub.example"))
    raw = mail(
        "words",
        "Authentication-Results: mx.hub.example; dmarc=pass header.from=far.example",
        sender="Far <far@far.example>",
    )
    to = Envelope("far@far.example", ("bar@hub.example",), hub.now)
    with clock.fixed(hub.now):
        Spool(hub.config.spool_in).put([Item(to, raw)])
        hub.work.take()
    hub.later(seconds=1)
    assert (hub.held, hub.posts) == ({}, 0)
    (decision,) = smallhub.files(hub.config.mail_repo, "decisions").values()
    assert b'"decision": "reject", "by": "policy"' in decision


def test_mail_does_not_wait_for_what_a_clock_said_that_was_put_back(
    tmp_path: Path, answers: dict[str, object]
) -> None:
    hub = _hub(tmp_path, PostingRules(), dns=True)
    hub.take(1)
    hub.later(days=4000)
    answers |= {"silent": False, "policy": b"v=DMARC1; p=reject"}
    hub.later(days=-4000, minutes=1)
    assert hub.held == {"No 1": "looks-forged"}


def test_what_programs_wrote_while_the_clock_was_ahead_is_none_of_their_pace() -> None:
    pace, now = Pace(), clock.now()
    for _ in range(5):
        pace.came("bar", "a@x.example", now + timedelta(days=4000))
    assert pace.came("bar", "a@x.example", now) == 0
    assert pace.came("bar", "a@x.example", now) == 1
