"""What a change of a site's settings, or a file that goes, does to pages that did not change."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from PIL import Image

from solicomm_build.features.founding import founding
from solicomm_build.features.sites import siteedits
from solicomm_build.features.sites.siteedits import Edit, Refused, Saved
from solicomm_build.foundation.hub.config import Config
from solicomm_build.people import access
from solicomm_build.people.gittoken import Grant
from solicomm_build.testing import smallhub

PAGE = b"---\ntitle: Aims\n---\nWe are many.\n"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    """A hub with a site in English and Swahili."""
    config = smallhub.make(tmp_path / "hub")
    (config.root / "hub.yaml").write_text(
        "schema: solicomm/hub@1\nname: Test\ndomain: hub.example\nurl: http://hub.example\n"
        "languages: [en]\n"
    )
    founding.new_union(config, "metal", title="Metal", lang="en")
    return config


@pytest.fixture
def ana(hub: Config) -> Grant:
    return access.issue(hub, "ana@union.example", ["unions/metal"])[0]


def save(hub: Config, grant: Grant, **files: bytes | None) -> Saved:
    """Saves files, whose paths have __ for / and _DOT_ for a point."""
    there = siteedits.look(hub, "metal").files
    paths = {name.replace("__", "/").replace("_DOT_", "."): data for name, data in files.items()}
    edits = [Edit(path, data, there.get(path)) for path, data in paths.items()]
    return siteedits.save(hub, "metal", grant, edits, subject="x", source="web", name="Ana")


def settings(hub: Config, languages: str = "", more: str = "") -> bytes:
    text = smallhub.files(hub.union_repo("metal"))["site.yaml"].decode()
    rows = [
        f"languages: [{languages}]" if languages and row.startswith("languages:") else row
        for row in text.splitlines()
    ]
    return ("\n".join(rows) + f"\n{more}").encode()


def test_another_first_language_that_hides_a_page_is_refused(hub: Config, ana: Grant) -> None:
    """`aims.md` was English, and would be Swahili, as `aims.sw.md` is."""
    save(hub, ana, site_DOT_yaml=settings(hub, "en, sw"))
    save(hub, ana, pages__aims_DOT_md=PAGE, pages__aims_DOT_sw_DOT_md=PAGE)
    with pytest.raises(Refused) as refused:
        save(hub, ana, site_DOT_yaml=settings(hub, "sw, en"))
    assert "pages/aims.sw.md" in {fault.file for fault in refused.value.faults}
    save(
        hub,
        ana,
        site_DOT_yaml=settings(hub, "sw, en"),
        pages__aims_DOT_md=None,
        pages__aims_DOT_en_DOT_md=PAGE,
    )


def test_texts_in_a_language_that_goes_are_named(hub: Config, ana: Grant) -> None:
    save(hub, ana, site_DOT_yaml=settings(hub, "en, sw"))
    save(hub, ana, pages__aims_DOT_sw_DOT_md=PAGE, pages__goals_DOT_en_DOT_md=PAGE)
    notes = save(hub, ana, site_DOT_yaml=settings(hub, "en")).notes
    assert [note.file for note in notes] == ["pages/aims.sw.md"]
    assert "nobody sees this text" in notes[0].said
    assert save(hub, ana, site_DOT_yaml=settings(hub, more="# x\n")).notes == ()


@pytest.mark.parametrize(
    "old",
    ["/news", "/News/", "/join/index.html", "/feed.xml", "/calendar.ics", "/sw", "/sw/events"],
)
def test_a_redirect_takes_no_address_of_the_site(hub: Config, ana: Grant, old: str) -> None:
    save(hub, ana, site_DOT_yaml=settings(hub, "en, sw"))
    away = f"redirects: [{{from: {old}, to: page:about}}]\n"
    with pytest.raises(Refused) as refused:
        save(hub, ana, site_DOT_yaml=settings(hub, more=away))
    (fault,) = refused.value.faults
    assert "is redirected, and it is the address of" in fault.said
    assert fault.line > 1


def test_a_redirect_stays_within_the_site(hub: Config, ana: Grant) -> None:
    for old in ("/../docks/join", "/a/..", "/.."):
        away = f"redirects: [{{from: {old}, to: page:about}}]\n"
        with pytest.raises(Refused):
            save(hub, ana, site_DOT_yaml=settings(hub, more=away))
    fine = "redirects: [{from: /a..b/c.html, to: page:about}, {from: /people, to: page:about}]\n"
    save(hub, ana, site_DOT_yaml=settings(hub, more=fine))


def test_a_page_lies_where_no_redirect_leads_away(hub: Config, ana: Grant) -> None:
    before = settings(hub)
    hides = "redirects: [{from: /about, to: page:rights}]\n"
    with pytest.raises(Refused) as refused:
        save(hub, ana, site_DOT_yaml=settings(hub, more=hides))
    assert [fault.file for fault in refused.value.faults] == ["pages/about.en.md"]
    save(hub, ana, site_DOT_yaml=before + b"redirects: [{from: /old/, to: page:about}]\n")
    with pytest.raises(Refused) as refused:
        save(hub, ana, pages__old_DOT_en_DOT_md=PAGE)
    assert "/old/" in refused.value.faults[0].said


def test_a_picture_above_a_text_is_not_taken_away_from_it(hub: Config, ana: Grant) -> None:
    octets = io.BytesIO()
    Image.new("RGB", (60, 40), "blue").save(octets, "PNG")
    text = b"---\ntitle: Aims\nimage: {file: media/a.png, alt: A flag}\n---\nWe are many.\n"
    save(hub, ana, media__a_DOT_png=octets.getvalue(), pages__aims_DOT_en_DOT_md=text)
    with pytest.raises(Refused) as refused:
        save(hub, ana, media__a_DOT_png=None)
    (fault,) = refused.value.faults
    assert (fault.file, fault.line) == ("pages/aims.en.md", 3)
    save(hub, ana, media__a_DOT_png=None, pages__aims_DOT_en_DOT_md=PAGE)


def test_a_list_whose_messages_are_shown_and_that_is_not_there_is_noted(
    hub: Config, ana: Grant
) -> None:
    (note,) = save(hub, ana, site_DOT_yaml=settings(hub, more="news: {from: nowhere}\n")).notes
    assert "`conference:nowhere` leads nowhere" in note.said
    assert note.line > 1
