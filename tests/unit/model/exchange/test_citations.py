"""BibTeX, RIS and CSL-JSON of a card, held against pandoc, bibtexparser and rispy."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from typing import Any

import bibtexparser
import pytest
import rispy

from solicomm_build.features.library.cards.entry import KINDS, Creator, Dates
from solicomm_build.features.library.exchange import bibtex, csl, reading, ris
from tests.unit.model.exchange.cards import full, plain

pandoc = pytest.mark.skipif(
    shutil.which("pandoc") is None, reason="pandoc (Debian) is not installed"
)


def _pandoc(data: bytes, kind: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        ["pandoc", "-f", kind, "-t", "csljson"], input=data, capture_output=True, check=True
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found


def _bare(text: str) -> str:
    return " ".join(re.sub(r"</?span[^>]*>", "", text).split())


@pandoc
@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("bibtex", bibtex.encode([full()])),
        ("ris", ris.encode([full()])),
        ("csljson", csl.encode([full()])),
    ],
    ids=["bibtex", "ris", "csljson"],
)
def test_pandoc_reads_what_we_say(kind: str, data: bytes) -> None:
    [item] = _pandoc(data, kind)
    title = item["title"].replace("&lt;", "<").replace("\\", "")
    assert _bare(title) == "Pay & <hours> at 100% {Lakeside_Depot} #7"
    family, organisation, unsaid = item["author"]
    assert family == {"family": "Otieno", "given": "Grace"}
    said = {organisation.get("literal", ""), organisation.get("family", "")}
    assert "Lakeside Workers and Drivers" in said
    assert "Ana Silva" in " ".join([unsaid.get("given", ""), *unsaid.values()])
    # pandoc reads PY, which is a year, and passes DA over
    assert item["issued"]["date-parts"] == [[2025] if kind == "ris" else [2025, 11]]
    assert item["URL"].endswith("/libraries/agreements/2026-7qk3xa2m/")
    assert item["DOI"] == "10.1000/182"
    assert "LMWU" in item["publisher"]


@pandoc
def test_pandoc_reads_every_kind_and_a_bare_card() -> None:
    cards = [
        full(id=f"lib:2026-aaaaaa{number + 22}", type=kind) for number, kind in enumerate(KINDS)
    ]
    read = _pandoc(bibtex.encode([*cards, plain()]), "bibtex")
    assert len(read) == len(KINDS) + 1
    assert _bare(read[-1]["title"]) == "اتفاق"
    assert len(_pandoc(csl.encode(cards), "csljson")) == len(KINDS)


def test_bibtexparser_reads_it() -> None:
    library = bibtexparser.parse_string(bibtex.encode([full(), plain()]).decode())
    assert not library.failed_blocks
    assert [entry.key for entry in library.entries] == ["2026-7qk3xa2m", "2026-aaaaaaaa"]
    assert library.entries[0].fields_dict["institution"].value == "LMWU"


def test_rispy_reads_it() -> None:
    rich, bare = rispy.loads(ris.encode([full(), plain()]).decode())
    assert rich["authors"] == ["Otieno, Grace", "Lakeside Workers and Drivers,", "Ana Silva"]
    assert rich["date"] == "2025/11//"
    assert rich["keywords"] == ["collective bargaining", "water"]
    assert rich["abstract"] == "Pay, hours, boots. And a second line."
    assert bare["title"] == "اتفاق"


def test_nothing_in_a_card_ends_a_field_early() -> None:
    hostile = full(title={"en": "a} @misc{b,\r\nER  - \r\nTY  - JOUR \\end"})
    assert len(bibtexparser.parse_string(bibtex.of_card(hostile)).entries) == 1
    assert len(rispy.loads(ris.of_card(hostile))) == 1
    assert ris.of_card(hostile).count("\r\nER  - ") == 1


def test_csl_says_only_what_is_known() -> None:
    item = csl.of_card(plain())
    assert set(item) == {"id", "type", "title", "language", "URL", "source"}


def test_every_kind_has_a_type_in_every_format() -> None:
    for types in (csl.TYPES, bibtex.TYPES, ris.TYPES):
        assert set(types) == set(KINDS)


@pytest.mark.parametrize("suffix", ["bib", "ris", "json"])
@pytest.mark.parametrize("kind", ["collective-agreement", "brief", "report", "manual"])
def test_what_a_card_says_is_read_again(kind: str, suffix: str) -> None:
    entry = replace(
        full().entry,
        type=kind,
        creators=(Creator("Otieno, Grace"), Creator("Dock, Rail and Ferry Workers", "org")),
        publisher="Harbour Union",
        date=Dates("2025-11-03"),
    )
    encode = {"bib": bibtex.encode, "ris": ris.encode, "json": csl.encode}[suffix]
    (found,) = reading.read(encode([replace(full(), entry=entry)]), f"a.{suffix}", "en")
    assert isinstance(found, reading.Found)
    again = found.entry
    assert (again.type, again.date.issued) == (kind, "2025-11-03")
    assert [(one.name, one.kind) for one in again.creators] == [
        (one.name, one.kind) for one in entry.creators
    ]
    assert again.publisher == "Harbour Union"
