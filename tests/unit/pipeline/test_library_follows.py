"""What a library's pages show of topics, of other cards and of files that come later; and which of
its lists are left when there are fewer cards."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from solicomm_build.builder import loading
from solicomm_build.builder.run import Builder
from solicomm_build.builder.sources import Planned, Sources
from solicomm_build.features.library.cards.cardindex import CardIndex
from solicomm_build.features.library.copies import carried
from solicomm_build.features.library.rendering import shelves
from solicomm_build.features.library.rendering.libraries import LibraryPages
from solicomm_build.features.library.rendering.section import places
from solicomm_build.foundation import data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import elsewhere
from solicomm_build.git.elsewhere import Home
from solicomm_build.git.repo import create
from solicomm_build.git.writer import Change
from solicomm_build.post import conference as settings
from solicomm_build.post import event as events
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, manifest, smallhub

KEY, OTHER = "2026-aaaaaaaa", "2026-bbbbbbbb"
CARD = f"/libraries/books/{KEY}/"
TALK = hubs.post("a", subject=f"[lib:{KEY}] Which clause?")


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub")
    create(made.library_repo("books"))
    put(made, Change("library.yaml", hubs.LIBRARY + b"conference: bar\n"), card(KEY))
    return made


@pytest.fixture
def builder(hub: Config) -> Iterator[Builder]:
    made = Builder(hub, data.theme())
    yield made
    made.close()


def card(key: str, *, title: str = "A", text: str = "One.", subject: str = "water") -> Change:
    made = hubs.CARD.format(id=key, title=title, text=text)
    assert "free:water" in made
    return Change(f"entries/{key}/entry.md", made.replace("free:water", f"free:{subject}").encode())


def put(hub: Config, *changes: Change, minutes: int = 0) -> None:
    hubs.commit(hub.library_repo("books"), *changes, at=hubs.after(minutes))


def close(hub: Config) -> None:
    one = Conference("bar", {"en": "Bar"}, posting="open", visibility="members")
    hubs.commit(hub.conference_repo("bar"), Change(settings.FILE, settings.encode(one)))


def test_a_topic_that_is_called_otherwise_is_no_more_on_the_card(
    hub: Config, builder: Builder
) -> None:
    hubs.add(hub, "bar", [TALK])
    builder.build()
    assert "Which clause?" in hubs.page(hub, CARD)
    event = events.make("retitle", at=hubs.after(60), by="operator", data={"title": "Wages"})
    path = events.path(hubs.tid_of(TALK), event)
    hubs.commit(hub.conference_repo("bar"), Change(path, events.encode(event)))
    builder.build()
    assert "Which clause?" not in hubs.page(hub, CARD)
    assert hubs.differences(hub) == []


def test_a_topic_that_is_gone_is_no_more_on_the_card(hub: Config, builder: Builder) -> None:
    hubs.add(hub, "bar", [TALK])
    builder.build()
    hubs.remove(hub, "bar", TALK)
    builder.build()
    assert hubs.differences(hub) == []


@pytest.mark.parametrize("title", ["A", "B"])
def test_a_conference_for_members_is_on_no_card(hub: Config, builder: Builder, title: str) -> None:
    """Nor on one that is made in the same build for another reason."""
    hubs.add(hub, "bar", [TALK])
    builder.build()
    close(hub)
    if title != "A":
        put(hub, card(KEY, title=title), minutes=10)
    builder.build()
    assert "Which clause?" not in hubs.page(hub, CARD)
    assert hubs.differences(hub) == []


def test_a_link_in_a_text_leads_to_a_card_that_comes_later(hub: Config, builder: Builder) -> None:
    put(hub, card(KEY, text=f"See [that](lib:{OTHER})."))
    builder.build()
    assert f"{OTHER}/" not in hubs.page(hub, CARD)
    put(hub, card(OTHER, title="B"), minutes=10)
    builder.build()
    assert f"{OTHER}/" in hubs.page(hub, CARD)
    assert hubs.differences(hub) == []


def test_runs_go_with_their_cards(
    hub: Config, builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also several of a list, and all of one that is empty then."""
    monkeypatch.setattr(shelves, "RUN", 2)
    keys = [f"2026-{letter * 8}" for letter in "cdefgh"]
    put(hub, *map(card, keys))
    builder.build()
    assert (hub.public / "libraries/books/by/subject/free-water/page/2").is_dir()
    put(hub, *(card(key, subject="fire") for key in (KEY, *keys)), minutes=10)
    builder.build()
    assert hubs.differences(hub) == []
    put(hub, *(Change(f"entries/{key}/entry.md", None) for key in keys), minutes=20)
    builder.build()
    assert hubs.differences(hub) == []


def test_a_letter_goes_with_its_last_value(
    hub: Config, builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelves, "LETTERS_FROM", 2)
    put(hub, card(OTHER, subject="zinc"), card("2026-cccccccc", subject="ash"))
    builder.build()
    assert (hub.public / "libraries/books/by/subject/-z").is_dir()
    put(hub, card(OTHER), minutes=10)
    builder.build()
    assert hubs.differences(hub) == []


def test_a_file_of_a_copy_is_offered_when_it_comes(
    hub: Config, builder: Builder, tmp_path: Path
) -> None:
    """And its first page is the card's cover, wherever that stands. No commit tells of it."""
    octets = b"%PDF-1.4 nothing that can be drawn"
    sha256 = hashlib.sha256(octets).hexdigest()
    about = f"type: application/pdf, bytes: {len(octets)}, sha256: {sha256}, role: main"
    made = (card(KEY).data or b"").replace(
        b"status: published", f"files:\n  - {{name: a.pdf, {about}}}\nstatus: published".encode()
    )
    put(hub, Change(f"entries/{KEY}/entry.md", made))
    hubs.add(hub, "bar", [hubs.post("b", body=f"See lib:{KEY}.\n")])
    home = Home("far-aaaaaaaa", "Far", "https://far.example/libraries/books/")
    elsewhere.write(hub, {"libraries/books": home})
    builder.build()
    shown = ("/", CARD, f"/conferences/bar/t/{hubs.mid('b')}/")
    assert all("cover.svg" in hubs.page(hub, url) for url in shown)
    (tmp_path / "a.pdf").write_bytes(octets)
    carried.keep(hub, "books", sha256, tmp_path / "a.pdf")
    builder.build()
    assert not any("cover.svg" in hubs.page(hub, url) for url in shown)
    step_by_step = manifest.read(hub.public)
    builder.build(full=True)
    assert manifest.differences(step_by_step, manifest.read(hub.public)) == []


def test_a_copy_names_its_home_as_it_is_called_now(hub: Config, builder: Builder) -> None:
    """No commit tells of that either."""
    home = Home("far-aaaaaaaa", "Far", "https://far.example/libraries/books/")
    for name in ("Far", "Harbour"):
        elsewhere.write(hub, {"libraries/books": replace(home, name=name)})
        builder.build()
        assert name in hubs.page(hub, "/libraries/books/")


def test_a_site_shows_documents_as_they_are(hub: Config, builder: Builder) -> None:
    """Their date and their kind, too, whatever version of the card says so."""
    create(hub.union_repo("docks"))
    text = hubs.UNION.replace(b"menu:\n", b"menu:\n  - {to: library}\n")
    text += b"library: {organisations: [Water workers]}\n"
    hubs.commit(hub.union_repo("docks"), Change("site.yaml", text))
    builder.build()
    there = hub.public / "unions/docks/library/index.html"
    assert "2026" in there.read_text()
    made = (card(KEY).data or b"").replace(b"2026-02-04", b"2021-02-04")
    put(hub, Change(f"entries/{KEY}/entry.md", made), minutes=10)
    builder.build()
    assert hubs.differences(hub) == []


def by(key: str, name: str, subject: str = "water") -> Change:
    """A card of an organisation, as somebody writes its name."""
    made = card(key, title=key, subject=subject)
    assert made.data
    return Change(made.path, made.data.replace(b"Water workers", name.encode()))


def test_of_two_names_with_one_address_none_hides_the_others_documents(
    hub: Config, builder: Builder
) -> None:
    third = "2026-cccccccc"
    put(hub, by(KEY, "Water workers", "health care"), by(OTHER, "Pay"))
    builder.build()
    for change in (by(OTHER, "WATER-workers", "health-care"), by(third, "Water Workers")):
        put(hub, change)
        builder.build()
        assert hubs.differences(hub) == []
    shown = hubs.page(hub, "/libraries/books/by/organisation/water-workers/")
    assert all(f"/{key}/" in shown for key in (KEY, OTHER, third))
    assert hubs.page(hub, "/libraries/books/by/organisation/").count('"water-workers/"') == 1
    shown = hubs.page(hub, "/libraries/books/by/subject/free-health-care/")
    assert all(f"/{key}/" in shown for key in (KEY, OTHER))
    put(hub, by(OTHER, "Pay"))
    builder.build()
    assert hubs.differences(hub) == []
    assert f"/{OTHER}/" not in hubs.page(hub, "/libraries/books/by/organisation/water-workers/")


def test_a_card_of_a_whole_library_is_read_once(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All lists, and cards that are like one, take it from there."""
    monkeypatch.setattr(shelves, "RUN", 2)
    put(hub, *(card(f"2026-{letter * 8}") for letter in "cdefgh"))
    with contextlib.closing(Sources(hub)) as sources:
        commits, _ = loading.reached(hub, sources.db)
        place = places(loading.load(hub, sources, commits))["books"]
        pages = LibraryPages(sources, hub, "books", place, "")
        pages.follow()
        planned = [one for one in pages.everything() if isinstance(one, Planned)]
        asked: list[str] = []
        sources.handle(CardIndex)._db.set_trace_callback(asked.append)
        made = [(page.kind, dict(page.facts)) for page in (one.make() for one in planned)]
    assert sum(len(facts["alike"]) for kind, facts in made if kind == "card") > 10
    assert sum(len(facts["entries"]) for kind, facts in made if kind == "shelf") > 20
    assert asked
    assert [one for one in asked if "title" in one or "kind, name" in one] == []
