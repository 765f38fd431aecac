"""Documents come into the library by mail: handed in, looked at, published or not."""

from __future__ import annotations

import base64
import io
import re
import subprocess
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.cleaning import child
from solicomm_build.desk import vocabulary
from solicomm_build.features.founding.founding import new_library
from solicomm_build.features.library import library as settings
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.cards.entry import Entry
from solicomm_build.features.library.cards.shelving import Incoming, Looked, look
from solicomm_build.features.library.deposits import depositform, depositguesses, depositing
from solicomm_build.features.library.deposits.deposits import WAITING, Deposits
from solicomm_build.features.privacy import erase
from solicomm_build.foundation import clock, data, maillog
from solicomm_build.git import elsewhere
from solicomm_build.git.elsewhere import Home
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.ingest.run import ingest
from solicomm_build.message.parse import parse
from solicomm_build.message.values import Message
from solicomm_build.people import rosterevents
from solicomm_build.testing.deskhub import NOW, DeskHub, token_in
from solicomm_build.testing.killing import desk_killed
from solicomm_build.testing.knowing import other_pdf
from tests.unit import timekeeper
from tests.unit.extraction import documents as samples

SAMPLE = data.folder("content") / "libraries/agreements/entries"
GUIDE = (SAMPLE / "2026-r6me3tkc/heat-pocket-guide.pdf").read_bytes()
MULTI = 'Content-Type: multipart/mixed; boundary="b"'
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    made = DeskHub(tmp_path / "hub")
    new_library(made.config, "papers", title="Papers", lang="en")
    made.member(1, "ana@union.example", "water")
    return made


def body(text: str, *files: tuple[str, bytes]) -> str:
    parts = [f"--b\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"]
    for name, octets in files:
        coded = base64.encodebytes(octets).decode()
        parts.append(
            "--b\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n"
            f'Content-Disposition: attachment; filename="{name}"\n\n{coded}'
        )
    return "".join([*parts, "--b--"])


def deposit(
    hub: DeskHub, text: str = "", *files: tuple[str, bytes], **how: object
) -> list[Message]:
    how = {"subject": "Heat at work", **how}
    return hub.ask("papers+deposit", body(text, *files), fields=[MULTI], **how)


def to(mails: list[Message], address: str) -> Message:
    return next(mail for mail in mails if mail.to[0].addr_spec == address)


def test_handed_in_accepted_published(hub: DeskHub) -> None:
    mails = deposit(
        hub, "Author: Otieno, Grace\nSubject: agua, tea breaks, Water", ("guide.pdf", GUIDE)
    )
    answer, review = to(mails, "ana@union.example"), to(mails, "op@hub.example")
    assert "Title: Heat at work\n" in answer.text
    assert "Author: Otieno, Grace\n" in answer.text
    assert "Language: en ?\n" in answer.text
    store = CardStore(hub.config, "papers")
    assert store.rows() == []
    mails = hub.reply(review, "accept", sender="op@hub.example")
    assert "It is published." in to(mails, "op@hub.example").text
    published = to(mails, "ana@union.example")
    (row,) = store.rows()
    assert f"/libraries/papers/{row.key}/" in published.text
    entry = store.read(row.key)
    assert entry.status == "published"
    assert entry.subjects == ("topic:water", "free:tea-breaks")
    assert entry.provenance.reviewed_by == "operator"
    assert store.octets(entry, entry.files[0]) == child.clean(GUIDE).octets
    assert "decided already" in hub.reply(review, "reject no", sender="op@hub.example")[0].text


@pytest.mark.parametrize("how", ["unasked", "by an erasure"])
def test_what_a_kill_left_of_a_deposit_goes(hub: DeskHub, how: str) -> None:
    fields, folder = [MULTI], hub.config.private / "deposits"
    hub.send("papers+deposit", body("Title: Heat", ("heat.pdf", GUIDE)), fields=fields)
    assert desk_killed(hub, "deposit.files-kept:1")
    assert [path.name[0] for path in folder.iterdir()] == ["."]
    if how == "unasked":
        hub.work()
    else:
        with clock.fixed(hub.now):
            erase.erase(hub.config, "ana@union.example", reason="asked", by="op")
    assert [path.name for path in folder.iterdir() if path.name[0] == "."] == []


def test_a_clone_shows_no_draft(hub: DeskHub, tmp_path: Path) -> None:
    deposit(hub, "", ("guide.pdf", GUIDE))
    source = hub.config.library_repo("papers")
    subprocess.run(["git", "clone", "-q", source, tmp_path / "clone"], check=True)
    assert not (tmp_path / "clone/entries").exists()
    assert len(list(Deposits(hub.config).all())) == 1


def test_rejected_with_words(hub: DeskHub) -> None:
    review = to(deposit(hub, "", ("guide.pdf", GUIDE)), "op@hub.example")
    mails = hub.reply(review, "reject We have it on paper.", sender="op@hub.example")
    assert "We have it on paper." in to(mails, "ana@union.example").text
    assert CardStore(hub.config, "papers").rows() == []


_POLISH = "Od: Papers <papers-request@hub.example>\nWysłano: piątek\nDo: Op <op@hub.example>\n"


@pytest.mark.parametrize("word", ["reject", "ask"])
def test_its_sender_gets_nothing_of_the_letter_to_who_decides(hub: DeskHub, word: str) -> None:
    """A program that quotes it in a form that nobody knows: by its token the document could be
    published by whoever handed it in."""
    review = to(deposit(hub, "", ("guide.pdf", GUIDE)), "op@hub.example")
    text = f"{word} We have it on paper.\n\n{_POLISH}\n{review.text}"
    told = to(hub.reply(review, text, sender="op@hub.example"), "ana@union.example")
    assert "We have it on paper." in told.text
    assert token_in(review) not in told.text
    assert "op@hub.example" not in told.text


@pytest.mark.parametrize("leads", [_POLISH, "Wysłane z telefonu\n"])
def test_the_examples_in_our_letter_decide_nothing(hub: DeskHub, leads: str) -> None:
    review = to(deposit(hub, "", ("guide.pdf", GUIDE)), "op@hub.example")
    hub.reply(review, f"Next week.\n\n{leads}\n{review.text}", sender="op@hub.example")
    assert CardStore(hub.config, "papers").rows() == []
    four = "Title: Heat\nDate: 2025\nCountry: KE\nLanguage: en\naccept"
    hub.reply(review, f"{four}\n\n{_POLISH}\n{review.text}", sender="op@hub.example")
    assert len(CardStore(hub.config, "papers").rows()) == 1


def test_corrected_by_its_sender_and_by_the_reviewer(hub: DeskHub) -> None:
    answer = to(deposit(hub, "", ("guide.pdf", GUIDE)), "ana@union.example")
    mails = hub.reply(answer, "Titre: Chaleur\nDate: 2025-07")
    assert "Title: Chaleur" in to(mails, "ana@union.example").text
    review = to(mails, "op@hub.example")
    hub.reply(review, "Country: KE\naccept", sender="op@hub.example")
    (row,) = CardStore(hub.config, "papers").rows()
    entry = CardStore(hub.config, "papers").read(row.key)
    assert (entry.title_in(""), entry.date.issued, entry.countries) == (
        "Chaleur",
        "2025-07",
        ("KE",),
    )


@pytest.mark.parametrize("days", [0, 15])
def test_a_correction_that_comes_too_late_is_told_so(hub: DeskHub, days: int) -> None:
    mails = deposit(hub, "", ("guide.pdf", GUIDE))
    if not days:
        hub.reply(to(mails, "op@hub.example"), "accept", sender="op@hub.example")
    hub.now += timedelta(days=days)
    hub.work()
    (told,) = hub.reply(to(mails, "ana@union.example"), "Title: Chaleur")
    assert told.to[0].addr_spec == "ana@union.example"
    assert told.subject == "Nothing left to confirm"


def test_what_is_not_understood_publishes_nothing(hub: DeskHub) -> None:
    review = to(deposit(hub, "", ("guide.pdf", GUIDE)), "op@hub.example")
    (told,) = hub.reply(review, "Date: last year\naccept", sender="op@hub.example")
    assert "could not be understood" in told.text
    assert CardStore(hub.config, "papers").rows() == []


def test_without_proof_the_sender_answers_first(hub: DeskHub) -> None:
    """Member or not: nothing is read, and nothing is said of who may hand in, before the yes."""
    for sender in ("eve@other.example", "ana@union.example"):
        (asked,) = deposit(hub, "", ("guide.pdf", GUIDE), sender=sender, proven=False)
        assert asked.to[0].addr_spec == sender
        assert "cannot see whether it is" in " ".join(asked.text.split())
        (empty,) = deposit(hub, "", sender=sender, proven=False)
        assert "There was no file" in " ".join(empty.text.split())
        assert list(Deposits(hub.config).all()) == []
        hub.reply(asked, "", sender=sender, proven=False)
        with clock.fixed(hub.now):
            ingest(hub.config, once=True, log=maillog.to_nobody())
        letters = [parse(one.raw) for one in hub.work()]
        told = {one.to[0].addr_spec for one in letters}
        assert ("op@hub.example" in told) is (sender == "ana@union.example")


def test_only_members_unless_the_library_says_else(hub: DeskHub) -> None:
    (told,) = deposit(hub, "", ("guide.pdf", GUIDE), sender="eve@other.example")
    assert "Only people who are on one of our lists" in " ".join(told.text.split())
    assert "To join one, send an empty mail to:" in " ".join(told.text.split())
    assert "water-join@hub.example" in told.text
    assert "board" not in told.text, "nobody is told of a list of members"
    assert list(Deposits(hub.config).all()) == []
    assert settings.DEPOSIT == ("members", "open", "curators")


def test_the_same_file_twice(hub: DeskHub) -> None:
    review = to(deposit(hub, "", ("guide.pdf", GUIDE)), "op@hub.example")
    (waiting,) = deposit(hub, "", ("again.pdf", GUIDE))
    assert "has this file already" in waiting.text
    hub.reply(review, "accept", sender="op@hub.example")
    (told,) = deposit(hub, "", ("third.pdf", GUIDE))
    (row,) = CardStore(hub.config, "papers").rows()
    assert f"lib:{row.key}" in told.text


@pytest.mark.parametrize(
    ("name", "octets", "said"),
    [
        ("virus.exe", b"MZ\0\0", "could not take this file"),
        ("half.pdf", GUIDE[:600], "could not be read"),
        ("empty.pdf", b"", "could not take this file"),
        ("locked.pdf", samples.locked_pdf(), "need a password"),
        ("letter.pdf", b"Dear all,\nno PDF.\n\0\1\2", "could not take this file"),
        ("thick.pdf", samples.pdf(5000), "it is a scan"),
    ],
)
def test_bad_files_are_named(hub: DeskHub, name: str, octets: bytes, said: str) -> None:
    told = to(deposit(hub, "", (name, octets)), "ana@union.example")
    assert said in " ".join(told.text.split())
    assert name in told.text


def test_six_scripts_and_a_path_for_a_name(hub: DeskHub) -> None:
    title = "Heat Жара الحر 暑さ ความร้อน θερμότητα"
    mails = deposit(hub, f"Title: {title}", ("../../etc/гид.pdf", GUIDE))
    answer = to(mails, "ana@union.example")
    assert f"Title: {title}" in answer.text
    (one,) = Deposits(hub.config).all()
    assert one.entry.title_in("") == title
    assert all("/" not in file.name for file in one.entry.files)


def test_reminded_and_ended(hub: DeskHub) -> None:
    deposit(hub, "", ("guide.pdf", GUIDE))
    hub.now += timedelta(days=3)
    (again,) = hub.work()
    assert again.envelope.rcpt_tos == ("op@hub.example",)
    assert hub.work() == []
    hub.now += timedelta(days=12)
    assert [one.envelope.rcpt_tos for one in hub.work()] == [("ana@union.example",)]
    hub.now += timedelta(days=15)
    assert hub.work() == []
    assert list(Deposits(hub.config).all()) == []


@pytest.mark.parametrize("who", ["sender", "reviewer"])
def test_what_was_changed_or_asked_for_late_waits_as_long_as_at_first(
    hub: DeskHub, who: str
) -> None:
    mails = deposit(hub, "", ("guide.pdf", GUIDE))
    answer, review = to(mails, "ana@union.example"), to(mails, "op@hub.example")
    hub.now += timedelta(days=13)
    hub.work()
    if who == "sender":
        again = to(hub.reply(answer, "Title: Heat"), "op@hub.example")
    else:
        hub.reply(review, "ask\nWhich year?", sender="op@hub.example")
        again = review
    for days in (3, 7):
        hub.now += timedelta(days=days)
        (reminded,) = hub.work()
        assert reminded.envelope.rcpt_tos == ("op@hub.example",)
    if who == "reviewer":
        again = parse(reminded.raw)
    hub.reply(again, "accept", sender="op@hub.example")
    (row,) = CardStore(hub.config, "papers").rows()
    assert CardStore(hub.config, "papers").read(row.key).provenance.reviewed_by == "operator"


def test_who_handed_in_hears_the_end_however_long_the_hub_was_off(hub: DeskHub) -> None:
    deposit(hub, "", ("guide.pdf", GUIDE))
    hub.now += timedelta(days=40)
    assert [one.envelope.rcpt_tos for one in hub.work()] == [("ana@union.example",)]
    hub.now += timedelta(hours=1)
    assert hub.work() == []
    assert list(Deposits(hub.config).all()) == []


def test_a_decision_that_comes_too_late_is_told_so(hub: DeskHub) -> None:
    review = to(deposit(hub, "", ("guide.pdf", GUIDE)), "op@hub.example")
    hub.now += timedelta(days=15)
    hub.work()
    (late,) = hub.reply(review, "accept", sender="op@hub.example")
    assert "It was too late for an answer." in late.text
    assert "decided already" not in late.text


def test_a_deposit_of_a_time_that_was_ahead_is_told_reminded_of_and_ends(hub: DeskHub) -> None:
    years = timedelta(days=4000)
    hub.now += years
    deposit(hub, "", ("guide.pdf", GUIDE))
    hub.now -= years
    for days in (0, 3):
        hub.now += timedelta(days=days)
        (again,) = hub.work()
        assert again.envelope.rcpt_tos == ("op@hub.example",)
        assert hub.work() == []
    hub.now += timedelta(days=12)
    assert [one.envelope.rcpt_tos for one in hub.work()] == [("ana@union.example",)]
    hub.now += timedelta(days=15)
    assert hub.work() == []
    assert list(Deposits(hub.config).all()) == []


def test_a_clock_that_is_far_ahead_ends_no_deposit(
    hub: DeskHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    timekeeper.made(monkeypatch)
    deposit(hub, "", ("guide.pdf", GUIDE))
    deposit(hub, "Please take it.", ("virus.exe", b"MZ\0\0"))
    start = hub.now
    hub.now = timekeeper.FAR
    hub.work()
    hub.now = start + timedelta(hours=1)
    hub.work()
    (one,) = Deposits(hub.config).all()
    assert one.facts.state == WAITING
    assert list(hub.config.private.glob("deposits/refused/*/mail.eml"))


def test_programs_are_not_answered(hub: DeskHub) -> None:
    fields = [MULTI, "Auto-Submitted: auto-generated"]
    assert hub.ask("papers+deposit", body("", ("guide.pdf", GUIDE)), fields=fields) == []
    assert list(Deposits(hub.config).all()) == []


def test_a_zip_bomb_is_named_and_harms_nobody(hub: DeskHub) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"<a>" + b" " * (300 << 20))
    told = to(deposit(hub, "", ("bomb.docx", target.getvalue())), "ana@union.example")
    assert "bomb.docx" in told.text
    assert "could not be read" in " ".join(told.text.split())


def settled(hub: DeskHub, **said: object) -> None:
    """Changes library.yaml."""
    repo = open_repo(hub.config.library_repo("papers"))
    with Reader(repo) as reader:
        before = settings.decode(reader.at(MAIN, settings.FILE) or b"")
    blob = settings.encode(replace(before, **said))  # type: ignore[arg-type]
    write_once(repo, [Change(settings.FILE, blob)], message="Change", when=NOW)


@pytest.mark.parametrize("named", ["2", "bea@union.example"])
@pytest.mark.parametrize("how", ["disabled", "removed", "banned"])
def test_a_curator_who_cannot_decide_any_more_keeps_no_document_to_himself(
    hub: DeskHub, how: str, named: str
) -> None:
    hub.member(2, "bea@union.example", "water")
    settled(hub, curators=(named,))
    first = to(deposit(hub, "", ("guide.pdf", GUIDE)), "bea@union.example")
    made = rosterevents.state(2, how, at=hub.now, by="op")
    if how == "banned":
        made = rosterevents.standing("*", "bea@union.example", how, at=hub.now, by="op")
    hub.note(made)
    mails = deposit(hub, "", ("other.pdf", other_pdf(GUIDE, 2)))
    assert {mail.to[0].addr_spec for mail in mails} == {"ana@union.example", "op@hub.example"}
    if how != "disabled":
        hub.reply(first, "accept", sender="bea@union.example")
        assert CardStore(hub.config, "papers").rows() == []


@pytest.mark.parametrize("named", ["Bea@Union.Example", "bea@UNION.example"])
def test_a_curator_is_known_however_the_address_is_written(hub: DeskHub, named: str) -> None:
    hub.member(2, "bea@union.example", "water")
    settled(hub, curators=(named,))
    review = to(deposit(hub, "", ("guide.pdf", GUIDE)), "bea@union.example")
    hub.reply(review, "accept", sender="bea@union.example")
    assert len(CardStore(hub.config, "papers").rows()) == 1


def test_five_thousand_pages_are_counted(hub: DeskHub) -> None:
    deposit(hub, "", ("thick.pdf", samples.pdf(5000)))
    (one,) = Deposits(hub.config).all()
    assert one.entry.files[0].pages == 5000


def test_a_truncated_pdf_is_kept_as_it_came(hub: DeskHub) -> None:
    deposit(hub, "", ("half.pdf", GUIDE[: len(GUIDE) // 2]))
    (one,) = Deposits(hub.config).all()
    assert one.entry.files[0].size == len(GUIDE) // 2


def dressed(html: str, *files: tuple[str, bytes]) -> str:
    """A mail whose text shows a logo, as mail programs write it, before the files."""
    logo = base64.encodebytes(PIXEL).decode()
    text = (
        '--b\nContent-Type: multipart/related; boundary="r"\n\n'
        f"--r\nContent-Type: text/html; charset=utf-8\n\n{html}\n"
        "--r\nContent-Type: image/png; name=logo.png\nContent-ID: <logo@union.example>\n"
        f"Content-Transfer-Encoding: base64\n\n{logo}--r--\n"
    )
    return text + body("", *files).partition("\n\n\n")[2]


def test_a_logo_below_the_text_is_not_the_document(hub: DeskHub) -> None:
    mail = dressed("<p>Please</p><img src=cid:logo@union.example>", ("guide.pdf", GUIDE))
    hub.ask("papers+deposit", mail, fields=[MULTI], subject="Heat at work")
    (found,) = Deposits(hub.config).all()
    assert [(one.name, one.role) for one in found.entry.files][:2] == [
        ("guide.pdf", "main"),
        ("logo.png", "annex"),
    ]


def test_a_logo_below_the_text_makes_no_document_of_a_correction(hub: DeskHub) -> None:
    draft = Entry("", "manual", {"en": "Guide"}, languages=("en",))
    card = CardStore(hub.config, "papers").add(draft, when=NOW).entry
    mail = dressed(f"<p>Card: {card.id}</p><p>Title: Hot</p>")
    hub.ask("papers+deposit", mail, fields=[MULTI], subject="Mend")
    (found,) = Deposits(hub.config).all()
    assert (found.facts.corrects, found.entry.title_in("en")) == (card.key, "Hot")


def test_the_same_file_comes_otherwise_meanwhile(hub: DeskHub) -> None:
    review = to(deposit(hub, "", ("guide.pdf", GUIDE)), "op@hub.example")
    store = CardStore(hub.config, "papers")
    draft = Entry("", "manual", {"en": "Guide"}, languages=("en",))
    added = store.add(draft, [Incoming("guide.pdf", GUIDE)], when=NOW).entry
    mails = hub.reply(review, "accept", sender="op@hub.example")
    for reader in ("op@hub.example", "ana@union.example"):
        assert added.id in to(mails, reader).text
    assert [row.key for row in store.rows()] == [added.key]
    assert "decided already" in hub.reply(review, "accept", sender="op@hub.example")[0].text


def test_an_open_library_takes_from_everybody(hub: DeskHub) -> None:
    settled(hub, deposit="open")
    mails = deposit(hub, "", ("guide.pdf", GUIDE), sender="eve@other.example")
    assert to(mails, "op@hub.example")
    assert "kept your document" in to(mails, "eve@other.example").text


def test_curators_alone(hub: DeskHub) -> None:
    hub.member(2, "cy@union.example")
    settled(hub, deposit="curators", curators=("2",))
    (told,) = deposit(hub, "", ("guide.pdf", GUIDE))
    assert "was not taken" in told.subject
    mails = deposit(hub, "", ("guide.pdf", GUIDE), sender="cy@union.example")
    assert {mail.to[0].addr_spec for mail in mails} == {"cy@union.example"}


def test_a_closed_library_tells_strangers_no_card(hub: DeskHub) -> None:
    settled(hub, deposit="open", visibility="members")
    draft = Entry("", "manual", {"en": "Guide"}, languages=("en",))
    files = [Incoming("guide.pdf", GUIDE)]
    added = CardStore(hub.config, "papers").add(draft, files, when=NOW).entry
    (told,) = deposit(hub, "", ("guide.pdf", GUIDE), sender="eve@other.example")
    assert added.key not in told.text
    assert added.key in deposit(hub, "", ("guide.pdf", GUIDE))[0].text


_SAID = {
    "title": "Pay",
    "author": "Otieno, Grace",
    "organisation": "LMW",
    "date": "2025-11",
    "language": "sw",
    "type": "manual",
    "subject": "wages",
    "country": "KE",
    "abstract": "Boots.",
    "licence": "CC-BY-4.0",
    "access": "members",
    "replaces": "lib:2022-h6ye4qvr",
}


@pytest.mark.parametrize("lang", ["en", "fr", "es", "pt", "ar", "ru"])
def test_keys_in_each_language(hub: DeskHub, lang: str) -> None:
    rows = [f"{vocabulary.shown(depositform.KEYS, key, lang)}: {v}" for key, v in _SAID.items()]
    deposit(hub, "\n".join(rows), ("guide.pdf", GUIDE), subject="")
    (one,) = Deposits(hub.config).all()
    assert depositform.shown(one.entry) == _SAID
    assert one.facts.guesses == ()


@pytest.mark.parametrize(
    ("row", "access"),
    [
        ("Accès: membres", "members"),
        ("Acceso: abierto", "open"),
        ("Acesso: membros", "members"),
        ("الوصول: الأعضاء", "members"),
        ("Доступ: эмбарго 2027-01", "embargo 2027-01"),
    ],
)
def test_access_in_other_languages(hub: DeskHub, row: str, access: str) -> None:
    deposit(hub, row, ("guide.pdf", GUIDE))
    (one,) = Deposits(hub.config).all()
    assert depositform.shown(one.entry)["access"] == access


def limited(hub: DeskHub, **said: int) -> None:
    hub.config = replace(hub.config, limits=replace(hub.config.limits, **said))


def test_a_day_s_deposits(hub: DeskHub) -> None:
    limited(hub, deposits_a_day=2)
    for number in range(2):
        deposit(hub, "", ("guide.pdf", other_pdf(GUIDE, number)))
    for more in (3, 4):  # nobody takes silence for a yes
        (told,) = deposit(hub, "", ("guide.pdf", other_pdf(GUIDE, more)))
        assert "send it again tomorrow" in " ".join(told.text.split())
    assert len(list(Deposits(hub.config).all())) == 2
    hub.now += timedelta(days=1)
    assert to(deposit(hub, "", ("guide.pdf", other_pdf(GUIDE, 5))), "ana@union.example")


def test_what_others_send_in_her_name_does_not_count_for_her(hub: DeskHub) -> None:
    limited(hub, deposits_a_day=1)
    deposit(hub, "", ("guide.pdf", GUIDE), proven=False)
    assert (
        "kept your document"
        in to(deposit(hub, "", ("guide.pdf", other_pdf(GUIDE, 1))), "ana@union.example").text
    )


def test_corrections_have_their_limit(hub: DeskHub) -> None:
    limited(hub, deposits_a_day=2)
    answer = to(deposit(hub, "", ("guide.pdf", GUIDE)), "ana@union.example")
    for title in ("One", "Two"):
        assert (
            f"Title: {title}"
            in to(hub.reply(answer, f"Title: {title}"), answer.to[0].addr_spec).text
        )
    (told,) = hub.reply(answer, "Title: Three")
    assert "tomorrow" in told.text
    (one,) = Deposits(hub.config).all()
    assert one.entry.title_in("") == "Two"


def test_a_large_file_is_told_its_limit(hub: DeskHub) -> None:
    limited(hub, library_push_bytes=1 << 20)
    (told,) = deposit(hub, "", ("big.pdf", GUIDE + b"\n" * (1 << 20)))
    assert "a file may have 1 MB" in " ".join(told.text.split())
    assert "big.pdf" in told.text


def test_more_files_than_are_taken_are_named(hub: DeskHub) -> None:
    files = [(f"{number}.txt", b"Pay %d" % number) for number in range(22)]
    told = to(deposit(hub, "", *files), "ana@union.example")
    assert "20 files from one mail" in " ".join(told.text.split())
    assert "20.txt" in told.text
    assert "21.txt" in told.text


def test_a_mail_whose_files_are_all_refused_is_kept_for_14_days(hub: DeskHub) -> None:
    (told,) = deposit(hub, "Please take it.", ("virus.exe", b"MZ\0\0"))
    assert "keep your mail for 14 days" in " ".join(told.text.split())
    (kept,) = hub.config.private.glob("deposits/refused/*/mail.eml")
    assert b"Please take it." in kept.read_bytes()
    assert kept.stat().st_mode & 0o77 == 0
    hub.now += timedelta(days=13)
    hub.work()
    assert kept.exists()
    hub.now += timedelta(days=2)
    hub.work()
    assert not kept.parent.exists()


def test_files_are_read_once(hub: DeskHub, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def counted(file: Incoming) -> Looked:
        read.append(file.name)
        return look(file)

    monkeypatch.setattr(depositing, "look", counted)
    deposit(hub, "", ("virus.exe", b"MZ\0\0"))
    deposit(hub, "", ("guide.pdf", GUIDE))
    assert read == ["virus.exe", "guide.pdf"]


def test_a_line_that_is_not_understood_is_shown_as_it_was(hub: DeskHub) -> None:
    told = to(deposit(hub, "Date: last year", ("guide.pdf", GUIDE)), "ana@union.example")
    assert "    Date: last year\n" in told.text
    told = to(hub.reply(told, "Country: Kennya"), "ana@union.example")
    assert "    Country: Kennya\n" in told.text
    assert "Write its name, or its two-letter code" in " ".join(told.text.split())


@pytest.mark.parametrize(
    ("row", "codes"),
    [
        ("Country: Ireland", ("IE",)),
        ("Country: England", ("GB",)),
        ("Pays : Irlande; ke", ("IE", "KE")),
        ("País: Corea del Sur, Côte d’Ivoire", ("KR", "CI")),
        ("País: Quênia", ("KE",)),
        ("البلد: كينيا، مصر", ("KE", "EG")),
        ("Страна: Кения", ("KE",)),
    ],
)
def test_countries_may_be_named_in_six_languages(
    hub: DeskHub, row: str, codes: tuple[str, ...]
) -> None:
    deposit(hub, row, ("guide.pdf", GUIDE))
    (one,) = Deposits(hub.config).all()
    assert one.entry.countries == codes


def test_a_guess_ends_with_its_sentence() -> None:
    found = depositguesses.guesses("The Lakeside Workers' Union. Second edition\n", "x", "", NOW)
    assert found["organisation"] == "The Lakeside Workers' Union"


def test_reviewers_get_the_document_itself_and_its_text(hub: DeskHub) -> None:
    review = to(deposit(hub, "", ("guide.pdf", GUIDE)), "op@hub.example")
    document, text = review.attachments
    assert document.name == "guide.pdf"
    assert document.payload.startswith(b"%PDF"), "as it will be published"
    assert text.type == "text/plain"
    assert text.payload.strip()
    assert "It begins:" in review.text


def test_a_document_too_large_for_a_mail_is_a_link(
    hub: DeskHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("solicomm_build.features.library.deposits.depositenclosed.MOST_OCTETS", 10)
    review = to(deposit(hub, "", ("guide.pdf", GUIDE)), "op@hub.example")
    assert [part.type for part in review.attachments] == ["text/plain"]
    assert "Too large for a mail" in review.text
    assert "guide.pdf (" in review.text
    assert re.search(r"^ +https?://\S+/deposits/2026-[a-z2-7]{8}/[a-z2-7]{26}$", review.text, re.M)


def test_a_copy_takes_nothing_and_says_where_its_home_is(hub: DeskHub) -> None:
    home = Home("a-aaaaaaaa", "Water", "https://a.example/libraries/papers/")
    elsewhere.write(hub.config, {"libraries/papers": home})
    (mail,) = deposit(hub, "", ("guide.pdf", GUIDE))
    assert "https://a.example/libraries/papers/" in mail.text
    assert "Water" in mail.text
    assert not [*Deposits(hub.config).all()]
    assert deposit(hub, "", ("guide.pdf", GUIDE), subject="Again") == []
