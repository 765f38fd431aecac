"""`solicomm member list`: nobody of a conference is hidden."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.git.repo import open_repo
from solicomm_build.people import rosterevents
from solicomm_build.people.memberstore import subscribers
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.testing import smallhub

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def test_who_hosts_and_is_not_subscribed_is_listed(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub")
    (hub.root / "hub.yaml").write_text("name: Test\ndomain: hub.example\nurl: http://hub.example\n")
    words = ["member", "add", "bar", "ana@union.example", "--hub", str(hub.root)]
    assert CliRunner().invoke(main, words).exit_code == 0
    store = RosterStore(open_repo(hub.roster_repo))
    number = next(iter(store.roster().members))
    store.close()
    role = rosterevents.role("bar", number, "host", at=NOW, by="operator")
    gone = rosterevents.unsubscribe("bar", number, at=NOW, by="operator")
    smallhub.add_events(hub, [role, gone])
    assert [(row["role"], row["state"]) for row in subscribers(hub, "bar")] == [
        ("host", "not subscribed")
    ]
    said = CliRunner().invoke(main, ["member", "list", "bar", "--hub", str(hub.root)]).output
    assert said == "ana@union.example (host, not subscribed)\n"


def test_it_says_why_somebody_gets_no_mail(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub")
    (hub.root / "hub.yaml").write_text("name: Test\ndomain: hub.example\nurl: http://hub.example\n")
    agreed = rosterevents.Consent("mail", "1@union.example")
    kept: dict[str, dict[str, str]] = {
        "all": {"digest": "none"},
        "off": {"mail": "off"},
        "rest": {"paused": "2026-11-20T09:00:00Z", "digest": "daily"},
        "back": {},
        "dead": {},
        "gone": {},
    }
    events = []
    for number, (name, options) in enumerate(kept.items(), 1):
        address = f"{name}@union.example"
        events.append(rosterevents.member(number, address, at=NOW, consent=agreed))
        events.append(
            rosterevents.subscribe("bar", number, at=NOW, consent=agreed, options=options)
        )
    back = rosterevents.state(4, "disabled", at=NOW, by="bounces", conference="bar")
    dead = rosterevents.state(5, "disabled", at=NOW, by="bounces")
    gone = rosterevents.state(6, "removed", at=NOW, by="operator")
    smallhub.add_events(hub, [*events, back, dead, gone])
    said = CliRunner().invoke(main, ["member", "list", "bar", "--hub", str(hub.root)]).output
    assert said.splitlines() == [
        "all@union.example",
        "off@union.example (mail off)",
        "rest@union.example (paused since 2026-11-20, digest daily)",
        "back@union.example (disabled)",
        "dead@union.example (disabled)",
    ]


def test_who_traces_a_member_is_told_where_to_look(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub")
    (hub.root / "hub.yaml").write_text("name: Test\ndomain: hub.example\nurl: http://hub.example\n")
    words = ["member", "add", "bar", "ana@union.example", "--hub", str(hub.root)]
    assert CliRunner().invoke(main, words).exit_code == 0
    traced = CliRunner().invoke(main, ["trace", "Ana@union.example", "--hub", str(hub.root)])
    assert traced.exit_code != 0
    assert "is the address of a member" in traced.output
    assert "solicomm member list" in traced.output
