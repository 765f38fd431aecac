"""What features keep of a person besides goes with the person: contacts of sites, what was removed,
what a cut left of backups, the password of an address, and what was said and decided."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from solicomm_build.cli.main import main
from solicomm_build.features.backup import moment, verifying
from solicomm_build.features.bounces import bouncewaiting
from solicomm_build.features.privacy import erase, erasures, leftovers, personal
from solicomm_build.features.removing import persons
from solicomm_build.features.sites import sitecontacts
from solicomm_build.features.sites.sitecontacts import Contact
from solicomm_build.foundation import clock, maillog, safeio
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub import removed
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import Mailbox, post_id
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest.run import ingest
from solicomm_build.people import memberstore, passwords, rosterevents
from solicomm_build.people.operators import mails
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.people.sessions import STAYS, Sessions
from solicomm_build.post import decision
from solicomm_build.post.store import erasing, fsck
from solicomm_build.post.store.mailstore import author_hash
from solicomm_build.testing import smallhub
from solicomm_build.testing.smallhub import BEGUN, item, mail

ANA = "ana@union.example"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    """A hub with two members."""
    made = smallhub.make(tmp_path / "hub")
    memberstore.subscribe(made, "bar", [Mailbox("Ana", ANA), Mailbox("Bo", "bo@union.example")])
    return made


def _erase(hub: Config, what: str = ANA) -> dict[str, int]:
    _, receipt = erase.erase(hub, what, reason="asked", by="op", log=maillog.to_nobody())
    return receipt.removed


def _told(hub: Config, address: str) -> dict[str, object]:
    store = RosterStore.of(hub)
    try:
        return personal.about(hub, address, store.roster()).facts
    finally:
        store.close()


def _holding(hub: Config, word: str) -> list[str]:
    """The plain files below `private/` and `state/` that have a word."""
    files = [path for folder in (hub.private, hub.state) for path in folder.rglob("*")]
    files = [path for path in files if path.is_file() and ".git/" not in str(path)]
    found = [path for path in files if word.encode() in path.read_bytes()]
    return [path.relative_to(hub.root).as_posix() for path in found]


@pytest.mark.parametrize("who", ["Ana@UNION.example", "office@docks.example"])
def test_what_people_write_to_a_union_goes_to_no_erased_contact(hub: Config, who: str) -> None:
    """The form for joining went on to send there who wants to join, where, and how to reach them;
    who was only a contact could not be erased at all."""
    sitecontacts.write(hub, "docks", Contact(who, "new@docks.example"))
    sitecontacts.write(hub, "mine", Contact("bo@union.example", who))
    assert _told(hub, who.lower())["contacts"] == [
        {"union": "docks", "state": "agreed"},
        {"union": "mine", "state": "asked"},
    ]
    assert _erase(hub, who.lower())["private/contacts"] == 2
    assert sitecontacts.read(hub, "docks") == Contact("", "new@docks.example")
    assert sitecontacts.read(hub, "mine") == Contact("bo@union.example", "")
    assert _holding(hub, who) == []


def test_what_brings_a_removed_person_back_goes(hub: Config) -> None:
    """It stayed for thirty days: on which lists somebody was, in which role."""
    persons.remove(hub, ANA)
    assert removed.find(hub, "people", "1") is not None
    assert _told(hub, ANA)["removed"] == [{"lists": ["bar"], "roles": []}]
    assert _erase(hub)["private/removed"] == 1
    assert list((hub.private / "removed" / "people").iterdir()) == []
    assert [*removed.every(hub)] == []


def test_what_a_cut_left_of_a_backup_goes(hub: Config) -> None:
    """The next backup of that kind took it away, or none ever did."""
    kept = hub.state / "backup"
    for name in ("held", "view", "verify-x"):
        (kept / name).mkdir(parents=True)
        (kept / name / "1").write_text("the mail of somebody")
    with verifying.aside(hub) as working:
        (working / "1").write_text("somebody looks at it")
        assert not (kept / "verify-x").exists()
        _erase(hub)
        assert [path.name for path in kept.glob("*") if path.is_dir()] == [working.name]
    assert [path.name for path in kept.iterdir()] == [".lock"]


def test_a_backup_that_is_at_work_is_left_alone(hub: Config) -> None:
    with moment.of_hub(hub):
        _erase(hub)
        assert (hub.state / "backup" / "held").is_dir()


def test_the_password_of_an_address_ends_with_it(hub: Config) -> None:
    """The address was forgotten, its door stayed open, and `mailbox remove` knew of none."""
    memberstore.add_mailbox(hub, "ana", forward=ANA, keep=True)
    memberstore.add_mailbox(hub, "bo", forward="bo@union.example", keep=True)
    for name in ("ana", "bo"):
        memberstore.set_mailbox_password(hub, name, "correct horse battery")
    _erase(hub)
    with pytest.raises(HubError):
        memberstore.mailbox(hub, "ana")
    assert passwords.read(hub).keys() == {"bo@hub.example"}


def _kept_mail(hub: Config, name: str) -> list[str]:
    """The files with a word of the mail that was kept for an address, in git and Maildirs."""
    ingest(hub, once=True, log=maillog.to_nobody())
    repo, word = open_repo(hub.mailboxes / f"{name}.git"), b"the wage of Cy"
    listed = repo.git("cat-file", "--batch-check=%(objectname)", "--batch-all-objects").split()
    found = [oid.decode() for oid in listed if word in repo.git("cat-file", "-p", oid.decode())]
    files = (path for path in hub.maildirs.rglob("*") if path.is_file())
    mine = (path for path in files if name in path.parts and word in path.read_bytes())
    return [*found, *map(str, mine)]


def _with_mail(hub: Config, *names: str) -> None:
    raw = mail("the wage of Cy", msgid="<7@union.example>", sender="Cy <cy@union.example>")
    for name in names:
        memberstore.add_mailbox(hub, name, forward="", keep=True)
        Spool(hub.spool_in).put([item(raw, f"{name}@hub.example")])
    ingest(hub, once=True, log=maillog.to_nobody())


def test_mail_that_was_kept_for_an_address_that_only_sends_on_goes_with_the_person(
    hub: Config,
) -> None:
    """The address ended, and what it had kept before stayed, for whoever gets the address next."""
    _with_mail(hub, "ana", "bo")
    memberstore.add_mailbox(hub, "ana", forward=ANA, keep=False)
    memberstore.add_mailbox(hub, "bo", forward="bo@union.example", keep=False)
    assert len(_kept_mail(hub, "ana")) == len(_kept_mail(hub, "bo")) == 2
    removed = _erase(hub)
    assert removed["private/mailboxes/ana.git"] == 1
    assert removed["private/maildirs/hub.example/ana"] == 1
    assert _kept_mail(hub, "ana") == []
    assert len(_kept_mail(hub, "bo")) == 2
    log = open_repo(hub.mailboxes / "ana.git").git("log", "--all", "--format=%an %B")
    assert b"union.example" not in log
    assert fsck.check(hub) == []


def test_mail_that_may_be_an_offices_stays_and_is_named(hub: Config) -> None:
    _with_mail(hub, "office", "own", "bo")
    memberstore.add_mailbox(hub, "office", forward=ANA, keep=True)
    order, receipt = erase.erase(hub, ANA, reason="asked", by="op", log=maillog.to_nobody())
    assert "private/mailboxes/office.git" not in receipt.removed
    (said,) = erasing.stays(hub, order.addresses, order.cards)
    assert said.startswith("private/mailboxes/office.git has mail that was kept")
    (said,) = erasing.stays(hub, ["own@hub.example", "bo@union.example"])
    assert said.startswith("private/mailboxes/own.git has mail that was kept")


def test_what_was_said_of_a_person_goes_and_a_ban_stays(hub: Config) -> None:
    """Trust, and a ban that was lifted, stayed with address and reason; a ban protects others."""
    said = [("bar", "trusted"), ("docks", "banned"), ("docks", ""), ("mine", "banned")]
    events = [
        rosterevents.standing(place, ANA, word, at=BEGUN, by="member:2", reason=f"{word} of Ana")
        for place, word in said
    ]
    for event in events:
        smallhub.add_events(hub, [event])
    _erase(hub, "Ana@UNION.example")
    told = open_repo(hub.roster_repo).git("log", "-p", "--all").decode()
    assert [line for line in told.splitlines() if ANA in line and "mine" not in line] == []
    store = RosterStore.of(hub)
    try:
        found = {place: store.roster().standing_at(place, ANA) for place, _ in said}
    finally:
        store.close()
    assert found == {"bar": "", "docks": "", "mine": "banned"}


@pytest.mark.parametrize("place", ["mine", "*"])
def test_a_ban_that_stays_is_said_and_is_nothing_that_is_left(hub: Config, place: str) -> None:
    """Whoever was banned was never erased, as `--verify` said, and no word of why."""
    ban = rosterevents.standing(place, ANA, "banned", at=BEGUN, by="member:2")
    smallhub.add_events(hub, [ban])
    (hub.root / "hub.yaml").write_text(
        "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: https://hub.example\n"
    )
    words = ["erase", ANA, "--reason", "asked", "--verify", "--hub", str(hub.root)]
    said = CliRunner().invoke(main, words)
    assert said.exit_code == 0, said.output
    assert f"the ban in {place} (solicomm member ban '{place}' {ANA} --end)" in said.output
    assert "nothing is left" in said.output
    (receipt,) = erasures.receipts(hub)
    assert [*leftovers.search(hub, receipt, [ANA])] == []
    trust = rosterevents.standing("bar", ANA, "trusted", at=BEGUN, by="member:2")
    smallhub.add_events(hub, [trust])
    (hub.private / "elsewhere").write_text(ANA)
    found = {one.where for one in leftovers.search(hub, receipt, [ANA])}
    assert found == {"private/roster.git", "private/elsewhere"}


def test_what_was_decided_about_mail_that_is_not_kept_goes(hub: Config) -> None:
    """The log of mail.git kept a digest of the address, which anybody can make who guesses it."""
    answer = mail("Away", "Auto-Submitted: auto-replied", msgid="<1@union.example>")
    others = mail("Away", "Auto-Submitted: auto-replied", sender="Bo <bo@union.example>")
    for raw in (answer, others):
        Spool(hub.spool_in).put([item(raw)])
        ingest(hub, once=True, log=maillog.to_nobody())
    before = open_repo(hub.mail_repo).git("log", "main").decode()
    _erase(hub)
    after = open_repo(hub.mail_repo).git("log", "main").decode()
    mine, theirs = (f"author={author_hash(one)}" for one in (ANA, "bo@union.example"))
    assert (before.count(mine), before.count(theirs)) == (1, 1)
    assert (after.count(mine), after.count(theirs)) == (0, 1)
    assert _told(hub, ANA)["moderation"] == []


def test_the_weekly_letter_names_no_erased_member(hub: Config) -> None:
    """Notes and returned mail about the member waited for it."""
    others = (f"x{ANA}", f"{ANA}.org")
    for who in (ANA, *others):
        bouncewaiting.remember(hub, "bar", "complaint", who)
        raw = f"Subject: failed\r\n\r\nFinal-Recipient: rfc822; {who.upper()}\r\n"
        assert bouncewaiting.keep(hub, "bar", raw.encode())
    assert _erase(hub)["private/bounces"] == 2
    left = [path.read_text() for path in (hub.private / "bounces" / "bar").iterdir()]
    assert len(left) == 4
    assert all(any(who in one.lower() for who in others) for one in left)


def test_a_full_hand_is_not_needed(hub: Config) -> None:
    """Where nothing of this is there, nothing is made."""
    with safeio.locked(hub.private / "x.lock"):
        assert "private/contacts" not in _erase(hub)
    assert not (hub.state / "backup").exists()


def test_what_was_said_as_a_decision_was_taken_back_goes_and_is_told(hub: Config) -> None:
    """It has the words of the moderator to the author, and why they count no more."""
    raw = mail("Wages", msgid="<1@union.example>", sender=f"Ana <{ANA}>")
    Spool(hub.spool_in).put([item(raw)])
    ingest(hub, once=True, log=maillog.to_nobody())
    mid = post_id("1@union.example")
    made = decision.Decision("reject", decision.member(2), BEGUN, "Not of the night shift")
    back = decision.encode_undone(made, decision.member(2), BEGUN, "She is, says Bo")
    changes = [
        Change(decision.undone_path("bar", mid, made), back),
        Change(f"proofs/bar/{mid}", b'{"at": "2026-11-24"}'),
    ]
    mail_repo = open_repo(hub.mail_repo)
    write_once(mail_repo, changes, message="Take back", when=BEGUN)
    moderation: Any = _told(hub, ANA)["moderation"]
    (said,) = [one for one in moderation if "undone" in one]
    assert said["message"] == mid
    assert said["undone"]["undone"] == {**said["undone"]["undone"], "by": "moderator"}
    assert said["undone"]["text"] == "She is, says Bo"
    _erase(hub)
    kept = mail_repo.git("log", "-p", "--name-only", "main") + mail_repo.git("log", "-p", "main")
    assert b"night shift" not in kept
    assert f"undone/bar/{mid}".encode() not in kept
    assert b"proofs/" not in kept


def test_where_somebody_is_signed_in_is_told_and_ends(hub: Config) -> None:
    """The browsers, and when each was last used, were kept for thirty days more."""
    store = Sessions(hub)
    for number, browser in ((1, "Firefox, Android"), (2, "Safari, iPhone")):
        store.begin(store.link(number, "", BEGUN), BEGUN, STAYS, browser)
    asked = store.link(1, "/members/", BEGUN)
    with clock.fixed(BEGUN):
        sessions: Any = _told(hub, ANA)["sessions"]
        (told,) = sessions
        assert (told["browser"], told["last used"]) == ("Firefox, Android", str(BEGUN.date()))
        assert _erase(hub)["state/sessions.sqlite"] == 1
        assert [len(store.of_member(one, BEGUN)) for one in (1, 2)] == [0, 1]
        assert store.of_link(asked, BEGUN) is None
        files = hub.state.glob("sessions.sqlite*")
        assert all(b"Firefox, Android" not in path.read_bytes() for path in files)
    store.close()


def test_to_tell_or_erase_nobody_signed_in_makes_no_file(hub: Config) -> None:
    assert not _told(hub, ANA)["sessions"]
    _erase(hub)
    assert not [*hub.state.glob("sessions*")]


@pytest.mark.parametrize("name", ["1", ANA])
def test_which_mails_to_operators_somebody_wants_is_told_and_goes(hub: Config, name: str) -> None:
    """It stayed until another operator chose: an address, or a number that nobody has."""
    file = hub.private / mails.FILE
    file.write_text(json.dumps({name: "urgent", "2": "none", "op@hub.example": "none"}))
    assert _told(hub, ANA)["operator_mails"] == {"wanted": "urgent"}
    assert _erase(hub)["private/operators.json"] == 1
    assert mails.read(hub) == {"2": "none", "op@hub.example": "none"}
