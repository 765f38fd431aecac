"""What holds the stage up for a while, such as a damaged key, a line that is down or a clock that
is ahead, loses nobody who follows and nothing that is said."""

from __future__ import annotations

import contextlib
import itertools
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from solicomm_build.features.fediverse import remote, run, signing, telling
from solicomm_build.features.fediverse.run import Work, fediverse
from solicomm_build.features.fediverse.ties import Ties
from solicomm_build.foundation import clock, maillog, timekeeping
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.fetching import FetchError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub, webserver
from tests.unit.fediverse.peer import Peer
from tests.unit.fediverse.test_delivering import (
    SPOKEN,
    follow,
    hub,
    moderated,
    new,
    other,
    server,
    told,
    write,
)

__all__ = ["hub", "other", "server"]


def test_a_post_is_called_gone_only_when_the_pages_show_everything_but_it(hub: Config) -> None:
    place, accept = f"/ap/c/bar/p/{hubs.mid('root')}", "application/activity+json"
    with webserver.running(hub) as address:
        assert webserver.ask(address, place, accept=accept).status == 200
        (hub.state / "pages.sqlite").unlink()
        answer = webserver.ask(address, place, accept=accept)
        assert (answer.status, answer.headers["retry-after"]) == (503, "60")
        hubs.build(hub, full=True)
        assert webserver.ask(address, place, accept=accept).status == 200
        hubs.remove(hub, "bar", hubs.post("root", subject="Pay"))
        hubs.build(hub)
        assert webserver.ask(address, place, accept=accept).status == 410
        told(hub)
        (hub.state / "pages.sqlite").unlink()
        assert webserver.ask(address, place, accept=accept).status == 410


def test_a_conference_that_cannot_be_told_of_holds_no_other_and_is_told_of_later(
    hub: Config, server: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    smallhub.add_conference(hub, Conference("foo", {"en": "Foo"}, posting="open"))
    hubs.add(hub, "foo", [hubs.post("old")])
    hubs.build(hub)
    hub = replace(hub, activitypub=replace(hub.activitypub, conferences=("bar", "foo")))
    told(hub)
    follow(hub, server, "cy", conference="foo")
    hubs.add(hub, "foo", [new("theirs")])
    write(hub, new("ours"))
    own, work = telling.Telling.look, Work(hub, maillog.to_nobody())

    def look(self: telling.Telling, db: object, conference: str, now: object) -> bool:
        if conference == "bar":
            raise StoreError("the disk is full")
        return own(self, db, conference, now)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(telling.Telling, "look", look)
        work.run()
    assert {one["id"].split("/p/")[0] for one in server.said("Create")} == {
        "http://hub.example/ap/c/foo"
    }
    work.run()
    assert len(server.said("Create")) == 2
    work.close()


def test_who_follows_is_not_forgotten_while_our_own_line_is_down(
    hub: Config, server: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = replace(server, address=("127.0.0.1", 1))
    inside = (server.host, elsewhere.host)
    hub = replace(hub, activitypub=replace(hub.activitypub, inside=inside))
    follow(hub, elsewhere, "cy")
    down = {"is": True}

    def send(config: Config, inbox: str, *facts: object) -> tuple[int, str]:
        if down["is"] or elsewhere.host in inbox:
            raise FetchError("no route")
        return 202, ""

    monkeypatch.setattr("solicomm_build.features.fediverse.remote.send", send)
    write(hub, new("first"))
    book, work = Ties(hub), Work(hub, maillog.to_nobody())
    for days in (0, 8, 9):
        with clock.fixed(SPOKEN + timedelta(days=days)):
            work.run()
    assert (book.followers("bar"), len(book.silences())) == (3, 2)
    down["is"] = False
    for days in (10, 11):
        with clock.fixed(SPOKEN + timedelta(days=days)):
            work.run()
    assert book.followers("bar") == 2, "one server answers, and the other is silent for longer"
    work.close()
    book.close()


def test_a_clock_that_is_far_ahead_makes_nobody_forgotten_and_nobody_wait_for_years(
    hub: Config, server: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timekeeping, "is_sure", lambda state: False)
    server.answers["/inbox"] = 503
    write(hub, new("first"))
    told(hub)
    with clock.fixed(SPOKEN + timedelta(days=900)):
        told(hub)
    with contextlib.closing(Ties(hub)) as book:
        assert book.followers("bar") == 2
    server.answers.clear()
    with clock.fixed(SPOKEN + timedelta(hours=1)):
        told(hub)
    assert len(server.said("Create")) == 1, "it is asked once the clock is right"


def test_a_damaged_key_ends_no_stage_and_what_waits_is_said_once_it_is_mended(
    hub: Config, server: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(hub, new("first"))
    path = hub.keys / signing.FILE
    signing.public_pem(hub)  # makes it
    sound = path.read_bytes()
    path.write_bytes(b"damaged")
    signing.key.cache_clear()
    monkeypatch.setattr(run, "_LOOK", 0.01)
    rounds, faults = itertools.count(), []

    class Log:
        def event(self, name: str, **facts: object) -> None:
            faults.append((name, facts["reason"]))

    def stop() -> bool:
        number = next(rounds)
        if number == 4:
            path.write_bytes(sound)
        return bool(server.said("Create")) or number > 200

    fediverse(hub, stop=stop, log=Log())  # type: ignore[arg-type]
    (fault,) = faults
    assert fault[0] == "fediverse-failed"
    assert "is no RSA key in PEM" in str(fault[1])
    assert len(server.said("Create")) == 1


def test_what_a_server_cannot_take_holds_up_what_it_takes_for_some_hours(
    hub: Config, server: Peer
) -> None:
    """It failed each time at one thing, for a week, and then nobody there followed any more."""
    server.answers["/inbox"] = 500
    follow(hub, server, "cy", shared=False)
    write(hub, new("first"))
    book, work = Ties(hub), Work(hub, maillog.to_nobody())
    for minutes in (0, 2, 10, 45, 180, 181):
        with clock.fixed(SPOKEN + timedelta(minutes=minutes)):
            work.run()
    (got,) = server.said("Create")
    assert {path for path, _, _ in server.heard} == {"/users/cy/inbox"}
    assert (got["type"], book.waiting(), book.followers("bar")) == ("Create", 0, 3)
    assert book.silences() == []
    server.answers.clear()
    with clock.fixed(SPOKEN + timedelta(minutes=182)):
        write(hub, new("second"))
        work.run()
    assert {path for path, _, _ in server.heard} == {"/inbox", "/users/cy/inbox"}
    work.close()
    book.close()


def test_a_server_that_cannot_prove_us_now_is_told_later(hub: Config, server: Peer) -> None:
    """As while our line is too bad for it to ask for our key."""
    server.answers["/inbox"] = 401
    write(hub, new("first"))
    told(hub)
    server.answers.clear()
    with clock.fixed(SPOKEN + timedelta(minutes=5)):
        told(hub)
    assert len(server.said("Create")) == 1


def test_a_server_that_is_told_over_a_slow_line_has_more_time_than_somebody_who_waits(
    hub: Config, server: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Eight at once over 2 KB a second had all lost their ten seconds, again and again."""

    class Slow(dict[str, int]):
        def get(self, _path: str, usual: int) -> int:  # type: ignore[override]
            time.sleep(0.3)
            return usual

    monkeypatch.setattr(server, "answers", Slow())
    monkeypatch.setattr(remote, "SECONDS", 0.1)
    write(hub, new("first"))
    told(hub)
    assert len(server.said("Create")) == 1


def test_what_is_to_be_deleted_is_not_forgotten_for_what_is_new(
    hub: Config, server: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that was down for weeks left there for good what was hidden here meanwhile."""
    monkeypatch.setattr("solicomm_build.features.fediverse.ties.MOST_WAITING", 3)
    server.answers["/inbox"] = 503
    moderated(hub, "hide", 1, "root", post=hubs.mid("root"))
    told(hub)
    write(hub, *(new(f"p{number}", subject='"type":"Delete"') for number in range(4)))
    with clock.fixed(SPOKEN + timedelta(hours=1)):
        told(hub)
    with contextlib.closing(Ties(hub)) as book:
        bodies = [one.body for one in book.due(server.host, 99)]
    gone = [one for one in bodies if hubs.mid("root") in one]
    assert (len(gone), len(bodies) - len(gone)) == (2, 3)
    server.answers.clear()
    with clock.fixed(SPOKEN + timedelta(days=2)):
        told(hub)
    assert {one["object"]["id"] for one in server.said("Delete")} == {
        f"http://hub.example/ap/c/bar/p/{hubs.mid('root')}"
    }
