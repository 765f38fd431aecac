"""A repository that is renamed or removed while the builder reads it is no failure of the build."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.builder import loading
from solicomm_build.builder.serving import serve_builder
from solicomm_build.foundation import data, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.hubs import page


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}, posting="open"))
    hubs.add(made, "bar", [hubs.post("a", subject="Before it")])
    smallhub.add_conference(made, Conference("gone", {"en": "Gone"}, posting="open"))
    return made


@pytest.mark.parametrize("whole", [True, False], ids=["taken away", "damaged"])
def test_a_build_begins_again_when_a_place_has_gone(
    hub: Config,
    whole: bool,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    repo = hub.conferences / "gone.git"
    load, calls = loading.load, 0

    def meanwhile(*words: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 1 and whole:
            shutil.rmtree(repo)
        elif calls == 1:
            (repo / "HEAD").rename(repo / "HEAD.lost")
        elif not whole:
            (repo / "HEAD.lost").rename(repo / "HEAD")
        return load(*words, **more)

    monkeypatch.setattr(loading, "load", meanwhile)
    file = hub.public / "conferences/bar/index.html"
    with caplog.at_level(logging.INFO, "solicomm.pages"):
        serve_builder(hub, data.theme(), file.exists, log=maillog.to_nobody())
    assert "Before it" in page(hub, "/conferences/bar/")
    loud = [one for one in caplog.records if one.levelno >= logging.WARNING]
    assert [one.getMessage() for one in loud] == ([] if whole else ["a build failed"])
    assert ("renamed or removed" in caplog.text) is whole
