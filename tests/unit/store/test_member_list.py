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
