"""Roles of the roster and of tokens, made signed facts."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.features.metrics.measures import measure
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.message.auth import signature
from solicomm_build.people import access, grant, grants, rosterevents
from solicomm_build.people import memberstore as membership
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import is_followed

NOW = datetime(2026, 3, 4, 6, 12, tzinfo=UTC)


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    config = smallhub.make(tmp_path)
    (tmp_path / "hub.yaml").write_text("name: T\ndomain: hub.example\nurl: http://hub.example\n")
    add_ana(config)
    return config


def add_ana(config: Config) -> None:
    consent = rosterevents.Consent("import", "")
    member = rosterevents.member(1, "ana@union.example", at=NOW, consent=consent, name="Ana")
    smallhub.add_events(config, [member])


def person(config: Config) -> str:
    store = RosterStore(open_repo(config.roster_repo))
    try:
        return store.roster().persons.of(1) or ""
    finally:
        store.close()


def test_an_appointment_is_a_signed_fact(hub: Config) -> None:
    membership.appoint(hub, "bar", "ana@union.example", "moderator")
    assert grants.read(hub).role(person(hub), "bar", clock.now()) == "moderator"
    files = smallhub.files(hub.site_repo, "roles")
    assert len(files) == 2
    assert all(b"@union" not in blob for blob in files.values())
    membership.appoint(hub, "bar", "ana@union.example", "")
    assert grants.read(hub).role(person(hub), "bar", clock.now()) == "reader"
    assert grants.settle(hub) == 0


def test_roles_of_a_few_events_become_facts_without_starting_git(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*words: object, **more: object) -> None:
        raise AssertionError("git was started")

    membership.appoint(hub, "bar", "ana@union.example", "moderator")
    monkeypatch.setattr(Repo, "git", never)
    monkeypatch.setattr(Repo, "start", never)
    assert grants.settle(hub) == 1
    membership.appoint(hub, "bar", "ana@union.example", "host")
    assert grants.settle(hub) == 1


def test_an_erasure_waits_while_a_role_becomes_a_fact(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the cursor would come to a roster that was left, and keep who was erased."""
    held: list[bool] = []

    def write(*facts: Any, **more: Any) -> Any:
        held.append(is_followed(open_repo(hub.roster_repo)))
        return write_once(*facts, **more)

    smallhub.add_events(hub, [rosterevents.role("bar", 1, "host", at=NOW, by="operator")])
    monkeypatch.setattr(grants, "write_once", write)
    assert grants.settle(hub) == 1
    assert held == [True]


def test_how_far_they_are_read_is_nothing_to_wait_for(hub: Config) -> None:
    """They are looked at when somebody asks for a role, not followed: no lag of the hub."""
    membership.appoint(hub, "bar", "ana@union.example", "moderator")
    grants.read(hub)
    add_bo = rosterevents.member(
        2, "bo@union.example", at=NOW, consent=rosterevents.Consent("mail")
    )
    smallhub.add_events(hub, [add_bo])
    assert not [lag for lag in measure(hub).lags if lag.consumer.startswith("roles-")]


def test_roles_from_before_there_were_facts_count_since_they_were_given(hub: Config) -> None:
    smallhub.add_events(hub, [rosterevents.role("bar", 1, "host", at=NOW, by="operator")])
    assert person(hub) == ""
    found = grants.read(hub)
    assert found.role(person(hub), "bar", NOW) == "host"
    assert found.role(person(hub), "bar", NOW - timedelta(seconds=1)) == "reader"


def test_a_fact_that_is_not_the_hubs_is_ignored_and_reported(hub: Config) -> None:
    membership.appoint(hub, "bar", "ana@union.example", "moderator")
    grants.settle(hub)
    own = grants.key_of(hub)
    forged = grant.Grant("p_bbbbbbbbbb", "bar", "host", NOW, "operator")
    bad = grant.signed(forged, signature.new_key())
    true = grant.encode(grant.signed(forged, own)).replace(b"bbbbbbbbbb", b"cccccccccc")
    repo = open_repo(hub.site_repo)
    later = grant.Grant("p_cccccccccc", "bar", "host", NOW, "operator", key=bad.key)
    changes = [Change(grant.path(bad), grant.encode(bad)), Change(grant.path(later), true)]
    write_once(repo, [*changes, Change("roles/x.txt", b"?")], message="x", when=NOW)
    found = grants.read(hub)
    assert found.role("p_bbbbbbbbbb", "bar", NOW) == "reader"
    assert found.role("p_cccccccccc", "bar", NOW) == "reader"
    assert found.role(person(hub), "bar", clock.now()) == "moderator"
    assert len(grants.faults(hub)) == 3
    assert all(fault.file.startswith("roles/") for fault in grants.faults(hub))


def test_with_a_new_key_everything_is_signed_anew(hub: Config) -> None:
    membership.appoint(hub, "bar", "ana@union.example", "moderator")
    grants.settle(hub)
    (hub.keys / grants.KEY).unlink()
    assert grants.read(hub).role(person(hub), "bar", clock.now()) == "moderator"


def test_a_copy_without_the_key_still_knows_the_roles(hub: Config) -> None:
    membership.appoint(hub, "bar", "ana@union.example", "moderator")
    grants.settle(hub)
    (hub.keys / grants.KEY).unlink()
    assert grants.read(hub, settled=True).role(person(hub), "bar", clock.now()) == "moderator"


def test_a_role_that_is_no_fact_yet_is_reported(hub: Config) -> None:
    membership.appoint(hub, "bar", "ana@union.example", "moderator")
    assert grants.behind(hub)
    assert "not yet a signed fact" in grants.faults(hub)[0].fault
    grants.settle(hub)
    assert not grants.behind(hub)
    assert grants.faults(hub) == []


@pytest.mark.parametrize("who", ["ben.x", "ana@union.example"])
def test_a_token_as_moderator_is_a_fact_until_it_ends(hub: Config, who: str) -> None:
    given, _ = access.issue(hub, who, ["conferences/bar"], role="moderator")
    found = grants.read(hub)
    called = person(hub) if "@" in who else "t_ben-x"
    assert found.role(called, "bar", clock.now()) == "moderator"
    assert found.role(called, "other", clock.now()) == "reader"
    access.revoke(hub, given.id)
    assert grants.read(hub).role(called, "bar", clock.now() + timedelta(seconds=1)) == "reader"


def test_a_token_for_all_conferences_counts_in_all_and_over_at_its_end(hub: Config) -> None:
    end = clock.now() + timedelta(days=1)
    access.issue(hub, "ben", ["conferences/*"], role="host", expires=end)
    found = grants.read(hub)
    assert found.role("t_ben", "bar", clock.now()) == "host"
    assert found.role("t_ben", "bar", end) == "reader"


def test_a_kill_between_a_role_and_its_fact_loses_nothing(hub: Config) -> None:
    membership.appoint(hub, "bar", "ana@union.example", "moderator")
    script = (
        "import sys; from pathlib import Path; from solicomm_build.foundation.hub import hubyaml;"
        "from solicomm_build.people import grants; grants.settle(hubyaml.load(Path(sys.argv[1])))"
    )
    env = os.environ | {"SOLICOMM_FAULT": "grants.after-facts"}
    done = subprocess.run([sys.executable, "-c", script, str(hub.root)], env=env, check=False)
    assert done.returncode == -9
    tip = open_repo(hub.site_repo).ref()
    assert grants.behind(hub)
    assert grants.read(hub).role(person(hub), "bar", clock.now()) == "moderator"
    assert open_repo(hub.site_repo).ref() == tip


def test_a_conference_of_members_only_has_roles_too(hub: Config) -> None:
    smallhub.add_conference(hub, Conference("foo", {"en": "Foo"}, visibility="members"))
    membership.appoint(hub, "foo", "ana@union.example", "host")
    assert grants.read(hub).role(person(hub), "foo", clock.now()) == "host"
