"""A build that is ended at any moment, and what is committed before the next one."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.builder import publish
from solicomm_build.builder.run import Builder
from solicomm_build.foundation import data
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub import hubyaml, settled
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import create
from solicomm_build.git.writer import Change
from solicomm_build.post import conference as settings
from solicomm_build.post import event as events
from solicomm_build.post.conference import Conference
from solicomm_build.post.post import Post
from solicomm_build.post.reading import topicpages
from solicomm_build.testing import hubs, smallhub

POST = hubs.post("a")
Ended = Callable[[Config, int], None]


@pytest.fixture
def ended(monkeypatch: pytest.MonkeyPatch) -> Ended:
    """A build that ends when files are there and nothing of them is noted: the first time of the
    pages, the second of sites."""

    def build(hub: Config, at: int = 1) -> None:
        roots = list[Path]()

        def sync(root: Path) -> None:
            roots.append(root)
            if len(roots) == at:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(publish, "sync", sync)
            with pytest.raises(KeyboardInterrupt):
                hubs.build(hub)

    return build


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub")
    hubs.add(made, "bar", [POST])
    return made


def call(hub: Config, title: str, visibility: str = "public") -> None:
    one = Conference("bar", {"en": title}, posting="open", visibility=visibility)
    hubs.commit(hub.conference_repo("bar"), Change(settings.FILE, settings.encode(one)))


def say(hub: Config, about: Post, kind: str, minutes: int, **said: Any) -> None:
    event = events.make(kind, at=hubs.after(minutes), by="operator", data=said)
    path = events.path(hubs.tid_of(about), event)
    repo = hub.conference_repo("bar")
    hubs.commit(repo, Change(path, events.encode(event)), at=hubs.after(minutes))


def test_what_was_made_of_the_same_is_looked_at_again(hub: Config, ended: Ended) -> None:
    """The name of the hub is in no commit: taken back, all is as it was when all was shown."""
    file = hub.root / "hub.yaml"
    file.write_text("name: Harbour\ndomain: hub.example\nurl: http://hub.example\n")
    hub = hubyaml.load(hub.root)
    builder = Builder(hub, data.theme())
    builder.build()
    mark = builder.mark()
    builder.close()
    assert mark
    settled.note(hub, data.theme())
    (hub.state / settled.AT_REST).write_text(mark)
    before = file.read_bytes()
    file.write_bytes(before.replace(b"Harbour", b"Habrour"))
    ended(hubyaml.load(hub.root), 1)
    file.write_bytes(before)
    assert not settled.holds(hub, data.theme())
    assert not (hub.state / settled.AT_REST).exists()
    hubs.build(hub)
    assert "Habrour" not in hubs.page(hub, "/")


@pytest.mark.parametrize("visibility", ["public", "members"])
def test_a_name_that_is_taken_back_is_nowhere(hub: Config, ended: Ended, visibility: str) -> None:
    call(hub, "Harbour", visibility)
    hubs.build(hub)
    call(hub, "Habrour", visibility)
    ended(hub, 1)
    call(hub, "Harbour", visibility)
    hubs.build(hub)
    assert hubs.differences(hub) == []


def test_a_topic_that_is_open_again_is_not_shown_as_closed(hub: Config, ended: Ended) -> None:
    hubs.build(hub)
    say(hub, POST, "close", 20)
    ended(hub, 1)
    say(hub, POST, "reopen", 30)
    hubs.build(hub)
    assert hubs.differences(hub) == []


def test_a_page_that_was_taken_away_is_there_again(hub: Config, ended: Ended) -> None:
    say(hub, POST, "label", 10, add=("wages",))
    hubs.build(hub)
    say(hub, POST, "label", 20, remove=("wages",))
    ended(hub, 1)
    say(hub, POST, "label", 30, add=("wages",))
    hubs.build(hub)
    assert hubs.differences(hub) == []


@pytest.mark.parametrize("visibility", ["public", "members"])
def test_a_post_that_is_erased_leaves_no_page(hub: Config, ended: Ended, visibility: str) -> None:
    """Nothing was noted of its page: what was written there is found all the same."""
    call(hub, "Harbour", visibility)
    hubs.build(hub)
    late = hubs.post("z", subject="Secret", minutes=1)
    hubs.add(hub, "bar", [late])
    ended(hub, 1)
    hubs.remove(hub, "bar", late)
    hubs.build(hub)
    assert hubs.differences(hub) == []


def test_a_site_that_goes_back_shows_what_it_was(hub: Config, ended: Ended) -> None:
    repo = hub.union_repo("docks")
    create(repo)
    about = Change("pages/about.md", b"---\ntitle: One\n---\nUs\n")
    hubs.commit(repo, Change("site.yaml", hubs.UNION), about)
    hubs.build(hub)
    tip = (repo / "refs/heads/main").read_text()
    more = Change("pages/more.md", b"---\ntitle: More\n---\nMore\n")
    hubs.commit(repo, Change("pages/about.md", b"---\ntitle: Two\n---\nUs\n"), more)
    ended(hub, 2)
    (repo / "refs/heads/main").write_text(tip)
    hubs.build(hub)
    assert hubs.differences(hub) == []


def test_a_page_of_a_site_goes_though_its_menu_leads_there(hub: Config, ended: Ended) -> None:
    """Which is a fault; but the site is made, and keeps nothing of before."""
    repo = hub.union_repo("docks")
    create(repo)
    about = "pages/about.md"
    hubs.commit(repo, Change("site.yaml", hubs.UNION), Change(about, b"---\ntitle: Us\n---\nUs\n"))
    ended(hub, 2)
    hubs.commit(repo, Change(about, None))
    hubs.build(hub)
    assert hubs.differences(hub) == []


def test_pages_of_a_topic_that_is_joined_all_go(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also when a build was ended between two of them."""
    monkeypatch.setattr(topicpages, "PAGE_POSTS", 1)
    other = hubs.post("z", subject="Heat", minutes=-9)
    more = [hubs.post(name, "a", minutes=at) for at, name in enumerate("bcd", 1)]
    hubs.add(hub, "bar", [*more, other])
    hubs.build(hub)
    say(hub, POST, "merge", 60, topic=hubs.tid_of(other))
    remove = publish.Publisher.remove

    def first(self: publish.Publisher, url: str) -> None:
        remove(self, url)
        if f"/t/{hubs.tid_of(POST)}/page/" in url:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(publish.Publisher, "remove", first)
        with pytest.raises(KeyboardInterrupt):
            hubs.build(hub)
    hubs.build(hub)
    assert hubs.differences(hub) == []


def test_a_disk_that_was_full_is_no_fault_of_pages(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are made when there is room again, and not with the next post of their topic."""
    builder = Builder(hub, data.theme())
    builder.build()
    hubs.add(hub, "bar", [hubs.post("b", "a", minutes=1)])

    def full(target: str, octets: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", target)

    with monkeypatch.context() as patch:
        patch.setattr(publish, "_write", full)
        with pytest.raises(StoreError, match="tried again"):
            builder.build()
    assert builder.build().failures == []
    builder.close()
    assert hubs.differences(hub) == []
