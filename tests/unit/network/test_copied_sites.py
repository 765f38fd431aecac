"""The site of a union at another hub is kept here to read: marked as a copy, edited by nobody."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from solicomm_build.features.network.carrying.syncing import Syncing
from solicomm_build.features.network.sharing import choosing, offered
from solicomm_build.features.network.trust import adding
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.sites import copies
from solicomm_build.foundation import maillog
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import repo as repos
from solicomm_build.git.repo import Repo
from solicomm_build.git.writer import Change, Writer
from solicomm_build.testing import hubs, manifest, webserver
from solicomm_build.testing.networks import Network
from solicomm_build.testing.ports import free_port

WHEN = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
REPO = "unions/metal"
SITE = """schema: solicomm/site@1
union: metal
title: {en: Metalworkers}
languages: [en]
contact: {email: office@metal.example}
join: {how: form}
menu:
- {to: home}
- {to: page:about}
- {to: conference:net}
"""
ABOUT = "---\ntitle: About us\n---\n\nWe make **steel**. <script>alert(1)</script>\n"


def write(repo: Repo, *changes: Change) -> None:
    with Writer(repo) as writer:
        writer.commit(changes, author_name="x", when=WHEN, message="Change\n")


@pytest.fixture(scope="module")
def wired(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """Hub a is served; b keeps a copy of a union's site there, over HTTP."""
    net = Network(tmp_path_factory.mktemp("wired"), "ab")
    port = free_port()
    a = net.hubs["a"] = replace(net.hubs["a"], url=f"http://127.0.0.1:{port}")
    repo = repos.create(a.union_repo("metal"))
    write(repo, Change("site.yaml", SITE.encode()), Change("pages/about.md", ABOUT.encode()))
    repo.set_ref("refs/heads/secret-draft", repo.ref(), None)
    net.sign("a")
    blob = cards.own(a, net.identity("a"), offered.names(a, net.identity("a"), net.known("a")))
    adding.add(net.hubs["b"], blob, cards.read(blob), a.url)
    choosing.follow(net.hubs["b"], net.id("a"), REPO)
    with webserver.running(a, port):
        look(net)
        yield net


def look(net: Network) -> None:
    known = net.known("b")
    work = Syncing(net.hubs["b"], net.identity("b"), known, maillog.to_nobody())
    assert work.look(known.peers[net.id("a")]).faults == []
    report = hubs.build(net.hubs["b"])
    assert report.failures == []


def here(net: Network) -> str:
    return f"network/sites/{net.id('a')}/metal"


def page(net: Network, path: str = "") -> str:
    return (net.hubs["b"].public / here(net) / path / "index.html").read_text("utf-8")


def test_it_is_shown_as_a_copy_with_its_date_and_the_original(wired: Network) -> None:
    front = page(wired)
    assert "This is a copy. The original:" in front
    assert f'href="{wired.hubs["a"].url}/unions/metal/"' in front
    assert f"{datetime.now(UTC):%Y-%m-}" in front
    assert '<meta name="robots" content="noindex">' in front
    assert "<strong>steel</strong>" in page(wired, "about")


def test_nothing_of_it_runs_and_nothing_is_edited_or_sent_here(wired: Network) -> None:
    whole = page(wired) + page(wired, "about") + page(wired, "join")
    assert "<script>alert" not in whole
    assert "/edit/" not in whole
    assert '<form class="form' not in whole
    assert "office@metal.example" in whole.replace("<wbr>", "")
    assert "/conferences/net" not in whole
    with webserver.running(wired.hubs["b"]) as (host, port):
        ask = urllib.request.Request(f"http://{host}:{port}/{here(wired)}/join/", data=b"say=x")
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(ask)
        assert caught.value.code == 405
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"http://{host}:{port}/edit/metal/")


def test_it_is_no_union_of_this_hub(wired: Network) -> None:
    hub = wired.hubs["b"]
    assert not (hub.public / "unions").exists()
    assert "Metalworkers" not in (hub.public / "index.html").read_text("utf-8")


def test_drafts_stay_at_home(wired: Network) -> None:
    copy = Repo(copies.place(wired.hubs["b"], f"metal@{wired.id('a')}"))
    assert "secret-draft" not in copy.git("for-each-ref").decode()


def test_what_is_new_comes_and_a_build_step_by_step_is_a_build_from_nothing(
    wired: Network,
) -> None:
    news = "---\ntitle: On strike\ndate: 2026-11-19\n---\n\nSince Monday.\n"
    repo = Repo(wired.hubs["a"].union_repo("metal"))
    write(repo, Change("news/2026/strike.md", news.encode()))
    wired.sign("a")
    look(wired)
    assert "Since Monday" in page(wired, "news/strike")
    hub, before = wired.hubs["b"], manifest.read(wired.hubs["b"].public)
    assert hubs.build(hub, full=True).failures == []
    assert manifest.differences(before, manifest.read(hub.public)) == []


def test_two_hubs_may_have_a_union_of_one_name(wired: Network) -> None:
    hub: Config = wired.hubs["b"]
    mine = repos.create(hub.union_repo("metal"))
    other = SITE.replace("Metalworkers", "Other metal")
    write(mine, Change("site.yaml", other.encode()), Change("pages/about.md", ABOUT.encode()))
    assert hubs.build(hub).failures == []
    assert "Other metal" in (hub.public / "unions/metal/index.html").read_text("utf-8")
    assert "Metalworkers" in page(wired)
    with pytest.raises(UsageError, match="libraries alone"):
        choosing.follow(hub, wired.id("a"), REPO, name="x")


def test_unfollowed_it_goes(wired: Network) -> None:
    hub = wired.hubs["b"]
    choosing.unfollow(hub, REPO)
    assert hubs.build(hub).failures == []
    assert not (hub.public / here(wired)).exists()
