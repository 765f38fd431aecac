"""The desk killed at any step of a moderator's commands: each is done once and answered once."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import TopicId, post_id
from solicomm_build.git import log
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.people import grants
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import fsck
from solicomm_build.post.store.conferencetopics import Topics
from solicomm_build.post.topicstate import fold
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.testing.killing import desk_killed

TID = TopicId(post_id("root@union.example"))
POINTS = (
    "desk.after-staged",
    "desk.after-plan",
    "desk.after-roster",
    "desk.after-mail",
    "desk.after-deeds",
    "move.after-mail",
    "desk.after-deed",
    "desk.after-added",
    "desk.after-out",
    "desk.before-done",
    "desk.after-done",
)


def take(hub: DeskHub, text: str, msgid: str, *fields: str) -> None:
    """A post of the moderator's through ingest; she has said that she wrote it."""
    raw = smallhub.mail(text, *fields, msgid=f"<{msgid}>").replace(b"bar@hub", b"water@hub")
    with clock.fixed(hub.now):
        item = smallhub.item(raw, "water@hub.example", proved=True)
        Spool(hub.config.spool_in).put([item])
        ingest(hub.config, once=True, log=maillog.to_nobody())


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    hub = DeskHub(tmp_path / "hub")
    smallhub.add_conference(hub.config, Conference("pay", {"en": "Pay"}, kind="list"))
    for one in ("water", "pay"):
        hub.member(1, "ana@union.example", one, name="Ana", role="moderator", lang="en")
    take(hub, "the root", "root@union.example")
    return hub


@pytest.mark.parametrize("point", POINTS)
def test_commands_killed_at_every_step(hub: DeskHub, point: str) -> None:
    topic = f"water+t-{TID}"
    hub.send(topic, "pin\nlabel +wages")
    hub.send(topic, f"hide #{TID} a name\nsummary\n\nWe agreed.")
    hub.send(topic, "move pay")
    deaths = sum(desk_killed(hub, f"{point}:{number}") for number in (1, 2, 1, 1))
    assert deaths >= 1, point
    told = sorted(parse(item.raw).subject for item in hub.work())
    assert len(told) == 3
    assert all(subject.startswith("Done: ") for subject in told)
    assert [path for path in hub.config.spool_desk.rglob("*.json")] == []
    assert hub.aside() == []
    with clock.fixed(hub.now):
        ingest(hub.config, once=True, log=maillog.to_nobody())
    known = grants.read(hub.config)
    with closing(Topics(hub.config, "water", known)) as water:
        types = sorted(one.event.type for one in water.events)
        assert types == ["hide", "label", "move", "pin", "summary"]
    with closing(Topics(hub.config, "pay", known)) as pay:
        found = fold([one.event for one in pay.events], pay.may)
        assert (found.pinned, found.labels, set(found.hidden)) == (True, {"wages"}, {TID})
        summary = found.summaries[0].post
        everywhere = set(pay.posts)
        assert summary in everywhere
        assert len(everywhere) == 2
    repo = open_repo(hub.config.conference_repo("pay"))
    tip = repo.ref()
    assert tip is not None
    paths = [change.path for commit in log.commits(repo, None, tip) for change in commit.changes]
    assert len(paths) == len(set(paths)), "nothing came twice"
    assert fsck.check(hub.config) == []
