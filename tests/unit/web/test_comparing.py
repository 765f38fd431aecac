"""Agreements side by side on the web: chosen, compared, downloaded, put right by who decides."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from urllib.parse import urlencode

import pytest

from solicomm_build.features.library.cards import cardchange
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.cards.entry import Dates, Entry, Rights
from solicomm_build.features.library.cards.shelving import Incoming
from solicomm_build.features.library.comparing import clausesfile
from solicomm_build.features.library.comparing.matters import MATTERS
from solicomm_build.foundation import data
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, open_repo
from solicomm_build.people import rosterevents
from solicomm_build.people.rosterevents import Consent
from solicomm_build.testing import member, smallhub, webserver
from solicomm_build.testing.webserver import Answer, ask
from tests.unit.comparing.test_cutting import ENGLISH, FRENCH, RUSSIAN
from tests.unit.web.test_handin import ANA, Hub, founded

SAMPLE = data.folder("content") / "libraries/agreements/entries"
BEN = "ben@union.example"


class Library(Hub):
    """The hub with agreements; Ana decides, Ben does not."""

    keys: dict[str, str]

    def add(
        self, name: str, text: str | bytes, file: str = "agreement.txt", **facts: object
    ) -> None:
        card = Entry(
            id="",
            type="collective-agreement",
            title={"en": name},
            date=Dates(str(facts.pop("year", "2025"))),
            rights=Rights(access=str(facts.pop("access", "open"))),
            languages=("en",),
        )
        octets = text.encode() if isinstance(text, str) else text
        made = CardStore(self.config, "papers").add(
            replace(card, **facts),  # type: ignore[arg-type]
            [Incoming(file, octets)],
            when=datetime(2026, 1, 2, tzinfo=UTC),
        )
        self.keys[name] = made.entry.key

    def compare(self, *names: str, more: str = "", **how: str) -> Answer:
        query = "&".join(f"e={self.keys.get(name, name)}" for name in names)
        return ask(self.address, f"/libraries/papers/compare/?{query}{more}", **how)

    def signed_in(self, who: str) -> str:
        browser = member.signed_in(self.config, self.address, who)
        return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())

    def clauses(self, name: str, cookie: str, **values: str) -> Answer:
        path = f"/libraries/papers/{self.keys[name]}/clauses/"
        if not values:
            return ask(self.address, path, cookie=cookie)
        kind, body = "application/x-www-form-urlencoded", urlencode(values).encode()
        return ask(self.address, path, method="POST", body=body, content_type=kind, cookie=cookie)

    def kept(self, name: str) -> clausesfile.Clauses | None:
        with Reader(open_repo(self.config.library_repo("papers"))) as reader:
            blob = reader.at(MAIN, clausesfile.path(self.keys[name]))
        return clausesfile.decode(blob) if blob else None


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    config = founded(tmp_path_factory.mktemp("hub"))
    at, consent = smallhub.BEGUN, Consent("owner", "test")
    smallhub.add_events(
        config,
        [
            rosterevents.member(2, BEN, at=at, consent=consent, name="Ben"),
            rosterevents.subscribe("water", 2, at=at, consent=consent),
        ],
    )
    with webserver.running(config) as address:
        made = Library(address, config)
        made.keys = {}
        made.rule(curators=(ANA,))
        made.add("Lakeside", ENGLISH, countries=("KE",), sectors=("isic4:E36",), year="2024")
        made.add("Metal", FRENCH, "accord.md", languages=("fr",), countries=("FR",))
        made.add("Yard", (SAMPLE / "2025-b5wd2mzk/yard-agreement.pdf").read_bytes(), "yard.pdf")
        made.add("Vesna", RUSSIAN, languages=("ru",), sectors=("isic4:C30",), countries=("LV",))
        made.add("Night", "1. Wages\nTen.\n", "night.txt")
        made.add("Closed", "1. Wages\nSecret sum.\n", "closed.txt", access="members")
        made.add("Report", "1. Wages\nNone of it.\n", "report.txt", type="report")
        yield made


@pytest.fixture(scope="module")
def ana(hub: Library) -> str:
    return hub.signed_in(ANA)


@pytest.fixture(scope="module")
def ben(hub: Library) -> str:
    return hub.signed_in(BEN)


def values_of(page: Answer) -> dict[str, str]:
    text = page.body.decode()
    found = dict(
        (name, unescape(value))
        for name, value in re.findall(r'name="([\w-]+)"[^>]*? value="([^"]*)"', text)
    )
    areas = re.findall(r'<textarea[^>]* name="([\w-]+)"[^>]*>\n(.*?)</textarea>', text, re.DOTALL)
    return {**found, **{name: unescape(value) for name, value in areas}, "do": "save"}


def test_up_to_four_agreements_stand_side_by_side_by_matter(hub: Library) -> None:
    page = hub.compare("Lakeside", "Metal", "Yard", "Vesna", "Night")
    text = page.body.decode()
    assert page.status == 200
    assert re.findall(r'<h2 id="(\w+)"', text) == [*MATTERS]
    assert "Ninety days on full pay" in text
    assert "Vingt semaines" in text
    assert "Сто сорок" in text
    assert 'class="beside of4"' in text
    assert "Night" not in text, "a fifth is left out"
    assert text.count("<article>") == 4 * len(MATTERS)
    wage = text[text.index('id="wage"') : text.index('id="hours"')]
    assert "20,000 a month" in wage
    assert "La grille" in wage
    assert "Forty hours" not in wage
    assert '<div lang="fr" dir="auto">' in text, "each in its language"


def test_an_id_with_its_scheme_is_the_same(hub: Library) -> None:
    keys = (f"lib:{hub.keys['Lakeside'].upper()}", f"lib:{hub.keys['Metal']}")
    assert b"La grille" in hub.compare(*keys).body


def test_agreements_are_chosen_by_country_sector_and_year(hub: Library) -> None:
    def listed(query: str) -> set[str]:
        page = ask(hub.address, f"/libraries/papers/compare/?{query}").body.decode()
        keys = set(re.findall(r'name="e" value="([^"]*)"', page))
        return {name for name, key in hub.keys.items() if key in keys}

    assert listed("") == {"Lakeside", "Metal", "Yard", "Vesna", "Night", "Closed"}
    assert listed("country=KE") == {"Lakeside"}
    assert listed("sector=C") == {"Vesna"}
    assert listed("year=2025") == {"Metal", "Yard", "Vesna", "Night", "Closed"}
    assert listed("year=2025&country=FR") == {"Metal"}
    assert listed("country=FR&sector=C") == set()
    kept = listed(f"country=KE&choose=1&e={hub.keys['Yard']}")
    assert kept == {"Lakeside", "Yard"}, "who filters keeps what was chosen"


def test_what_is_not_open_or_no_agreement_is_not_compared(hub: Library) -> None:
    page = hub.compare("Lakeside", "Closed", "Report").body.decode()
    assert "Secret sum" not in page
    assert "None of it" not in page
    assert "Its text could not be read yet." in page, "its card is there, its text is not"
    nothing = hub.compare("Report", "2026-aaaaaaaa")
    assert nothing.status == 200
    assert b"Only agreements" in nothing.body


def test_a_library_for_members_opens_to_who_is_signed_in(hub: Library, ben: str) -> None:
    try:
        hub.rule(curators=(ANA,), visibility="members")
        for path in ("compare/", "compare/table/", "compare/agreements.csv"):
            closed = ask(hub.address, f"/libraries/papers/{path}")
            nowhere = ask(hub.address, f"/libraries/nowhere/{path}")
            assert (closed.status, closed.body) == (404, nowhere.body)
        assert hub.compare("Lakeside", "Metal", cookie=ben).status == 200
    finally:
        hub.rule(curators=(ANA,))


def test_a_program_gets_them_as_csv_and_sqlite(hub: Library) -> None:
    base = "/libraries/papers/compare/agreements"
    answer = ask(hub.address, f"{base}.csv?year=2024")
    rows = [*csv.DictReader(io.StringIO(answer.body.decode()))]
    assert [row["title"] for row in rows] == ["Lakeside"]
    assert rows[0]["parental"] == "Ninety days on full pay."
    assert rows[0]["countries"] == "KE"
    assert "attachment" in answer.headers["content-disposition"]
    octets = ask(hub.address, f"{base}.sqlite").body
    assert octets == ask(hub.address, f"{base}.sqlite").body
    db = sqlite3.connect(":memory:")
    db.deserialize(octets)
    found = db.execute(
        "SELECT a.title, c.page FROM clauses c JOIN agreements a ON a.id = c.agreement"
        " WHERE c.matter = 'parental' ORDER BY 1"
    ).fetchall()
    db.close()
    assert ("Lakeside", 3) in found
    assert ("Closed", None) not in found
    assert ask(hub.address, f"{base}.xls").status == 404


def test_the_table_has_a_row_an_agreement(hub: Library) -> None:
    page = ask(hub.address, "/libraries/papers/compare/table/").body.decode()
    assert page.count('<th scope="row">') == 6
    assert "Water and waste" in page
    assert "Trente-cinq heures" in page


def test_who_decides_puts_clauses_right_and_a_new_file_asks_again(hub: Library, ana: str) -> None:
    hub.add("Mended", "1. Wages\nFive.\n\n2. Boots\nTwo pairs, and rest at noon.\n", "a.txt")
    page = hub.clauses("Mended", ana)
    assert page.status == 200
    values = values_of(page)
    assert values["wage-text"].endswith("Five.")
    assert values["hours-text"] == ""
    new = {**values, "hours-text": "Rest at noon.", "hours-heading": "2. Boots", "hours-page": "7"}
    assert hub.clauses("Mended", ana, **new).status == 303
    kept = hub.kept("Mended")
    assert kept is not None
    assert kept.clauses["hours"].text == "Rest at noon."
    shown = hub.compare("Mended", "Night").body.decode()
    assert "Rest at noon." in shown
    assert "Checked by who looks after the library" in shown
    store = CardStore(hub.config, "papers")
    card = store.read(hub.keys["Mended"])
    other = replace(card.files[0], sha256="0" * 64)
    with_other = replace(card, files=(other,))
    repo = open_repo(hub.config.library_repo("papers"))
    seen = cardchange.seen(repo, card.key)
    assert seen is not None
    cardchange.change(
        repo,
        card.key,
        seen.blob,
        lambda _: with_other,
        "New",
        when=smallhub.BEGUN,
        source="cli",
        by="",
    )
    again = hub.compare("Mended", "Night").body.decode()
    assert "Checked by who looks after" not in again, "it was said of another file"


def test_six_full_clauses_are_taken_in_letters_of_three_octets(hub: Library, ana: str) -> None:
    hub.add("Full", "1. Wages\nTwelve.\n", "d.txt")
    texts = {f"{matter}-text": "अ" * 6000 for matter in MATTERS}
    assert hub.clauses("Full", ana, **(values_of(hub.clauses("Full", ana)) | texts)).status == 303
    kept = hub.kept("Full")
    assert kept is not None
    assert [len(one.text) for one in kept.clauses.values()] == [6000] * len(MATTERS)


def test_clauses_are_there_when_the_session_has_ended(hub: Library, ben: str) -> None:
    """For everybody alike, whatever there is; who is signed in, and decides nothing, gets none."""
    new = {"hours-heading": "Hours of work", "hours-text": "Rest at noon.", "do": "save"}
    for name in ("Lakeside", "Closed"):
        page = hub.clauses(name, "", **new)
        assert page.status == 403
        assert b"Hours of work\n\nRest at noon.</textarea>" in page.body
        assert hub.clauses(name, ben, **new).status == 404
    assert hub.clauses("Lakeside", "").status == 404


def test_nobody_else_sees_or_writes_clauses(hub: Library, ana: str, ben: str) -> None:
    values = values_of(hub.clauses("Night", ana))
    assert hub.clauses("Night", "").status == hub.clauses("Night", ben).status == 404
    assert hub.clauses("Night", ben, **values).status == 404
    assert hub.clauses("Report", ana).status == 404, "no agreement"
    assert hub.clauses("Night", ana, **{**values, "mark": "x"}).status == 403
    assert hub.kept("Night") is None


def test_of_two_curators_the_second_is_told(hub: Library, ana: str) -> None:
    hub.add("Twice", "1. Wages\nSix.\n", "b.txt")
    values = values_of(hub.clauses("Twice", ana))
    assert hub.clauses("Twice", ana, **{**values, "wage-text": "First."}).status == 303
    second = hub.clauses("Twice", ana, **{**values, "wage-text": "Second."})
    assert second.status == 409
    assert b"Second." in second.body
    kept = hub.kept("Twice")
    assert kept is not None
    assert kept.clauses["wage"].text == "First."


def test_a_wrong_page_is_said_and_nothing_lost(hub: Library, ana: str) -> None:
    values = {**values_of(hub.clauses("Night", ana)), "wage-page": "two", "leave-text": "Typed."}
    page = hub.clauses("Night", ana, **values)
    assert page.status == 422
    assert b"A page is a number." in page.body
    assert b"Typed." in page.body
