from __future__ import annotations

from pathlib import Path

import pytest

from solicomm_build import maillog
from solicomm_build.config import Config
from solicomm_build.errors import HubError
from solicomm_build.ingest import moderation
from solicomm_build.ingest.run import ingest
from solicomm_build.model.conference import Conference
from solicomm_build.spool import Spool
from solicomm_build.store import fsck
from solicomm_build.store.mailstore import path
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import item, mail
from solicomm_build.types import post_id

MID = post_id("1@union.example")


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}, posting="moderated"))
    spool = Spool(made.spool_in)
    spool.put([item(mail("one", subject="First"))])
    spool.put([item(mail("two", subject="Second", msgid="<2@union.example>"))])
    ingest(made, once=True, log=maillog.to_nobody())
    return made


def test_what_waits_is_listed(hub: Config) -> None:
    held = moderation.list_held(hub)
    assert sorted((one.subject, one.name, one.rule) for one in held) == [
        ("First", "Ana", "moderated"),
        ("Second", "Ana", "moderated"),
    ]
    assert moderation.list_held(hub, "bar") == held
    assert moderation.list_held(hub, "other") == []


def test_accept_posts_it_once_and_for_all(hub: Config) -> None:
    moderation.accept(hub, "bar", MID, by="eva")
    kept = smallhub.files(hub.mail_repo)
    assert kept[path(MID)] == mail("one", subject="First")
    assert f"held/bar/{MID}.eml" not in kept
    posts = smallhub.files(hub.conference_repo("bar"), "topics")
    assert list(posts) == [f"{MID[:2]}/{MID}/posts/{MID}.md"]
    assert smallhub.sources(hub.conference_repo("bar")) == ["mail"]
    with pytest.raises(HubError, match="decided already"):
        moderation.accept(hub, "bar", MID)
    assert len(moderation.list_held(hub)) == 1
    Spool(hub.spool_in).put([item(mail("one", subject="First"))])
    ingest(hub, once=True, log=maillog.to_nobody())
    assert len(moderation.list_held(hub)) == 1
    assert fsck.check(hub) == []


def test_discard_takes_it_away(hub: Config) -> None:
    moderation.discard(hub, "bar", MID)
    assert [one.subject for one in moderation.list_held(hub)] == ["Second"]
    assert smallhub.files(hub.conference_repo("bar"), "topics") == {}
    with pytest.raises(HubError):
        moderation.discard(hub, "bar", MID)
    assert fsck.check(hub) == []
