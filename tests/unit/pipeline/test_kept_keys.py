"""Pages that nothing but a part of what they show makes other: they are made anew all the same."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.builder.conferences import conferences
from solicomm_build.builder.render import Begun, Renderer
from solicomm_build.builder.run import Builder
from solicomm_build.features.network.directory import book
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.people import elsewhere, personcard
from solicomm_build.features.people.personcard import Card
from solicomm_build.foundation import data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.yamlsafe import load
from solicomm_build.git.repo import create
from solicomm_build.git.writer import Change
from solicomm_build.post import event as events
from solicomm_build.post.post import Post
from solicomm_build.post.reading import topicpages
from solicomm_build.testing import hubs, manifest, smallhub
from solicomm_build.testing.networks import Network

HEAVY = "word " * 1750
OPUS = b"OggS" + bytes(24) + b"OpusHead" + bytes(60)


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return smallhub.make(tmp_path / "hub")


@pytest.fixture
def builder(hub: Config) -> Iterator[Builder]:
    made = Builder(hub, data.theme())
    yield made
    made.close()


def said(about: Post, kind: str, minutes: int = 200, **facts: Any) -> Change:
    event = events.make(kind, at=hubs.after(minutes), by="operator", data=facts)
    return Change(events.path(hubs.tid_of(about), event), events.encode(event))


def put(hub: Config, *changes: Change) -> None:
    hubs.commit(hub.conference_repo("bar"), *changes, at=hubs.after(200))


def test_what_search_engines_are_told_of_a_page(hub: Config, builder: Builder) -> None:
    for summary in ("Who we are", "What we do"):
        text = f"---\ntitle: About\nsummary: {summary}\n---\nUs\n"
        hubs.commit(hub.site_repo, Change("about.en.md", text.encode()))
        builder.build()
        assert summary in hubs.page(hub, "/about/")


def test_an_episode_is_on_the_page_to_which_a_late_post_moved_it(
    hub: Config, builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topicpages, "PAGE_POSTS", 2)
    row, file = hubs.attached(OPUS, "gate.opus", "audio/ogg")
    spoken = hubs.post("b", "a", minutes=10, attachments=[row])
    hubs.add(hub, "bar", [hubs.post("a")])
    put(hub, hubs.change(spoken), file)
    builder.build()
    hubs.add(hub, "bar", [hubs.post("c", "a", minutes=5)])
    builder.build()
    assert f"/page/2/#{hubs.mid('b')}" in hubs.page(hub, "/conferences/bar/podcast.xml")
    assert hubs.differences(hub) == []


def test_the_way_to_the_newest_post_leads_to_its_page(
    hub: Config, builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a topic is as long as before: a short post went, a long one came."""
    monkeypatch.setattr(conferences, "FRONT_TOPICS", 1)
    first, short = hubs.post("a"), hubs.post("b", "a", minutes=1)
    heat = hubs.post("d", subject="Heat", minutes=50, body=HEAVY)
    hubs.add(hub, "bar", [first, short, heat, hubs.post("c", "a", minutes=100)])
    builder.build()
    parted = said(first, "split", post=short.mid)
    put(hub, parted, said(heat, "merge", topic=hubs.tid_of(first)))
    builder.build()
    assert f"/page/2/#{hubs.mid('c')}" in hubs.page(hub, "/conferences/bar/")
    assert hubs.differences(hub) == []


def test_of_two_labels_with_one_address_the_same_is_shown_whichever_came_last(
    hub: Config, builder: Builder
) -> None:
    posts = [hubs.post(name, subject=name, minutes=at) for at, name in enumerate("ab")]
    hubs.add(hub, "bar", posts)
    for post, label in zip(posts, ("health care", "health-care"), strict=True):
        put(hub, said(post, "label", add=(label,)))
        builder.build()
        assert hubs.differences(hub) == []
    shown = hubs.page(hub, "/conferences/bar/labels/health-care/")
    assert all(f"/t/{hubs.mid(name)}/" in shown for name in "ab"), "none hides the other's topics"
    assert hubs.page(hub, "/conferences/bar/labels/").count('href="health-care/"') == 1
    put(hub, said(posts[0], "label", 200, add=("Health-Care",)))  # a topic with both
    builder.build()
    assert hubs.differences(hub) == []
    put(hub, said(posts[0], "label", 300, remove=("health care",)))
    builder.build()
    assert hubs.differences(hub) == []


def test_a_post_of_a_joined_thread_names_a_document_as_it_is(hub: Config, builder: Builder) -> None:
    """It is read at the address of another thread."""
    repo = hub.library_repo("books")
    create(repo)
    hubs.commit(repo, Change("library.yaml", hubs.LIBRARY))
    first, other = hubs.post("a"), hubs.post("z", minutes=9, body="See lib:2026-aaaaaaaa.\n")
    hubs.add(hub, "bar", [first, other])
    put(hub, said(other, "merge", topic=hubs.tid_of(first)))
    builder.build()
    text = hubs.CARD.format(id="2026-aaaaaaaa", title="A", text="One.")
    hubs.commit(repo, Change("entries/2026-aaaaaaaa/entry.md", text.encode()))
    builder.build()
    assert "<bdi>A</bdi>" in hubs.page(hub, f"/conferences/bar/t/{hubs.mid('a')}/")
    assert hubs.differences(hub) == []


def test_cards_of_people_at_other_hubs_come_and_go_at_once(hub: Config, builder: Builder) -> None:
    """No commit tells of them."""
    builder.build()
    zora = Card("c_zzzzzzzzzz", "Zora", share="network", consented="2026-11-24")
    values = load(personcard.encode(zora))
    assert isinstance(values, dict)
    for shown in ({zora.id: values}, {}):
        elsewhere.heard(hub, "far-aaaaaaaa", "Far", "https://far.example", shown)
        builder.build()
        assert ("Zora" in hubs.page(hub, "/people/")) == bool(shown)


def test_another_hub_is_called_so_that_a_page_begun_before_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A topic is made while the rest is planned; in between its hub got another name."""
    net = Network(tmp_path, "ab")
    net.write("a", hubs.post("one"))
    net.carry("a", "b")
    hub = net.hubs["b"]
    builder = Builder(hub, data.theme())
    builder.build()
    net.write("b", hubs.post("two", "one"))

    def rename() -> None:
        card = cards.own(replace(net.hubs["a"], name="Harbour"), net.identity("a"), {})
        peering.keep_card(hub, net.known("b").peers[net.id("a")], card)
        book.refresh(hub, net.identity("b"), net.known("b"))

    monkeypatch.setattr(Renderer, "begin", _then(rename))
    builder.build()
    builder.build()
    assert "Harbour" in hubs.page(hub, f"/conferences/net/t/{hubs.mid('one')}/")
    step_by_step = manifest.read(hub.public)
    builder.build(full=True)
    builder.close()
    assert manifest.differences(step_by_step, manifest.read(hub.public)) == []


def _then(work: Callable[[], None]) -> Callable[..., Begun]:
    """How pages are begun, and when they are made, something happens once."""
    begin, works = Renderer.begin, [work]

    def begun(*args: Any) -> Begun:
        now = begin(*args)
        for child in now.at_work:
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        while works:
            works.pop()()
        return now

    return begun
