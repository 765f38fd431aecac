"""Who was erased since a backup is named when it comes back; no number is given again."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from solicomm_build.cli.main import main
from solicomm_build.features.backup import bringcommand, engines, making, verifying
from solicomm_build.features.backup import key as keys
from solicomm_build.features.following.follows import ASKED, FOLLOWS, Follows
from solicomm_build.features.privacy import erase, erasures
from solicomm_build.foundation import clock, maillog
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.hub import hubyaml
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import Mailbox, post_id
from solicomm_build.git.repo import Repo
from solicomm_build.ingest.run import ingest
from solicomm_build.people import memberstore
from solicomm_build.people.roster import Roster
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import item, mail

BO, CY = "bo@union.example", "cy@union.example"
FIRST = datetime(2026, 11, 20, 4, tzinfo=UTC)
_YAML = "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: https://hub.example\n"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    """A hub of two members, a post of each, that was backed up once; then one was erased, and a
    post of the other."""
    made = smallhub.make(tmp_path / "hub")
    (made.root / "hub.yaml").write_text(_YAML)
    hub = hubyaml.load(made.root)
    people = [Mailbox("Ana", "ana@union.example"), Mailbox("Bo", BO)]
    memberstore.subscribe(hub, "bar", people)
    raws = [
        mail("one", msgid="<1@union.example>"),
        mail("two", msgid="<2@union.example>", sender=f"Bo <{BO}>"),
    ]
    Spool(hub.spool_in).put([item(raw, "bar@hub.example") for raw in raws])
    ingest(hub, once=True, log=maillog.to_nobody())
    _backup(hub, 0)
    erase.erase(hub, BO, reason="Art. 17 GDPR", by="op")
    erase.erase(hub, "<1@union.example>", reason="Request", by="op")
    memberstore.subscribe(hub, "bar", [Mailbox("Cy", CY)])
    return hub


def _backup(hub: Config, days: int) -> None:
    with clock.fixed(FIRST + timedelta(days=days)):
        making.make(hub, hub.root.with_name("b"))


def _restored(hub: Config, *more: str) -> tuple[Config, str]:
    key = hub.root.with_name("key.txt")
    key.write_text(f"{keys.of_hub(hub).secret}\n")
    back = hub.root.with_name("back")
    done = _run("restore", hub.root.with_name("b"), back, "--key", key, *more)
    assert done.exit_code == 0, done.output
    return hubyaml.load(back), done.output


def _run(*words: object) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


def _roster(hub: Config) -> Roster:
    store = RosterStore.of(hub)
    try:
        return store.roster()
    finally:
        store.close()


def test_no_number_that_was_given_meanwhile_is_given_again(hub: Config) -> None:
    """A link in a mail to Cy acted for the next who joined."""
    cy = _roster(hub).member(CY)
    assert cy is not None
    back, _ = _restored(hub)
    memberstore.subscribe(back, "bar", [Mailbox("Eve", "eve@union.example")])
    roster = _roster(back)
    eve = roster.member("eve@union.example")
    assert eve is not None
    assert eve.number > cy.number + 100_000
    assert cy.number not in roster.members
    assert roster.refused == []


def test_a_hub_that_comes_back_has_the_repositories_of_its_backup(hub: Config) -> None:
    """The roster went on by an event of its own, so that the two hubs' histories differed."""
    _backup(hub, 1)
    back, _ = _restored(hub)
    assert Repo(back.roster_repo).ref() == Repo(hub.roster_repo).ref()
    assert _roster(back).members.get(_roster(back).next_number - 1) is None


def test_a_hub_that_comes_back_twice_leaves_out_numbers_twice(hub: Config) -> None:
    first, _ = _restored(hub)
    shutil.rmtree(hub.root.with_name("b"))
    with clock.fixed(FIRST + timedelta(days=2)):
        making.make(first, hub.root.with_name("b"))
    given = _roster(first).next_number
    shutil.rmtree(hub.root)
    first.root.rename(hub.root)
    second, _ = _restored(hub)
    assert _roster(second).next_number > given + 100_000


@pytest.mark.parametrize(
    "said", [b"", b"nine\n", b"-5\n", b"4294967296\n", b"9" * 5000, b"0" * 11 + b"9000"]
)
def test_a_file_that_says_no_number_lets_nobody_in_and_is_named(hub: Config, said: bytes) -> None:
    (hub.private / "next-member").write_bytes(said)
    with pytest.raises(StoreError, match=r"next-member says no number\. Write one there"):
        memberstore.subscribe(hub, "bar", [Mailbox("Eve", "eve@union.example")])
    assert _roster(hub).member("eve@union.example") is None
    done = _run("fsck", "--hub", hub.root)
    assert done.exit_code == 65
    assert "private/next-member: it says no number: nobody new can join." in done.output
    (hub.private / "next-member").write_bytes(b"9000\n")
    memberstore.subscribe(hub, "bar", [Mailbox("Eve", "eve@union.example")])
    eve = _roster(hub).member("eve@union.example")
    assert eve is not None
    assert eve.number == 9000


def test_who_is_cut_before_numbers_are_left_out_begins_again(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut(_config: Config) -> None:
        raise KeyboardInterrupt

    where, back = str(hub.root.with_name("b")), hub.root.with_name("back")
    given, key = _roster(hub).next_number, keys.of_hub(hub)
    with monkeypatch.context() as patch:
        patch.setattr(memberstore, "pass_over_numbers", cut)
        words = bringcommand.bring(back, where, key=key, as_of="", progress=lambda *_: None)
        with pytest.raises(KeyboardInterrupt):
            next(words)
    assert not (back / "hub.yaml").exists()
    config, _ = _restored(hub)
    assert _roster(config).next_number > given
    assert not (back / ".restoring").exists()


def test_what_cannot_be_made_ready_comes_back_all_the_same(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_config: Config) -> None:
        raise StoreError("roster.git: damaged")

    where, back = str(hub.root.with_name("b")), hub.root.with_name("back")
    monkeypatch.setattr(memberstore, "pass_over_numbers", fail)
    with pytest.raises(StoreError, match=r"roster\.git: damaged"):
        next(
            bringcommand.bring(
                back, where, key=keys.of_hub(hub), as_of="", progress=lambda *_: None
            )
        )
    assert hubyaml.load(back).domain == "hub.example"


def test_no_number_of_who_follows_is_given_again(hub: Config) -> None:
    """A link in a mail about a topic, or the bounce of one, ended what somebody else follows."""
    given = _followed(hub, "dee@x.example", "eli@x.example")
    _backup(hub, 1)
    given += _followed(hub, "fay@x.example")
    back, _ = _restored(hub)
    ours = _followed(back, "gus@x.example", "hal@x.example")
    assert len({*given, *ours}) == 5
    assert all(mine > theirs for one in ours for mine, theirs in zip(one, max(given), strict=True))
    assert len({*_followed(back, "dee@x.example"), *given}) == 3, "who was here keeps theirs"


def test_a_file_of_follows_that_is_made_anew_gives_no_number_again(hub: Config) -> None:
    (hub.private / "following.sqlite").unlink(missing_ok=True)
    with clock.fixed(FIRST):
        (first,) = _followed(hub, "dee@x.example")
    (hub.private / "following.sqlite").unlink()
    with clock.fixed(FIRST + timedelta(hours=1)):
        (second,) = _followed(hub, "eli@x.example")
    assert second[0] > first[0]
    assert second[1] > first[1]


def test_a_damaged_file_of_follows_hinders_no_restore(hub: Config) -> None:
    (hub.private / "following.sqlite").write_bytes(b"no database" * 500)
    with clock.fixed(FIRST + timedelta(days=1)):
        making.make(hub, hub.root.with_name("c"))
    key = hub.root.with_name("key.txt")
    key.write_text(f"{keys.of_hub(hub).secret}\n")
    done = _run("restore", hub.root.with_name("c"), hub.root.with_name("back"), "--key", key)
    assert done.exit_code == 0, done.output


def _followed(hub: Config, *addresses: str) -> list[tuple[int, int]]:
    """Has strangers follow a topic; the numbers of each and of the wish."""
    follows = Follows(hub)
    try:
        made = []
        for address in addresses:
            person = follows.person(address, 0)
            follows.set(person, "bar", ["t"], FOLLOWS, ASKED, member=False, at=clock.now())
            (wish,) = follows.of_person(person)
            made.append((person.id, wish.id))
        return made
    finally:
        follows.close()


def test_who_was_erased_since_is_named_with_what_to_type(hub: Config) -> None:
    _backup(hub, 3)
    back, said = _restored(hub, "--as-of", "2026-11-21")
    assert _roster(back).member(BO) is not None
    (line,) = [line for line in said.splitlines() if line.startswith(f"  solicomm erase {BO} ")]
    assert f"--reason 'Art. 17 GDPR' --hub {back.root}" in line
    one = post_id("1@union.example")
    assert f"  solicomm erase {one} --reason Request --hub {back.root}" in said.splitlines()
    assert "after 2026-11-20 04:00 UTC is here again" in said
    done = _run("erase", BO, "--reason", "again", "--hub", back.root)
    assert done.exit_code == 0, done.output
    assert _roster(back).member(BO) is None
    assert len(erasures.receipts(back)) == 3, "what was left to do was done with it"
    gone = _run("erase", "--verify", "--hub", back.root)
    assert gone.exit_code == 0, gone.output


def test_what_was_erased_since_goes_also_where_nobody_is_told_of_it(hub: Config) -> None:
    """The command was cut when the hub was there: run again it says that something is."""
    _backup(hub, 3)
    where, back = str(hub.root.with_name("b")), hub.root.with_name("back")
    words = {"key": keys.of_hub(hub), "as_of": "2026-11-21", "progress": lambda *_: None}
    assert "is in" in next(bringcommand.bring(back, where, **words))
    left = erasures.undone(hubyaml.load(back))
    assert post_id("1@union.example") in {mid for one in left for mid in one.mids}


def test_a_backup_of_a_clock_that_was_ahead_hides_no_newer_one(hub: Config) -> None:
    with clock.fixed(FIRST + timedelta(days=20)):
        making.make(hub, hub.root.with_name("b"))
    memberstore.subscribe(hub, "bar", [Mailbox("Di", "di@union.example")])
    erase.erase(hub, "di@union.example", reason="Art. 17 GDPR", by="op")
    _backup(hub, 3)
    first, *_ = engines.snapshots(str(hub.root.with_name("b")), keys.of_hub(hub))
    with clock.fixed(FIRST + timedelta(days=4)):
        found = engines.newer(
            str(hub.root.with_name("b")), keys.of_hub(hub), first, "private/erasures/"
        )
    assert {f"private/erasures/{one.id}.json" for one in erasures.receipts(hub)} <= found.keys()


@pytest.mark.skipif(shutil.which("restic") is None, reason="restic is not here")
def test_restic_says_it_too(hub: Config) -> None:
    where = f"restic:{hub.root.with_name('r')}"
    for days in (5, 6):
        with clock.fixed(FIRST + timedelta(days=days)):
            engines.make(hub, where, lambda *_: None)
    first, _ = engines.snapshots(where, keys.of_hub(hub))
    found = engines.newer(where, keys.of_hub(hub), first, "private/erasures/")
    wanted = {f"private/erasures/{one.id}.json" for one in erasures.receipts(hub)}
    assert wanted <= found.keys()
    assert all(erasures.decoded(found[one]) for one in wanted)


def test_the_newest_backup_says_what_nobody_can_know(hub: Config) -> None:
    _, said = _restored(hub)
    assert "Whatever was erased after 2026-11-20 04:00 UTC is here again" in said
    assert BO not in said


def test_a_newer_backup_that_cannot_be_read_hinders_nothing(hub: Config) -> None:
    _backup(hub, 3)
    newest = sorted(hub.root.with_name("b").glob("snapshots/*.age"))[-1]
    newest.write_bytes(b"damaged")
    _, said = _restored(hub, "--as-of", "2026-11-21")
    assert f"{newest} is damaged" in said
    assert "is here again" in said


def test_verify_changes_nothing_in_what_it_compares(hub: Config) -> None:
    _backup(hub, 3)
    where = str(hub.root.with_name("b"))
    with verifying.aside(hub) as folder:
        back = engines.bring(where, keys.of_hub(hub), folder, None, lambda *_: None)
        assert verifying.look(back.config, back.facts["repositories"], hub).changed == ()
