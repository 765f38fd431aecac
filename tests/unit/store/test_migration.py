"""A roster of another list server becomes events: unconfirmed, once, without undoing what was done
here since."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.features.migration import migration
from solicomm_build.features.migration.foreign import ForeignList, ForeignMember, ForeignSettings
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Mailbox, post_id
from solicomm_build.git import log
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.people import memberstore, roster, rosterevents
from solicomm_build.people import memberstore as membership
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post import conference as settings
from solicomm_build.post.conference import Conference
from solicomm_build.post.reading import oldlinks
from solicomm_build.post.reading.oldlinks import Links
from solicomm_build.testing import smallhub

SOURCE = ForeignList(
    server="Mailman 2",
    name="water",
    title="Water",
    members=(
        ForeignMember("ana@union.example", "Ana", "es", {"digest": "daily"}),
        ForeignMember("Ben@union.example"),
        ForeignMember("chen@union.example", stopped="mail came back"),
        ForeignMember("dora@union.example", free=True),
    ),
    owners=("olga@union.example", "ana@union.example"),
    moderators=("ana@union.example", "mod@union.example"),
    banned=("@evil.example", "spam@bad.example"),
    trusted=("press@paper.example",),
)
MID = post_id("x@union.example")


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = Conference("water", {"en": "Water"}, kind="list")
    return smallhub.make(tmp_path / "hub", made)


def folded(hub: Config) -> Roster:
    store = RosterStore(open_repo(hub.roster_repo))
    try:
        return store.roster()
    finally:
        store.close()


def receiving(hub: Config) -> list[str]:
    return [member.address for member, _ in folded(hub).subscribers("water")]


def test_members_are_unconfirmed_and_get_nothing(hub: Config) -> None:
    taken = migration.take_roster(hub, "water", SOURCE, sha256="a" * 64)
    assert (taken.new, taken.unconfirmed, taken.stopped) == (4, 3, 1)
    assert (taken.roles, taken.trusted, taken.banned) == (3, 2, 2)
    now = folded(hub)
    assert not now.refused
    assert receiving(hub) == []
    assert [one.address for one in now.unconfirmed("water")] == [
        "ana@union.example",
        "Ben@union.example",
        "dora@union.example",
    ]
    assert now.is_subscribed("water", "ben@UNION.example"), "may post, read and leave"
    assert now.source("water", "ana@union.example") == "import"
    assert now.role("water", "olga@union.example") == "host"
    assert now.role("water", "ana@union.example") == "host", "owner and moderator: a host"
    assert now.role("water", "mod@union.example") == "moderator"
    assert now.standing("water", "x@evil.example") == "banned"
    assert now.standing("water", "dora@union.example") == "trusted"


def test_a_newer_source_gives_no_role_back_that_was_taken_here(hub: Config) -> None:
    migration.take_roster(hub, "water", SOURCE, sha256="a" * 64)
    memberstore.appoint(hub, "water", "olga@union.example", "")
    newer = replace(SOURCE, owners=(*SOURCE.owners, "new@union.example"))
    taken = migration.take_roster(hub, "water", newer, sha256="b" * 64)
    assert (taken.roles, taken.unlike) == (1, 1)
    assert folded(hub).role("water", "olga@union.example") == "reader"
    assert folded(hub).role("water", "new@union.example") == "host"
    assert folded(hub).role("water", "mod@union.example") == "moderator"


def test_the_commit_says_import_and_the_hash(hub: Config) -> None:
    migration.take_roster(hub, "water", SOURCE, sha256="a" * 64)
    repo = open_repo(hub.roster_repo)
    tip = repo.ref()
    assert tip is not None
    (commit,) = log.commits(repo, None, tip)
    assert commit.trailer("Source") == "import"
    assert commit.trailer("Hash") == "sha256:" + "a" * 64


def test_with_consent_they_are_members_and_the_words_are_kept(hub: Config) -> None:
    taken = migration.take_roster(hub, "water", SOURCE, sha256="b" * 64, consent="cards of 2025")
    assert taken.unconfirmed == 0
    assert receiving(hub) == ["ana@union.example", "Ben@union.example", "dora@union.example"]
    repo = open_repo(hub.roster_repo)
    with Reader(repo) as reader:
        (entry,) = reader.tree(MAIN, "events", recursive=True)
        assert b"stated by the operator: cards of 2025" in reader.blob(entry.oid)


def test_the_same_source_again_changes_nothing(hub: Config) -> None:
    migration.take_roster(hub, "water", SOURCE, sha256="a" * 64)
    repo = open_repo(hub.roster_repo)
    before = repo.ref()
    assert migration.take_roster(hub, "water", SOURCE, sha256="a" * 64).again
    assert repo.ref() == before


def test_a_dry_run_changes_nothing(hub: Config) -> None:
    taken = migration.take_roster(hub, "water", SOURCE, sha256="a" * 64, dry_run=True)
    assert taken.new == 4
    assert open_repo(hub.roster_repo).ref() is None


def test_a_newer_source_adds_what_is_new_and_undoes_nothing(hub: Config) -> None:
    migration.take_roster(hub, "water", SOURCE, sha256="a" * 64)
    membership.unsubscribe(hub, "water", "ben@union.example")
    membership.appoint(hub, "water", "mod@union.example", "host")
    newer = replace(SOURCE, members=(*SOURCE.members, ForeignMember("eva@union.example")))
    taken = migration.take_roster(hub, "water", newer, sha256="b" * 64)
    assert (taken.new, taken.known, taken.left) == (1, 3, 1)
    assert not folded(hub).is_subscribed("water", "ben@union.example"), "who left stays out"
    assert folded(hub).role("water", "mod@union.example") == "host"


def test_who_was_on_the_list_already_stays_confirmed(hub: Config) -> None:
    membership.subscribe(hub, "water", [Mailbox("Ana", "ana@union.example")])
    migration.take_roster(hub, "water", SOURCE, sha256="a" * 64)
    assert receiving(hub) == ["ana@union.example"]
    assert folded(hub).options("water", "ana@union.example") == {}


def test_stated_consent_confirms_all_and_keeps_their_options(hub: Config) -> None:
    migration.take_roster(hub, "water", SOURCE, sha256="a" * 64)
    assert memberstore.state_consent(hub, "water", "branch meeting") == 3
    assert receiving(hub) == ["ana@union.example", "Ben@union.example", "dora@union.example"]
    assert folded(hub).options("water", "ana@union.example") == {"digest": "daily"}
    assert folded(hub).source("water", "ana@union.example") == "owner"
    assert memberstore.state_consent(hub, "water", "branch meeting") == 0


def test_whom_the_operator_vouches_for_gets_mail_and_keeps_the_options(hub: Config) -> None:
    """The command said that they were on it already, and they got nothing."""
    migration.take_roster(hub, "water", SOURCE, sha256="a" * 64)
    people = [Mailbox("", one) for one in ("Ana@union.example", "chen@union.example")]
    assert memberstore.subscribe(hub, "water", people, options={"copy": "off"}) == 1
    assert receiving(hub) == ["ana@union.example"]
    said = folded(hub)
    assert said.options("water", "ana@union.example") == {"digest": "daily", "copy": "off"}
    assert said.source("water", "ana@union.example") == "owner"
    assert memberstore.subscribe(hub, "water", people, options={"copy": "off"}) == 0


def test_asking_for_mail_confirms(hub: Config) -> None:
    migration.take_roster(hub, "water", SOURCE, sha256="a" * 64)
    now = folded(hub)
    ben = now.member("ben@union.example")
    assert ben is not None
    event = rosterevents.options("water", ben.number, {"mail": "on"}, at=clock.now(), by="mail")
    roster.apply(now, event)
    assert [member.address for member, _ in now.subscribers("water")] == ["Ben@union.example"]


def test_a_person_cannot_be_unconfirmed_only_a_subscription() -> None:
    now = roster.fold(
        [
            rosterevents.member(
                1, "a@b.example", at=clock.now(), consent=rosterevents.Consent("owner")
            ),
            rosterevents.state(1, "unconfirmed", at=clock.now(), by="x"),
        ]
    )
    assert len(now.refused) == 1
    assert now.members[1].state == "active"


def test_settings(hub: Config) -> None:
    said = ForeignSettings(
        posting="moderated",
        visibility="members",
        reply_to="list",
        nonmembers="discard",
        addressed=False,
        max_bytes=20_000_000,
    )
    source = replace(SOURCE, settings=said, lang="es", title="Agua", description="Del agua")
    assert migration.take_settings(hub, "water", source, sha256="a" * 64)
    assert not migration.take_settings(hub, "water", source, sha256="a" * 64)
    with Reader(open_repo(hub.conference_repo("water"))) as reader:
        made = settings.decode(reader.at(MAIN, settings.FILE) or b"")
    assert (made.posting, made.visibility, made.reply_to) == ("moderated", "members", "list")
    assert (made.rules.nonmembers, made.rules.addressed) == ("discard", False)
    assert (made.title, made.description) == ({"es": "Agua"}, {"es": "Del agua"})
    assert made.attachments.max_bytes == 20_000_000
    assert (made.kind, made.languages, made.robots) == ("list", ("es",), "noindex")


def test_a_small_limit_there_cuts_nothing_off_the_archive_here(hub: Config) -> None:
    source = replace(SOURCE, settings=ForeignSettings(max_bytes=40 * 1024))
    assert migration.mapped(Conference("w", {"en": "W"}), source).attachments.max_bytes > 10**6


def test_old_addresses_are_added_and_newer_ones_win(hub: Config) -> None:
    first = Links({"/pipermail/w/2020-March/000000.html": MID}, ("w@old.example",))
    other = post_id("y@union.example")
    second = Links({"/pipermail/w/2020-March/000000.html": other, "/pipermail/w/": ""})
    assert migration.take_links(hub, "water", first, sha256="a" * 64) == 1
    assert migration.take_links(hub, "water", first, sha256="a" * 64) == 0
    assert migration.take_links(hub, "water", second, sha256="a" * 64) == 1
    assert migration.links_of(hub, "water") == Links(
        {"/pipermail/w/2020-March/000000.html": other, "/pipermail/w/": ""}, ("w@old.example",)
    )


def test_lines_of_old_links_that_lead_nowhere_are_passed_over() -> None:
    blob = (
        f"/a\t{MID}\n/b\thttps://evil.example/\n/c\t../../x\nd\t{MID}\n/e\t2020/03/\n"
        f"hyperkitty\tno address\n/f/*\t{MID}\n"
    ).encode()
    links = oldlinks.decode(blob)
    assert dict(links.pages) == {"/a": MID, "/e": "2020/03/", "/f/*": MID}
    assert links.addresses == ()
    assert links.target("/f/deep/er") == MID
    assert links.target("/f") is None


TWICE = ("ana@b\u00fccher.example", "ana@xn--bcher-kva.example")


def test_who_is_named_in_two_spellings_is_one_person_with_the_role(hub: Config) -> None:
    source = replace(SOURCE, members=(ForeignMember(TWICE[0]),), owners=TWICE[1:], moderators=())
    migration.take_roster(hub, "water", source, sha256="a" * 64)
    assert folded(hub).role("water", TWICE[0]) == "host"
    memberstore.subscribe(hub, "water", [Mailbox("", "eve@x.example")])
    assert folded(hub).role("water", "eve@x.example") == "member", "the role was the next one's"


@pytest.mark.parametrize("names", [TWICE, ("ren\u00e9@x.example", "rene\u0301@x.example")])
def test_one_person_in_two_spellings_is_brought_once(hub: Config, names: tuple[str, str]) -> None:
    count = memberstore.subscribe(hub, "water", [Mailbox("", one) for one in names])
    assert (count, folded(hub).refused) == (1, [])
    assert list(folded(hub).subscriptions["water"]) == [1]


def test_who_is_there_twice_is_brought_once_as_the_first_says(hub: Config) -> None:
    """Mailman 3 takes a person by an address and by the account, to which that belongs."""
    twice = (
        ForeignMember("Ana@union.example", "Ana", options={"digest": "daily"}),
        ForeignMember("ben@union.example"),
        ForeignMember("ana@union.example", options={"mail": "off"}),
    )
    source = replace(SOURCE, members=twice, owners=(), moderators=())
    taken = migration.take_roster(hub, "water", source, sha256="a" * 64, consent="agreed")
    assert taken.new == 2
    assert receiving(hub) == ["Ana@union.example", "ben@union.example"]
    assert folded(hub).options("water", "ana@union.example") == {"digest": "daily"}


def test_a_new_member_has_nothing_that_stood_at_the_number(hub: Config) -> None:
    """As hubs have it that brought one person in two spellings."""
    now, consent = clock.now(), rosterevents.Consent("owner", "test")
    events = [
        rosterevents.member(1, "ana@union.example", at=now, consent=consent),
        rosterevents.subscribe("board", 2, at=now, consent=consent),
        rosterevents.role("water", 2, "host", at=now, by="test"),
        rosterevents.subscribe("water", 2, at=now, consent=consent),
        rosterevents.state(2, "disabled", at=now, by="test", conference="water"),
    ]
    smallhub.add_events(hub, events)
    memberstore.subscribe(hub, "water", [Mailbox("", "eve@x.example")])
    now_here = folded(hub)
    assert now_here.role("water", "eve@x.example") == "member"
    assert now_here.role("board", "eve@x.example") == "reader"
    assert receiving(hub) == ["eve@x.example"]
