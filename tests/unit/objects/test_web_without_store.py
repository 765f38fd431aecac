"""What a member reads and finds while the store that keeps sessions does not answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from solicomm_build.builder.run import Builder
from solicomm_build.features.search import index as search
from solicomm_build.foundation import clock, data
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.people.shared.sessions import SharedSessions
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub, webserver
from solicomm_build.testing.member import Browser
from solicomm_build.testing.objectstores import Store
from solicomm_build.testing.webserver import Address

TOPIC = hubs.post("m0", subject="Strike fund", body="The chest holds rubies.\n")
OPEN = hubs.post("m1", subject="Pipes", body="Rubies are open to all.\n")
CLOSED_AT = f"/conferences/board/t/{hubs.tid_of(TOPIC)}/"
OPEN_AT = f"/conferences/water/t/{hubs.tid_of(OPEN)}/"
LATER = "who you are could not be looked up just now. Please try again in a minute."


@dataclass
class Hub:
    config: Config
    address: Address

    def signed_in(self) -> Browser:
        """The browser of a member of the board, of whom the server has seen no more than that."""
        browser = Browser(self.address)
        link = SharedSessions(self.config).link(1, "", clock.now())
        assert browser.send(f"/login/{link}").status == 303
        return browser


@pytest.fixture
def store(start: Callable[[str], Store]) -> Store:
    """One that can be stopped for a moment."""
    return start("seaweedfs")


@pytest.fixture
def hub(tmp_path: Path, store: Store) -> Iterator[Hub]:
    board = Conference("board", {"en": "The Board"}, posting="open", visibility="members")
    water = Conference("water", {"en": "Water"}, posting="open")
    config = smallhub.make(tmp_path / "hub", board, water)
    at, consent = clock.now(), Consent("mail")
    ana = rosterevents.member(1, "ana@union.example", at=at, consent=consent)
    smallhub.add_events(config, [ana, rosterevents.subscribe("board", 1, at=at, consent=consent)])
    hubs.add(config, "board", [TOPIC])
    hubs.add(config, "water", [OPEN])
    builder = Builder(config, data.theme())
    builder.build()
    assert builder.contents
    search.update(config, builder.contents, settle=True, full=True)
    builder.close()
    config = store.of(config, "spool")
    config = replace(config, cluster=replace(config.cluster, node="n1", divided=True))
    lease.write(config, lease.Lease("n1", 1, lease.now() + 600, lease.boot()), 0)
    with webserver.running(config) as address:
        yield Hub(config, address)


def test_a_search_finds_what_everybody_may_read_and_says_so(hub: Hub, store: Store) -> None:
    browser, stranger = hub.signed_in(), Browser(hub.address)
    with store.down():
        for how in ("&nojs=1", "&part=1"):
            path = f"/search/?q=rubies{how}"
            answer, other = browser.get(path), stranger.get(path)
            assert (answer.status, other.status) == (200, 200)
            assert "open to all" in answer.text
            assert "chest" not in answer.text
            assert LATER in answer.text
            assert LATER not in other.text
    while LATER in (answer := browser.get("/search/?q=rubies&nojs=1")).text:
        pass  # the store is left alone for a moment
    assert "chest" in answer.text


def test_pages_and_books_for_members_come_later_and_those_for_everybody_now(
    hub: Hub, store: Store
) -> None:
    browser, stranger = hub.signed_in(), Browser(hub.address)
    with store.down():
        for path in (OPEN_AT, f"{OPEN_AT}book.epub", "/take/conferences/water/"):
            assert browser.get(path).status == 200, path
        for path in (CLOSED_AT, f"{CLOSED_AT}book.epub", "/take/conferences/board/"):
            later = browser.get(path)
            assert (path, later.status) == (path, 503)
            assert int(later["retry-after"]) > 0
            assert "Please try again in a moment." in later.text
            nowhere = browser.get(path.replace("board", "nowhere"))
            assert nowhere == later, "nobody learns in this way what there is"
            assert stranger.get(path).status == 404
    while browser.get(CLOSED_AT).status == 503:
        pass  # the store is left alone for a moment
    for path in (CLOSED_AT, f"{CLOSED_AT}book.epub", "/take/conferences/board/"):
        assert browser.get(path).status == 200, path
