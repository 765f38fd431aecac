"""Who followed topics of a conference that has gone for good is known for that no more."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.features.following.follows import ANSWER, FOLLOWS, Due, Follows
from solicomm_build.features.following.owing import Owing
from solicomm_build.features.removing import ending, places
from solicomm_build.features.removing.places import Place
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.conference import Conference
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import BEGUN

ANA, BO = "ana@union.example", "bo@union.example"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    lists = (Conference(name, {"en": name}, posting="open") for name in ("bar", "docks"))
    made = smallhub.make(tmp_path / "hub", *lists)
    with closing(Follows(made)) as follows:
        for address, places_ in ((ANA, ("bar",)), (BO, ("bar", "docks"))):
            person = follows.person(address, 0)
            for place in places_:
                follows.set(person, place, ["t1"], FOLLOWS, "asked", member=False, at=BEGUN)
            due = Due(person, "m1", ANSWER, "bar", "t1", "t1", BEGUN.timestamp())
            Owing(follows).owe([due])
    return made


def test_what_they_wanted_goes_with_the_last_octet(hub: Config) -> None:
    """Their addresses stayed for good, and a new place of that name had who followed the old."""
    with closing(Follows(hub)) as reader:
        assert reader.known(ANA, 0)
        places.remove(hub, Place("conference", "bar"))
        with clock.fixed(clock.now() + timedelta(days=31)):
            ending.end(hub)
        assert reader.known(ANA, 0) is None
        person = reader.known(BO, 0)
        assert person is not None
        assert [one.conference for one in reader.of_person(person)] == ["docks"]
        files = hub.private.glob("following.sqlite*")
        octets = b"".join(path.read_bytes() for path in files)
        assert (ANA.encode() in octets, BO.encode() in octets) == (False, True)
