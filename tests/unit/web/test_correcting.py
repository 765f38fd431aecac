"""A published card corrected, withdrawn and put back on its page; proposals of everybody else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.cards.entry import (
    Contributor,
    Creator,
    Dates,
    Entry,
    Relations,
    Rights,
)
from solicomm_build.features.library.correcting import cardedit
from solicomm_build.features.library.deposits import depositform
from solicomm_build.git import log
from solicomm_build.git.repo import open_repo
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.testing import member, smallhub, webserver
from solicomm_build.testing.webserver import ask
from solicomm_build.web import deskpost
from tests.unit.web.test_handin import ANA, Hub, Page, confirm, founded, to

BEN = "ben@union.example"
CARD = Entry(
    id="",
    type="report",
    title={"en": "Heat at work", "fr": "La chaleur au travail"},
    creators=(Creator("Otieno, Grace", registry="metal"), Creator("Lakeside", "org")),
    contributors=(Contributor("Paz, Ana", "translator"),),
    date=Dates("2025"),
    languages=("en", "sw"),
    abstract={"en": "What to do.", "fr": "Que faire."},
    rights=Rights("CC-BY-4.0", holder="Lakeside"),
    relations=Relations(related=("lib:2022-h6ye4qvr",), discussed_in=("conf:water",)),
    body="A note.\n",
)


class Desk(Hub):
    """The hub with one published card, and two members: Ana decides, Ben does not."""

    key = ""

    def signed_in(self, who: str) -> str:
        browser = member.signed_in(self.config, self.address, who)
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())

    @property
    def path(self) -> str:
        return f"/libraries/papers/{self.key}/correct/"

    def press(self, values: dict[str, str], path: str = "", **how: str) -> Page:
        body = urlencode(values).encode()
        kind = "application/x-www-form-urlencoded"
        target = path or self.path
        return Page(ask(self.address, target, method="POST", body=body, content_type=kind, **how))

    def card(self) -> Entry:
        return CardStore(self.config, "papers").read(self.key)

    def commits(self) -> int:
        repo = open_repo(self.config.library_repo("papers"))
        tip = repo.git("rev-parse", "HEAD").decode().strip()
        return len(log.commits_of(repo, tip, entries.path(self.key), 99))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    config = founded(tmp_path_factory.mktemp("hub"))
    at, consent = smallhub.BEGUN, Consent("owner", "test")
    smallhub.add_events(
        config,
        [
            rosterevents.member(2, BEN, at=at, consent=consent, name="Ben"),
            rosterevents.subscribe("water", 2, at=at, consent=consent),
        ],
    )
    with webserver.running(config) as address, pytest.MonkeyPatch.context() as patch:
        patch.setattr(deskpost, "PATIENCE", 0.0)  # the desk does not work beside the page
        made = Desk(address, config)
        made.rule(curators=(ANA,), deposit="open")
        yield made


@pytest.fixture(autouse=True)
def card(hub: Desk) -> None:
    """Each test has a card of its own."""
    store = CardStore(hub.config, "papers")
    hub.key = store.add(CARD, when=datetime(2026, 1, 2, tzinfo=UTC)).entry.key


@pytest.fixture(scope="module")
def ana(hub: Desk) -> str:
    return hub.signed_in(ANA)


@pytest.fixture(scope="module")
def ben(hub: Desk) -> str:
    return hub.signed_in(BEN)


def test_who_decides_corrects_every_field(hub: Desk, ana: str) -> None:
    page = hub.get(hub.path, cookie=ana)
    assert page.answer.status == 200
    assert {*cardedit.every_key(), "of", "mark"} <= set(page.values)
    new = {
        "title": "Heat",
        "titles": "fr: La chaleur\nes: Calor",
        "author": "Otieno, Grace; New, One",
        "organisation": "Lakeside; Riverside",
        "language": "English, French",
        "country": "Kenya",
        "publisher": "The union",
        "valid_to": "2027",
        "isbn": "978-0-00-000000-2",
        "replaces": "lib:2021-h6ye4qvr",
        "contributors": "editor: Paz, Ana",
        "body": "Another *note*.",
        "version": "2",
    }
    answer = hub.press({**page.values, **new, "do": "save"}, cookie=ana).answer
    assert answer.status == 303
    entry = hub.card()
    assert dict(entry.title) == {"en": "Heat", "fr": "La chaleur", "es": "Calor"}
    assert entry.creators[0] == CARD.creators[0], "who is on the card stays as there"
    assert [one.name for one in entry.creators if one.kind == "org"] == ["Lakeside", "Riverside"]
    assert (entry.languages, entry.countries) == (("en", "fr"), ("KE",))
    assert (entry.publisher, entry.date.valid_to, entry.version) == ("The union", "2027", 2)
    assert entry.relations.replaces == ("lib:2021-h6ye4qvr",)
    assert entry.relations.related == CARD.relations.related
    assert (entry.rights, entry.body) == (CARD.rights, "Another *note*.\n")
    assert entry.contributors == (Contributor("Paz, Ana", "editor"),)
    history = hub.get(answer.headers["location"], cookie=ana)
    assert "The card is corrected." in history.text
    assert "<del><bdi>Heat at work</bdi></del>" in history.text
    assert "Ana Paz" in history.text, "who decides sees who did it"


def test_what_is_not_touched_stays_octet_by_octet(hub: Desk, ana: str) -> None:
    before = entryfile.encode(hub.card())
    page = hub.get(hub.path, cookie=ana)
    answer = hub.press({**page.values, "do": "save"}, cookie=ana).answer
    assert answer.headers["location"].endswith("?said=same")
    assert entryfile.encode(hub.card()) == before
    hub.press({**page.values, "title": "New", "do": "save"}, cookie=ana)
    changed = entryfile.encode(hub.card()).replace(b"en: New", b"en: Heat at work")
    assert changed == before


def test_it_is_withdrawn_with_a_reason_and_comes_back_by_undo(
    hub: Desk, ana: str, ben: str
) -> None:
    before = entryfile.encode(hub.card())
    page = hub.get(hub.path, cookie=ana)
    sent = {"of": page.values["of"], "mark": page.values["mark"], "do": "withdraw"}
    assert hub.press(sent, cookie=ana).answer.status == 422, "a reason is asked for"
    answer = hub.press({**sent, "words": "Replaced <in> March"}, cookie=ana).answer
    assert (answer.status, hub.card().status) == (303, "withdrawn")
    assert "Replaced <in> March" in hub.card().body
    path = answer.headers["location"]
    history = hub.get(path, cookie=ana)
    assert "&lt;in&gt;" in history.text
    store = CardStore(hub.config, "papers")
    store.rows()  # as the next build does
    way = f'href="/libraries/papers/{hub.key}/history/"'
    assert "withdrawn" in hub.get("/members/", cookie=ana).text
    assert way in hub.get("/members/withdrawn/", cookie=ana).text
    assert hub.get("/members/withdrawn/", cookie=ben).answer.status == 404
    undo = {key: history.values[key] for key in ("of", "to", "mark")} | {"do": "back"}
    first = re.search(r'name="to" value="(\w+)"', history.text)
    assert first is not None
    assert hub.press({**undo, "to": first[1]}, path, cookie=ana).answer.status == 303
    assert entryfile.encode(hub.card()) == before
    store.rows()
    assert way not in hub.get("/members/withdrawn/", cookie=ana).text


def test_of_two_tabs_the_second_is_refused_with_what_the_first_did(hub: Desk, ana: str) -> None:
    tab = hub.get(hub.path, cookie=ana).values
    hub.press({**tab, "date": "2024", "do": "save"}, cookie=ana)
    count = hub.commits()
    page = hub.press({**tab, "title": "Mine", "do": "save"}, cookie=ana)
    assert (page.answer.status, hub.commits()) == (409, count)
    assert "Somebody else changed this card" in page.text
    assert "<del><bdi>2025</bdi></del> → <ins><bdi>2024</bdi></ins>" in page.text
    assert (page.values["title"], page.values["date"]) == ("Mine", "2024")
    assert hub.press({**page.values, "do": "save"}, cookie=ana).answer.status == 303
    assert (hub.card().title_in("en"), hub.card().date.issued) == ("Mine", "2024")
    stale = {"of": tab["of"], "mark": tab["mark"], "do": "withdraw", "words": "Old"}
    assert hub.press(stale, cookie=ana).answer.status == 409
    assert hub.card().status == "published"


def test_what_is_wrong_comes_back_with_all_that_was_written(hub: Desk, ana: str) -> None:
    page = hub.get(hub.path, cookie=ana)
    wrong = {"date": "soon", "title": "", "titles": "nonsense", "isbn": "x", "publisher": "<b>P"}
    again = hub.press({**page.values, **wrong, "do": "save"}, cookie=ana)
    assert again.answer.status == 422
    assert again.text.count('aria-invalid="true"') == 4
    assert {key: again.values[key] for key in wrong} == wrong
    assert "<b>P" not in again.text
    assert hub.commits() == 1


def test_the_word_about_it_is_there_when_somebody_has_signed_in_anew(
    hub: Desk, ana: str, ben: str
) -> None:
    values = hub.get(hub.path, cookie=ben).values
    words = "The date stands on its last page."
    again = hub.press({**values, "mark": "0" * 26, "words": words, "do": "propose"}, cookie=ben)
    assert again.answer.status == 403
    assert again.values["words"] == words
    gone = {"of": values["of"], "mark": "0" * 26, "words": words, "do": "withdraw"}
    assert hub.press(gone, cookie=ana).values["words"] == words


def test_what_was_typed_is_there_when_the_session_has_ended(hub: Desk) -> None:
    hub.rule(curators=(ANA,), visibility="members")
    for path in (hub.path, hub.path.replace(hub.key, "2020-aaaaaaaa")):
        seen = hub.press({"words": "Page seven is missing", "do": "save"}, path)
        assert seen.answer.status == 403
        assert "Page seven is missing</textarea>" in seen.text, path
    hub.rule(curators=(ANA,), deposit="open")


def test_nobody_else_writes(hub: Desk, ana: str, ben: str) -> None:
    values = hub.get(hub.path, cookie=ana).values
    before, waiting = hub.commits(), hub.waiting()
    taken = {**values, "title": "Taken over", "do": "save"}
    assert hub.press(taken).answer.status == 422, "a stranger's form is a proposal without a name"
    assert hub.press(taken, cookie=ben).answer.status == 403, "the mark is another's"
    forged = {key: value for key, value in taken.items() if key != "mark"}
    assert hub.press(forged, cookie=ana).answer.status == 403
    assert hub.press(taken, cookie=ana, origin="https://evil.example").answer.status == 403
    history = hub.path.replace("correct", "history")
    for cookie in ({}, {"cookie": ben}):
        assert hub.get(history, **cookie).answer.status == 404
        back = {"of": values["of"], "to": values["of"], "do": "back"}
        assert hub.press(back, history, **cookie).answer.status == 404
    assert (hub.commits(), hub.waiting()) == (before, waiting)


def test_there_is_nothing_to_correct_where_nothing_is_shown(hub: Desk, ana: str) -> None:
    hub.config.public.mkdir(exist_ok=True)
    (hub.config.public / "index.html").write_text("<p>home</p>")
    nothing = hub.get("/libraries/papers/2020-aaaaaaaa/correct/").text
    store = CardStore(hub.config, "papers")
    for card in (hub.key, "2020-aaaaaaaa", "..%2f", "x"):
        answer = hub.get(f"/libraries/none/{card}/correct/")
        assert answer.answer.status == 404
    store.withdraw(hub.key, "", when=smallhub.BEGUN)
    assert hub.get(hub.path).text == nothing
    assert hub.get(hub.path, cookie=ana).answer.status == 200
    hub.rule(curators=(ANA,), visibility="members")
    assert hub.get(hub.path.replace(hub.key, "2020-aaaaaaaa")).text == nothing
    hub.rule(curators=(ANA,), deposit="open")


def test_anybody_proposes_and_who_decides_presses_once(hub: Desk) -> None:
    page = hub.get(hub.path)
    assert "words" in page.values
    assert "titles" not in page.values
    sent = {**page.values, "do": "propose", "title": "Heat <b>", "name": "Eve", "email": BEN}
    wrong = hub.press({**sent, "title": page.values["title"]})
    assert (wrong.answer.status, wrong.values["name"]) == (422, "Eve"), "nothing is different"
    sent["language"] = "English, French"
    told = hub.press({**sent, "words": "Page 1 says so"})
    assert (told.answer.status, BEN in told.text) == (200, True)
    (question,) = hub.mails()
    assert hub.deposits() == [], "nothing is kept before it is proved whose it is"
    assert confirm(hub, question).status == 200
    mails = hub.mails()
    review = to(mails, ANA)
    assert "Title: Heat at work → Heat <b>" in review.text
    assert "Page 1 says so" in review.text
    assert "the card is not changed yet" in to(mails, BEN).text
    path = re.search(r"/review/[a-z2-7]{26}", review.text)
    assert path is not None
    shown = hub.get(path[0])
    assert "<ins><bdi>Heat &lt;b&gt;</bdi></ins>" in shown.text
    assert f'href="/libraries/papers/{hub.key}/"' in shown.text
    store = CardStore(hub.config, "papers")
    now = store.read(hub.key)
    store.change(replace(now, publisher="Meanwhile"), "Meanwhile", when=smallhub.BEGUN)
    hub.press({"do": "accept"}, path[0])
    mails = hub.mails()
    entry = hub.card()
    assert dict(entry.title) == {"en": "Heat <b>", "fr": "La chaleur au travail"}
    assert entry.publisher == "Meanwhile", "what others did meanwhile stays"
    assert entry.languages == ("en", "fr")
    assert (entry.id, entry.provenance) == (f"lib:{hub.key}", now.provenance)
    assert f"/libraries/papers/{hub.key}/" in to(mails, BEN).text
    assert hub.commits() == 3


def test_a_member_proposes_without_a_mail_and_a_refusal_changes_nothing(
    hub: Desk, ben: str
) -> None:
    values = hub.get(hub.path, cookie=ben).values
    assert "email" not in values
    sent = {**values, "do": "propose", "country": "Kenya", "words": ""}
    assert hub.press(sent, cookie=ben).answer.status == 200
    path = re.search(r"/review/[a-z2-7]{26}", to(hub.mails(), ANA).text)
    assert path is not None
    hub.press({"do": "reject", "words": "No"}, path[0])
    assert "did not take your proposal" in to(hub.mails(), BEN).text
    assert hub.commits() == 1


def test_a_proposal_for_what_is_gone_is_answered(hub: Desk, ben: str) -> None:
    values = hub.get(hub.path, cookie=ben).values
    hub.press({**values, "do": "propose", "country": "Kenya"}, cookie=ben)
    CardStore(hub.config, "papers").withdraw(hub.key, "", when=smallhub.BEGUN)
    (mail,) = hub.mails()
    assert "There is no such document in the library" in mail.text


def test_a_title_in_another_language_does_not_become_the_first() -> None:
    card = replace(CARD, id="lib:2026-7qk3xa2m", languages=("sw",))
    made, bad = cardedit.changed(card, {"titles": "fr: La chaleur\nes: Calor"})
    assert (made.title_in(""), list(made.title), bad) == (card.title_in(""), ["en", "fr", "es"], [])


def test_spaces_that_mean_something_in_markdown_are_a_difference() -> None:
    card = replace(CARD, body="- a\n- b\n")
    assert cardedit.differing(card, {"body": "- a\n  - b"}, "en") == {"body": "- a\n  - b"}
    assert cardedit.differing(card, {"body": "- a \n- b\n\n", "title": "Heat  at work"}, "en") == {}


@pytest.mark.parametrize("date", ["2024-11-03", ""])
def test_when_an_agreement_holds_stays_when_its_date_is_corrected(date: str) -> None:
    card = replace(CARD, id="lib:2026-7qk3xa2m", date=Dates("2025", "2025-01-01", "2027-12-31"))
    made, bad = cardedit.changed(card, {"date": date})
    assert (made.date, bad) == (Dates(date, "2025-01-01", "2027-12-31"), [])


def test_no_summary_is_lost_when_the_language_is_corrected() -> None:
    card = replace(CARD, id="lib:2026-7qk3xa2m", title={"fr": "La chaleur"}, languages=("fr",))
    made, bad = cardedit.changed(card, {"language": "en"})
    assert (made.languages, dict(made.abstract or {}), bad) == (("en",), CARD.abstract, [])


def test_a_language_with_its_region_stays_when_another_is_added() -> None:
    card = replace(CARD, id="lib:2026-7qk3xa2m", languages=("pt-BR", "sw"))
    shown = cardedit.values(card, "fr")["language"]
    made, bad = cardedit.changed(card, {"language": f"{shown}, français, zh-Hant"})
    assert (made.languages, bad) == (("pt-BR", "sw", "fr", "zh-Hant"), [])


@pytest.mark.parametrize(
    ("typed", "tag"),
    [("spa", "es"), ("est", "et"), ("SWE", "sv"), ("Ewe", "ee"), ("fil", "fil"), ("nyf", "nyf")],
)
def test_a_language_by_a_code_of_three_letters_is_no_other_one(typed: str, tag: str) -> None:
    card = replace(CARD, id="lib:2026-7qk3xa2m")
    assert cardedit.changed(card, {"language": typed})[0].languages == (tag,)
    assert depositform.filled(card, {"language": typed})[0].languages == (tag,)
