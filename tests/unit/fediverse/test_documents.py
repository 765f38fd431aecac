"""What a hub shows of its public conferences to servers of the fediverse."""

from __future__ import annotations

from dataclasses import replace

import pytest

from solicomm_build.features.fediverse import shown
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.outwards import Outwards
from solicomm_build.testing import hubs, webserver
from tests.unit.fediverse.conftest import Hub

ROOT, ANSWER = hubs.mid("root"), hubs.mid("answer")
GROUP = "http://hub.example/ap/c/bar"
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"


def test_a_name_leads_to_the_group_and_to_its_writers(hub: Hub) -> None:
    for name, href in (("bar", GROUP), ("bar.writers", f"{GROUP}/writers")):
        answer = hub.get(f"/.well-known/webfinger?resource=acct:{name}@hub.example")
        assert answer.headers["content-type"] == "application/jrd+json"
        assert answer.headers["access-control-allow-origin"] == "*"
        found = hub.json(f"/.well-known/webfinger?resource=acct:{name}@hub.example")
        assert found["subject"] == f"acct:{name}@hub.example"
        links = {one["rel"]: one["href"] for one in found["links"]}
        assert links["self"] == href
        assert hub.json(href.removeprefix("http://hub.example"))["preferredUsername"] == name


@pytest.mark.parametrize("name", ["board", "quiet", "alone", "none", "../bar", "bar@x@y"])
def test_what_not_everybody_may_read_or_is_not_offered_is_like_what_is_not_there(
    hub: Hub, name: str
) -> None:
    never = hub.get("/.well-known/webfinger?resource=acct:never@hub.example")
    found = hub.get(f"/.well-known/webfinger?resource=acct:{name}@hub.example")
    assert (found.status, found.body) == (never.status, never.body) == (404, never.body)
    for path in ("", "/outbox", "/followers", f"/p/{hubs.mid(name)}"):
        assert hub.get(f"/ap/c/{name.replace('/', '-')}{path}").status == 404
    assert hub.get("/.well-known/webfinger").status == 400


def test_a_conference_is_a_group_that_says_nothing_of_people(hub: Hub) -> None:
    group = hub.json("/ap/c/bar")
    assert (group["id"], group["type"]) == (GROUP, "Group")
    assert group["name"] == "Bar & grill"
    assert group["summary"] == "<p>Where we talk.</p><p>Open to all.</p>"
    assert group["url"] == "http://hub.example/conferences/bar/"
    assert group["publicKey"]["owner"] == GROUP
    assert "BEGIN PUBLIC KEY" in group["publicKey"]["publicKeyPem"]
    assert group["endpoints"]["sharedInbox"] == "http://hub.example/ap/inbox"
    assert "attributedTo" not in group  # who moderates is a person
    assert hub.json("/ap/c/bar/writers")["type"] == "Service"
    followers = hub.json("/ap/c/bar/followers")
    assert set(followers) == {"@context", "id", "type", "totalItems"}


def test_a_topic_is_a_page_and_an_answer_a_note_under_the_name_that_the_page_shows(
    hub: Hub,
) -> None:
    page, note = hub.json(f"/ap/c/bar/p/{ROOT}"), hub.json(f"/ap/c/bar/p/{ANSWER}")
    assert (page["type"], page["name"]) == ("Page", "Pay & hours")
    assert page["attributedTo"] == note["attributedTo"] == f"{GROUP}/writers"
    assert page["to"] == [GROUP, PUBLIC]
    assert page["audience"] == GROUP
    assert page["url"] == f"http://hub.example/conferences/bar/t/{ROOT}/#{ROOT}"
    assert page["published"] == "2026-03-01T08:00:00Z"
    assert page["content"].startswith("<p><strong>Ana</strong>:</p>")
    assert "<strong>won</strong> &lt;it&gt; &amp; more" in page["content"]
    assert "<blockquote>" in page["content"]
    assert not {"<details", "<summary", "data-"} & set(page["content"].split())
    assert "inReplyTo" not in page
    assert (note["type"], note["inReplyTo"]) == ("Note", f"{GROUP}/p/{ROOT}")
    assert "name" not in note
    assert "@union.example" not in str([page, note])


def test_an_outbox_is_what_the_group_announced_the_newest_first(hub: Hub) -> None:
    found = hub.json("/ap/c/bar/outbox")
    assert (found["type"], found["totalItems"]) == ("OrderedCollection", 2)
    page = hub.json("/ap/c/bar/outbox?page=1")
    assert page["orderedItems"] == found["orderedItems"]
    first, second = page["orderedItems"]
    assert [first["type"], first["object"]["type"]] == ["Announce", "Create"]
    assert (first["actor"], first["object"]["actor"]) == (GROUP, f"{GROUP}/writers")
    assert first["object"]["object"]["id"] == f"{GROUP}/p/{ANSWER}"
    assert second["object"]["object"]["id"] == f"{GROUP}/p/{ROOT}"
    alone = hub.json(first["id"].removeprefix("http://hub.example"))
    assert {**alone, "@context": 0} == {**first, "@context": 0}
    assert hub.json("/ap/c/bar/outbox?page=2")["orderedItems"] == []
    assert hub.get("/ap/c/bar/outbox?page=x").status == 404
    assert hub.json("/ap/c/bar/writers/outbox")["totalItems"] == 0


def test_a_topic_is_put_in_order_once_for_all_of_its_posts(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    ordered, real = list[str](), shown._order
    monkeypatch.setattr(
        shown, "_order", lambda db, conf, topic: [ordered.append(topic), real(db, conf, topic)][1]
    )
    with shown.opened(hub.config) as db:
        assert db is not None
        found = shown.newest(hub.config, db, "bar", 1)
    assert [one.mid for one in found] == [ANSWER, ROOT]
    assert ordered == [ROOT]


def test_a_browser_is_led_to_the_page_and_a_server_to_the_object(hub: Hub) -> None:
    html = hub.get(f"/ap/c/bar/p/{ANSWER}", "text/html,*/*")
    assert (html.status, html.headers["location"]) == (
        303,
        f"/conferences/bar/t/{ROOT}/#{ANSWER}",
    )
    assert hub.get("/ap/c/bar", "text/html").headers["location"] == "/conferences/bar/"
    for path, place in (
        ("/conferences/bar/", "/ap/c/bar"),
        (f"/conferences/bar/t/{ROOT}/", f"/ap/c/bar/p/{ROOT}"),
    ):
        profile = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
        for accept in ("application/activity+json", profile):
            answer = hub.get(path, accept)
            assert (answer.status, answer.headers["location"]) == (303, place)
        assert hub.get(path, "text/html").status == 200


def test_node_info_names_the_program_and_counts_no_people(hub: Hub) -> None:
    (link,) = hub.json("/.well-known/nodeinfo")["links"]
    found = hub.json(link["href"].removeprefix("http://hub.example"))
    assert found["software"]["name"] == "solicomm"
    assert found["protocols"] == ["activitypub"]
    assert found["usage"] == {"users": {}}


def test_without_the_setting_nothing_is_there_and_pages_are_as_before(hub: Hub) -> None:
    off = replace(hub.config, activitypub=Outwards())
    with webserver.running(off) as address:
        for path in ("/ap/c/bar", "/.well-known/webfinger?resource=acct:bar@hub.example"):
            assert webserver.ask(address, path).status == 404
        accept = "application/activity+json"
        for path in ("/conferences/bar/", f"/conferences/bar/t/{ROOT}/"):
            asked = webserver.ask(address, path, accept=accept)
            assert asked.status == 200
            assert asked.body == webserver.ask(hub.address, path, accept="text/html").body
        assert webserver.ask(address, "/ap/inbox", method="POST", body=b"{}").status in (404, 405)


@pytest.mark.parametrize(("replies", "words"), [("off", "stays there"), ("held", "Moderators see")])
def test_people_are_told_how_to_follow_and_what_becomes_of_answers(
    hub: Hub, replies: str, words: str
) -> None:
    config = replace(hub.config, activitypub=replace(hub.config.activitypub, replies=replies))
    with webserver.running(config) as address:
        text = webserver.ask(address, "/ap/c/bar/follow/").body.decode()
        assert "@bar@hub.example" in text
        assert words in text
        arabic = webserver.ask(address, "/ap/c/bar/follow/", accept_language="ar").body.decode()
        assert '<p dir="ltr"><strong>@bar@hub.example' in arabic
        assert words not in arabic
        assert webserver.ask(address, "/ap/c/board/follow/").status == 404


def test_the_front_page_of_a_conference_leads_there_where_it_can_be_followed(
    hub: Hub, bare: Config
) -> None:
    hubs.build(bare)
    assert 'href="../../ap/c/bar/follow/"' in hubs.page(bare, "/conferences/bar/")
    hubs.build(replace(bare, activitypub=Outwards()))
    assert "/ap/" not in hubs.page(bare, "/conferences/bar/")
    assert "/ap/" not in hubs.page(hub.config, "/conferences/bar/")  # was built without
