"""What pages for members show of the hub around them, and of the clock, is as it is now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.builder.run import Builder
from solicomm_build.features.search import index as search
from solicomm_build.foundation import clock, data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import create
from solicomm_build.git.writer import Change
from solicomm_build.message.auth import signature
from solicomm_build.people import grant, grants
from solicomm_build.people.grant import Grant
from solicomm_build.post import event as events
from solicomm_build.post.conference import Conference
from solicomm_build.post.reading import topicpages
from solicomm_build.testing import hubs, smallhub

BOARD = Conference("board", {"en": "Board"}, posting="open", visibility="members")


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return smallhub.make(tmp_path / "hub", BOARD)


@pytest.fixture
def builder(hub: Config) -> Iterator[Builder]:
    made = Builder(hub, data.theme())
    yield made
    made.close()


def test_the_feed_of_a_long_topic_goes_on_when_an_hour_has_ended(
    hub: Config, builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topicpages, "PAGE_POSTS", 2)
    posts = [hubs.post("a"), *(hubs.post(one, "a", minutes=59) for one in "bc")]
    hubs.add(hub, "board", posts, delay=0)

    def built(moment: datetime) -> None:
        with clock.fixed(moment):
            builder.build()
            assert hubs.differences(hub) == []

    built(hubs.after(60))
    built(hubs.after(240))


def test_a_document_is_called_as_it_is_in_the_library(hub: Config, builder: Builder) -> None:
    repo = hub.library_repo("books")
    create(repo)

    def publish(title: str, *more: Change) -> None:
        text = hubs.CARD.format(id="2026-aaaaaaaa", title=title, text="One.")
        hubs.commit(repo, Change("entries/2026-aaaaaaaa/entry.md", text.encode()), *more)

    publish("Old", Change("library.yaml", hubs.LIBRARY))
    hubs.add(hub, "board", [hubs.post("a", body="See lib:2026-aaaaaaaa.\n")])
    builder.build()
    publish("New")
    builder.build()
    page = hub.member_pages / f"conferences/board/t/{hubs.mid('a')}/index.html"
    assert "<bdi>New</bdi>" in page.read_text()
    assert hubs.differences(hub) == []


def test_what_a_moderator_has_hidden_is_hidden_when_the_role_is_known(
    hub: Config, builder: Builder
) -> None:
    ana, first = "p_7h2kqm3x9d", hubs.post("a")
    hubs.add(hub, "board", [first, hubs.post("b", "a", minutes=1, body="Rubies.\n")])
    said: dict[str, Any] = {"post": hubs.mid("b")}
    event = events.make("hide", at=hubs.after(20), by=ana, data=said)
    path = events.path(hubs.tid_of(first), event)
    repo = hub.conference_repo("board")
    hubs.commit(repo, Change(path, events.encode(event)), at=hubs.after(20))
    page = hub.member_pages / f"conferences/board/t/{hubs.mid('a')}/index.html"
    found = hub.member_pages / "conferences/board/search/index/manifest.js"

    def built() -> None:
        builder.build()
        assert builder.contents is not None
        search.update(hub, builder.contents, settle=True)

    built()
    assert "Rubies" in page.read_text()
    assert '"documents":2' in found.read_text()

    pem = grants.key_of(hub)
    public = Change(grant.PUBLIC_KEY, f"{signature.public(pem).hex()}\n".encode())
    role = grant.signed(Grant(ana, "board", "moderator", hubs.after(10), "operator"), pem)
    hubs.commit(hub.site_repo, public, Change(grant.path(role), grant.encode(role)))
    built()
    assert "Rubies" not in page.read_text()
    assert '"documents":1' in found.read_text()
    assert hubs.differences(hub) == []
