from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.builder import contents, loading
from solicomm_build.builder.contents import Contents
from solicomm_build.builder.plan import owners
from solicomm_build.builder.sources import Sources
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import create
from solicomm_build.git.writer import Change
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub

BROKEN = Change("conference.yaml", b"id: [bar")


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    return smallhub.make(
        tmp_path / "hub",
        Conference("bar", {"en": "Bar", "es": "Barra"}),
        Conference("ice", {"en": "Ice"}, kind="list", visibility="unlisted"),
        Conference("own", {"en": "Own"}, visibility="members"),
    )


@pytest.fixture
def sources(hub: Config) -> Iterator[Sources]:
    opened = Sources(hub)
    yield opened
    opened.close()


def load(hub: Config, sources: Sources) -> Contents:
    return loading.load(hub, sources, loading.tips(hub))


def test_what_is_public_is_found(hub: Config, sources: Sources) -> None:
    found = load(hub, sources)
    assert set(found.conferences) == {"bar", "ice"}
    sections = {"hub", "people", "network", "search", "stick", "conference:bar", "conference:ice"}
    assert owners(found) == sections
    assert set(found.closed) == {"own"}
    assert found.faults == ()


def test_a_broken_conference_is_reported_and_the_others_are_shown(
    hub: Config, sources: Sources
) -> None:
    hubs.commit(hub.conference_repo("bar"), BROKEN)
    found = load(hub, sources)
    assert set(found.conferences) == {"bar", "ice"}  # bar as its last good settings say
    ((place, reason),) = found.faults
    assert place == "content/conferences/bar.git"
    assert "conference.yaml" in reason


def test_settings_that_are_missing_are_reported(hub: Config, sources: Sources) -> None:
    hubs.commit(hub.conference_repo("bar"), Change("conference.yaml", None))
    ((_, reason),) = load(hub, sources).faults
    assert reason == "bar.git: there is no conference.yaml in it"


def test_broken_libraries_unions_and_pages_are_reported(hub: Config, sources: Sources) -> None:
    create(hub.library_repo("books"))
    create(hub.union_repo("docks"))
    hubs.commit(hub.library_repo("books"), Change("library.yaml", b"id: ["))
    hubs.commit(hub.union_repo("docks"), Change("site.yaml", b"\xff"))
    pages = (Change("good.en.md", b"---\ntitle: Good\n---\nx\n"), Change("bad.en.md", b"---\n[\n"))
    hubs.commit(hub.site_repo, *pages)
    found = load(hub, sources)
    assert {place for place, _ in found.faults} == {
        "content/libraries/books.git",
        "unions/docks.git",
        "content/site.git",
    }
    assert [page.title for page in found.pages] == ["Good"]


def test_what_is_read_again_keeps_its_faults(hub: Config, sources: Sources) -> None:
    """Only what moved is read again; what is broken stays reported."""
    hubs.commit(hub.conference_repo("bar"), BROKEN)
    hubs.commit(hub.site_repo, Change("bad.en.md", b"---\n[\n"))
    first = load(hub, sources)
    assert len(first.faults) == 2
    hubs.add(hub, "ice", [hubs.post("a")])
    again = loading.load(hub, sources, loading.tips(hub), first)
    assert sorted(again.faults) == sorted(first.faults)
    assert loading.load(hub, sources, loading.tips(hub), again).faults == again.faults


def test_empty_and_foreign_folders_are_passed_over(hub: Config, sources: Sources) -> None:
    create(hub.conference_repo("empty"))
    (hub.conferences / "half.git").mkdir()
    (hub.conferences / "notes.txt").write_text("x")
    assert set(load(hub, sources).conferences) == {"bar", "ice"}
    assert load(hub, sources).faults == ()


def test_interface_language(hub: Config) -> None:
    here = Conference("x", {"es": "Equis", "de": "X"}, languages=("es", "de"))
    facts = contents.conference_facts(hub, "x", here)
    assert (facts.lang, facts.title, facts.address) == ("es", "Equis", "x@hub.example")
    there = Conference("x", {"de": "Das X"}, languages=("de",))
    assert contents.conference_facts(hub, "x", there).lang == "en"
    assert contents.conference_facts(hub, "x", there).title == "Das X"


def test_no_process_stays_for_each_repository_that_was_only_looked_at(
    hub: Config, sources: Sources
) -> None:
    repo, used = hub.conference_repo("bar"), list[Reader]()

    def look(reader: Reader) -> bool:
        used.append(reader)
        return reader.oid_at("refs/heads/main") is not None

    assert sources.remember("looked", repo, "first", look)
    reader = sources.reader(repo)
    assert reader is not used[0]
    assert sources.remember("looked", repo, "second", look)
    assert used[1] is reader is sources.reader(repo)  # who reads on keeps it
