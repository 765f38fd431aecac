from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.features.fediverse import names
from solicomm_build.features.fediverse.ties import Ties
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.outwards import Outwards
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub, webserver
from solicomm_build.testing.webserver import Address
from tests.unit.fediverse.peer import MASTODON, Peer, fields_of, peer, post

HOST = "hub.example"
WORDS = "We **won** \\<it> & more.\n\n> old words\n"


@dataclass
class Hub:
    """A hub that is served, and another server that knows how to speak with it."""

    config: Config
    address: Address
    peer: Peer
    ties: Ties

    def get(self, path: str, accept: str = "application/activity+json") -> webserver.Answer:
        return webserver.ask(self.address, path, accept=accept)

    def json(self, path: str, accept: str = "application/activity+json") -> Any:
        answer = self.get(path, accept)
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def say(
        self, actor: str, document: dict[str, Any], *, inbox: str = "/ap/inbox", **how: Any
    ) -> tuple[int, str]:
        """Sends a signed activity of an actor of the other server."""
        body = json.dumps({"actor": actor, **document}).encode()
        how.setdefault("names", MASTODON)
        fields = fields_of(how.pop("key_id", f"{actor}#main-key"), inbox, HOST, body, **how)
        return post(self.address, inbox, fields, body)

    def follow(self, actor: str, conference: str = "bar", **how: Any) -> tuple[int, str]:
        group = names.group(self.config, conference)
        follow = {"id": f"{actor}/follows/1", "type": "Follow", "object": group}
        return self.say(actor, follow, **how)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """Public `bar` with a topic of two posts, `board` for members, `quiet` unlisted, `alone` that
    the settings do not name."""
    made = smallhub.make(
        tmp_path_factory.mktemp("fediverse") / "hub",
        Conference(
            "bar", {"en": "Bar & grill"}, {"en": "Where we talk.\n\nOpen to all."}, posting="open"
        ),
        Conference("board", {"en": "Board"}, visibility="members"),
        Conference("quiet", {"en": "Quiet"}, visibility="unlisted"),
        Conference("alone", {"en": "Alone"}),
    )
    root = hubs.post(
        "root", subject="Pay & hours", body="We **won** \\<it> & more.\n\n> old words\n"
    )
    answer = hubs.post("answer", "root", minutes=5, subject="Re: Pay & hours", body="Well done.\n")
    hubs.add(made, "bar", [root, answer])
    for name in ("board", "quiet", "alone"):
        hubs.add(made, name, [hubs.post(name)])
    hubs.build(made)
    with peer() as other:
        outwards = Outwards(("bar", "board", "quiet"), inside=(other.host,))
        config = replace(made, activitypub=outwards)
        ties = Ties(config)
        with webserver.running(config) as address:
            yield Hub(config, address, other, ties)
        ties.close()


@pytest.fixture
def bare(tmp_path: Path) -> Config:
    """A hub of its own with a built public conference, for what changes it."""
    made = smallhub.make(tmp_path / "hub")
    return replace(made, activitypub=Outwards(("bar",)))
