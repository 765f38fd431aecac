"""Erasure by law through everything the hub holds: git, spools, mailboxes, log, pages."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.builder import cursors
from solicomm_build.builder.conferences import state
from solicomm_build.builder.run import Builder
from solicomm_build.courier.fanout import Fanout
from solicomm_build.features.library.cards.entry import Entry
from solicomm_build.features.library.deposits.deliveries import Deliveries
from solicomm_build.features.library.deposits.deposits import Deposits, Facts
from solicomm_build.features.privacy import erase, erasures, leftovers
from solicomm_build.foundation import data, faults, keys, maillog
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.spool import Spool
from solicomm_build.foundation.types import post_id
from solicomm_build.git import log, pushes
from solicomm_build.git.cursor import COURIER, Cursor
from solicomm_build.git.repo import open_repo
from solicomm_build.ingest.run import ingest
from solicomm_build.people import access, rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.people.rosterstore import RosterStore
from solicomm_build.post.cells import mailfolders
from solicomm_build.post.cells.hubmail import HubMail
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import fsck
from solicomm_build.post.store.hooks import Fault
from solicomm_build.post.store.spokenlanguages import SpokenLanguages
from solicomm_build.testing import smallhub
from solicomm_build.testing.killing import killed
from solicomm_build.testing.manifest import differences, read
from solicomm_build.testing.smallhub import BEGUN, item, mail

SECRET = "Only the branch office may know this sentence"
MID = post_id("2@union.example")
_FILE = (
    'Content-Type: multipart/mixed; boundary="b"\r\nMIME-Version: 1.0\r\n\r\n'
    "--b\r\nContent-Type: text/plain\r\n\r\n{text}\r\n"
    '--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename="{name}"\r\n\r\n'
    "{file}\r\n--b--\r\n"
)


def _with_file(text: str, file: str, msgid: str, *fields: str) -> bytes:
    head = mail(text, *fields, msgid=msgid, sender="Bo <bo@union.example>")
    head = head.partition(b"\r\n\r\n")[0] + b"\r\n"
    return head + _FILE.format(text=text, name="a.txt", file=file).encode()


def _put(hub: Config, *raws: bytes) -> None:
    Spool(hub.spool_in).put([item(raw, "bar@hub.example", "bo@hub.example") for raw in raws])
    ingest(hub, once=True, log=maillog.to_file(hub.mail_log))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hub with three messages in it. Not to be changed: take `hub`."""
    return _made(tmp_path_factory.mktemp("made") / "hub").root


@pytest.fixture(scope="module")
def shown(made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same when its copies are on their way and its pages are made."""
    root = shutil.copytree(made, tmp_path_factory.mktemp("shown") / "hub")
    _show(smallhub.config(root))
    return root


@pytest.fixture
def hub(made: Path, tmp_path: Path) -> Config:
    return smallhub.config(shutil.copytree(made, tmp_path / "hub"))


def _show(hub: Config) -> None:
    assert _fan_out(hub) == 3
    _build(hub)


def _made(root: Path) -> Config:
    made = smallhub.make(root, Conference("bar", {"en": "Bar"}, kind="list", posting="open"))
    consent = Consent("owner", "test")
    smallhub.add_events(
        made,
        [
            rosterevents.member(1, "ana@union.example", at=BEGUN, consent=consent, name="Ana Paz"),
            rosterevents.member(2, "bo@union.example", at=BEGUN, consent=consent, name="Bo Berg"),
            rosterevents.subscribe("bar", 1, at=BEGUN, consent=consent),
            rosterevents.subscribe("bar", 2, at=BEGUN, consent=consent),
            rosterevents.mailbox("bo", at=BEGUN, by="operator", keep=True),
        ],
    )
    repo = open_repo(made.conference_repo("bar"))
    first = repo.ref()
    assert first is not None
    Cursor(repo, COURIER).advance(None, first)
    _put(
        made,
        mail("Water is a right of all", msgid="<1@union.example>"),
        _with_file(SECRET, "a secret paper of the branch", "<2@union.example>"),
        _with_file(
            "Thanks", "a paper of everybody", "<3@union.example>", "References: <2@union.example>"
        ),
    )
    return made


def _build(hub: Config, *, full: bool = False) -> None:
    builder = Builder(hub, data.theme())
    try:
        report = builder.build(full=full)
    finally:
        builder.close()
    assert report.failures == []


def _erase(hub: Config, what: str) -> tuple[erasures.Order, erasures.Receipt]:
    order, receipt = erase.erase(hub, what, reason="asked", by="op", log=maillog.to_nobody())
    _build(hub)
    state.scrub(hub, receipt.objects)
    return order, receipt


def _left(hub: Config, order: erasures.Order, receipt: erasures.Receipt) -> list[str]:
    return [str(one) for one in leftovers.search(hub, receipt, order.needles)]


def _of_an_earlier_version(hub: Config) -> None:
    """Its mail came to folders of two characters, and has moved since."""
    repo = open_repo(hub.mail_repo)
    assert mailfolders.put_by_two(repo, now=BEGUN)
    assert mailfolders.put_by_one(repo, now=BEGUN)


def _faults(hub: Config) -> list[Fault]:
    return [one for one in fsck.check(hub) if "core.hooksPath" not in one.fault]


def _fan_out(hub: Config) -> int:
    fanout = Fanout(hub, Spool(hub.spool_out), maillog.to_nobody())
    try:
        return fanout.run()
    finally:
        fanout.close()


def test_verify_finds_it_everywhere_before(hub: Config) -> None:
    _build(hub)
    assert _fan_out(hub) == 3
    repo = open_repo(hub.conference_repo("bar"))
    tip = repo.ref()
    assert tip is not None
    oids = [c.oid for one in log.commits(repo, None, tip) for c in one.changes if MID in c.path]
    receipt = erasures.Receipt("x", "", "", "", (MID,), objects=[str(oid) for oid in oids])
    found = {str(one).partition(":")[0] for one in leftovers.search(hub, receipt, [SECRET])}
    assert {"content/conferences/bar.git", "private/mail.git"} <= found
    assert "private/mailboxes/bo.git" in found
    assert f"public/conferences/bar/t/{MID}/index.html" in found
    assert f"public/conferences/bar/t/{MID}/index.html.br" in found
    assert f"public/conferences/bar/t/{MID}/index.html.gz" in found
    assert any(place.startswith("spool/out/") for place in found)
    assert "state/pages.sqlite" in found or "state/pages.sqlite-wal" in found


@pytest.mark.parametrize("word", ["2@union.example", "<2@union.example>", MID, f"bar/{MID}"])
def test_a_message_goes_from_everywhere(hub: Config, word: str) -> None:
    if word == MID:
        _of_an_earlier_version(hub)
    _build(hub)
    assert _fan_out(hub) == 3
    order, receipt = _erase(hub, word)
    assert _left(hub, order, receipt) == []
    assert receipt.removed["content/conferences/bar.git"] == 1
    assert receipt.removed["private/mail.git"] == 1
    assert receipt.removed["private/mailboxes/bo.git"] == 1
    assert receipt.removed["spool/out"] == 1
    assert _faults(hub) == []
    kept = (erasures.folder(hub) / f"{receipt.id}.json").read_text("utf-8")
    assert SECRET not in kept
    assert "union.example" not in kept
    assert json.loads(kept)["reason"] == "asked"
    assert json.loads(kept)["done"]
    assert not list(erasures.folder(hub).glob("*.todo"))


def test_answers_and_others_files_stay(hub: Config) -> None:
    _build(hub)
    _erase(hub, MID)
    names = smallhub.files(hub.conference_repo("bar"))
    assert sum(name.endswith(".md") for name in names) == 2
    assert [blob for name, blob in names.items() if name.startswith("files/")] == [
        b"a paper of everybody"
    ]
    page = (hub.public / f"conferences/bar/t/{MID}/index.html").read_text("utf-8")
    assert "Thanks" in page


def test_nothing_is_mailed_again_and_what_waits_still_goes(hub: Config) -> None:
    assert _fan_out(hub) == 3
    _erase(hub, MID)
    assert _fan_out(hub) == 0
    assert len(Spool(hub.spool_out).pending()) == 2
    _put(hub, mail("One more", msgid="<4@union.example>"))
    assert _fan_out(hub) == 1


def test_a_post_erased_before_it_went_out_goes_to_nobody(hub: Config) -> None:
    _erase(hub, MID)
    assert _fan_out(hub) == 2


def test_an_open_fan_out_goes_on(hub: Config) -> None:
    fanout = Fanout(hub, Spool(hub.spool_out), maillog.to_nobody())
    assert fanout.run() == 3
    _erase(hub, MID)
    assert fanout.run() == 0
    _put(hub, mail("One more", msgid="<4@union.example>"))
    assert fanout.run() == 1
    fanout.close()


def test_an_erased_message_that_comes_again_is_not_taken(hub: Config) -> None:
    _erase(hub, MID)
    order, receipt = erasures.Order("", "", "", "", (MID,)), erasures.receipts(hub)[0]
    _put(hub, _with_file(SECRET, "a secret paper of the branch", "<2@union.example>"))
    # Who got it again in a mailbox has it again; the list has not.
    left = {one.partition(":")[0].rpartition("/")[0] for one in _left(hub, order, receipt)}
    assert left <= {"private/mailboxes", "private/maildirs/hub.example/bo/new"}


def test_incremental_is_full_after_an_erasure(hub: Config) -> None:
    _build(hub)
    _erase(hub, MID)
    _put(hub, mail("One more", msgid="<4@union.example>"))
    _build(hub)
    before = read(hub.public)
    _build(hub, full=True)
    assert differences(before, read(hub.public)) == []


def test_a_person_goes_with_all_messages_and_the_number_stays_taken(hub: Config) -> None:
    _build(hub)
    order, receipt = _erase(hub, "Bo@UNION.example")
    assert set(receipt.messages) == {MID, post_id("3@union.example")}
    assert receipt.member == 2
    assert _left(hub, order, receipt) == []
    store = RosterStore(open_repo(hub.roster_repo))
    folded = store.roster()
    store.close()
    assert folded.member("bo@union.example") is None
    assert folded.next_number == 3
    assert [member.number for member, _ in folded.subscribers("bar")] == [1]
    assert folded.refused == []
    assert _faults(hub) == []
    assert "bo@union.example" not in (erasures.folder(hub) / f"{receipt.id}.json").read_text()


def test_nobody_of_that_name(hub: Config) -> None:
    with pytest.raises(HubError, match="Nothing here is called"):
        erase.erase(hub, "who@union.example", reason="r", by="op")


@pytest.mark.parametrize(
    "fault",
    [
        "erase.after-todo:1",
        "history.before-moves:1",
        "history.before-cursors:1",
        "erase.after-rewrite:1",
        "erase.after-rewrite:2",
        "erase.after-histories:1",
        "erase.after-purge:1",
    ],
)
def test_killed_and_run_again_nothing_is_left(shown: Path, tmp_path: Path, fault: str) -> None:
    hub = smallhub.config(shutil.copytree(shown, tmp_path / "hub"))
    words = {"reason": "asked", "by": "op"}
    assert killed(lambda: erase.erase(hub, "bo@union.example", **words), fault)
    assert _fan_out(hub) == 0
    order, receipt = _erase(hub, "bo@union.example")
    assert _left(hub, order, receipt) == []
    assert receipt.removed["content/conferences/bar.git"] >= 2
    assert len(erasures.receipts(hub)) == 1
    assert _faults(hub) == []


def _handed_in(hub: Config, key: str, author: str) -> Path:
    """A deposit in `private/deposits`."""
    entry = Entry(f"lib:{key}", "report", {"en": "Paper"}, languages=("en",))
    facts = Facts("papers", author, "en", BEGUN.isoformat(), "waiting")
    Deposits(hub).put(facts, entry, [])
    return hub.private / "deposits" / key


def test_verify_finds_deposits_before(hub: Config) -> None:
    _handed_in(hub, "2026-aaaaaaaa", "ana@union.example")
    receipt = erasures.Receipt("x", "", "", "", (), deposits=["deposits/2026-aaaaaaaa"])
    found = [str(one) for one in leftovers.search(hub, receipt, ["ana@union.example"])]
    assert "private/deposits/2026-aaaaaaaa: handed in by the erased person" in found
    assert any(one.startswith("private/deposits/2026-aaaaaaaa/facts.json") for one in found)


def test_what_a_person_handed_in_goes(hub: Config) -> None:
    own = _handed_in(hub, "2026-aaaaaaaa", "Ana@Union.example")
    other = _handed_in(hub, "2026-bbbbbbbb", "bo@union.example")
    Deposits(hub).refuse("2026-cccccccc", "ana@union.example", ["refused:a.exe"], b"From: ana")
    counts = Deliveries(hub.private / "deliveries.sqlite", keys.token_key(hub.keys))
    counts.set_limit("ana@union.example", 60_000)
    counts.close()
    order, receipt = _erase(hub, "ana@union.example")
    assert receipt.removed["private/deposits"] == 2
    assert not own.exists()
    assert not list((hub.private / "deposits" / "refused").iterdir())
    assert other.exists()
    counts = Deliveries(hub.private / "deliveries.sqlite", keys.token_key(hub.keys))
    assert counts.limit("ana@union.example") == 0
    counts.close()
    left = _left(hub, order, receipt)
    assert [one for one in left if one.startswith("private/de")] == []


def test_who_only_handed_in_can_be_erased(hub: Config) -> None:
    own = _handed_in(hub, "2026-aaaaaaaa", "eve@other.example")
    order, receipt = _erase(hub, "eve@other.example")
    assert not own.exists()
    assert _left(hub, order, receipt) == []


@pytest.mark.parametrize("who", ["bo@union.example", "only@token.example"])
def test_tokens_of_a_person_end_and_name_nobody(hub: Config, who: str) -> None:
    _, theirs = access.issue(hub, who, ["conferences/bar"])
    _, anas = access.issue(hub, "ana@union.example", ["conferences/bar"])
    row = {"at": "2026-03-04T06:13:00Z", "grant": "t-a", "repo": "conferences/bar"}
    pushes.note_pushes(hub, [{**row, "person": who}, {**row, "person": "ana@union.example"}])
    order, receipt = _erase(hub, who)
    known = access.Access(hub)
    assert (known.of_token(theirs), known.of_token(anas) is not None) == (None, True)
    assert receipt.removed["private/access.git"] == 1
    history = open_repo(hub.access_repo).git("log", "-p", "--all").decode()
    assert who not in history + (hub.private / pushes.PUSHES).read_text()
    assert history.count("ana@union.example") == 1
    assert _left(hub, order, receipt) == []
    assert list(fsck.check(hub)) == []
    with pytest.raises(HubError):
        erase.erase(hub, who, reason="again", by="op", log=maillog.to_nobody())


def test_a_refused_mail_goes_by_its_id(hub: Config) -> None:
    raw = mail("Take this", msgid="<2@union.example>")
    Deposits(hub).refuse("2026-cccccccc", "bo@union.example", ["refused:a.exe"], raw)
    order, receipt = _erase(hub, "<2@union.example>")
    assert not list((hub.private / "deposits" / "refused").iterdir())
    assert _left(hub, order, receipt) == []


def test_what_is_erased_while_pages_are_made_is_in_no_history(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The builder noted that it had shown the history of before, just when that was written anew:
    so all of it was kept."""
    _build(hub)
    _put(hub, mail("One more", msgid="<4@union.example>"))
    seen: list[Any] = []

    def later(*facts: Any) -> list[tuple[str, str]]:
        seen.append(facts)
        return []

    with monkeypatch.context() as held:
        held.setattr(cursors, "advance", later)
        _build(hub)
    own = faults.point

    def point(name: str) -> None:
        own(name)
        while name == "erase.after-histories" and seen:
            cursors.advance(*seen.pop())

    monkeypatch.setattr(faults, "point", point)
    order, receipt = _erase(hub, MID)
    assert _left(hub, order, receipt) == []


def test_in_which_language_somebody_writes_is_known_after_an_erasure(hub: Config) -> None:
    """Who had read the log before had to be started again; mail to the desk was set aside."""
    with closing(HubMail(hub)) as store:
        heard = SpokenLanguages(store)
        before = heard.of("ana@union.example")
        erase.erase(hub, MID, reason="asked", by="operator")
        assert heard.of("ana@union.example") == before
