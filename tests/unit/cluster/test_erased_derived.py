"""What a machine made of the hub while it had it, and keeps for itself, goes with an erasure."""

from __future__ import annotations

from pathlib import Path

from solicomm_build.builder.run import Builder
from solicomm_build.cli.serving import standing
from solicomm_build.features.privacy import asking, erase
from solicomm_build.foundation import clock, data
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Mailbox
from solicomm_build.people import memberstore
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.people.sessions import STAYS, Sessions

from . import test_erasing as erased
from .test_erasing import SECRET, hub

__all__ = ["hub"]  # a fixture

BO, BROWSER = "bo@union.example", "Firefox, Android"
HUB = tuple[Config, list[Path]]


def _built(config: Config) -> None:
    builder = Builder(config, data.theme())
    builder.build()
    builder.close()


def _used(config: Config) -> None:
    """Pages, the roster's fold, somebody who is signed in, and what a killed backup holds."""
    _built(config)
    store = RosterStore.of(config)
    assert store.roster().member(BO)
    store.close()
    stored, now = Sessions(config), clock.now()
    stored.begin(stored.link(1, "", now), now, STAYS, BROWSER)
    stored.close()
    held = config.state / "backup/held"
    held.mkdir(parents=True)
    (held / "1").write_text(f"From: {BO}\n\n{SECRET}\n")


def _holding(root: Path) -> list[str]:
    """The plain files with a word of what went, but for the pages."""
    words = [BO.encode(), SECRET.encode(), BROWSER.encode()]
    found = []
    for path in root.rglob("*"):
        name = path.relative_to(root).as_posix()
        if path.is_file() and "/objects/" not in name and not name.endswith(".todo"):
            octets = path.read_bytes()
            found += [name] * any(word in octets for word in words)
    return sorted(found)


def test_a_machine_that_stands_by_keeps_nothing_but_pages(hub: HUB, tmp_path: Path) -> None:
    config, _ = hub
    memberstore.subscribe(config, "bar", [Mailbox("Bo", BO)])
    erased.carry(config)
    second = erased.has_it_meanwhile(config, tmp_path)
    _used(second.config)
    erased.goes_back(second.config, config)
    erase.erase(config, BO, reason="Request", by="op")
    erased.carry(config)
    asking.ask(config)
    assert "state/roster.sqlite" in _holding(second.config.root)
    assert standing.let_go(second.config) == 0
    left = _holding(second.config.root)
    assert [one for one in left if not one.startswith("public/")] == []
    lease.end(config)
    second.takes_over(4)
    _built(second.config)
    assert _holding(second.config.root) == []
