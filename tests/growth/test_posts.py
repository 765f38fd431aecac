"""A post costs the builder what it brings, however many other conferences there are.

3 conferences, 12 conferences → one post → conferences planned, rows asked for, files opened
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.builder import plan
from solicomm_build.builder.conferences.conferences import ConferencePages
from solicomm_build.builder.front import home
from solicomm_build.builder.parts import Surroundings
from solicomm_build.builder.remembered.known import Lines
from solicomm_build.builder.run import Builder
from solicomm_build.features.founding import founding
from solicomm_build.foundation import clock, data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people import grants
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub


def _hub(root: Path, places: int) -> Config:
    config = founding.found_hub(root, name="Test", domain="hub.example", sample=False)
    for number in range(places):
        name = f"bar{number}"
        smallhub.add_conference(config, Conference(name, {"en": name}, posting="open"))
        hubs.add(config, name, [hubs.post(f"{name}x", subject=name)])
    return config


def _counted(config: Config, patch: pytest.MonkeyPatch) -> Counter[str]:
    """What a warm builder does for the second of two posts."""
    done: Counter[str] = Counter()

    class Pages(ConferencePages):
        def __init__(self, around: Surroundings) -> None:
            done["conferences"] += 1
            super().__init__(around)

    def noted(name: str, real: object) -> object:
        def called(*args: object, **named: object) -> object:
            done[name] += 1
            return real(*args, **named)  # type: ignore[operator]

        return called

    patch.setattr(plan, "ConferencePages", Pages)
    patch.setattr(Lines, "of", noted("lines", Lines.of))
    patch.setattr(home, "places_of", noted("places", home.places_of))
    patch.setattr(grants, "read", noted("roles", grants.read))
    builder = Builder(config, data.theme())
    try:
        builder.build()
        for number in range(2):
            hubs.add(config, "bar1", [hubs.post(f"y{number}", minutes=number, subject="New")])
            done.clear()
            builder._sources.db.set_trace_callback(lambda _: done.update(["statements"]))
            assert builder.build().failures == []
    finally:
        builder.close()
    return done


def test_a_post_is_planned_for_its_conference_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    with clock.fixed(hubs.START + timedelta(hours=3)):
        for places in (3, 12):
            with monkeypatch.context() as patch:
                found.append(_counted(_hub(tmp_path / str(places), places), patch))
    assert found[1]["conferences"] == 1
    assert found[1]["lines"] == 2, "until the last full hour, and as it is now"
    assert found[1]["places"] == 0
    more = 9  # conferences; each is a step among the sections that have files
    assert found[1] - found[0] <= Counter(statements=more), found
