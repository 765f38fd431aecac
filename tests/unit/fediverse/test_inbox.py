"""What other servers may say to a hub: follows, and what ends them; and nothing by anybody who
cannot prove it."""

from __future__ import annotations

import json
import socket
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from solicomm_build.features.fediverse import hearing, names, remote, ties
from solicomm_build.features.fediverse.hearing import Inbox
from solicomm_build.features.fediverse.signing import Request
from solicomm_build.features.fediverse.ties import Follower, Ties
from solicomm_build.foundation import clock
from solicomm_build.foundation.fetching import FetchError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.outwards import Outwards
from solicomm_build.post.conference import Conference
from tests.unit.fediverse.conftest import HOST, Hub
from tests.unit.fediverse.peer import LEMMY, fields_of, pem, post

GROUP = "http://hub.example/ap/c/bar"


def undo(actor: str, of: str | None = None) -> dict[str, object]:
    follow = {"id": f"{actor}/follows/1", "type": "Follow", "actor": of or actor, "object": GROUP}
    return {"id": f"{actor}/undo/1", "type": "Undo", "object": follow}


@pytest.mark.parametrize("inbox", ["/ap/inbox", "/ap/c/bar/inbox"])
def test_who_follows_is_kept_until_it_is_undone(hub: Hub, inbox: str) -> None:
    actor = hub.peer.actor("ana")
    assert hub.follow(actor, inbox=inbox, names=LEMMY, algorithm="hs2019")[0] == 202
    assert hub.ties.follows(actor, "bar")
    assert hub.ties.inboxes("bar") == [f"{hub.peer.url}/inbox"]
    assert hub.json("/ap/c/bar/followers")["totalItems"] == 1
    (answer,) = hub.ties.due(hub.peer.host, 5)
    told = json.loads(answer.body)
    assert (told["type"], told["actor"], answer.actor) == ("Accept", GROUP, GROUP)
    assert told["object"]["id"] == f"{actor}/follows/1"
    assert answer.inbox == f"{actor}/inbox"
    assert hub.say(actor, undo(actor), inbox=inbox)[0] == 202
    assert not hub.ties.follows(actor, "bar")
    hub.ties.give_up(hub.peer.host)


def test_the_actor_was_asked_for_in_the_name_of_a_group(hub: Hub) -> None:
    actor = hub.peer.actor("careful")
    hub.follow(actor)
    fields = next(fields for path, fields in hub.peer.asked if path == "/users/careful")
    assert f'keyId="{GROUP}#main-key"' in fields["signature"]
    assert "application/activity+json" in fields["accept"]
    hub.ties.give_up(hub.peer.host)


@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"key_name": "another"}, 401),
        ({"at": clock.now() - timedelta(hours=13)}, 401),
        ({"changed": {"digest": "SHA-256=" + "A" * 43 + "="}}, 401),
        ({"changed": {"host": "elsewhere.example"}}, 421),
        ({"changed": {"signature": "none"}}, 401),
        ({"key_id": "http://127.0.0.1:1/users/eve#main-key"}, 401),
    ],
    ids=["forged", "old", "other octets", "other host", "unsigned", "key of another server"],
)
def test_what_is_not_proved_follows_nothing(hub: Hub, how: dict[str, object], status: int) -> None:
    actor = hub.peer.actor("eve")
    assert hub.follow(actor, **how)[0] == status
    assert hub.ties.follower(actor) is None


def test_half_a_character_is_no_json(hub: Hub, caplog: pytest.LogCaptureFixture) -> None:
    """JSON can say it (RFC 8259 8.2), and no text that is kept can."""
    actor = hub.peer.actor("half")
    named = {"id": "\ud800", "type": "Follow", "actor": actor, "object": GROUP}
    assert hub.say(actor, named)[0] == 400
    assert "no answer" not in caplog.text


def test_a_request_that_comes_again_is_refused(hub: Hub) -> None:
    actor = hub.peer.actor("twice")
    follow = {"actor": actor, "id": f"{actor}/f", "type": "Follow", "object": GROUP}
    body = json.dumps(follow).encode()
    fields = fields_of(f"{actor}#main-key", "/ap/inbox", HOST, body)
    assert post(hub.address, "/ap/inbox", fields, body)[0] == 202
    assert hub.say(actor, undo(actor))[0] == 202
    status, said = post(hub.address, "/ap/inbox", fields, body)
    assert (status, "came before" in said) == (401, True)
    assert not hub.ties.follows(actor, "bar")
    hub.ties.give_up(hub.peer.host)


def test_nobody_undoes_or_deletes_for_another(hub: Hub) -> None:
    ana, eve = hub.peer.actor("ana"), hub.peer.actor("eve", key_name="eve")
    hub.follow(ana)
    assert hub.say(eve, undo(eve, ana), key_name="eve")[0] == 403
    gone = {"id": f"{ana}#delete", "type": "Delete", "object": ana}
    assert hub.say(ana, gone, key_name="eve")[0] == 401
    assert hub.say(eve, gone, key_name="eve")[0] == 202  # another's: heard and forgotten
    assert hub.ties.follows(ana, "bar")
    hub.ties.give_up(hub.peer.host)


def test_an_actor_that_is_deleted_follows_no_more(hub: Hub) -> None:
    ana, bo = hub.peer.actor("ana"), hub.peer.actor("bo")
    for actor in (ana, bo):
        hub.follow(actor)
    gone = {"type": "Delete"}
    assert hub.say(ana, {**gone, "id": f"{ana}#d", "object": ana})[0] == 202
    hub.peer.pages["/users/bo"] = 410  # its server deleted the key, too, and says so
    assert hub.say(bo, {**gone, "id": f"{bo}#d", "object": {"id": bo}}, key_name="lost")[0] == 202
    assert hub.ties.followers("bar") == 0
    asked = len(hub.peer.asked)
    stranger = f"{hub.peer.url}/users/stranger"
    assert hub.say(stranger, {**gone, "id": f"{stranger}#d", "object": stranger})[0] == 202
    assert len(hub.peer.asked) == asked  # nobody is asked about actors that follow nothing
    hub.ties.give_up(hub.peer.host)


@pytest.mark.parametrize("name", ["board", "quiet", "alone", "never", "bar/writers"])
def test_what_is_not_offered_is_not_followed(hub: Hub, name: str) -> None:
    actor = hub.peer.actor(f"ana-{name}")
    never = hub.follow(hub.peer.actor(f"other-{name}"), "none")
    assert hub.follow(actor, name) == never
    assert never[0] == 404
    assert hub.ties.follower(actor) is None


@pytest.mark.parametrize(
    "page",
    [
        b"{" * 10,
        b'{"a":' * 100_000,
        b" " * (remote.ACTOR_OCTETS + 1),
        b" " * (10 << 20),
        {"id": "http://127.0.0.1:1/users/odd", "type": "Person"},
        {"type": "Note"},
        500,
    ],
    ids=["no json", "deep", "large", "10 MB", "another's id", "no actor", "error"],
)
def test_an_actor_that_cannot_be_read_follows_nothing(hub: Hub, page: object) -> None:
    actor = hub.peer.actor("odd")
    hub.peer.pages["/users/odd"] = page
    assert hub.follow(actor)[0] == 401
    assert hub.ties.follower(actor) is None


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("text/plain; charset=utf-8", 401),
        ("application/json", 401),
        ("application/octet-stream", 401),
        ("application/ld+json", 401),
        ('application/ld+json; profile="https://www.w3.org/ns/activitystreams"', 202),
        ("application/activity+json; charset=utf-8", 202),
    ],
)
def test_a_file_that_somebody_keeps_at_a_server_is_nobody_there(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, kind: str, status: int
) -> None:
    """As at a forge or a store of pictures, which hands out what its people upload."""
    monkeypatch.setattr(hub.peer, "kind", kind)
    actor = hub.peer.actor(f"file-{len(kind)}")
    assert hub.follow(actor)[0] == status
    hub.ties.give_up(hub.peer.host)


def test_an_actor_whose_inbox_is_at_another_server_follows_nothing(hub: Hub) -> None:
    for more in ({"inbox": "https://victim.example/inbox"}, {"inbox": None}, {"inbox": "/x"}):
        actor = hub.peer.actor("odd", **more)
        assert hub.follow(actor)[0] == 401
    actor = hub.peer.actor("odd", endpoints={"sharedInbox": "https://victim.example/inbox"})
    assert hub.follow(actor)[0] == 202
    assert hub.ties.inboxes("bar") == [f"{actor}/inbox"]
    hub.ties.give_up(hub.peer.host)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:1/users/a",
        "http://other.example/users/a",
        "https://hub.example/ap/c/bar",
        "http://hub.example/ap/c/bar",
        "ftp://other.example/a",
        "file:///etc/passwd",
        "https://user:word@other.example/",
        "https://other.example/" + "a" * 500,
        7,
    ],
)
def test_addresses_that_are_never_asked(bare: Config, address: object) -> None:
    assert not remote.is_address(bare, address)


@pytest.mark.parametrize("host", ["a b.example", "a..example", f"{'a' * 64}.example"])
def test_an_actor_of_a_server_that_cannot_be_is_refused(hub: Hub, host: str) -> None:
    status, said = hub.follow(f"https://{host}/users/a")
    assert (status, said) == (401, "The actor could not be asked for its key\n")


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "10.0.0.1", "169.254.1.1"])
def test_nothing_is_sent_into_our_own_network(bare: Config, host: str) -> None:
    """Not even the beginning of TLS: the address is looked at first."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(FetchError, match="own network"):
            remote.actor(bare, f"https://{host}:{port}/users/a", GROUP, clock.now())
        listening.settimeout(0)
        with pytest.raises(BlockingIOError):
            listening.accept()


def test_a_body_that_is_no_activity_or_too_large_is_refused(hub: Hub) -> None:
    actor = hub.peer.actor("ana")
    key = f"{actor}#main-key"
    for body, status in (
        (b"[]", 400),
        (b"no", 400),
        (b'{"a":' * 9_000, 400),
        (b"{}", 401),
        (b" " * (hearing.BODY_OCTETS + 1), 413),
    ):
        fields = fields_of(key, "/ap/inbox", HOST, body)
        assert post(hub.address, "/ap/inbox", fields, body)[0] == status


def test_what_else_servers_send_is_heard_and_forgotten_without_asking_anybody(hub: Hub) -> None:
    actor = hub.peer.actor("ana")
    asked = len(hub.peer.asked)
    for kind in ("Like", "Announce", "Create", "Update", "Flag"):
        said = {"id": f"{actor}/1", "type": kind, "object": f"{GROUP}/p/x"}
        assert hub.say(actor, said)[0] == 202
    assert len(hub.peer.asked) == asked


def _asked(actor: str, name: str = "") -> Request:
    follow = {"actor": actor, "id": f"{actor}/f{name}", "type": "Follow", "object": GROUP}
    body = json.dumps(follow).encode()
    fields = fields_of(f"{actor}#main-key", "/ap/inbox", HOST, body)
    return Request("POST", "/ap/inbox", fields, body)


def _inbox(config: Config, book: Ties) -> Inbox:
    settings = {"bar": Conference("bar", {"en": "Bar"})}
    return Inbox(config, book, lambda: settings, lambda *_: hearing.Heard(202))


def test_one_server_asks_for_so_much_an_hour_and_stands_in_nobodys_way(
    hub: Hub, bare: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "FETCHES_AN_HOUR", 3)
    book = Ties(hub.config)
    inbox = _inbox(hub.config, book)
    actors = [hub.peer.actor(f"many{number}") for number in range(5)]
    answers = [inbox.take(_asked(one), clock.now()).status for one in actors]
    assert answers == [202, 202, 202, 429, 429]
    monkeypatch.setattr(hearing, "REQUESTS_AN_HOUR", 6)
    answers = [inbox.take(_asked(actors[0], str(n)), clock.now()).status for n in range(3)]
    assert answers == [202, 429, 429]
    book.give_up(hub.peer.host)
    book.close()


def test_who_takes_the_name_of_a_server_uses_up_nothing_of_it(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "FETCHES_AN_HOUR", 6)
    monkeypatch.setattr(hearing, "REQUESTS_AN_HOUR", 6)
    monkeypatch.setattr(hearing, "UNPROVED_AN_HOUR", 4)
    book = Ties(hub.config)
    inbox, ana = _inbox(hub.config, book), hub.peer.actor("ana")

    def forged(number: int, kind: str = "Follow") -> int:
        actor = hub.peer.actor(f"forged{number}", key_name="of somebody else")
        said = {"actor": actor, "id": f"{actor}/f", "type": kind, "object": GROUP}
        body = json.dumps(said).encode()
        fields = fields_of(f"{actor}#main-key", "/ap/inbox", HOST, body)
        asked = Request("POST", "/ap/inbox", fields, body)
        return inbox.take(asked, clock.now(), "192.0.2.1").status

    assert [forged(number, "Like") for number in range(9)] == [202] * 9
    assert [forged(number) for number in range(9)] == [401] * 4 + [429] * 5
    assert inbox.take(_asked(ana), clock.now(), "198.51.100.7").status == 202
    book.give_up(hub.peer.host)
    book.close()


def test_who_follows_while_no_line_leads_to_its_server_is_asked_to_come_again(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A no for good is never sent again by Lemmy; of what nobody signed there is not more."""
    monkeypatch.setattr(hearing, "UNPROVED_AN_HOUR", 2)
    away = "http://127.0.0.1:1/users/ana"
    outwards = Outwards(("bar",), inside=("127.0.0.1:1",))
    config = replace(hub.config, activitypub=outwards)
    book = Ties(config)
    inbox = _inbox(config, book)
    answers = [inbox.take(_asked(away), clock.now(), "192.0.2.1") for _ in range(3)]
    assert [one.status for one in answers] == [503, 503, 429]
    assert "Try again later" in answers[0].said
    assert book.follower(away) is None
    book.close()


def test_ten_thousand_follow_and_an_inbox_of_many_is_told_once(
    bare: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = Ties(bare)
    with book.change():  # in one transaction: each alone is written to the disk
        for number in range(10_000):
            host = f"h{number % 50}.example"
            actor = f"https://{host}/users/{number}"
            shared = f"https://{host}/inbox"
            one = Follower("bar", actor, host, "a", f"{actor}/i", shared, "k", "pem", 1.0)
            assert book.follow(one)
    assert book.followers("bar") == 10_000
    assert len(book.inboxes("bar")) == 50
    monkeypatch.setattr(ties, "MOST_OF_A_HOST", 200)
    full = Follower("bar", "https://h1.example/x", "h1.example", "x", "i", "", "k", "pem", 1.0)
    assert not book.follow(full)
    monkeypatch.setattr(ties, "MOST_FOLLOWERS", 10_000)
    other = Follower("bar", "https://new.example/x", "new.example", "x", "i", "", "k", "pem", 1.0)
    assert not book.follow(other)
    assert book.followers("bar") == 10_000
    book.close()


def test_many_threads_that_follow_at_once_are_all_kept(hub: Hub) -> None:
    actors = [hub.peer.actor(f"at-once{number}") for number in range(8)]
    found: list[int] = []
    work = [
        threading.Thread(target=lambda one=one: found.append(hub.follow(one)[0])) for one in actors
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert found == [202] * 8
    assert hub.ties.followers("bar") == 8
    hub.ties.give_up(hub.peer.host)


def test_who_has_a_new_key_is_asked_for_it(hub: Hub) -> None:
    actor = hub.peer.actor("renewed")
    hub.follow(actor)
    page = hub.peer.pages["/users/renewed"]
    page["publicKey"]["publicKeyPem"] = pem("new")
    assert hub.say(actor, undo(actor), key_name="new")[0] == 202
    assert not hub.ties.follows(actor, "bar")
    hub.ties.give_up(hub.peer.host)


def test_a_hub_that_offers_nothing_hears_nothing(hub: Hub, bare: Config) -> None:
    book = Ties(bare)
    inbox = Inbox(bare, book, dict, lambda *_: hearing.Heard(202))
    assert inbox.take(_asked(hub.peer.actor("ana")), clock.now()).status == 404
    book.close()
    assert Outwards().has("bar") is False
    assert names.of_handle(bare, "acct:bar@hub.example") == ("bar", names.GROUP)
