"""New events count after all that is there, whatever the clock says."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import open_repo
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import BEGUN

CONSENT = Consent("owner", "test")


def _joined(hub: Config) -> None:
    smallhub.add_events(
        hub,
        [
            rosterevents.member(1, "ana@union.example", at=BEGUN, consent=CONSENT),
            rosterevents.subscribe("bar", 1, at=BEGUN, consent=CONSENT),
        ],
    )


def test_who_leaves_while_the_clock_is_an_hour_back_has_left(tmp_path: Path) -> None:
    """The end of the subscription was folded before its beginning, and the member stayed."""
    hub = smallhub.make(tmp_path / "hub")
    _joined(hub)
    early = BEGUN - timedelta(hours=1)
    store = RosterStore(open_repo(hub.roster_repo))
    store.append(
        [rosterevents.unsubscribe("bar", 1, at=early, by="one-click")], at=early, subject="Leave"
    )
    assert store.roster().subscriptions["bar"] == {}
    store.close()
    store = RosterStore(open_repo(hub.roster_repo))
    assert store.roster().subscriptions["bar"] == {}
    store.append(
        [rosterevents.subscribe("bar", 1, at=BEGUN, consent=CONSENT)], at=early, subject="Back"
    )
    assert 1 in store.roster().subscriptions["bar"]
    store.close()


def test_a_clock_that_goes_on_is_believed(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub")
    _joined(hub)
    later = BEGUN + timedelta(hours=1)
    store = RosterStore(open_repo(hub.roster_repo))
    store.append([rosterevents.unsubscribe("bar", 1, at=later, by="x")], at=later, subject="Leave")
    store.close()
    assert any("T010000.000000Z" in path for path in smallhub.files(hub.roster_repo, "events"))
