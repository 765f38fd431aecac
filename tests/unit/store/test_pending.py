"""What waits for somebody's yes: kept once, told to its owner, erased, and gone in time."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.features.privacy.erase import erase
from solicomm_build.features.sites.editing import sitedrafts
from solicomm_build.features.sites.editing.sitedrafts import Draft
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people import pending
from solicomm_build.people.pending import Pending
from solicomm_build.post.store import erasing
from solicomm_build.testing.deskhub import NOW, DeskHub

ANA, BEN = "ana@union.example", "ben@union.example"
DRAFT = Draft("metal", "news/2026/x.en.md", "Words", pictures=(("media/a.webp", "AAAA"),))


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    hub = DeskHub(tmp_path / "hub")
    hub.member(1, ANA, "water")
    return hub


def every(config: Config) -> list[str]:
    places = (config.private / kind.folder for kind in pending.kinds())
    return sorted(str(one.relative_to(config.private)) for p in places for one in p.rglob("*.json"))


def test_a_mail_that_is_taken_twice_makes_one(hub: DeskHub) -> None:
    for _ in range(2):
        pending.ASKED.put(hub.config, pending.identifier("a mail"), {"address": ANA})
    assert len(every(hub.config)) == 1


def test_a_person_is_told_and_nobody_elses(hub: DeskHub) -> None:
    pending.ASKED.put(hub.config, "a", {"address": "Ana@Union.example", "raw": "x"})
    pending.ASKED.put(hub.config, "b", {"number": 1, "card": {}})
    pending.ASKED.put(hub.config, "c", {"address": BEN})
    sitedrafts.put(hub.config, "d", DRAFT, ANA)
    told = erasing.facts(hub.config, hub.roster, 1, frozenset({ANA}))["waiting"]
    assert sorted(one["place"] for one in told) == [
        "private/people-drafts",
        "private/people-drafts",
        "private/site-drafts",
    ]
    assert BEN not in json.dumps(told)
    assert erasing.facts(hub.config, hub.roster, 0, frozenset({BEN}))["waiting"]


def test_an_erased_person_leaves_no_draft(hub: DeskHub) -> None:
    pending.ASKED.put(hub.config, "a", {"address": ANA})
    pending.ASKED.put(hub.config, "b", {"number": 1})
    pending.ASKED.put(hub.config, "c", {"address": BEN})
    sitedrafts.put(hub.config, "d", DRAFT, ANA)
    erase(hub.config, ANA, reason="asked", by="test")
    assert every(hub.config) == ["people-drafts/c.json"]


def test_what_nobody_said_yes_to_goes(hub: DeskHub) -> None:
    with clock.fixed(NOW):
        pending.ASKED.put(hub.config, "a", {"address": ANA})
        old = (NOW - pending.ASKED.kept - timedelta(seconds=1)).timestamp()
        os.utime(hub.config.private / pending.ASKED.path("a"), (old, old))
        pending.ASKED.put(hub.config, "b", {"address": ANA})
        os.utime(hub.config.private / pending.ASKED.path("b"), (NOW.timestamp(),) * 2)
        pending.ASKED.sweep(hub.config)
    assert every(hub.config) == ["people-drafts/b.json"]


def test_a_draft_of_an_earlier_version_that_names_nobody_is_read(hub: DeskHub) -> None:
    path = hub.config.private / "site-drafts/metal/e.json"
    path.parent.mkdir(parents=True)
    facts = {"union": "metal", "path": DRAFT.path, "text": "Words", "base": ""}
    path.write_text(json.dumps(facts | {"pictures": [["media/a.webp", "AAAA"]]}), "utf-8")
    assert sitedrafts.get(hub.config, "metal", "e") == DRAFT
    sitedrafts.put(hub.config, "f", DRAFT, ANA)
    assert sitedrafts.get(hub.config, "metal", "f") == DRAFT
    sitedrafts.forget(hub.config, "metal", "f")
    assert sitedrafts.get(hub.config, "metal", "f") is None


def test_what_waits_is_not_looked_through_for_each_that_comes(
    hub: DeskHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks, real = list[str](), Pending.sweep
    monkeypatch.setattr(
        Pending, "sweep", lambda one, config: [looks.append(one.folder), real(one, config)][1]
    )
    for minutes in range(0, 130, 10):
        with clock.fixed(NOW + timedelta(minutes=minutes)):
            pending.ASKED.put(hub.config, f"a{minutes}", {"address": ANA})
    assert len(looks) == 3
