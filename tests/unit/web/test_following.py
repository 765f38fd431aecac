"""Following a topic on its page, and the links that end it, over the real web server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from solicomm_build.desk.run import desk
from solicomm_build.features.following.follows import FOLLOWS, MUTED, STOPPED, Follows
from solicomm_build.features.following.links import minted
from solicomm_build.features.removing import places
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import TopicId, post_id
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change
from solicomm_build.message.parse import parse
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.people.sessions import Sessions
from solicomm_build.post import post as posts
from solicomm_build.post.conference import Conference
from solicomm_build.post.post import Post
from solicomm_build.testing import hubs, smallhub, webserver
from solicomm_build.testing.deskhub import CONSENT, NOW
from solicomm_build.testing.member import Browser
from solicomm_build.testing.webserver import Address, ask
from solicomm_build.web import deskpost

ROOT = "root@union.example"
TID = TopicId(post_id(ROOT))
PLACE = f"/conferences/bar/t/{TID}/"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Config:
    """The hub, made once. Not to be changed: take `hub`."""
    closed = Conference("board", {"en": "Board"}, visibility="members")
    made = smallhub.make(
        tmp_path_factory.mktemp("built") / "hub", Conference("bar", {"en": "Bar"}), closed
    )
    for name in ("bar", "board"):
        one = Post(ROOT, name="Cyd", subject="Shifts & <b>", date=NOW, body="text\n")
        change = Change(posts.path(TID, one.mid), posts.encode(one))
        hubs.commit(made.conference_repo(name), change)
    store = RosterStore(open_repo(made.roster_repo))
    member = rosterevents.member(1, "ana@union.example", at=NOW, consent=CONSENT, lang="en")
    store.append([member], at=NOW, subject="Test")
    store.close()
    hubs.build(made)
    return made


@pytest.fixture
def hub(built: Config, tmp_path: Path) -> Config:
    return hubs.copied(built, tmp_path / "hub")


@pytest.fixture
def server(hub: Config) -> Iterator[Address]:
    with webserver.running(hub) as address:
        yield address


def _signed_in(hub: Config, server: Address) -> Browser:
    sessions, browser = Sessions(hub), Browser(server)
    browser.send(f"/login/{sessions.link(1, '', clock.now())}")
    sessions.close()
    return browser


def _letters(hub: Config) -> list[str]:
    desk(hub, once=True, log=maillog.to_nobody())
    with closing(Spool(hub.spool_out)) as spool:
        found = [parse(item.raw).text for path in spool.pending() for item in spool.read(path)]
        for path in spool.pending():
            spool.done(path)
    return found


def _states(hub: Config, name: str = "bar") -> list[str]:
    with closing(Follows(hub)) as follows:
        return [one.state for one in follows.of_topic(name, [TID])]


def test_who_is_signed_in_follows_with_one_press(hub: Config, server: Address) -> None:
    ana = _signed_in(hub, server)
    answer = ana.send(f"{PLACE}follow")
    assert (answer.status, answer["location"]) == (303, PLACE)
    assert _states(hub) == [FOLLOWS]
    assert ana.send(f"{PLACE}mute").status == 303
    assert _states(hub) == [MUTED]
    assert ana.send(f"{PLACE}unfollow").status == 303
    assert _states(hub) == [STOPPED]


def test_a_post_from_another_site_does_nothing(hub: Config, server: Address) -> None:
    ana = _signed_in(hub, server)
    for name, value in (("Origin", "https://evil.example"), ("Sec_Fetch_Site", "cross-site")):
        assert ana.send(f"{PLACE}follow", **{name: value}).status == 403
    assert _states(hub) == []


def test_who_is_not_signed_in_gets_one_mail_with_a_button(hub: Config, server: Address) -> None:
    zo = Browser(server)
    form = zo.get(f"{PLACE}follow")
    assert 'name="email"' in form.text
    assert "Shifts &amp; &lt;b&gt;" in form.text
    assert zo.send(f"{PLACE}follow").status == 200  # the topic's own button: it asks who
    first = zo.send(f"{PLACE}follow", {"email": "zo@third.example"})
    again = zo.send(f"{PLACE}follow", {"email": "ZO@third.example"})
    member = zo.send(f"{PLACE}follow", {"email": "ana@union.example"})
    assert first.status == 200
    assert first.body == again.body == member.body
    letters = _letters(hub)
    assert len(letters) == 2
    path = re.search(r"/confirm/[a-z2-7]{26}", letters[0])
    assert path is not None
    assert 'method="post"' in zo.get(path[0]).text
    assert _states(hub) == []
    assert zo.send(path[0]).status == 200
    _letters(hub)
    assert _states(hub) == [FOLLOWS]
    assert zo.get(path[0]).status == 404


def test_a_yes_about_a_conference_that_is_gone_is_answered(hub: Config, server: Address) -> None:
    zo = Browser(server)
    zo.send(f"{PLACE}follow", {"email": "zo@third.example"})
    path = re.search(r"/confirm/[a-z2-7]{26}", _letters(hub)[0])
    assert path is not None
    places.remove(hub, places.Place("conference", "bar"))
    assert zo.send(path[0]).status == 200
    assert len(_letters(hub)) == 1, "the page said that a mail comes"
    assert Spool(hub.spool_desk).quarantined() == []


def test_bad_input_is_said(hub: Config, server: Address) -> None:
    assert Browser(server).send(f"{PLACE}follow", {"email": "nobody"}).status == 400
    assert ask(server, f"/conferences/bar/t/{'a' * 32}/follow").status == 404
    assert ask(server, f"/conferences/none/t/{TID}/follow").status == 404
    closed = ask(server, f"/conferences/board/t/{TID}/follow")
    assert closed.status == 404
    assert b"Shifts" not in closed.body
    assert _signed_in(hub, server).send(f"/conferences/board/t/{TID}/follow").status == 404
    assert _states(hub, "board") == []


def test_one_click_ends_it_and_a_look_does_not(hub: Config, server: Address) -> None:
    _signed_in(hub, server).send(f"{PLACE}follow")
    with closing(Follows(hub)) as follows:
        (wish,) = follows.of_topic("bar", [TID])
    link = f"/unfollow/{minted(hub.keys, wish.id)}"
    assert b"Shifts &amp;" in ask(server, link).body
    assert _states(hub) == [FOLLOWS]
    program = Browser(server)
    assert program.send(link, {"List-Unsubscribe": "One-Click"}).status == 200
    assert _states(hub) == [STOPPED]
    strange = ask(server, f"/unfollow/{'a' * 26}", method="POST", body=b"")
    assert strange.status == 200
    assert b"Shifts" not in strange.body


def test_my_hub_shows_what_one_follows_and_ends_it(
    hub: Config, server: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deskpost, "PATIENCE", 0.0)  # the desk does not work beside the page
    ana = _signed_in(hub, server)
    ana.send(f"{PLACE}follow")
    assert "/members/topics/" in ana.get("/members/").text
    page = ana.get("/members/topics/").text
    assert "Shifts &amp; &lt;b&gt;" in page
    mark = re.search(r'name="mark" value="([^"]+)"', page)
    assert mark is not None
    fields = {"mark": mark[1], "topic": f"bar/{TID}"}
    assert ana.send("/members/topics/", fields).status == 303
    _letters(hub)
    assert _states(hub) == [STOPPED]
    assert "Shifts" not in ana.get("/members/topics/").text


def test_a_topic_s_page_has_the_button(server: Address) -> None:
    page = ask(server, PLACE).body.decode()
    assert re.search(r'<form class="print-no" method="post" action="(?:\./)?follow">', page)
