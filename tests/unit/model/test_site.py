"""Sites, their pages, news and events: `solicomm_build/features/sites/values/site.py` and
`sitepage.py`."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from solicomm_build.features.sites.values import site
from solicomm_build.foundation import colour
from solicomm_build.foundation.errors import ContentErrors

INVALID = Path(__file__).parents[2] / "invalid"
SITE = """schema: solicomm/site@1
union: municipal
title: {en: Lakeside Municipal Workers, sw: Wafanyakazi wa Manispaa}
languages: [en, sw]
description: {en: Water and roads.}
country: KE
contact: {email: office@municipal.example, phone: +254 57 555 0100, address: {en: "Box 1, Kisumu"}}
theme: {preset: plain, accent: "#8a1020", logo: media/logo.png, dark: auto}
menu:
  - {to: page:about}
  - {to: news}
  - {to: library:agreements, label: {en: Agreements}}
  - {to: conference:organising}
home: {blocks: [{type: text, page: welcome}, {type: news, count: 3}, {type: events}]}
join: {how: mail}
redirects: [{from: /old.html, to: page:about}]
"""


def test_a_site_is_read_whole() -> None:
    found = site.decode_site(SITE.encode(), union="municipal")
    assert found.title_in("sw") == "Wafanyakazi wa Manispaa"
    assert found.title_in("fr") == "Lakeside Municipal Workers"
    assert found.description_in("sw") == "Water and roads."
    assert found.menu[2] == site.MenuItem(
        site.Target("library", "agreements"), {"en": "Agreements"}
    )
    assert [str(item.to) for item in found.menu][3] == "conference:organising"
    assert found.home[1] == site.Block("news", "", 3)
    assert found.home[2].count == 5
    assert found.redirects == (site.Redirect("/old.html", site.Target("page", "about")),)
    assert (found.join, found.country) == ("mail", "KE")


def test_little_is_needed() -> None:
    blob = b"schema: solicomm/site@1\nunion: m\ntitle: {en: M}\nlanguages: [en]\n"
    found = site.decode_site(blob)
    assert (found.theme.preset, found.join, found.menu) == ("plain", "mail", ())


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("union: municipal", "union: someone-else", "another union's name"),
        ("union: municipal", "union: Municipal!", "not understood"),
        ("preset: plain", "preset: plane", "Did you mean `plain`"),
        ("#8a1020", "#ffaa00", "contrast of 1.9 to 1"),
        ("#8a1020", "red", "not understood"),
        ("media/logo.png", "../logo.png", "not understood"),
        ("{to: news}", "{to: https://x.example}", "no place of a site"),
        ("{to: news}", "{to: page}", "no place of a site"),
        ("{to: news}", "{label: {en: News}}", "`menu.1.to` is missing"),
        ("type: text, page: welcome", "type: text", "`home.blocks.0.page` is missing"),
        ("type: events", "type: video", "cannot be"),
        ("count: 3", "count: 0", "not a number between"),
        ("how: mail", "how: fax", "cannot be"),
        ("/old.html", "old.html", "not understood"),
        ("/old.html", "/admin/x", "belongs to the hub"),
        ("office@municipal.example", "office", "not understood"),
        ("+254 57 555 0100", "call us", "not understood"),
        ("country: KE", "country: Kenya", "not understood"),
        ("country: KE", "domain: x.example", "not a known key"),
        ("title: {en", "title: {inglish", "not a language"),
    ],
)
def test_a_fault_is_named(old: str, new: str, fault: str) -> None:
    assert old in SITE
    with pytest.raises(ContentErrors) as caught:
        site.decode_site(SITE.replace(old, new, 1).encode(), union="municipal")
    assert fault in str(caught.value)
    assert "site.yaml, line" in str(caught.value)


def test_what_only_shows_together() -> None:
    found = site.decode_site(SITE.encode())
    about = site.decode_page(b"---\ntitle: About\n---\n", "pages/about.en.md", default_lang="en")
    faults = site.check_site(found, [about], [])
    assert [fault.fault for fault in faults] == ["no page `welcome`", "no file media/logo.png"]
    welcome = site.decode_page(b"---\ntitle: W\n---\n", "pages/welcome.md", default_lang="en")
    assert site.check_site(found, [about, welcome], ["logo.png"]) == []
    assert len(site.check_site(found, [welcome], ["logo.png"])) == 2


def test_an_accent_is_readable_on_both_papers() -> None:
    theme = site.decode_site(SITE.encode()).theme
    assert colour.contrast(theme.accent, colour.LIGHT) >= 4.5
    dark = colour.readable(theme.accent, colour.DARK)
    assert dark != theme.accent
    assert colour.contrast(dark, colour.DARK) >= 4.5


def test_contrast_is_that_of_wcag() -> None:
    assert colour.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert colour.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert colour.readable("#ffff00", "#ffffff") != "#ffff00"


def test_a_page() -> None:
    blob = b"""---
title: Wasifu
summary: Sisi ni nani
image: {file: media/march.png, alt: A march}
---

Habari.
"""
    page = site.decode_page(blob, "pages/about.sw.md", default_lang="en")
    assert (page.slug, page.lang, page.title, page.body) == ("about", "sw", "Wasifu", "Habari.\n")
    assert page.image is not None
    assert page.image.alt == "A march"
    assert site.decode_page(blob, "pages/about.md", default_lang="en").lang == "en"


@pytest.mark.parametrize(
    ("file", "front", "fault"),
    [
        ("pages/About.md", "title: x", "not understood"),
        ("pages/about.en.old.md", "title: x", "not understood"),
        ("pages/about.en.md", "title: ''", "`title` is missing"),
        ("pages/about.en.md", "title: x\nlang: fr", "not the file's language"),
        ("pages/about.en.md", "title: x\nsave_as: ../index.html", "not a known key"),
        ("pages/about.en.md", "title: x\ntemplate: evil", "not a known key"),
        ("pages/about.en.md", "title: x\nimage: {file: media/a.png}", "`image.alt` is missing"),
        ("pages/about.en.md", "title: x\nimage: {file: a.svg, decorative: yes}", "not understood"),
        ("pages/about.en.md", "title: x\nschema: solicomm/page@2", "newer"),
    ],
)
def test_faults_of_pages(file: str, front: str, fault: str) -> None:
    with pytest.raises(ContentErrors) as caught:
        site.decode_page(f"---\n{front}\n---\nx\n".encode(), file, default_lang="en")
    assert fault in str(caught.value)


def test_a_decoration_needs_no_alt_text() -> None:
    blob = b"---\ntitle: x\nimage: {file: media/line.png, decorative: yes}\n---\n"
    page = site.decode_page(blob, "pages/x.md", default_lang="en")
    assert page.image is not None
    assert page.image.alt == ""


def test_news() -> None:
    blob = b"---\ntitle: We won\ndate: 2026-10-03\nauthor: Akinyi\n---\nYes.\n"
    news = site.decode_news(blob, "news/2026/water.en.md", default_lang="en")
    assert (news.slug, news.date, news.author) == ("water", date(2026, 10, 3), "Akinyi")


@pytest.mark.parametrize(
    ("front", "fault"),
    [
        ("title: x", "`date` is missing"),
        ("title: x\ndate: 2026-02-30", "not a day"),
        ("title: x\ndate: 3 October", "not understood"),
        ("title: x\ndate: 2025-10-03", "not of 2026"),
    ],
)
def test_faults_of_news(front: str, fault: str) -> None:
    with pytest.raises(ContentErrors) as caught:
        site.decode_news(f"---\n{front}\n---\n".encode(), "news/2026/x.md", default_lang="en")
    assert fault in str(caught.value)


def test_events() -> None:
    blob = b"""---
title: Assembly
starts: 2026-11-14T10:00:00+03:00
ends: 2026-11-14T13:00:00+03:00
place: Union hall
---
"""
    event = site.decode_event(blob, "events/assembly.en.md", default_lang="en")
    assert event.starts == datetime(2026, 11, 14, 7, tzinfo=UTC)
    assert not event.all_day
    whole = b"---\ntitle: March\nstarts: 2026-12-10\n---\n"
    assert site.decode_event(whole, "events/m.md", default_lang="en").all_day
    with pytest.raises(ContentErrors, match="before it starts"):
        site.decode_event(blob.replace(b"T13", b"T09"), "events/a.md", default_lang="en")
    with pytest.raises(ContentErrors, match="starts"):
        site.decode_event(b"---\ntitle: x\n---\n", "events/a.md", default_lang="en")


def test_the_documented_site_is_valid() -> None:
    text = (INVALID.parents[1] / "docs/formats/site.md").read_text("utf-8")
    example = text.split("```yaml\n")[1].split("```")[0]
    assert site.decode_site(example.encode(), union="municipal").country == "KE"


def test_a_time_without_an_offset_is_utc() -> None:
    blob = b"---\ntitle: x\nstarts: 2026-11-14T10:00\n---\n"
    event = site.decode_event(blob, "events/x.md", default_lang="en")
    assert event.starts == datetime(2026, 11, 14, 10, tzinfo=UTC)


@pytest.mark.parametrize("case", sorted((INVALID).glob("site-*")), ids=lambda path: path.name)
def test_invalid_sites_fail_with_the_right_words(case: Path) -> None:
    with pytest.raises(ContentErrors) as caught:
        site.decode_site((case / "site.yaml").read_bytes(), union="metal")
    assert str(caught.value) == (case / "expected.txt").read_text().strip()
