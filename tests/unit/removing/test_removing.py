"""`solicomm remove`: what goes, what stays, and how it comes back."""

from __future__ import annotations

import contextlib
import io
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.founding import founding
from solicomm_build.features.library.cards.filestore import FileStore
from solicomm_build.features.mailboxes import mtamaps
from solicomm_build.features.removing import ending, persons, places
from solicomm_build.features.removing.places import Place
from solicomm_build.features.sites import drafts, sitecontacts
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub import hubyaml, removed
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import Mailbox
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest.run import ingest
from solicomm_build.people import access, grants, memberstore, rosterevents
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.conference import Conference
from solicomm_build.post.store.fsck import check
from solicomm_build.post.store.mailstore import MailStore
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import item, mail

BAR = Place("conference", "bar")
ANA = "ana@union.example"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    """A hub with two lists, a member of both who moderates one, and a post in each."""
    made = smallhub.make(
        tmp_path / "hub",
        Conference("bar", {"en": "Bar"}, posting="open"),
        Conference("docks", {"en": "Docks"}, posting="open"),
    )
    (made.root / "hub.yaml").write_text(
        "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: https://hub.example\n"
    )
    hub = hubyaml.load(made.root)
    memberstore.subscribe(hub, "bar", [Mailbox("Ana", ANA)], options={"digest": "weekly"})
    memberstore.subscribe(hub, "docks", [Mailbox("Ana", ANA)])
    memberstore.appoint(hub, "bar", ANA, "moderator")
    grants.settle(hub)
    posts = [
        item(mail("one", msgid="1@union.example"), "bar@hub.example"),
        item(mail("two", msgid="2@union.example"), "docks@hub.example"),
    ]
    Spool(hub.spool_in).put(posts)
    ingest(hub, once=True, log=maillog.to_nobody())
    return hub


def _messages(hub: Config) -> int:
    told = open_repo(hub.mail_repo).git("ls-tree", "-r", "--name-only", "main", "messages/")
    return len(told.splitlines())


def _options(hub: Config, name: str) -> dict[str, str] | None:
    store = RosterStore(open_repo(hub.roster_repo))
    try:
        found = store.roster().listed_options(name, ANA)
        return None if found is None else dict(found)
    finally:
        store.close()


def _role(hub: Config, name: str) -> str:
    store = RosterStore(open_repo(hub.roster_repo))
    try:
        return store.roster().listed_role(name, ANA)
    finally:
        store.close()


def _later(monkeypatch: pytest.MonkeyPatch, **time: int) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(**time))


def test_a_conference_goes_with_its_address_and_comes_back_as_it_was(hub: Config) -> None:
    tip = open_repo(hub.conference_repo("bar")).ref()
    places.remove(hub, BAR)
    assert not hub.conference_repo("bar").exists()
    with pytest.raises(HubError):
        memberstore.there(hub, "bar")
    assert check(hub) == []
    places.restore(hub, BAR)
    assert open_repo(hub.conference_repo("bar")).ref() == tip
    assert _options(hub, "bar") == {"digest": "weekly"}
    assert _role(hub, "bar") == "moderator"
    assert check(hub) == []
    assert not list(removed.every(hub))


def test_its_name_is_taken_until_it_is_gone(hub: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    places.remove(hub, BAR)
    more = {"kind": "list", "title": "", "posting": "open", "lang": "en", "visibility": "public"}
    with pytest.raises(HubError, match="was removed lately"):
        founding.new_conference(hub, "bar", **more)
    _later(monkeypatch, days=31)
    ending.end(hub)
    founding.new_conference(hub, "bar", **more)
    assert _options(hub, "bar") is None, "a new one has none of the old one's members"
    assert _role(hub, "bar") == "reader"


def test_nobody_has_left_a_new_list_of_its_name(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a file of members brings none of them onto the new one."""
    people = [Mailbox("Ana", ANA), Mailbox("Ben", "ben@union.example")]
    memberstore.subscribe(hub, "bar", people)
    memberstore.unsubscribe(hub, "bar", "ben@union.example", by="member")
    assert memberstore.who_left(hub, "bar", people) == people[1:]
    places.remove(hub, BAR)
    _later(monkeypatch, days=31)
    ending.end(hub)
    more = {"kind": "list", "title": "", "posting": "open", "lang": "en", "visibility": "public"}
    founding.new_conference(hub, "bar", **more)
    assert memberstore.who_left(hub, "bar", people) == []


def test_after_thirty_days_it_goes_with_its_members_mail_and_tokens(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, _ = access.issue(hub, "Ana", ["conferences/bar"])
    both, _ = access.issue(hub, "Ben", ["conferences/bar", "conferences/docks"])
    places.remove(hub, BAR)
    _later(monkeypatch, days=29)
    assert ending.end(hub) == []
    _later(monkeypatch, days=2)
    assert [one.name for one in ending.end(hub)] == ["bar"]
    assert (_messages(hub), _options(hub, "docks"), _role(hub, "docks")) == (1, {}, "member")
    known, now = access.Access(hub).grants().by_id, clock.now()
    assert (known[mine.id].live(now), known[both.id].live(now)) == (False, True)
    assert not removed.folder(hub, "conferences", "bar").exists()
    assert check(hub) == []
    with pytest.raises(HubError, match="was removed lately"):
        places.restore(hub, BAR)


def test_a_new_place_of_its_name_has_nothing_private_of_it(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    founding.new_union(hub, "metal", title="", lang="en")
    sitecontacts.write(hub, "metal", sitecontacts.Contact("old@metal.example"))
    before = drafts.address(hub, "metal", "spring")
    at, site = smallhub.BEGUN, "site-metal@hub.example"
    said = [
        rosterevents.standing("docks", site, "trusted", at=at, by="op"),
        rosterevents.standing("docks", "eve@x.example", "banned", at=at, by="op"),
        rosterevents.standing("bar", "eve@x.example", "trusted", at=at, by="op"),
        rosterevents.emergency("bar", on=True, at=at, by="op"),
    ]
    smallhub.add_events(hub, said)
    kept = [hub.private / one for one in ("forms/bar.git/HEAD", "polls/bar/v.json", "polls/docks")]
    for path in kept:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("private\n")
    for one in (BAR, Place("union", "metal")):
        places.remove(hub, one)
    _later(monkeypatch, days=31)
    ending.end(hub)
    founding.new_union(hub, "metal", title="", lang="en")
    assert sitecontacts.read(hub, "metal") == sitecontacts.Contact()
    assert drafts.address(hub, "metal", "spring") != before
    assert [path.exists() for path in kept] == [False, False, True]
    with contextlib.closing(RosterStore(open_repo(hub.roster_repo))) as store:
        roster = store.roster()
    assert (roster.standings_at("bar"), roster.is_emergency("bar")) == ([], False)
    assert roster.standings_at("docks") == ["eve@x.example"]


@pytest.mark.parametrize("is_removing", [True, False])
def test_what_is_here_since_a_command_was_killed_keeps_its_members(
    hub: Config, monkeypatch: pytest.MonkeyPatch, is_removing: bool
) -> None:
    """Thirty days later they were taken off a list that was there all the time."""
    place = Place("list", "bar")
    assert _options(hub, "bar") is not None
    with monkeypatch.context() as killed:
        if is_removing:
            killed.setattr(places, "_move", _killed)
            with pytest.raises(KeyboardInterrupt):
                places.remove(hub, place)
        else:
            places.remove(hub, place)
            killed.setattr(places, "forget", _killed)
            with pytest.raises(KeyboardInterrupt):
                places.restore(hub, place)
    assert ending.end(hub) == []
    assert list(removed.every(hub))  # as while the command is still at work
    _later(monkeypatch, days=31)
    assert ending.end(hub) == []
    assert _options(hub, "bar") is not None
    assert not list(removed.every(hub))


def test_undo_ends_what_was_broken_off(hub: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place("list", "bar")
    with monkeypatch.context() as killed:
        killed.setattr(places, "_move", _killed)
        with pytest.raises(KeyboardInterrupt):
            places.remove(hub, place)
    places.restore(hub, place)
    assert not list(removed.every(hub))
    assert place.path(hub).is_dir()


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_it_is_refused_while_mail_waits_for_a_moderator(hub: Config) -> None:
    store = MailStore(open_repo(hub.mail_repo))
    facts = {"envelope": {"received_at": smallhub.BEGUN.isoformat()}}
    store.begin()
    store.hold("bar", "x" * 26, mail(), facts)
    store.checkpoint("Hold", when=smallhub.BEGUN)
    store.close()
    with pytest.raises(HubError, match=r"1 mails wait .* solicomm moderate bar"):
        places.remove(hub, BAR)
    assert hub.conference_repo("bar").exists()


def test_a_union_whose_people_have_addresses_stays(hub: Config) -> None:
    founding.new_union(hub, "metal", title="", lang="en")
    (hub.root / "hub.yaml").write_text(
        (hub.root / "hub.yaml").read_text() + "mail_domains: {metal.example: metal}\n"
    )
    with pytest.raises(HubError, match=r"metal\.example of this union"):
        places.remove(hubyaml.load(hub.root), Place("union", "metal"))
    places.remove(hub, Place("union", "metal"))
    assert not hub.union_repo("metal").exists()
    places.restore(hub, Place("union", "metal"))
    assert hub.union_repo("metal").exists()


def test_a_person_goes_from_everything_and_comes_back_with_options_and_roles(hub: Config) -> None:
    persons.remove(hub, ANA)
    assert (_options(hub, "bar"), _options(hub, "docks"), _role(hub, "bar")) == (
        None,
        None,
        "reader",
    )
    with pytest.raises(HubError, match="is on no list"):
        persons.remove(hub, ANA)
    persons.restore(hub, ANA)
    assert (_options(hub, "bar"), _options(hub, "docks")) == ({"digest": "weekly"}, {})
    assert _role(hub, "bar") == "moderator"
    with pytest.raises(HubError, match="was not removed lately"):
        persons.restore(hub, ANA)
    with pytest.raises(HubError, match="nobody here"):
        persons.remove(hub, "nobody@union.example")


def test_removed_again_meanwhile_a_person_comes_back_to_all_they_had(hub: Config) -> None:
    persons.remove(hub, ANA)
    memberstore.subscribe(hub, "docks", [Mailbox("Ana", ANA)], options={"digest": "daily"})
    persons.remove(hub, ANA)
    memberstore.appoint(hub, "bar", ANA, "host")
    persons.restore(hub, ANA)
    had = (_options(hub, "bar"), _options(hub, "docks"), _role(hub, "bar"))
    assert had == ({"digest": "weekly"}, {"digest": "daily"}, "host"), "a role given since stays"


def test_with_a_person_tokens_and_keys_end(hub: Config) -> None:
    _, hers = access.issue(hub, ANA, ["conferences/bar"])
    _, bens = access.issue(hub, "ben@union.example", ["conferences/bar"])
    assert "tokens and keys for conferences/bar end for good" in persons.consequences(hub, ANA)
    persons.remove(hub, ANA)
    known = access.Access(hub)
    assert (known.of_token(hers), known.of_token(bens) is not None) == (None, True)


def test_it_is_said_which_addresses_here_go_on(hub: Config) -> None:
    """Mail of an office went on to who had been removed from everything, and nobody was told."""
    hub = replace(hub, mail_domains={"union.example": "docks"})
    memberstore.add_mailbox(hub, ANA, forward="", keep=True)
    memberstore.add_mailbox(hub, "office", forward="Ana@UNION.example", keep=False)
    memberstore.add_mailbox(hub, "bo", forward="bo@home.example", keep=False)
    said = [one for one in persons.consequences(hub, ANA) if "mailbox" in one]
    assert [one.split(" goes on")[0] for one in said] == ["mail to office@hub.example", ANA]


def test_the_command_says_what_happens_before_it_asks(hub: Config) -> None:
    words = ["--hub", str(hub.root)]
    said = CliRunner().invoke(main, ["remove", "list", "bar", *words], input="n\n")
    assert said.exit_code == 1
    parts = ("bar@hub.example refuses mail", "its one member gets nothing more", "30 days")
    for part in (*parts, "but for its mail in the history of private/mail.git"):
        assert part in said.output
    assert hub.conference_repo("bar").exists()
    done = CliRunner().invoke(main, ["remove", "list", "bar", "--yes", *words])
    assert done.exit_code == 0, done.output
    assert "conferences: bar, until" in CliRunner().invoke(main, ["remove", "kept", *words]).output
    back = CliRunner().invoke(main, ["remove", "list", "bar", "--undo", *words])
    assert "is back" in back.output
    none = CliRunner().invoke(main, ["remove", "list", "nothing", "--yes", *words])
    assert none.exit_code == 66
    assert "there is no list nothing" in none.output


@pytest.mark.parametrize("what", ["<1@union.example>", ANA])
def test_an_erasure_reaches_what_can_come_back(hub: Config, what: str) -> None:
    """What was erased came back with the place, and then nothing found it by its author any more:
    the mail that named him was gone."""
    post = next(hub.conferences.rglob("bar.git"))
    assert b"one" in open_repo(post).git("log", "-p", "main")
    places.remove(hub, BAR)
    words = ["erase", what, "--reason", "Asked for", "--verify", "--hub", str(hub.root)]
    said = CliRunner().invoke(main, words)
    assert said.exit_code == 0, said.output
    assert "private/removed/conferences/bar/bar.git: 1" in said.output
    places.restore(hub, BAR)
    objects = open_repo(hub.conference_repo("bar")).git(
        "cat-file", "--batch", "--batch-all-objects", "--unordered"
    )
    assert b"\none\n" not in objects
    assert not [one for one in check(hub) if "bar" in str(one)]
    members = RosterStore(open_repo(hub.roster_repo))
    assert bool(list(members.roster().subscribers("bar"))) is (what != ANA)
    members.close()


def test_its_address_is_no_address_any_more(hub: Config) -> None:
    def taken() -> str:
        store = RosterStore(open_repo(hub.roster_repo))
        try:
            return mtamaps.files(hub, store.roster(), hub.root)["postfix/relay_recipients"]
        finally:
            store.close()

    assert "\nbar@hub.example OK" in taken()
    places.remove(hub, BAR)
    assert "bar@" not in taken()
    assert "\nbar-" not in taken()
    assert "\ndocks@hub.example OK" in taken()


def test_what_was_killed_while_it_went_is_ended_at_the_next_look(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    places.remove(hub, BAR)
    _later(monkeypatch, days=31)
    kept = removed.folder(hub, "conferences", "bar")

    def killed(path: Path) -> None:
        """One file went before: the note where it lies beside the repository."""
        (path / ("removed.json" if path == kept else "config")).unlink()
        raise InterruptedError

    with monkeypatch.context() as broken:
        broken.setattr(shutil, "rmtree", killed)
        with pytest.raises(InterruptedError):
            ending.end(hub)
    assert [one.name for one in ending.end(hub)] == ["bar"]
    assert not kept.exists()


def test_a_library_that_is_gone_leaves_none_of_its_large_files(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    founding.new_library(hub, "papers", title="Papers", lang="en")
    name, _ = FileStore(hub, "papers").put(io.BytesIO(b"for members alone"))
    papers = Place("library", "papers")
    places.remove(hub, papers)
    places.restore(hub, papers)
    assert FileStore(hub, "papers").path(name)
    places.remove(hub, papers)
    _later(monkeypatch, days=31)
    ending.end(hub)
    assert not (hub.libraries / "papers.files").exists()
