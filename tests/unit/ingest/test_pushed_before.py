"""A mail whose id the conference has already, from a push: the same words are one post."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.foundation import maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.foundation.types import PostId, TopicId, post_id
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest import run as stage
from solicomm_build.post import post
from solicomm_build.post.conference import Conference
from solicomm_build.post.post import Post
from solicomm_build.post.store import fsck
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import BEGUN, item, mail

MID = post_id("1@union.example")
ELSEWHERE = post_id("root@union.example")


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return smallhub.make(tmp_path / "hub")


def take(hub: Config, *items: Item) -> dict[str, int]:
    events = maillog.to_nobody()
    for one in items:
        Spool(hub.spool_in).put([one])
    stage.ingest(hub, once=True, log=events)
    return events.counters()


def posts(hub: Config) -> dict[str, bytes]:
    found = smallhub.files(hub.conference_repo("bar"), "topics")
    return {f"topics/{name}": octets for name, octets in found.items()}


def as_read(tmp_path: Path, raw: bytes) -> Post:
    """The post that a mail becomes where nothing is before it."""
    other = smallhub.make(tmp_path / "other")
    take(other, item(raw))
    return post.decode(next(iter(posts(other).values())))


def push(hub: Config, written: Post, topic: PostId) -> str:
    path = post.path(TopicId(topic), written.mid)
    repo = open_repo(hub.conference_repo("bar"))
    write_once(repo, [Change(path, post.encode(written))], message="Push\n", when=BEGUN)
    return path


@pytest.mark.parametrize("topic", [MID, ELSEWHERE])
def test_the_same_words_stay_one_post(hub: Config, tmp_path: Path, topic: PostId) -> None:
    raw = mail("Dear all")
    path = push(hub, as_read(tmp_path, raw), topic)
    assert take(hub, item(raw)) == {"known": 1}
    assert take(hub, item(raw)) == {"known": 1}
    assert list(posts(hub)) == [path]


@pytest.mark.parametrize("topic", [MID, ELSEWHERE])
def test_other_words_stay_and_the_mail_has_a_place_of_its_own(
    hub: Config, tmp_path: Path, topic: PostId
) -> None:
    raw = mail("Dear all")
    path = push(hub, replace(as_read(tmp_path, raw), body="forged\n"), topic)
    assert take(hub, item(raw)) == {"accept": 1}
    assert take(hub, item(raw)) == {"known": 1}
    found = posts(hub)
    assert post.decode(found.pop(path)).body == "forged\n"
    (mailed,) = map(post.decode, found.values())
    assert mailed.body == "Dear all\n"
    assert mailed.notes == ("mid_conflict",)


def test_what_is_no_post_does_not_stand_for_the_mail(hub: Config) -> None:
    path = post.path(TopicId(MID), MID)
    repo = open_repo(hub.conference_repo("bar"))
    write_once(repo, [Change(path, b"no front matter")], message="Push\n", when=BEGUN)
    assert take(hub, item(mail("Dear all"))) == {"accept": 1}
    assert posts(hub)[path] == b"no front matter"
    assert len(posts(hub)) == 2


@pytest.mark.parametrize("topic", [MID, ELSEWHERE])
def test_a_mail_that_another_list_had_first_meets_a_pushed_post(
    hub: Config, tmp_path: Path, topic: PostId
) -> None:
    raw = mail("Dear all")
    smallhub.add_conference(hub, Conference("pub", {"en": "Pub"}, posting="open"))
    assert take(hub, item(raw, "pub@hub.example")) == {"accept": 1}
    path = push(hub, replace(as_read(tmp_path, raw), body="forged\n"), topic)
    assert take(hub, item(raw)) == {"accept": 1}
    assert post.decode(posts(hub)[path]).body == "forged\n"
    assert len(posts(hub)) == 2
    assert fsck.check(hub) == []
