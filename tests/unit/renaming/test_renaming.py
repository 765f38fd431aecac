"""`solicomm rename`: what goes on under the new name, and what leads from the old one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from solicomm_build.cli.main import main
from solicomm_build.features.following.follows import BEGAN, FOLLOWS, Follows
from solicomm_build.features.founding import founding
from solicomm_build.features.lists.leaving import Leaving
from solicomm_build.features.mailboxes import mtamaps
from solicomm_build.features.privacy import erase
from solicomm_build.features.renaming import moving, persons, places
from solicomm_build.foundation import clock, formernames, keys, maillog
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import Mailbox, Proven
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest.run import ingest
from solicomm_build.people import access, directory, grants, memberstore, token
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.people.sessions import DAY
from solicomm_build.people.shared import sessions
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import placesettings
from solicomm_build.post.store.fsck import check
from solicomm_build.post.store.mailstore import MailStore
from solicomm_build.post.store.placesettings import Everybodys
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.testing.killing import killed
from solicomm_build.testing.smallhub import item, mail
from solicomm_build.web.app import create_app

ANA = "ana@union.example"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    """A list with a member who moderates it, a post, and mail that waits; another list."""
    made = smallhub.make(
        tmp_path / "hub",
        Conference("bar", {"en": "Bar"}, posting="open"),
        Conference("docks", {"en": "Docks"}, posting="moderated"),
    )
    (made.root / "hub.yaml").write_text(
        "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: https://hub.example\n"
    )
    hub = hubyaml.load(made.root)
    hub.public.mkdir(exist_ok=True)
    (hub.public / "index.html").write_text("<p>home</p>")
    memberstore.subscribe(hub, "bar", [Mailbox("Ana", ANA)], options={"digest": "weekly"})
    memberstore.appoint(hub, "bar", ANA, "moderator")
    grants.settle(hub)
    _take(hub, item(mail("one"), "bar@hub.example"))
    return hub


def _take(hub: Config, *items: object) -> None:
    Spool(hub.spool_in).put(list(items))
    ingest(hub, once=True, log=maillog.to_nobody())


@contextmanager
def _roster(hub: Config) -> Iterator[Roster]:
    with closing(RosterStore(open_repo(hub.roster_repo))) as store:
        yield store.roster()


def _posts(hub: Config, name: str) -> int:
    repo = open_repo(hub.conferences / f"{name}.git")
    return len(repo.git("ls-tree", "-r", "--name-only", "main", "topics/").splitlines())


def test_members_roles_and_options_are_those_of_the_new_name(hub: Config) -> None:
    places.rename(hub, "bar", "rivers")
    with _roster(hub) as roster:
        assert roster.listed_options("rivers", ANA) == {"digest": "weekly"}
        assert roster.listed_role("rivers", ANA) == "moderator"
        assert roster.listed_options("bar", ANA) is None
        person = roster.persons.of(1)
    assert grants.read(hub).may(person or "", "rivers", clock.now())
    assert b"id: rivers\n" in open_repo(hub.conference_repo("rivers")).git(
        "show", "main:conference.yaml"
    )
    assert check(hub) == []


def test_a_role_was_held_before_the_renaming_too(hub: Config) -> None:
    with _roster(hub) as roster:
        person = roster.persons.of(1) or ""
    since = grants.read(hub).moments(person, "bar")
    places.rename(hub, "bar", "rivers")
    assert grants.read(hub).moments(person, "rivers") == since


def test_mail_to_the_old_address_is_a_post_of_the_new_name(hub: Config) -> None:
    places.rename(hub, "bar", "rivers")
    two = mail("two", msgid="<2@union.example>")
    topic = mail("three", "In-Reply-To: <1@union.example>", msgid="<3@union.example>")
    to = open_repo(hub.conferences / "rivers.git").git("ls-tree", "-r", "--name-only", "main")
    tid = next(line for line in to.decode().splitlines() if line.startswith("topics/")).split("/")[
        2
    ]
    _take(hub, item(two, "bar@hub.example"), item(topic, f"bar+t-{tid}@hub.example"))
    assert _posts(hub, "rivers") == 3
    assert not (hub.conferences / "bar.git").exists()
    with _roster(hub) as roster:
        resolve = directory.directory_of(hub, lambda: roster).resolve
        for old in ("bar-request", "bar+owner", "bar-leave"):
            found = resolve(f"{old}@hub.example")
            assert found is not None
            assert found.conference == "rivers"
        assert resolve("baz-request@hub.example") is None
        maps = mtamaps.files(hub, roster, hub.root)["postfix/relay_recipients"]
    assert "\nbar@hub.example OK" in maps
    assert "\nrivers-join@hub.example OK" in maps


def test_links_in_mails_of_before_go_on(hub: Config) -> None:
    left = token.leave_token(keys.token_key(hub.keys), "bar", 1)
    places.rename(hub, "bar", "rivers")
    with _roster(hub) as roster:
        found = directory.directory_of(hub, lambda: roster).resolve(f"bar-leave+{left}@hub.example")
    assert found is not None
    leaving = Leaving(hub)
    try:
        known = leaving.read(left)
    finally:
        leaving.close()
    assert known is not None
    assert (known.conference, known.active) == ("rivers", True)


def test_mail_that_waits_and_decisions_follow(hub: Config) -> None:
    _take(hub, item(mail("held", msgid="<9@union.example>"), "docks@hub.example"))
    places.rename(hub, "docks", "harbour")
    with closing(MailStore(open_repo(hub.mail_repo))) as store:
        held = list(store.held())
    assert [(one.conference, one.facts["conference"]) for one in held] == [("harbour", "harbour")]
    done = CliRunner().invoke(main, ["moderate", "accept", held[0].mid, "--hub", str(hub.root)])
    assert done.exit_code == 0, done.output
    ingest(hub, once=True, log=maillog.to_nobody())
    assert _posts(hub, "harbour") == 1
    assert check(hub) == []


def test_what_features_keep_follows(hub: Config) -> None:
    ballots = hub.private / "polls" / "bar" / "2026-01" / "votes"
    ballots.mkdir(parents=True)
    (ballots / "x.yaml").write_text("a ballot")
    with closing(Follows(hub)) as follows:
        person = follows.person("ben@union.example", 0)
        follows.set(person, "bar", ["t" * 32], FOLLOWS, BEGAN, member=False, at=clock.now())
    mine, _ = access.issue(hub, "Ana", ["conferences/bar"])
    places.rename(hub, "bar", "rivers")
    assert (hub.private / "polls" / "rivers" / "2026-01" / "votes" / "x.yaml").is_file()
    with closing(Follows(hub)) as follows:
        assert [row[0] for row in follows.all("SELECT conference FROM follow")] == ["rivers"]
    assert access.Access(hub).grants().by_id[mine.id].opens("conferences/rivers")


def test_old_pages_feeds_and_clones_are_led_on(hub: Config, tmp_path: Path) -> None:
    places.rename(hub, "bar", "rivers")
    page = hub.public / "conferences" / "rivers"
    page.mkdir(parents=True)
    (page / "index.html").write_text("<!DOCTYPE html><title>Bar</title>")
    (page / "feed.xml").write_text("<feed/>")
    app = create_app(hub)
    with TestClient(app, base_url="https://hub.example", follow_redirects=False) as client:
        for old in (
            "/conferences/bar/",
            "/conferences/bar/feed.xml",
            "/conferences/bar/?q=a%20b",
            "/fr/conferences/bar/feed.xml",
            "/take/conferences/bar/",
        ):
            said = client.get(old)
            assert (said.status_code, said.headers["location"]) == (
                301,
                old.replace("/bar/", "/rivers/"),
            )
            assert said.headers["cache-control"] == "no-cache"  # the way back is another one
        assert client.get("/conferences/docks/none").status_code == 404
        refs = client.get("/conferences/bar.git/info/refs?service=git-upload-pack")
    assert refs.status_code == 200
    assert open_repo(hub.conference_repo("bar")).ref() is not None
    for held in app.state.held:
        held.close()


@pytest.mark.parametrize("visibility", ["members", "encrypted"])
def test_nobody_is_led_to_a_name_that_is_not_for_everybody(hub: Config, visibility: str) -> None:
    """To who may not read it, it is as if there had never been one, by either name."""
    board = Conference("board", {"en": "Board"}, posting="open", visibility=visibility)
    smallhub.add_conference(hub, board)
    places.rename(hub, "board", "rivers")
    app = create_app(hub)
    with TestClient(app, base_url="https://hub.example", follow_redirects=False) as client:
        for rest in (
            "/",
            "",
            "/t/abcd/?q=1",
            "/book.epub",
            "/feed.xml",
            ".git/info/refs?service=git-upload-pack",
        ):
            none, old, new = (
                client.get(f"/conferences/{name}{rest}") for name in ("none", "board", "rivers")
            )
            assert old.status_code == new.status_code == none.status_code, rest
            assert old.status_code in (401, 404), rest
            assert "rivers" not in old.text + str(old.headers)
            assert old.content == none.content
    for held in app.state.held:
        held.close()


def test_a_site_that_names_it_as_before_is_pushed_and_shows_it(hub: Config) -> None:
    places.rename(hub, "bar", "rivers")
    former = formernames.now(hub.private, "conferences")
    known = Everybodys(placesettings.conferences(hub), former)
    assert "bar" in known
    assert "rivers" in known
    assert "baz" not in known


def test_who_writes_to_the_old_address_is_told_once(hub: Config) -> None:
    places.rename(hub, "bar", "rivers")
    sent: list[bytes] = []
    for number in (5, 6):
        raw = mail("again", msgid=f"<{number}@union.example>")
        _take(hub, item(raw, "bar@hub.example", proved=True))
        sent += [one.raw for one in DeskHub.on(hub).work()]
    told = [one for one in sent if b"has another address" in one]
    assert len(told) == 1
    assert b"rivers@hub.example" in told[0]


def test_undo_gives_it_back_and_both_names_lead_there(hub: Config) -> None:
    places.rename(hub, "bar", "rivers")
    words = ["rename", "conference", "rivers", "--undo", "--yes", "--hub", str(hub.root)]
    said = CliRunner().invoke(main, words)
    assert said.exit_code == 0, said.output
    assert formernames.now(hub.private, "conferences") == {"rivers": "bar"}
    with _roster(hub) as roster:
        assert roster.listed_role("bar", ANA) == "moderator"
        found = directory.directory_of(hub, lambda: roster).resolve("rivers@hub.example")
    assert found is not None
    assert found.id == "bar"
    places.rename(hub, "bar", "rivers")
    with _roster(hub) as roster:
        assert roster.role("rivers", Proven(ANA)) == "moderator"
    assert check(hub) == []


def test_what_comes_late_goes_to_the_name_of_today(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After `--undo` what was moved under the first name was taken away and brought back."""
    late: list[tuple[str, str]] = []
    places.rename(hub, "bar", "rivers")
    places.rename(hub, "rivers", "streams")
    with monkeypatch.context() as patch:
        patch.setattr(moving, "private", lambda _hub, one: late.append((one.old, one.new)))
        places.finish(hub)
        assert late == [("bar", "streams"), ("rivers", "streams")]
    places.rename(hub, "streams", "bar")
    late.clear()
    monkeypatch.setattr(moving, "private", lambda _hub, one: late.append((one.old, one.new)))
    places.finish(hub)
    assert late == [("rivers", "bar"), ("streams", "bar")]


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("none", "x", "there is no conference or list none"),
        ("bar", "docks", "docks is a conference or list already"),
        ("bar", "Bar 2", "is not an id"),
        ("bar", "bar-owner", "are addresses of other lists"),
        ("bar", "solicomm", "is an address of the hub itself"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_done(
    hub: Config, old: str, new: str, why: str
) -> None:
    with pytest.raises((HubError, UsageError), match=why):
        places.rename(hub, old, new)
    assert formernames.rows(hub.private) == ()


def test_nothing_new_takes_an_old_name(hub: Config) -> None:
    places.rename(hub, "bar", "rivers")
    more = {"kind": "list", "title": "", "posting": "open", "lang": "en", "visibility": "public"}
    with pytest.raises(UsageError, match="bar is what rivers was called before"):
        founding.new_conference(hub, "bar", **more)
    with pytest.raises(UsageError, match="bar is what rivers was called before"):
        places.rename(hub, "docks", "bar")
    with pytest.raises(UsageError, match="already"):
        memberstore.add_mailbox(hub, "bar", forward="x@y.example", keep=False)


@pytest.mark.parametrize("at", ["note", "event", "move", "private"])
def test_a_kill_loses_nothing_and_the_next_look_ends_it(hub: Config, at: str) -> None:
    words = ["rename", "list", "bar", "rivers", "--yes", "--hub", str(hub.root)]
    assert killed(lambda: main(words, standalone_mode=False), f"rename.after-{at}")
    assert places.finish(hub)
    assert (hub.private / "reminders" / "renamed").exists()  # who writes to the old name is told
    assert json.loads((hub.private / "renamed.json").read_bytes())["renamed"][0]["done"]
    with _roster(hub) as roster:
        assert roster.listed_role("rivers", ANA) == "moderator"
    assert _posts(hub, "rivers") == 1
    assert check(hub) == []
    assert not places.finish(hub)


def test_the_command_says_what_happens_before_it_asks(hub: Config) -> None:
    words = ["rename", "list", "bar", "rivers", "--hub", str(hub.root)]
    said = CliRunner().invoke(main, words, input="n\n")
    assert said.exit_code == 1
    for part in ("rivers@hub.example is its address", "told once", "`--undo` takes it back"):
        assert part in said.output
    assert (hub.conferences / "bar.git").exists()
    none = CliRunner().invoke(main, ["rename", "list", "bar", "--undo", "--hub", str(hub.root)])
    assert "bar was called nothing else before" in none.output


def test_a_person_with_another_address_keeps_lists_and_roles(hub: Config) -> None:
    new = "ana@elsewhere.example"
    stored = sessions.of(hub)
    link = stored.link(1, "", clock.now())
    secret, _ = stored.begin(stored.link(1, "", clock.now()), clock.now(), DAY) or ("", 0)
    other, _ = stored.begin(stored.link(2, "", clock.now()), clock.now(), DAY) or ("", 0)
    assert stored.number(secret, clock.now()) == 1
    words = ["rename", "person", ANA, new, "--yes", "--hub", str(hub.root)]
    said = CliRunner().invoke(main, words)
    assert said.exit_code == 0, said.output
    assert "you answer for it" in said.output
    with _roster(hub) as roster:
        assert roster.member(ANA) is None
        assert roster.listed_options("bar", new) == {"digest": "weekly"}
        assert roster.listed_role("bar", new) == "moderator"
        assert roster.member(new) == replace(roster.members[1], address=new)
    assert stored.of_link(link, clock.now()) is None, "it went to the old address"
    assert stored.number(secret, clock.now()) is None, "it came by the old address"
    assert stored.number(other, clock.now()) == 2
    assert f"`solicomm passkeys {new}` shows them" in said.output
    stored.close()


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("no@body.example", "x@y.example", "nobody here has"),
        (ANA, "x", "is not an e-mail address"),
        (ANA, ANA.upper(), "is their address already"),
        (ANA, "bar-owner@hub.example", "an address of the hub itself"),
    ],
)
def test_an_address_that_cannot_be_is_refused(hub: Config, old: str, new: str, why: str) -> None:
    with pytest.raises((HubError, UsageError), match=why):
        persons.rename(hub, old, new)
    with _roster(hub) as roster:
        assert roster.member(ANA) is not None


def test_the_desk_goes_on_after_what_it_read_last_was_erased(hub: Config) -> None:
    """What it had read of the log is no part of it any more; it ended at each start, for good."""
    places.rename(hub, "bar", "rivers")
    sent: list[bytes] = []
    for number, sender in ((5, "Ana <ana@union.example>"), (6, "Bo <bo@union.example>")):
        raw = mail("again", msgid=f"<{number}@union.example>", sender=sender)
        _take(hub, item(raw, "bar@hub.example", mail_from=sender[4:-1].strip("<"), proved=True))
        sent += [one.raw for one in DeskHub.on(hub).work()]
        erase.erase(hub, f"<{number}@union.example>", reason="asked", by="operator")
        assert DeskHub.on(hub).work() == []
    assert sum(b"has another address" in one for one in sent) == 2
