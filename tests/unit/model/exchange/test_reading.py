"""Lists as programs write them in life: BibTeX, RIS, CSL-JSON and CSV that are not quite ours."""

from __future__ import annotations

import pytest

from solicomm_build.features.library.cards.entry import Creator, Entry
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
