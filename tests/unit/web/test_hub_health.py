"""The page *How the hub is doing* of My hub: for hosts of the whole hub and the operator."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.features.checks import hostsection
from solicomm_build.features.checks.hostsection import lately, moves
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import backups, health
from solicomm_build.foundation.spool import Spool
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.people import rosterevents
from solicomm_build.people.roster import HUB
from solicomm_build.people.rosterevents import Consent
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.store.mailstore import MailStore
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import item, mail
from tests.unit.web.myhub import Hub, living

HOST, MODERATOR, NEW = "ana@union.example", "bea@union.example", "cy@union.example"
NOW = clock.now()
PAGE = "/members/health/"


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    config = smallhub.make(tmp_path / "hub")
    people = [
        rosterevents.member(number, address, at=NOW, consent=Consent("mail"), lang="en")
        for number, address in enumerate((HOST, MODERATOR, NEW), 1)
    ]
    roles = [
        rosterevents.role(HUB, 1, "host", at=NOW, by="operator"),
        rosterevents.role("bar", 2, "moderator", at=NOW, by="operator"),
    ]
    smallhub.add_events(config, [*people, *roles])
    monkeypatch.setattr(hostsection, "_KEPT", 0.0)
    with living(config) as hub:
        yield hub


def test_only_hosts_of_the_hub_have_the_page(hub: Hub) -> None:
    host = hub.signed_in(HOST)
    assert f'href="{PAGE}"' in host.get("/members/").text
    assert host.get(PAGE).status == 200
    browser = hub.signed_in(MODERATOR)
    assert PAGE not in browser.get("/members/").text
    assert browser.get(PAGE).status == 404


def test_it_says_what_is_wrong_what_waits_and_who_came(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "troubles", lambda _config: [])
    store = MailStore(open_repo(hub.config.mail_repo))
    store.begin()
    envelope = {"mail_from": NEW, "rcpt_tos": ["bar@hub.example"], "received_at": NOW.isoformat()}
    facts = {"envelope": envelope, "reason": "a test", "rule": "test", "subject": "s", "name": "n"}
    store.hold("bar", "x" * 26, mail(), facts)
    store.checkpoint("Hold", when=NOW)
    store.close()
    spool = Spool(hub.config.spool_in)
    spool.quarantine(spool.put([item(mail())]), "a test")
    backups.note(hub.config, "/mnt/<stick>", at=None, every=None)
    at = clock.now()
    joined = rosterevents.subscribe("bar", 3, at=at, consent=Consent("mail"))
    events = RosterStore(open_repo(hub.config.roster_repo))
    events.append([joined], at=at, subject="Join")
    events.close()
    seen = hub.signed_in(HOST).get(PAGE).text
    assert "none into /mnt/&lt;stick&gt; yet" in seen
    assert "Something is not well" in seen
    card = hub.signed_in(HOST).get("/members/").text
    assert "Something is not well.</p>" in card
    assert "Who keeps the machine can mend it:" not in card  # what was found stands on the page
    assert "1 message waits" in seen
    assert "1 message could not be handled" in seen
    assert f"1 came (<bdi>{NEW}</bdi>)" in seen


def test_who_came_and_left_again_counts_as_who_left(tmp_path: Path) -> None:
    config, consent = smallhub.make(tmp_path / "hub"), Consent("mail")
    start = NOW - timedelta(days=40)
    repo = open_repo(config.roster_repo)
    store = RosterStore(repo)
    for days, events in (
        (0, [rosterevents.member(1, HOST, at=start, consent=consent, name="Ana")]),
        (0, [rosterevents.member(2, NEW, at=start, consent=consent)]),
        (1, [rosterevents.subscribe("old", 1, at=start, consent=consent)]),
        (30, [rosterevents.subscribe("bar", 1, at=start, consent=consent)]),
        (31, [rosterevents.subscribe("bar", 2, at=start, consent=consent)]),
        (32, [rosterevents.unsubscribe("bar", 2, at=start, by="mail")]),
    ):
        store.append(events, at=start + timedelta(days=days), subject="Test")
    with clock.fixed(NOW):
        found = moves(store.roster(), lately(Reader(repo), NOW - timedelta(days=30)))
    store.close()
    assert [(one.place, one.came, one.left) for one in found] == [("bar", ("Ana",), 1)]
