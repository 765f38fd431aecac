"""Lists of others come in once, and change only what they say."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.features.founding.founding import new_library
from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards.cardstore import CardStore
from solicomm_build.features.library.cards.entry import Creator, Dates, Entry
from solicomm_build.features.library.exchange.reading import Faulty, Found, Gone, read
from solicomm_build.features.library.harvesting import acquisition
from solicomm_build.features.library.harvesting.acquisition import Taken, take, take_document
from solicomm_build.foundation import data, formernames
from solicomm_build.foundation.errors import ContentError, HubError
from solicomm_build.foundation.formernames import Renaming
from solicomm_build.git import elsewhere
from solicomm_build.git.elsewhere import Home
from solicomm_build.git.writer import Change, write_once
from solicomm_build.testing import smallhub

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
BIB = rb"""@techreport{otieno2025,
  title={Caf{\'e} wages}, author={Otieno, Grace and {Kitchen and Hall Union}},
  year=2025, month=nov, keywords={wages, tea breaks}, langid={french}}

@book{bad, title={Nothing}, date={soon}}
"""
RIS = b"TY  - RPRT\r\nID  - k1\r\nTI  - Heat\r\nAU  - Roy, Mina\r\nDA  - 2025/11/03\r\nER  - \r\n"
CSV = b"id,title,title:fr,date,languages\nx,Strike,Gr\xc3\xa8ve,2024-05,en;fr\ny,,,2024,en\n"
CSL = b"""[{"id": "c1", "type": "book", "title": "Dues", "issued": {"date-parts": [[2024, 5]]},
  "author": [{"literal": "Rail Union"}, {"family": "Roy", "given": "Mina"}]}, 7]"""


@pytest.fixture
def store(tmp_path: Path) -> CardStore:
    config = smallhub.make(tmp_path / "hub")
    new_library(config, "papers", title="Papers", lang="en")
    return CardStore(config, "papers")


def good(octets: bytes, name: str) -> list[Found]:
    return [item for item in read(octets, name, "en") if isinstance(item, Found)]


def bad(octets: bytes, name: str) -> list[str]:
    return [item.error.public for item in read(octets, name, "en") if isinstance(item, Faulty)]


def test_bibtex() -> None:
    (found,) = good(BIB, "a.bib")
    assert found.source == "bibtex:otieno2025"
    assert found.entry.title == {"fr": "Café wages"}
    assert found.entry.creators == (
        Creator("Otieno, Grace"),
        Creator("Kitchen and Hall Union", "org"),
    )
    assert found.entry.date.issued == "2025-11"
    assert found.entry.subjects == ("ilo-taxonomy:wages", "free:tea-breaks")
    (fault,) = bad(BIB, "a.bib")
    assert fault.startswith("a.bib, line 5: bibtex:bad: ")
    assert "2025-11-03" in fault


def test_ris_csv_and_csl() -> None:
    (ris,) = good(RIS, "a.ris")
    assert (ris.source, ris.entry.date.issued) == ("ris:k1", "2025-11-03")
    (row,) = good(CSV, "a.csv")
    assert row.entry.title == {"en": "Strike", "fr": "Grève"}
    assert "line 3" in bad(CSV, "a.csv")[0]
    (csl,) = good(CSL, "a.json")
    assert csl.entry.creators == (Creator("Rail Union", "org"), Creator("Roy, Mina"))
    assert csl.entry.date.issued == "2024-05"
    assert "record 2" in bad(CSL, "a.json")[0]


def test_a_record_that_breaks_off_spoils_no_other() -> None:
    cut = RIS + b"TY  - RPRT\nTI  - Cut\n" + RIS.replace(b"k1", b"k2")
    assert [item.source for item in good(cut, "a.ris")] == ["ris:k1", "ris:k2"]
    assert bad(cut, "a.ris") == ["a.ris, line 7: the record has no end. Add a line `ER  - `"]


@pytest.mark.parametrize(
    ("data", "name", "said"),
    [
        (b"\xff", "a.bib", "not UTF-8"),
        (b"{", "a.json", "not JSON"),
        (b"name\nx\n", "a.csv", "no column is called `name`"),
        (b"x", "a.doc", "no list"),
    ],
)
def test_a_file_that_cannot_be_read(data: bytes, name: str, said: str) -> None:
    with pytest.raises(ContentError, match=said):
        list(read(data, name, "en"))


def test_the_same_again_changes_nothing(store: CardStore) -> None:
    assert take(store, good(BIB, "a.bib"), via="import", when=NOW) == Taken(new=1)
    assert take(store, good(BIB, "a.bib"), via="import", when=NOW) == Taken(same=1)
    assert len(store.rows()) == 1


def test_a_change_renews_what_the_record_says_and_leaves_the_rest(store: CardStore) -> None:
    take(store, good(RIS, "a.ris"), via="import", when=NOW)
    card = store.read(store.rows()[0].key)
    store.change(replace(card, countries=("KE",), title={"en": "Mended"}), "Mend", when=NOW)
    assert take(store, good(RIS, "a.ris"), via="import", when=NOW) == Taken(same=1)
    assert store.read(card.key).title == {"en": "Mended"}
    newer = RIS.replace(b"Heat", b"Heat at work")
    assert take(store, good(newer, "a.ris"), via="import", when=NOW) == Taken(changed=1)
    after = store.read(card.key)
    assert (after.title, after.countries, after.version) == ({"en": "Heat at work"}, ("KE",), 2)


def test_what_was_withdrawn_stays_withdrawn(store: CardStore) -> None:
    take(store, good(RIS, "a.ris"), via="import", when=NOW)
    store.withdraw(store.rows()[0].key, "", when=NOW)
    newer = RIS.replace(b"Heat", b"Heat at work")
    assert take(store, good(newer, "a.ris"), via="import", when=NOW) == Taken(same=1)


def test_a_document_comes_in_once_as_a_draft_that_says_it_was_guessed(store: CardStore) -> None:
    pdf = (
        data.folder("content") / "libraries/agreements/entries/2026-r6me3tkc/heat-pocket-guide.pdf"
    )
    assert take_document(store, pdf.read_bytes(), "my_guide.pdf", "en", NOW)
    assert not take_document(store, pdf.read_bytes(), "copy.pdf", "en", NOW)
    (row,) = store.rows()
    card = store.read(row.key)
    assert card.status == "draft"
    assert "guessed" in card.provenance.source
    assert card.files[0].name == "my_guide.pdf"
    assert card.title_in("") != ""


def test_records_are_known_when_the_library_has_another_name(store: CardStore) -> None:
    take(store, good(RIS, "a.ris"), via="import", when=NOW)
    (before,) = store.rows()
    config, at = store.config, NOW
    config.library_repo("papers").rename(config.libraries / "rights.git")
    formernames.note(config.private, Renaming("libraries", "papers", "rights", at, done=True))
    renamed = CardStore(config, "rights")
    assert take(renamed, good(RIS, "a.ris"), via="import", when=NOW) == Taken(same=1)
    newer = RIS.replace(b"Heat", b"Heat at work")
    assert take(renamed, good(newer, "a.ris"), via="import", when=NOW) == Taken(changed=1)
    (after,) = renamed.rows()
    assert after.key == before.key
    other = RIS.replace(b"k1", b"k2")
    assert take(renamed, good(other, "a.ris"), via="import", when=NOW) == Taken(new=1)
    formernames.note(config.private, Renaming("libraries", "rights", "papers", at, done=True))
    (config.libraries / "rights.git").rename(config.libraries / "papers.git")
    back = CardStore(config, "papers")
    assert take(back, good(newer + other, "a.ris"), via="import", when=NOW) == Taken(same=2)


@pytest.mark.parametrize("moved", ["https://a.example/oai", "http://a.example/oai/"])
def test_records_are_known_at_the_provider_s_other_address(store: CardStore, moved: str) -> None:
    (found,) = good(RIS, "a.ris")
    old = replace(found, source="oai:http://a.example/oai#oai:a:1", note="2026-05-01")
    new = replace(found, source=f"oai:{moved}#oai:a:1", note="2026-05-01")
    other = replace(found, source=f"oai:{moved}#oai:a:2", note="2026-05-01")
    assert take(store, [old], via="harvest", when=NOW) == Taken(new=1)
    assert take(store, [new], via="harvest", when=NOW) == Taken(same=1)
    assert take(store, [new, other], via="harvest", when=NOW) == Taken(new=1, same=1)
    gone = [Gone(new.source, "2026-05-02")]
    assert take(store, gone, via="harvest", when=NOW) == Taken(withdrawn=1)
    assert sorted(row.status for row in store.rows()) == ["published", "withdrawn"]


def test_a_record_that_changes_takes_nothing_that_was_added_here(store: CardStore) -> None:
    more = b"AB  - Hot.\r\nUR  - https://a.example/1\r\nER  -"
    book = RIS.replace(b"ER  -", more)
    take(store, good(book, "a.ris"), via="import", when=NOW)
    card = store.read(store.rows()[0].key)
    added = replace(
        card,
        title={**card.title, "fr": "Chaleur"},
        abstract={**(card.abstract or {}), "fr": "Il fait chaud."},
        date=replace(card.date, valid_from="2025-01-01", valid_to="2027-12-31"),
        identifiers=replace(card.identifiers, isbn="9780000000002", other=(("register", "1"),)),
    )
    store.change(added, "Add", when=NOW)
    newer = book.replace(b"Heat", b"Heat at work").replace(b"/11/03", b"/11/04")
    assert take(store, good(newer, "a.ris"), via="import", when=NOW) == Taken(changed=1)
    after = store.read(card.key)
    assert after.title == {"en": "Heat at work", "fr": "Chaleur"}
    assert after.abstract == {"en": "Hot.", "fr": "Il fait chaud."}
    assert after.date == Dates("2025-11-04", "2025-01-01", "2027-12-31")
    assert after.identifiers == replace(added.identifiers, url="https://a.example/1")


def test_a_title_whose_language_was_wrong_does_not_stay_beside_the_right_one(
    store: CardStore,
) -> None:
    take(store, good(RIS, "a.ris"), via="import", when=NOW)
    french = RIS.replace(b"ER  -", b"LA  - fr\r\nER  -")
    assert take(store, good(french, "a.ris"), via="import", when=NOW) == Taken(changed=1)
    assert store.read(store.rows()[0].key).title == {"fr": "Heat"}


def test_a_copy_takes_no_list(store: CardStore) -> None:
    home = Home("a-aaaaaaaa", "Water", "https://a.example/libraries/papers/")
    elsewhere.write(store.config, {"libraries/papers": home})
    tip = store.repo.ref()
    with pytest.raises(HubError, match=r"its home is Water"):
        take(store, good(RIS, "a.ris"), via="import", when=NOW)
    assert store.repo.ref() == tip


def test_what_a_curator_corrects_while_a_list_comes_in_stays(
    store: CardStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    take(store, good(RIS, "a.ris"), via="import", when=NOW)
    card = store.read(store.rows()[0].key)
    newer = good(RIS.replace(b"Heat", b"Heat at work"), "a.ris")
    plain, corrected = acquisition._renewed, list[int]()

    def renewed(*args: object) -> Entry:
        if not corrected:
            corrected.append(1)
            store.change(replace(card, publisher="Lakeside"), "Correct", when=NOW)
        return plain(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(acquisition, "_renewed", renewed)
    assert take(store, newer, via="import", when=NOW) == Taken(changed=1)
    after = store.read(card.key)
    assert (after.title_in(""), after.publisher) == ("Heat at work", "Lakeside")


def test_a_card_that_cannot_be_read_keeps_no_other_record_out(store: CardStore) -> None:
    take(store, good(RIS, "a.ris"), via="import", when=NOW)
    (row,) = store.rows()
    broken = Change(entries.path(row.key), b"---\nschema: solicomm/entry@9\n---\n")
    write_once(store.repo, [broken], message="Break\n", when=NOW)
    two = RIS.replace(b"Heat", b"Heat at work") + RIS.replace(b"k1", b"k2")
    taken = take(store, good(two, "a.ris"), via="import", when=NOW)
    assert replace(taken, broken=[]) == Taken(new=1)
    (fault,) = taken.broken
    assert row.key in fault
    assert take(store, good(two, "a.ris"), via="import", when=NOW).same == 1


def test_a_row_that_is_for_members_now_closes_its_card_and_none_opens_one(
    store: CardStore,
) -> None:
    rows = "id,title,access,licence\nx,Wages,{},CC0-1.0\n".format
    take(store, good(rows("open").encode(), "a.csv"), via="import", when=NOW)
    card = store.read(store.rows()[0].key)
    closed = good(rows("members").encode(), "a.csv")
    assert take(store, closed, via="import", when=NOW) == Taken(changed=1)
    after = store.read(card.key).rights
    assert after == replace(card.rights, access="members")
    assert take(store, good(rows("").encode(), "a.csv"), via="import", when=NOW).changed == 1
    assert store.read(card.key).rights.access == "members"
