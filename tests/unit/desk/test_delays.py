"""How long mail waited for moderators: only of months that ended, and only of enough decisions."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.desk.office import Office
from solicomm_build.features.health.delays import Delays, waited
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import post_id
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.post.conference import Conference
from solicomm_build.post.store.mailstore import MailStore
from solicomm_build.testing import smallhub

MARCH = datetime(2026, 3, 10, tzinfo=UTC)
APRIL = datetime(2026, 4, 2, tzinfo=UTC)


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    shy = Conference("shy", {"en": "Shy"}, posting="moderated", publish_health=False)
    return smallhub.make(
        tmp_path / "hub", Conference("bar", {"en": "Bar"}, posting="moderated"), shy
    )


def note(hub: Config, verdicts: list[tuple[datetime, str]]) -> None:
    with closing(MailStore(open_repo(hub.mail_repo))) as mail:
        for at, verdict in verdicts:
            mail.begin()
            mail.note(verdict)
            mail.checkpoint("Test", when=at)


def held(
    number: int, hours: int, conference: str = "bar", by: str = "member-1"
) -> list[tuple[datetime, str]]:
    mid = post_id(f"{number}@union.example")
    at = MARCH + timedelta(minutes=number)
    facts = f"author=0 decision=accept by={by}"
    return [
        (at, f"hold nonmember {conference}/{mid} author=0 level=claimed"),
        (at + timedelta(hours=hours), f"accept decided {conference}/{mid} {facts}"),
    ]


def filed(hub: Config, conference: str = "bar", month: str = "2026-03") -> str | None:
    with Reader(open_repo(hub.conference_repo(conference))) as reader:
        found = reader.at(MAIN, f"health/{month}.json")
        return found.decode() if found is not None else None


def run(hub: Config, at: datetime = APRIL) -> bool:
    office = Office(hub)
    try:
        with clock.fixed(at):
            delays = Delays(office, maillog.to_nobody())
            done = delays.run()
            assert not delays.run(), "once is enough"
            return done
    finally:
        office.close()


def test_a_month_of_five_decisions_is_filed_once(hub: Config) -> None:
    note(hub, sorted(step for n in range(5) for step in held(n, n + 1)))
    assert not run(hub, MARCH + timedelta(days=9)), "March has not ended"
    assert run(hub)
    assert filed(hub) == '{"decisions": 5, "median_seconds": 10800}\n'
    assert not run(hub)


def test_fewer_decisions_and_those_of_nobody_are_told_nowhere(hub: Config) -> None:
    steps = [step for n in range(4) for step in held(n, 1)]
    steps += [step for n in range(4, 9) for step in held(n, 2, by="expiry")]
    note(hub, sorted(steps))
    assert not run(hub)
    assert filed(hub) is None


def test_a_conference_that_keeps_its_health_to_itself_files_nothing(hub: Config) -> None:
    note(hub, sorted(step for n in range(6) for step in held(n, 1, "shy")))
    assert not run(hub)
    assert filed(hub, "shy") is None


def test_what_was_held_in_the_month_before_counts_where_it_was_decided() -> None:
    mid = post_id("a@x")
    before = datetime(2026, 2, 27, tzinfo=UTC)
    verdicts = [
        (MARCH, f"accept decided bar/{mid} by=operator"),
        (before, f"hold nonmember bar/{mid} author=0"),
        (before, "something else entirely"),
    ]
    assert waited(verdicts, "2026-03") == {"bar": [int((MARCH - before).total_seconds())]}
    assert waited(verdicts, "2026-02") == {}


def test_a_verdict_of_another_kind_is_no_decision() -> None:
    mid = post_id("a@x")
    verdicts = [(MARCH, f"accept member bar/{mid} author=0"), (MARCH, f"hold size bar/{mid}")]
    assert waited(verdicts, "2026-03") == {}
