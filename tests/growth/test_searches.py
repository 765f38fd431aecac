"""The searches of one address are found without reading those of all others at each question.

6 addresses with a search each → one is asked for again → files read
"""

from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build.features.search.saved import store
from solicomm_build.testing.deskhub import DeskHub


def test_searches_of_others_are_not_read_for_each_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub = DeskHub(tmp_path / "hub")
    for number in range(6):
        hub.ask("solicomm", "watch strike", sender=f"m{number}@union.example")
    read, real = list[int](), store.read
    assert [*store.of(hub.config, frozenset({"m3@union.example"}))]
    monkeypatch.setattr(store, "read", lambda config, one: [read.append(one), real(config, one)][1])
    (mine,) = store.of(hub.config, frozenset({"M4@union.example"}))
    assert mine.address == "m4@union.example"
    assert read == [mine.number]
    store.remove(hub.config, mine.number)
    assert [*store.of(hub.config, frozenset({mine.address}))] == []
