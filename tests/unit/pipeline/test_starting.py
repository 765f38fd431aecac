"""Where newcomers begin to read: chosen from days that have ended, but for what moderators say."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.hubs import START, mid, post


def _chosen(config: Config, days: int) -> list[str]:
    """The topics that the file names after a build on a day, held against one from nothing."""
    with clock.fixed(START + timedelta(days=days, hours=12)):
        assert hubs.build(config).failures == []
        assert hubs.differences(config) == []
    told = json.loads(hubs.page(config, "/conferences/bar/start.json"))
    return [one["url"].split("/")[-2] for one in told["topics"]]


def test_the_liveliest_come_first_from_the_next_day_on(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub")
    hubs.add(
        hub,
        "bar",
        [
            post("quiet"),
            post("busy", minutes=1),
            *(post(f"busy{n}", "busy", minutes=2 + n) for n in range(3)),
        ],
    )
    assert _chosen(hub, 0) == []
    assert _chosen(hub, 1) == [mid("busy"), mid("quiet")]


def test_a_topic_of_today_changes_nothing_today(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub")
    hubs.add(hub, "bar", [post("old")])
    assert _chosen(hub, 1) == [mid("old")]
    hubs.add(hub, "bar", [post("new", minutes=24 * 60), post("n2", "new", minutes=24 * 60 + 5)])
    assert _chosen(hub, 1) == [mid("old")]
    assert _chosen(hub, 2) == [mid("new"), mid("old")]
