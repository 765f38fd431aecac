"""Signing in, members' pages and writing on a machine without cell 0, by a real store."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from solicomm_build.foundation import clock, keys, maillog, spool
from solicomm_build.foundation.hub.cluster import lease, nodes
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.objects.passing import Coming, Passing
from solicomm_build.foundation.spool import Item, Spool
from solicomm_build.ingest.run import ingest
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.people.shared import sessions
from solicomm_build.post import post as posts
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.objectstores import Store
from solicomm_build.web.app import create_app
from tests.unit.objects.test_passing import machine

ANA, BEA = "ana@union.example", "bea@union.example"
BOARD = Conference("board", {"en": "The Board"}, posting="open", visibility="members")
WATER = Conference("water", {"en": "Water"}, posting="open")
SLOW = Conference("slow", {"en": "Slow"}, posting="moderated")
TOPIC = hubs.post("m0", subject="Strike fund", body="The chest holds rubies.\n")
PAGE = f"/conferences/board/t/{hubs.tid_of(TOPIC)}/"
WROTE = {"name": "Bea", "subject": "Pipes", "text": "They leak.", "key": "a1b2c3d4e5f60718" * 2}


class Passes:
    """What the second machine has for others goes there; it keeps nothing by itself."""

    def __init__(self, config: Config) -> None:
        self._passing = Passing(config)

    def keep(self, folder: Path) -> None:
        """Others have it."""

    def pass_on(self, folder: Path, items: Iterable[Item], key: str) -> Path | None:
        """To who has the cell."""
        return self._passing.put(folder, items, key)


class Hub:
    """Two machines, of which the first has cell 0; the second has a copy of all."""

    def __init__(self, home: Config, node: Config) -> None:
        self.home, self.node = home, node
        self.first = TestClient(create_app(home), base_url=home.url)
        self.second = TestClient(create_app(node, is_node=True), base_url=home.url)

    def current(self, seconds: float = 600) -> None:
        nodes.confirm(self.node, lease.now() + seconds)

    def signs_in(self, at: TestClient, number: int = 1) -> None:
        link = sessions.of(self.home).link(number, "", clock.now())
        assert at.post(f"/login/{link}", follow_redirects=False).status_code == 303
        other = TestClient(at.app, base_url=self.home.url)  # without the session that it began
        assert other.post(f"/login/{link}", follow_redirects=False).status_code == 404

    def posts(self) -> list[posts.Post]:
        ingest(self.home, once=True, log=maillog.to_nobody())
        files = smallhub.files(self.home.conference_repo("water"))
        return [posts.decode(blob) for path, blob in files.items() if posts.parse_path(path)]


@pytest.fixture
def store(start: Callable[[str], Store]) -> Store:
    """One that can be stopped for a moment."""
    return start("seaweedfs")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Config:
    config = smallhub.make(tmp_path_factory.mktemp("built") / "hub", BOARD, WATER, SLOW)
    made = clock.now()
    people = [
        rosterevents.member(number, address, at=made, consent=Consent("mail"))
        for number, address in enumerate((ANA, BEA), 1)
    ]
    own = rosterevents.subscribe("board", 1, at=made, consent=Consent("mail"))
    smallhub.add_events(config, [*people, own])
    hubs.add(config, "board", [TOPIC])
    hubs.build(config)
    return config


@pytest.fixture
def hub(built: Config, tmp_path: Path, store: Store) -> Iterator[Hub]:
    for name in ("n1", "n2"):
        hubs.copied(built, tmp_path / name)
    home = machine(tmp_path / "n1", store, 0)
    keys.token_key(home.keys)
    shutil.copytree(home.keys, tmp_path / "n2" / "private" / "keys", dirs_exist_ok=True)
    node = machine(tmp_path / "n2", store)
    spool.share_by(Passes(node))
    try:
        yield Hub(home, node)
    finally:
        spool.share_by(None)


def test_who_is_signed_in_at_one_reads_at_the_other(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sessions, "_BELIEVED", 0.0)
    hub.current()
    assert hub.second.get(PAGE).status_code == 404
    hub.signs_in(hub.first)
    wanted = hub.first.get(PAGE)
    assert "rubies" in wanted.text
    hub.second.cookies = hub.first.cookies
    found = hub.second.get(PAGE)
    assert (found.status_code, found.text) == (200, wanted.text)
    assert found.headers == wanted.headers
    assert hub.second.get("/members/me").json() == hub.first.get("/members/me").json()
    hub.first.post("/logout/")
    assert hub.second.get(PAGE).status_code == 404


def test_who_was_taken_off_reads_nothing_more(hub: Hub) -> None:
    hub.current()
    hub.signs_in(hub.second)
    assert "rubies" in hub.second.get(PAGE).text
    gone = rosterevents.unsubscribe("board", 1, at=clock.now(), by="host")
    smallhub.add_events(hub.node, [gone])
    assert hub.second.get(PAGE).status_code == 404


def test_an_old_copy_of_the_roster_shows_members_nothing(hub: Hub) -> None:
    hub.current()
    hub.signs_in(hub.second)
    assert hub.second.get(PAGE).status_code == 200
    hub.current(0)
    for path in (PAGE, "/members/", "/members/me", "/board.git/info/refs"):
        answer = hub.second.get(path)
        assert answer.status_code == 503, path
        assert "rubies" not in answer.text
    assert hub.second.get("/conferences/water/").status_code == 200
    assert hub.second.post("/conferences/water/", data=WROTE).status_code == 503


def test_a_post_from_the_page_is_kept_for_the_machine_with_cell_0(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("solicomm_build.features.writing.showing.BOUND", 0.05)
    hub.current()
    hub.signs_in(hub.second, 2)
    assert hub.second.post("/conferences/water/", data=WROTE).status_code == 200
    later = clock.now() + timedelta(minutes=2)
    for _ in range(2):  # and once more, with another date, before the first is a post and after
        with clock.fixed(later):
            assert hub.second.post("/conferences/water/", data=WROTE).status_code == 200
        (made,) = hub.posts()
    assert Spool(hub.node.spool_in).pending() == []
    assert not (hub.node.private / "written").exists()
    assert made.body.strip() == "They leak."


def test_a_post_that_waits_for_moderators_waits_once(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("solicomm_build.features.writing.showing.BOUND", 0.05)
    hub.current()
    hub.signs_in(hub.second, 2)
    for minutes in (0, 2, 4):
        with clock.fixed(clock.now() + timedelta(minutes=minutes)):
            sent = hub.second.post("/conferences/slow/", data=WROTE)
        assert sent.status_code == 200
        ingest(hub.home, once=True, log=maillog.to_nobody())
    held = [path for path in smallhub.files(hub.home.mail_repo) if path.startswith("held/slow/")]
    assert sorted(Path(path).suffix for path in held) == [".eml", ".json"]


def test_nothing_is_said_to_be_kept_while_the_store_is_away(
    hub: Hub, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("solicomm_build.features.writing.showing.BOUND", 0.05)
    hub.current()
    hub.signs_in(hub.second, 2)
    hub.second.get("/members/me")
    with store.down():
        answer = hub.second.post("/conferences/water/", data=WROTE)
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert "Please try again in a moment" in answer.text
    again = (hub.second.post("/conferences/water/", data=WROTE) for _ in range(30))
    assert any(sent.status_code == 200 for sent in again), "busy with what came before, it may wait"
    assert len(hub.posts()) == 1, "whether or not the store had it the first time"


def test_who_is_not_signed_in_keeps_the_text(hub: Hub) -> None:
    hub.current()
    sent = WROTE | {"email": "cleo@web.example"}
    answer = hub.second.post("/conferences/water/", data=sent)
    assert answer.status_code == 503
    assert "They leak." in answer.text
    assert "try again in a minute" in answer.text
    assert not (hub.node.private / "written").exists()


def test_what_is_asked_for_by_mail_goes_to_the_desk(hub: Hub) -> None:
    hub.current()
    assert hub.second.post("/login/", data={"address": ANA}).status_code == 200
    assert hub.second.post("/join/water", data={"address": "new@web.example"}).status_code == 200
    assert Coming(hub.home, lambda: None).take() == 2
    desk = Spool(hub.home.spool_desk)
    items = [item for path in desk.pending() for item in desk.read(path)]
    assert {item.envelope.rcpt_tos[0] for item in items} == {
        "solicomm-login@hub.example",
        "water-join@hub.example",
    }


def test_what_writes_files_of_the_hub_is_done_where_cell_0_is(hub: Hub) -> None:
    hub.current()
    hub.signs_in(hub.second)
    shown = hub.second.get("/members/browsers/")
    assert shown.status_code == 200
    mark = re.search(r'name="mark" value="([0-9a-f]+)"', shown.text)
    assert mark is not None
    for path in ("/members/browsers/", "/passkeys/", "/search/save"):
        answer = hub.second.post(path, data={"mark": mark[1], "do": "everywhere"})
        assert answer.status_code == 503, path
        assert "Nothing of what you sent was kept" in answer.text
    for path in ("/edit/", "/preview/x/"):
        assert hub.second.get(path).status_code == 503, path
