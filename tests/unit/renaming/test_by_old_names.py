"""Commands that name a conference, a library or a site as it was called before."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.founding import founding
from solicomm_build.features.library.cards.filestore import FileStore
from solicomm_build.features.renaming import places
from solicomm_build.features.sites import sitecontacts
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.hub import cells, hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import Mailbox, post_id
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest.importer import run_import
from solicomm_build.ingest.run import ingest
from solicomm_build.people import grants, memberstore, rosterevents
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.cells import dividing
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.post.conference import Conference
from solicomm_build.post.store.conferencetopics import Topics
from solicomm_build.post.store.fsck import check
from solicomm_build.testing import smallhub
from solicomm_build.testing.deskhub import DeskHub
from solicomm_build.testing.smallhub import item, mail
from tests.unit.desk import test_meetings

ANA = "ana@union.example"
MID = post_id("1@union.example")
SETTINGS = "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: https://hub.example\n"
Said = Callable[..., str]


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    """Two lists; Ana is on the first and wants its posts collected."""
    made = smallhub.make(
        tmp_path / "hub",
        Conference("bar", {"en": "Bar"}, posting="open"),
        Conference("docks", {"en": "Docks"}, posting="moderated"),
    )
    (made.root / "hub.yaml").write_text(SETTINGS)
    found = hubyaml.load(made.root)
    memberstore.subscribe(found, "bar", [Mailbox("Ana", ANA)], options={"digest": "weekly"})
    return found


@contextmanager
def _roster(hub: Config) -> Iterator[Roster]:
    with closing(RosterStore.of(hub)) as store:
        yield store.roster()


def _take(hub: Config, raw: bytes, to: str) -> None:
    Spool(hub.spool_in).put([item(raw, f"{to}@hub.example")])
    ingest(hub, once=True, log=maillog.to_nobody())


def _hidden(hub: Config, conference: str) -> list[str]:
    with closing(Topics(hub, conference, grants.read(hub))) as topics:
        return [str(one.event.data["post"]) for one in topics.events if one.event.type == "hide"]


def _mbox(file: Path, text: str) -> Path:
    raw = mail(text).replace(b"\r\n", b"\n")
    file.write_bytes(b"From x Thu Jan  1 00:00:00 1970\n" + raw + b"\n")
    return file


def test_a_migration_leaves_members_as_they_are(hub: Config, said: Said, tmp_path: Path) -> None:
    """They were unconfirmed after it, and got no mail; who had left was on the list again."""
    memberstore.subscribe(hub, "bar", [Mailbox("Ben", "ben@union.example")])
    memberstore.unsubscribe(hub, "bar", "ben@union.example")
    places.rename(hub, "bar", "rivers")
    old = tmp_path / "water"
    for name, text in (("control/listaddress", "water@old.example\n"), ("subscribers.d/u", "")):
        (old / name).parent.mkdir(parents=True)
        (old / name).write_text(text)
    (old / "subscribers.d" / "u").write_text(f"{ANA}\nben@union.example\nnew@union.example\n")
    told = said("migrate", "mlmmj", old, "--as", "bar")
    assert "here rivers" in told
    assert "members: 1 new, 1 of them unconfirmed" in told
    with _roster(hub) as roster:
        ana = roster.member(ANA)
        assert ana is not None
        assert roster.state(ana.number, "rivers").state == "active"
        assert roster.listed_options("rivers", ANA) == {"digest": "weekly"}
        assert not roster.is_listed("rivers", "ben@union.example")
    assert "taken before" in said("migrate", "mlmmj", old, "--as", "bar")


def test_an_import_again_makes_no_post(hub: Config, tmp_path: Path) -> None:
    """Where another list has another message of the same Message-ID, each had it twice."""
    run_import(hub, "docks", [_mbox(tmp_path / "docks.mbox", "one")])
    mine = _mbox(tmp_path / "bar.mbox", "two")
    assert run_import(hub, "bar", [mine]).posts == 1
    places.rename(hub, "bar", "rivers")
    again = run_import(hub, "bar", [mine])
    assert (again.posts, again.known, again.conflicts) == (0, 1, 0)


def test_a_post_is_hidden_wherever_its_topic_was_moved(hub: Config, said: Said) -> None:
    _take(hub, mail("Names somebody"), "bar")
    said("moderate", "move", "bar", MID, "docks")
    places.rename(hub, "bar", "rivers")
    said("redact", "bar", MID, "--reason", "names somebody")
    assert _hidden(hub, "docks") == [MID] == _hidden(hub, "rivers")


def test_a_post_is_hidden_where_its_topic_was_before_a_renaming(hub: Config, said: Said) -> None:
    _take(hub, mail("Names somebody"), "bar")
    said("moderate", "move", "bar", MID, "docks")
    places.rename(hub, "docks", "harbour")
    said("redact", "harbour", MID, "--reason", "names somebody")
    assert _hidden(hub, "harbour") == [MID] == _hidden(hub, "bar")


def test_what_waits_is_listed(hub: Config, said: Said) -> None:
    _take(hub, mail("held"), "docks")
    places.rename(hub, "docks", "harbour")
    assert MID[:8] in said("moderate", "docks")


def test_whose_mail_came_back_is_listed(hub: Config, said: Said) -> None:
    event = rosterevents.state(1, "disabled", at=clock.now(), by="bounces", conference="bar")
    smallhub.add_events(hub, [event])
    places.rename(hub, "bar", "rivers")
    assert "a…@u…\tdisabled" in said("bounces", "list", "bar")


def test_a_document_is_where_its_library_looks(hub: Config, said: Said, tmp_path: Path) -> None:
    founding.new_library(hub, "papers", title="Papers", lang="en")
    places.rename(hub, "papers", "rules", "libraries")
    file = tmp_path / "a.txt"
    file.write_text("An agreement\n")
    words = ("--title", "Agreement", "--access", "members", "--lang", "en", "--file", file)
    said("library", "add", "papers", *words)
    sha256 = hashlib.sha256(file.read_bytes()).hexdigest()
    assert FileStore(hub, "rules").path(sha256) is not None
    assert not (hub.libraries / "papers.files").exists()
    assert check(hub) == []


def test_an_agreed_address_is_that_of_the_site(hub: Config, said: Said) -> None:
    founding.new_union(hub, "metal", title="Metal workers", lang="en")
    repo = open_repo(hub.union_repo("metal"))
    text = repo.git("show", "main:site.yaml").decode() + "\ncontact: {email: new@union.example}\n"
    write_once(repo, [Change("site.yaml", text.encode())], message="x\n", when=clock.now())
    sitecontacts.begin(hub)
    sitecontacts.write(hub, "metal", sitecontacts.Contact("old@union.example"))
    places.rename(hub, "metal", "steel", "unions")
    assert "sends to new@union.example" in said("site", "contact", "metal", "--agree")
    assert sitecontacts.read(hub, "steel").agreed == "new@union.example"


def test_who_comes_is_on_the_list_for_the_door(tmp_path: Path) -> None:
    """It was empty."""
    desk = DeskHub(tmp_path / "desk")
    desk.member(1, test_meetings.MOD, "water", name="Mo", lang="en", role="moderator")
    desk.member(2, ANA, "water", name="Ana", lang="en")
    _, asked = test_meetings.set_up(desk)
    desk.reply(asked[ANA], "yes", sender=ANA)
    meeting = test_meetings.files(desk).meeting.id
    (desk.config.root / "hub.yaml").write_text(SETTINGS)
    places.rename(desk.config, "water", "rivers")
    words = ["meeting", "door", "water", meeting, "--hub", str(desk.config.root)]
    assert ANA in CliRunner().invoke(main, words, catch_exceptions=False).output


def test_a_conference_goes_to_another_cell_with_its_mail(hub: Config) -> None:
    """Its messages went, and it stayed: nobody found them any more."""
    cut = replace(hub, cells=2)
    dividing.settle(cut)
    dividing.move(cut, "conferences", "bar", 0)
    _take(cut, mail("one"), "bar")
    places.rename(cut, "bar", "rivers")
    assert dividing.move(cut, "conferences", "bar", 1)
    assert cells.cell_of(cut, "conferences", "rivers") == 1
    with closing(HubMail(cut)) as store:
        assert store.find(MID, "rivers") is not None
