"""The directory's pages: friendly when empty, true to the cards, and gone with them."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from solicomm_build.builder.run import Builder
from solicomm_build.features.people import peoplecards, personcard
from solicomm_build.features.people.personcard import Card
from solicomm_build.foundation import data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.testing import manifest, smallhub

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ANA, BEN = "c_abcdefghij", "c_bcdefghijk"
AMINA = Card(
    ANA,
    "Amina <b>",
    union="Metal",
    country="KE",
    languages=("sw", "en"),
    roles="shop steward",
    about={"en": "First.\n\nSecond.", "ar": "مرحبا"},
    contact="relay",
    since="2026-11-24",
    consented="2026-11-24",
)


def photo() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (160, 160), "teal").save(buffer, "WEBP")
    return buffer.getvalue()


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub")
    return replace(made, languages=("en", "ar"))


def build(hub: Config, *, full: bool = False) -> None:
    builder = Builder(hub, data.theme())
    try:
        report = builder.build(full=full)
    finally:
        builder.close()
    assert report.failures == []


def show(hub: Config) -> None:
    peoplecards.put(hub, ANA, personcard.encode(AMINA), photo(), NOW)
    ben = Card(BEN, "Ben", country="BR", consented="2026-11-24")
    peoplecards.put(hub, BEN, personcard.encode(ben), b"", NOW)


def page(hub: Config, url: str) -> str:
    return (hub.public / url / "index.html").read_text("utf-8")


def test_a_hub_without_cards_has_a_friendly_page(hub: Config) -> None:
    build(hub)
    assert "You can be the first" in page(hub, "people")
    assert 'dir="rtl"' in page(hub, "ar/people")
    assert 'href="people/"' in page(hub, "")


def test_a_card_shows_what_its_person_chose(hub: Config) -> None:
    build(hub)
    show(hub)
    build(hub)
    card = page(hub, f"people/{ANA}")
    for text in (
        "Amina &lt;b&gt;",
        "shop steward",
        "Kenya",
        "Swahili · English",
        "<p>Second.</p>",
        f"person+{ANA}@hub.example",
        'lang="ar" dir="rtl"',
        '<meta name="robots" content="noindex">',
    ):
        assert text in card
    assert f"person+{BEN}" not in page(hub, f"people/{BEN}")
    assert (hub.public / f"people/{ANA}/photo.webp").read_bytes() == photo()
    assert (hub.public / f"people/{ANA}/photo.jpg").read_bytes()[:3] == b"\xff\xd8\xff"
    assert "كينيا" in page(hub, f"ar/people/{ANA}")
    assert "Ben" not in page(hub, "people/country/ke")
    assert "Amina" in page(hub, "people/country/ke")
    assert "Amina" in page(hub, "people/language/sw")
    assert "Ben" in page(hub, "people")
    assert "noindex" in page(hub, "people")


def test_incremental_is_full(hub: Config) -> None:
    build(hub)
    show(hub)
    build(hub)
    before = manifest.read(hub.public)
    build(hub, full=True)
    assert manifest.differences(before, manifest.read(hub.public)) == []


def test_a_withdrawn_card_has_no_page_and_is_named_nowhere(hub: Config) -> None:
    show(hub)
    build(hub)
    peoplecards.withdraw(hub, [ANA])
    build(hub)
    for path in hub.public.rglob("*"):
        if path.is_file():
            assert ANA not in str(path)
            assert path.suffix in (".br", ".gz") or b"Amina" not in path.read_bytes(), path
    assert not (hub.public / f"people/{ANA}").exists()
    assert not (hub.public / "people/country/ke").exists()
    assert "Ben" in page(hub, "people")


def test_many_people_are_on_several_pages(hub: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    from solicomm_build.features.people import planned as people

    monkeypatch.setattr(people, "A_PAGE", 1)
    show(hub)
    build(hub)
    assert "Ben" not in page(hub, "people")
    assert "Ben" in page(hub, "people/page/2")
    assert "page/2/" in page(hub, "people")


def test_a_card_with_a_fault_stops_no_other(hub: Config) -> None:
    from solicomm_build.git.repo import open_repo
    from solicomm_build.git.writer import Change, write_once

    show(hub)
    bad = [Change(personcard.path(ANA), b"name: [")]
    write_once(open_repo(hub.people_repo), bad, message="Break\n", when=NOW)
    builder = Builder(hub, data.theme())
    report = builder.build()
    builder.close()
    assert [place for place, _ in report.failures] == [f"content/people.git/people/{ANA}.yaml"]
    assert "Ben" in page(hub, "people")


def test_a_card_in_a_list_says_what_its_person_can_help_with(hub: Config) -> None:
    show(hub)
    build(hub)
    english, arabic = page(hub, "people"), page(hub, "ar/people")
    assert "<bdi>First. Second.</bdi>" in english
    assert "Languages: Swahili, English" in english
    assert "<bdi>مرحبا</bdi>" in arabic
    assert english.count('class="face f') == 1  # who has no photo
    assert 'aria-hidden="true">B</span>' in english
