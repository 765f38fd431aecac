"""Lists as programs write them in life: BibTeX, RIS, CSL-JSON and CSV that are not quite ours."""

from __future__ import annotations

import json

import pytest

from solicomm_build.features.library.cards.entry import Contributor, Creator, Entry, Identifiers
from solicomm_build.features.library.exchange.reading import Faulty, Found, read


def found(text: str, name: str) -> list[Entry]:
    items = list(read(text.encode(), name, "en"))
    assert [item.error.public for item in items if isinstance(item, Faulty)] == []
    return [item.entry for item in items if isinstance(item, Found)]


def test_names_and_texts_of_bibtex_are_letters() -> None:
    (entry,) = found(
        r"""@techreport{a, Author = {Garc{\'\i}a, Jos{\'e} and {Iron \& Steel Union} and others},
          translator = {Roe, Jane and Doe, Jo}, title = {Wages fell}, year = 1987,
          abstract = {Of 100 workers 50% had less, and 20\% nothing.}}""",
        "a.bib",
    )
    assert entry.creators == (Creator("García, José"), Creator("Iron & Steel Union", "org"))
    assert [one.name for one in entry.contributors] == ["Roe, Jane", "Doe, Jo"]
    assert entry.abstract == {"en": "Of 100 workers 50% had less, and 20% nothing."}


@pytest.mark.parametrize(
    "written",
    [
        "https://a.example/x%20y/~me/a_b",
        r"\url{https://a.example/x%20y/~me/a_b}",
        r"https://a.example/x\%20y/{\textasciitilde}me/a\_b",
    ],
)
def test_addresses_in_bibtex_are_whole(written: str) -> None:
    (entry,) = found(f"@book{{a, title={{T}}, url={{{written}}}}}", "a.bib")
    assert entry.identifiers.url == "https://a.example/x%20y/~me/a_b"


def test_who_begins_and_ends_with_braces_is_no_body() -> None:
    (entry,) = found(r"@book{a, title={T}, author={{\'E}mile Zol{\'a}}}", "a.bib")
    assert entry.creators == (Creator("Émile Zolá"),)


def test_identifiers_as_programs_write_them_keep_no_record_out() -> None:
    (bib,) = found(
        "@book{a, title={T}, isbn={978-92-2-130000-1 (print) 9789221300018 (web)},"
        " issn={00030554, 1537-594X}, doi={https://doi.org/10.1002/(SICI)1097;2-T},"
        " url={www.a.example/x}}",
        "a.bib",
    )
    assert bib.identifiers == Identifiers(
        "978-92-2-130000-1", "0003-0554", "10.1002/(SICI)1097;2-T", "http://www.a.example/x"
    )
    (ris,) = found("TY  - RPRT\nTI  - T\nSN  - 9789221300018 9789221300025\nER  - \n", "a.ris")
    assert (ris.identifiers.isbn, ris.identifiers.issn) == ("9789221300018", "")
    (ris,) = found("TY  - RPRT\nTI  - T\nSN  - 0003-0554 1537-5943\nER  - \n", "a.ris")
    assert (ris.identifiers.isbn, ris.identifiers.issn) == ("", "0003-0554")
    csl = '[{"id": "a", "title": "T", "ISSN": "0003-0554, 1537-5943", "DOI": "doi:10.1000/182"}]'
    assert found(csl, "a.json")[0].identifiers == Identifiers("", "0003-0554", "10.1000/182")
    (row,) = found("title,isbn\nT,ISBN 0 306 40615 2\n", "a.csv")
    assert row.identifiers.isbn == "0 306 40615 2"


def test_what_is_no_number_is_named() -> None:
    (item,) = read(b"title,isbn\nT,none\n", "a.csv", "en")
    assert isinstance(item, Faulty)


def test_older_ris_keeps_its_date_summary_editors_and_translators() -> None:
    (old,) = found(
        "TY  - RPRT\nT1  - T\nA1  - Roy, Mina\nY1  - 1987/03/01/\nN2  - What.\nER  - \n", "a.ris"
    )
    assert (old.date.issued, old.abstract) == ("1987-03-01", {"en": "What."})
    for tag in ("A2", "ED"):
        text = f"TY  - RPRT\nTI  - T\n{tag}  - Doe, Jo\nA4  - Roe, Jane\nPY  - 1987///\nER  - \n"
        (entry,) = found(text, "a.ris")
        assert entry.creators == (Creator("Doe, Jo"),)
        assert entry.contributors == (Contributor("Roe, Jane", "translator"),)
        assert entry.date.issued == "1987"


def test_csl_keeps_parts_of_names_editors_and_dates_in_words() -> None:
    names = [
        {"family": "Berg", "given": "Jan", "non-dropping-particle": "van der"},
        {"family": "King", "given": "Ana", "suffix": "Jr."},
    ]
    for issued, date in (({"raw": "1987-03"}, "1987-03"), ("1987", "1987"), ({"raw": "soon"}, "")):
        said = [{"id": "a", "title": "T", "editor": names, "issued": issued}]
        (entry,) = found(json.dumps(said), "a.json")
        assert [one.name for one in entry.creators] == ["van der Berg, Jan", "King, Ana, Jr."]
        assert entry.date.issued == date


@pytest.mark.parametrize(
    ("year", "date"),
    [("1914-18", "1914"), ("1998/1999", "1998"), ("2012-2013", "2012")],
)
def test_of_years_from_one_to_another_it_is_the_first(year: str, date: str) -> None:
    (entry,) = found(f"@book{{a, title={{T}}, year={{{year}}}}}", "a.bib")
    assert entry.date.issued == date


def test_a_colon_in_a_keyword_keeps_no_record_out() -> None:
    text = "TY  - RPRT\nTI  - T\nKW  - Decent work: indicators\nKW  - ILO:C87\nKW  - :\nER  - \n"
    (entry,) = found(text, "a.ris")
    assert entry.subjects == ("free:decent-work-indicators", "free:ilo-c87")
    (entry,) = found("title,subjects\nT,free:water; lcsh:Trade-unions\n", "a.csv")
    assert entry.subjects == ("free:water", "lcsh:Trade-unions")


@pytest.mark.parametrize(("said", "tag"), [("eng", "en"), ("SPA", "es"), ("pt_BR", "pt-br")])
def test_a_language_has_its_shortest_code(said: str, tag: str) -> None:
    (entry,) = found(f"TY  - RPRT\nTI  - T\nLA  - {said}\nER  - \n", "a.ris")
    assert (entry.languages, list(entry.title)) == ((tag,), [tag])


@pytest.mark.parametrize("rest", ["B,x\nC,y\n", f"{'x' * 140_000}\nC,y\n"])
def test_rows_behind_a_quote_that_never_closes_are_not_lost_in_silence(rest: str) -> None:
    text = f'title,abstract\nA,"in two\nlines"\nD,"unclosed\n{rest}'
    items = list(read(text.encode(), "a.csv", "en"))
    assert [item.entry.title_in("") for item in items if isinstance(item, Found)] == ["A"]
    (fault,) = (item.error.public for item in items if isinstance(item, Faulty))
    assert fault.startswith("a.csv, line 4: a quote that opens here, or below, never closes")
