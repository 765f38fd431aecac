"""How the log of a conference is read into the index: in transactions that have an end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from solicomm_build.builder import follow, loading
from solicomm_build.builder.conferences import state
from solicomm_build.builder.sources import Sources
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    """Twelve posts, and settings before them."""
    made = smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}))
    hubs.add(made, "bar", [hubs.post(f"p{number}", minutes=number) for number in range(12)])
    return made


@pytest.fixture
def noted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What each transaction ended with; the third is killed."""
    ends: list[str] = []
    reflect = state.reflect

    def counted(db: Any, source: str, commit: str) -> None:
        if source == "conference:bar":
            ends.append(commit)
            if len(ends) == 3:
                raise KeyboardInterrupt
        reflect(db, source, commit)

    monkeypatch.setattr(state, "reflect", counted)
    monkeypatch.setattr(follow, "_AT_ONCE", 2)
    return ends


def _followed(hub: Config) -> int:
    """The posts that are in the index then."""
    sources = Sources(hub)
    try:
        place = loading.load(hub, sources, loading.tips(hub)).conferences["bar"]
        follow.follow(sources.db, sources, "bar", place.repo, place.commit, lambda *_: None)
        return int(sources.db.execute("SELECT count(*) FROM post").fetchone()[0])
    finally:
        sources.close()


def test_what_is_left_after_a_fall_is_read_in_parts_too(hub: Config, noted: list[str]) -> None:
    with pytest.raises(KeyboardInterrupt):
        _followed(hub)
    before = len(noted)
    assert _followed(hub) == 12
    assert len(noted) - before >= (12 - 2 * 2) // 2
    assert len({*noted}) == len(noted) - 1, "the part that was killed is read again, no other"
