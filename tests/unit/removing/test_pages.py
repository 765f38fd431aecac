"""Pages of what was removed go with the next build, and nothing else is left as it was."""

from __future__ import annotations

from solicomm_build.features.removing import places
from solicomm_build.features.removing.places import Place
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import hubs

GONE = (Place("conference", "organising"), Place("library", "agreements"), Place("union", "metal"))


def test_a_build_after_a_removal_is_a_build_from_nothing(sample_hub: Config) -> None:
    hubs.build(sample_hub)
    folders = [sample_hub.public / one.kind / one.name for one in GONE]
    assert all(one.is_dir() for one in folders)
    for one in GONE:
        places.remove(sample_hub, one)
    hubs.build(sample_hub)
    assert not any(one.exists() for one in folders)
    assert hubs.differences(sample_hub) == []
