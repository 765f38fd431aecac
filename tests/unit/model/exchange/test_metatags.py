"""What a card's page tells machines."""

from __future__ import annotations

import json

from solicomm_build.model.exchange import metatags
from tests.unit.model.exchange.cards import full, plain


def test_highwire_names_what_scholars_index() -> None:
    tags = list(metatags.highwire(full()))
    assert ("citation_title", "Pay & <hours> at 100% {Lakeside_Depot} #7") in tags
    assert [value for name, value in tags if name == "citation_author"] == [
        "Otieno, Grace", "Lakeside Workers and Drivers", "Ana Silva",
    ]  # fmt: skip
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
