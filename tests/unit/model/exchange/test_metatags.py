"""What a card's page tells machines."""

from __future__ import annotations

import json

import pytest

from solicomm_build.features.library.cards.entry import Rights
from solicomm_build.features.library.exchange import metatags
from tests.unit.model.exchange.cards import full, plain, with_cover


def test_highwire_names_what_scholars_index() -> None:
    tags = list(metatags.highwire(full()))
    assert ("citation_title", "Pay & <hours> at 100% {Lakeside_Depot} #7") in tags
    assert [value for name, value in tags if name == "citation_author"] == [
        "Otieno, Grace",
        "Lakeside Workers and Drivers",
        "Ana Silva",
    ]
    assert ("citation_publication_date", "2025/11") in tags
    assert dict(tags)["citation_pdf_url"].endswith("/files/cba-2025.pdf")
    assert "citation_pdf_url" not in dict(metatags.highwire(plain()))


def test_a_closed_pdf_has_no_address() -> None:
    closed = full()
    closed = type(closed)(closed.entry, closed.url, closed.changed, closed.hub, closed.library)
    assert "citation_pdf_url" not in dict(metatags.highwire(closed))
    assert "encoding" not in metatags.schema_org(closed)


def test_json_ld_cannot_end_its_element() -> None:
    card = full(title={"en": "</script><script>alert(1)</script> & <!--"})
    text = metatags.json_ld(card)
    assert "<" not in text
    assert json.loads(text)["name"] == "</script><script>alert(1)</script> & <!--"


def test_dublin_core_says_languages() -> None:
    tags = list(metatags.dublin_core(full()))
    assert ("DC.title", "Mkataba wa pamoja", "sw") in tags
    assert (
        "DC.relation",
        "https://hub.example.org/libraries/agreements/2022-h6ye4qvr/",
        "",
    ) in tags


def test_dublin_core_names_the_document_and_neither_its_cover_nor_its_words() -> None:
    tags = list(metatags.dublin_core(with_cover()))
    assert [value for name, value, _ in tags if name == "DC.format"] == ["application/pdf"]
    said = [value for name, value, _ in tags if name == "DC.identifier"]
    assert [value for value in said if "/files/" in value] == [f"{said[0]}files/cba.pdf"]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("CC-BY-SA-4.0", "https://creativecommons.org/licenses/by-sa/4.0/"),
        ("CC BY-NC-ND 3.0", "https://creativecommons.org/licenses/by-nc-nd/3.0/"),
        ("CC-BY-3.0-IGO", "https://creativecommons.org/licenses/by/3.0/igo/"),
        ("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/"),
        ("https://example.org/licence", "https://example.org/licence"),
        ("All rights reserved", {"@type": "CreativeWork", "name": "All rights reserved"}),
    ],
)
def test_a_licence_is_an_address_or_a_work_with_a_name(name: str, said: object) -> None:
    assert metatags.schema_org(full(rights=Rights(name)))["license"] == said


def test_authors_have_their_names_in_the_usual_order() -> None:
    people = metatags.schema_org(full())["author"]
    assert people == [
        {"@type": "Person", "name": "Grace Otieno", "givenName": "Grace", "familyName": "Otieno"},
        {"@type": "Organization", "name": "Lakeside Workers and Drivers"},
        {"@type": "Person", "name": "Ana Silva"},
    ]
    assert "license" not in metatags.schema_org(plain())
