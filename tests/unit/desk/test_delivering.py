"""The e-library by mail: documents, their text, what there is; and to whom nothing goes."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.cleaning import child
from solicomm_build.features.founding.founding import new_library
from solicomm_build.features.library import library as settings
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.cards.entry import Entry, Rights
from solicomm_build.features.library.cards.shelving import Incoming
from solicomm_build.foundation import data
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.people import rosterevents
from solicomm_build.testing import searching
from solicomm_build.testing.deskhub import NOW, DeskHub
from solicomm_build.testing.knowing import other_pdf

SAMPLE = data.folder("content") / "libraries/agreements/entries"
GUIDE = (SAMPLE / "2026-r6me3tkc/heat-pocket-guide.pdf").read_bytes()

_PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def hub(tmp_path: Path) -> DeskHub:
    made = DeskHub(tmp_path / "hub")
    new_library(made.config, "papers", title="Papers", lang="en")
    made.member(1, "ana@union.example", "water")
    return made


def add(hub: DeskHub, title: str = "Heat guide", octets: bytes = GUIDE, **rights: str) -> str:
    draft = Entry(
        "",
        "manual",
        {"en": title},
        languages=("en",),
        subjects=("free:heat",),
        rights=Rights(**{"access": "open", **rights}),
    )
    store = CardStore(hub.config, "papers")
    return store.add(draft, [Incoming("guide.pdf", octets)], when=NOW).entry.id


def test_a_document_byte_for_byte(hub: DeskHub) -> None:
    (mail,) = hub.ask("papers-request", f"get {add(hub)}")
    assert mail.attachments[0].payload == child.clean(GUIDE).octets
    assert mail.field("Auto-Submitted") == "auto-replied"


def test_its_text_and_a_page_of_it(hub: DeskHub) -> None:
    one = add(hub)
    (whole,) = hub.ask("papers+get", f"get {one} text")
    (page,) = hub.ask("papers+get", f"get {one} page 2")
    assert page.attachments[0].payload in whole.attachments[0].payload
    assert 0 < len(page.attachments[0].payload) < len(whole.attachments[0].payload)


@pytest.mark.parametrize("access", ["open", "members"])
def test_the_book_of_a_text(hub: DeskHub, access: str) -> None:
    draft = Entry(
        "", "manual", {"en": "Rest breaks"}, languages=("en",), rights=Rights("", access=access)
    )
    text = b"# Rest breaks\n\n## Tea\n\nTen minutes.\n\n![a pot](pot.png)\n"
    pot = base64.b64decode(_PIXEL)
    files = [Incoming("breaks.md", text), Incoming("pot.png", pot, "annex")]
    entry = CardStore(hub.config, "papers").add(draft, files, when=NOW).entry
    (mail,) = hub.ask("papers-request", f"get {entry.id} epub")
    (book,) = mail.attachments
    assert book.name == "breaks.epub"
    with zipfile.ZipFile(io.BytesIO(book.payload)) as opened:
        assert opened.read("mimetype") == b"application/epub+zip"
        whole = b"".join(map(opened.read, opened.namelist()))
    assert b"Ten minutes." in whole
    assert pot in whole


def test_no_book_of_a_pdf(hub: DeskHub) -> None:
    (mail,) = hub.ask("papers-request", f"get {add(hub)} epub")
    assert "no such file" in mail.text


def test_find_new_list(hub: DeskHub) -> None:
    one = add(hub)
    for asked in ("find heat GUIDE", "new since 2026-03", "list subject heat", "list"):
        (mail,) = hub.ask("library+get", asked)
        assert one in mail.text
    (none,) = hub.ask("library+get", "find zebra")
    assert "nothing like that" in none.text


@pytest.mark.parametrize(
    "words", ["collective bargaining", "subject collective bargaining", "Négociation collective"]
)
def test_a_subject_of_two_words_in_any_language_is_listed(hub: DeskHub, words: str) -> None:
    draft = Entry(
        "",
        "report",
        {"en": "Pay"},
        languages=("en",),
        subjects=("ilo-taxonomy:collective-bargaining",),
    )
    one = CardStore(hub.config, "papers").add(draft, when=NOW).entry.id
    (mail,) = hub.ask("library+get", f"list {words}")
    assert one in mail.text


def test_find_looks_into_texts_the_best_first(hub: DeskHub) -> None:
    one, two = add(hub), add(hub, "Boots", other_pdf(GUIDE, 1))
    new = add(hub, "Zinc gloves", other_pdf(GUIDE, 2))
    texts = {one: "Zinc. " + "Other words. " * 99, two: "Zinc and zinc, zinc."}
    documents = [
        searching.document(text, "A card", "", place="libraries/papers", url=f"{key[4:]}/", time=1)
        for key, text in texts.items()
    ]
    elsewhere = searching.document("zinc", "No", "", place="libraries/other", url="x/", time=1)
    root = hub.config.public / "search" / "index"
    for path, data_ in searching.files_of([*documents, elsewhere]).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data_)
    (mail,) = hub.ask("papers-request", "find zinc")
    places = [mail.text.index(f"{key}  ") for key in (two, one, new)]
    assert places == sorted(places)
    assert mail.text.count(f"{two}  ") == 1
    (none,) = hub.ask("papers-request", "find zinc zebra")
    assert "nothing like that" in none.text


def test_a_limit_is_remembered_and_the_text_comes(hub: DeskHub) -> None:
    one = add(hub, octets=other_pdf(GUIDE, 1, 120_000))
    hub.ask("papers-request", "limit 60k")
    mails = hub.ask("papers-request", f"get {one}")
    assert [a.name for mail in mails for a in mail.attachments] == ["guide.txt"]
    assert "larger than a mail to you may be" in " ".join(mails[-1].text.split())


def test_members_only_and_embargo(hub: DeskHub) -> None:
    one = add(hub, access="members")
    (told,) = hub.ask("papers-request", f"get {one}", sender="eve@other.example")
    assert "on our lists only" in told.text
    assert not told.attachments
    assert hub.ask("papers-request", f"get {one}")[0].attachments
    late = add(hub, octets=other_pdf(GUIDE, 1), access="embargo", until="2027-01")
    (told,) = hub.ask("papers-request", f"get {late}")
    assert "2027-01" in told.text
    assert not told.attachments


@pytest.mark.parametrize(("place", "count"), [("*", 0), ("water", 0), ("board", 1)])
def test_who_is_banned_is_no_member_there(hub: DeskHub, place: str, count: int) -> None:
    one = add(hub, access="members")
    ban = rosterevents.standing(place, "ana@union.example", "banned", at=hub.now, by="test")
    hub.note(ban)
    (told,) = hub.ask("papers-request", f"get {one}")
    assert len(told.attachments) == count


def test_who_looks_after_a_list_gets_documents_though_the_domain_is_banned(hub: DeskHub) -> None:
    one = add(hub, access="members")
    number = hub.roster.member("ana@union.example").number  # type: ignore[union-attr]
    hub.note(rosterevents.role("water", number, "moderator", at=hub.now, by="test"))
    hub.note(rosterevents.standing("*", "@union.example", "banned", at=hub.now, by="test"))
    (told,) = hub.ask("papers-request", f"get {one}")
    assert told.attachments


def test_without_proof_the_address_is_asked_once_a_day(hub: DeskHub) -> None:
    one = add(hub)
    (ask,) = hub.ask("papers-request", f"get {one}", proven=False)
    assert not ask.attachments
    assert hub.ask("papers-request", f"get {one} text", proven=False) == []
    (mail,) = hub.reply(ask, proven=False)
    assert mail.attachments[0].payload == child.clean(GUIDE).octets


def test_a_yes_that_comes_twice_or_too_late_is_told_so(hub: DeskHub) -> None:
    (ask,) = hub.ask("papers-request", f"get {add(hub)}", proven=False)
    hub.reply(ask, proven=False)
    (again,) = hub.reply(ask, proven=False)
    hub.now += timedelta(days=9)
    (late,) = hub.reply(ask, proven=False)
    assert again.subject == late.subject == "Nothing left to confirm"
    assert not again.attachments


def test_everything_is_refused_and_each_time_said(hub: DeskHub) -> None:
    for _ in range(2):
        (told,) = hub.ask("papers-request", "get all", sender="eve@other.example")
        assert "do not come by mail" in told.text


def test_a_day_s_octets(hub: DeskHub) -> None:
    limits = replace(hub.config.limits, delivery_bytes=len(child.clean(GUIDE).octets) + 10)
    hub.config = replace(hub.config, limits=limits)
    one = add(hub)
    assert hub.ask("papers-request", f"get {one}")[0].attachments
    (told,) = hub.ask("papers-request", f"get {one} file guide.pdf")
    assert "as much by mail today" in " ".join(told.text.split())


def test_programs_and_lists_are_not_answered(hub: DeskHub) -> None:
    for one in ("Auto-Submitted: auto-replied", "List-Id: <x>", "Precedence: bulk"):
        assert hub.ask("papers-request", "list", fields=[one]) == []


def test_help(hub: DeskHub) -> None:
    (mail,) = hub.ask("papers-request", "what is this?")
    assert "papers-deposit@hub.example" in mail.text


def test_the_hub_s_own_address_finds_the_library(hub: DeskHub) -> None:
    new_library(hub.config, "archive", title="Archive", lang="en")
    (mail,) = hub.ask("solicomm", f"get {add(hub)}")
    assert mail.attachments[0].payload == child.clean(GUIDE).octets
    (help_,) = hub.ask("solicomm", "help")
    assert not help_.attachments


def closed(hub: DeskHub) -> None:
    """Makes the library one for members."""
    repo = open_repo(hub.config.library_repo("papers"))
    with Reader(repo) as reader:
        said = (reader.at(MAIN, settings.FILE) or b"").decode()
    said = re.sub(r"(?m)^visibility:.*\n", "", said) + "visibility: members\n"
    write_once(repo, [Change(settings.FILE, said.encode())], message="Close it", when=NOW)


@pytest.mark.parametrize(
    "asked",
    [
        "find heat",
        "list",
        "list subject heat",
        "new since 2026-01",
        "get {}",
        "get {} text",
        "get lib:2026-aaaaaaaa",
        "get all",
        "help",
    ],
)
def test_a_library_for_members_shows_others_nothing(hub: DeskHub, asked: str) -> None:
    one = add(hub)
    closed(hub)
    (told,) = hub.ask("papers-request", asked.format(one), sender="eve@other.example")
    shown = f"{told.field('Subject')} {told.text}"
    assert "on our lists only" in shown
    assert "Heat guide" not in shown
    assert one not in shown
    assert not told.attachments
    if asked.startswith(("find", "list", "new")):
        assert one in hub.ask("papers-request", asked)[0].text


def test_a_library_whose_settings_are_broken_shows_others_nothing(hub: DeskHub) -> None:
    add(hub)
    repo = open_repo(hub.config.library_repo("papers"))
    write_once(repo, [Change(settings.FILE, b": [")], message="Break it", when=NOW)
    (told,) = hub.ask("papers-request", "list", sender="eve@other.example")
    assert "on our lists only" in told.text


def test_an_empty_answer_keeps_the_language_of_the_question(hub: DeskHub) -> None:
    (ask,) = hub.ask("papers-request", "aide", proven=False, fields=["Content-Language: fr"])
    (mail,) = hub.reply(ask, "", proven=False)
    assert "Bonjour" in mail.text
