"""A post, a page or a document that holds the builder is set aside; the others are shown."""

from __future__ import annotations

import signal
import time
from pathlib import Path

import pytest

from solicomm_build.builder.serving import serve_builder
from solicomm_build.features.search.searchrun import BackgroundSearch
from solicomm_build.foundation import data, maillog
from solicomm_build.foundation.hub import quarantine
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.watch import Watch
from solicomm_build.post.conference import Conference
from solicomm_build.testing import holding, hubs, smallhub
from solicomm_build.testing.hubs import mid, page

BAR = "/conferences/bar/"
HELD = "It held the build stage for longer than an item may"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}, posting="open"))
    hubs.add(
        made,
        "bar",
        [
            hubs.post("a", subject="Before it"),
            hubs.post("b", subject="It", body="endless words\n"),
            hubs.post("c", subject="After it"),
        ],
    )
    return made


def serve(hub: Config, word: str, *shown: str) -> int:
    """A builder that goes on until these topics have pages."""
    files = [hub.public / f"conferences/bar/t/{mid(name)}/index.html" for name in shown]
    end = time.monotonic() + 60

    def stop() -> bool:
        return all(file.exists() for file in files) or time.monotonic() > end

    def work(watch: Watch) -> None:
        serve_builder(hub, data.theme(), stop, log=maillog.to_nobody(), watch=watch)

    return holding.run(hub, "build", word, work)


def aside(hub: Config) -> list[tuple[str, str]]:
    return [(one.item, one.reason) for one in quarantine.aside(hub.spool_quarantine)]


def test_a_post_that_holds_the_builder_is_a_stub_and_others_are_shown(hub: Config) -> None:
    assert serve(hub, "build:endless", "a", "b", "c") == -signal.SIGPROF
    assert serve(hub, "build:endless", "a", "b", "c") == 0
    ((item, reason),) = aside(hub)
    assert item.startswith("post:bar/")
    assert reason == HELD
    assert "Before it" in page(hub, BAR)
    assert "After it" in page(hub, BAR)
    assert "endless words" not in page(hub, f"{BAR}t/{mid('b')}/")


def test_a_post_that_holds_a_child_of_the_builder_is_a_stub(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("solicomm_build.builder.follow._CHUNK", 2)  # read by children
    assert serve(hub, "build:endless", "a", "b", "c") == 0
    assert [reason for _, reason in aside(hub)] == [HELD]
    assert "endless words" not in page(hub, f"{BAR}t/{mid('b')}/")


def test_a_page_that_holds_a_child_is_left_out_and_others_are_made(hub: Config) -> None:
    url = f"{BAR}t/{mid('b')}/"
    assert serve(hub, f"page:{url}", "a", "c") == 0
    assert (f"page:{url}", HELD) in aside(hub)
    assert not (hub.public / url.strip("/") / "index.html").exists()
    assert "After it" in page(hub, f"{BAR}t/{mid('c')}/")


def test_words_that_were_taken_away_do_not_stay_on_a_page_that_holds_the_builder(
    hub: Config,
) -> None:
    assert serve(hub, "", "a", "b", "c") == 0
    url = f"{BAR}t/{mid('b')}/"
    assert "endless words" in page(hub, url)
    hubs.remove(hub, "bar", hubs.post("c", subject="After it"))
    end = time.monotonic() + 60

    def work(watch: Watch) -> None:
        gone = hub.public / url.strip("/") / "index.html"
        serve_builder(
            hub,
            data.theme(),
            lambda: not gone.exists() or time.monotonic() > end,
            log=maillog.to_nobody(),
            watch=watch,
        )

    assert holding.run(hub, "build", f"page:{url}", work) == 0
    assert not (hub.public / url.strip("/") / "index.html").exists()
    assert "Before it" in page(hub, f"{BAR}t/{mid('a')}/")


def test_after_a_mend_what_was_set_aside_is_shown(hub: Config) -> None:
    serve(hub, "build:endless", "a", "b", "c")
    serve(hub, "build:endless", "a", "b", "c")
    (one,) = quarantine.aside(hub.spool_quarantine)
    quarantine.put_back(one)
    hubs.build(hub, full=True)
    assert "endless words" in page(hub, f"{BAR}t/{mid('b')}/")
    assert not aside(hub)


def test_what_is_thrown_away_is_told_no_more_and_passed_over(hub: Config) -> None:
    serve(hub, "build:endless", "a", "b", "c")
    serve(hub, "build:endless", "a", "b", "c")
    (one,) = quarantine.aside(hub.spool_quarantine)
    quarantine.drop(one)
    assert not aside(hub)
    assert holding.watch_of(hub, "build").is_aside(one.item)


def test_a_document_that_holds_the_search_is_left_out_and_others_are_found(hub: Config) -> None:
    hubs.build(hub)

    def work(watch: Watch) -> None:
        from solicomm_build.builder import loading
        from solicomm_build.builder.apart import watching
        from solicomm_build.builder.sources import Sources

        watching.begin(watch, maillog.to_nobody())
        sources = Sources(hub)
        found = loading.load(hub, sources, loading.tips(hub), None)
        sources.close()
        search, end = BackgroundSearch(hub), time.monotonic() + 60
        search.want(found)
        while search.busy and time.monotonic() < end:
            search._not_before = 0.0  # not a minute, here
            search.step()
            time.sleep(0.01)

    assert holding.run(hub, "build", f"search:{mid('b')}", work) == 0
    assert [item for item, _ in aside(hub)] == [f"search:conferences/bar/{mid('b')}"]
    manifest = hub.public / "search" / "index" / "manifest.js"
    assert manifest.exists()
