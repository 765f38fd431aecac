"""The hub's front page: what goes on, made with the page and by each post in one language only."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest

from solicomm_build.builder.front import home
from solicomm_build.features.meetings import meeting as meetings
from solicomm_build.features.meetings.meeting import Meeting
from solicomm_build.features.polls.values import poll as polls
from solicomm_build.features.polls.values import votefiles
from solicomm_build.features.polls.values.poll import Opening, Option, Poll
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import create
from solicomm_build.git.writer import Change
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub
from solicomm_build.testing.hubs import START, mid, post

BAR = Conference("bar", {"en": "Water talk"}, posting="open")
NEWS = Conference("news", {"en": "News"}, kind="list", posting="announce")
BOARD = Conference("board", {"en": "Board"}, posting="open", visibility="members")
NOW = START + timedelta(hours=1)  # nine o'clock


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub", BAR, NEWS, BOARD)
    return replace(made, languages=("en", "fr"))


@pytest.fixture(autouse=True)
def now() -> Iterator[None]:
    with clock.fixed(NOW):
        yield


def build(hub: Config, **later: float) -> None:
    with clock.fixed(NOW + timedelta(**later)):
        assert hubs.build(hub).failures == []
        assert hubs.differences(hub) == []


def text(hub: Config, url: str = "/", section: str = "") -> str:
    """What a page says, or one section of it, without tags."""
    html = hubs.page(hub, url)
    if section:
        found = re.search(rf'<section[^>]*labelledby="{section}".*?</section>', html, re.DOTALL)
        html = found[0] if found else ""
    return unescape(" ".join(re.sub(r"<[^>]+>", " ", html).split()))


def test_it_says_what_is_talked_about_with_excerpts_and_numbers(hub: Config) -> None:
    long = "> what was asked\n\nThe pumps & wells stand still since Monday. " + "More of it. " * 40
    hubs.add(
        hub,
        "bar",
        [
            post("a", subject="Water", body="Who has a pump?\n", author="Ana"),
            post("b", "a", subject="Re: Water", body=long, author="Bo", minutes=3),
            post("c", subject="Bread", body="Who bakes?\n", author="Cy", minutes=5),
        ],
    )
    hubs.add(hub, "news", [post("n", subject="Strike won", author="Dee", minutes=6)])
    hubs.add(hub, "board", [post("s", subject="Zubrowka", body="Xylophone\n", minutes=7)])
    build(hub)
    talked = text(hub, section="latest")
    titles = ["Strike won", "Bread", "Water"]
    assert [talked.index(one) for one in titles] == sorted(talked.index(one) for one in titles)
    assert "The pumps & wells stand still since Monday. More of it." in talked
    assert "what was asked" not in talked
    assert "…" in talked
    assert "Water talk · 2 posts · Bo · 1 Mar 2026" in talked
    assert f'href="conferences/bar/t/{mid("a")}/#{mid("b")}"' in hubs.page(hub, "/")
    assert "4 posts 3 topics" in text(hub)
    waiting = text(hub, section="waiting")
    assert "Bread" in waiting
    assert "Water" not in waiting.replace("Water talk", ""), "it has an answer"
    assert "Strike won" not in waiting, "nobody may answer there"
    for closed in ("Zubrowka", "Xylophone", "Board"):
        assert closed not in hubs.page(hub, "/")
    assert 'class="button" href="conferences/bar/#say"' in hubs.page(hub, "/")


def test_what_is_taken_away_is_gone_in_all_languages_at_once(hub: Config) -> None:
    made = post("a", subject="Water", body="Unsayable\n")
    hubs.add(hub, "bar", [made, post("b", subject="Bread", minutes=2)])
    build(hub, hours=2)
    assert "Unsayable" in hubs.page(hub, "/fr/")
    hubs.remove(hub, "bar", made, at=NOW)
    build(hub, hours=2)
    for url in ("/", "/fr/", "/latest.json"):
        assert "Unsayable" not in hubs.page(hub, url)
        assert "Water" not in hubs.page(hub, url).replace("Water talk", "")


def test_a_post_shows_in_the_first_language_and_elsewhere_after_the_hour(hub: Config) -> None:
    hubs.add(hub, "bar", [post("a", subject="Water", minutes=-90)])
    build(hub)
    before = hubs.page(hub, "/fr/")
    assert "Water" in before.replace("Water talk", "")
    hubs.add(hub, "bar", [post("b", subject="Bread", minutes=55)])
    build(hub)
    assert "Bread" in hubs.page(hub, "/")
    assert hubs.page(hub, "/fr/") == before
    build(hub, minutes=8)
    assert hubs.page(hub, "/fr/") == before
    build(hub, minutes=11)
    assert "Bread" in hubs.page(hub, "/fr/")
    assert "Bread" in hubs.page(hub, "/latest.json")


def test_what_is_carried_shows_every_post_in_all_languages(hub: Config) -> None:
    """A stick is written once a week, and shows nothing an hour later."""
    hubs.add(hub, "bar", [post("a", subject="Water", minutes=-90)])
    hubs.add(hub, "bar", [post("b", subject="Bread", minutes=55)])
    build(replace(hub, carried="hub"))
    assert "Bread" in hubs.page(hub, "/fr/")


def test_what_is_carried_without_talk_leaves_no_empty_column(hub: Config) -> None:
    beside = re.compile(r'<div class="cols">\s*<div>')
    build(replace(hub, carried="hub"))
    assert 'class="cols"' in hubs.page(hub, "/")
    assert not beside.search(hubs.page(hub, "/"))
    hubs.add(hub, "bar", [post("a", subject="Water", minutes=-90)])
    build(replace(hub, carried="hub"))
    assert beside.search(hubs.page(hub, "/"))


def test_the_first_posts_of_a_hub_show_in_all_languages_at_once(hub: Config) -> None:
    build(hub)
    assert "Personne n’a encore écrit" in text(hub, "/fr/")
    for name, subject in (("a", "Water"), ("b", "Bread")):
        hubs.add(hub, "bar", [post(name, subject=subject, minutes=55)])
        build(hub)
        assert subject in text(hub, "/fr/", "latest")
    assert "Personne n’a encore écrit" not in text(hub, "/fr/")
    build(hub, minutes=11)
    assert "Water" in text(hub, "/fr/", "latest")
    hubs.add(hub, "bar", [post("c", subject="Salt", minutes=56)])
    build(hub, minutes=12)
    assert "Salt" in text(hub, "/fr/", "latest")


def test_a_running_builder_makes_them_when_the_hour_has_passed(hub: Config) -> None:
    older = post("b", subject="Bread", minutes=-90)
    hubs.add(hub, "bar", [older, post("a", subject="Water", minutes=55)])
    builder = hubs.Builder(hub, hubs.data.theme())
    builder.build()
    assert builder.build().idle
    assert "Water" not in hubs.page(hub, "/fr/").replace("Water talk", "")
    with clock.fixed(NOW + timedelta(minutes=12)):
        report = builder.build()
        assert 0 < report.written <= 4
        assert "Water" in hubs.page(hub, "/fr/").replace("Water talk", "")
        assert builder.build().idle
    builder.close()


def test_open_votes_and_next_meetings_come_from_their_features(hub: Config) -> None:
    closes = NOW + timedelta(days=3)
    question = {"en": "Which <day>?", "fr": "Quel jour ?"}
    about = Poll("q-5f3a", question, "ranked", tuple(Option(n, {"en": n}) for n in "12"), closes)
    at = polls.folder(about.id)
    opened = [
        Change(f"{at}poll.yaml", polls.encode(about)),
        Change(f"{at}open.yaml", votefiles.encode_open(Opening(NOW, "0" * 64, "0" * 64))),
    ]
    soon = Meeting("m-5f3a", "Assembly", closes, closes + timedelta(hours=2), place="Hall", at=NOW)
    over = replace(soon, id="m-6f3b", title="Gone", starts=START - timedelta(9), ends=START - timedelta(8))  # fmt: skip # noqa: E501
    told = [Change(meetings.version_path(one), meetings.encode(one)) for one in (soon, over)]
    hubs.commit(hub.conference_repo("bar"), *opened, *told, at=NOW)
    build(hub)
    assert text(hub, section="votes") == "Open votes Which <day>? Water talk · 4 Mar 2026"
    assert "Quel jour ?" in text(hub, "/fr/", "votes")
    assert text(hub, section="events") == "Coming up Assembly Hall · Water talk · 4 Mar 2026"
    build(hub, days=4)
    assert text(hub, section="events") == ""


def test_what_comes_is_on_the_day_of_its_place(hub: Config) -> None:
    """An evening in America is on the next day in UTC."""
    late = datetime(2026, 3, 4, 1, tzinfo=UTC)
    ends = late + timedelta(hours=2)
    soon = Meeting("m-5f3a", "Assembly", late, ends, zone="America/Bogota", at=NOW)
    told = Change(meetings.version_path(soon), meetings.encode(soon))
    hubs.commit(hub.conference_repo("bar"), told, at=NOW)
    night = "---\ntitle: Night\nstarts: 2026-03-02T20:00:00-05:00\n---\nCome.\n"
    change = Change("events/night.md", night.encode())
    about = Change("pages/about.md", b"---\ntitle: About\n---\nWe are.\n")
    hubs.commit(create(hub.union_repo("docks")).path, Change(hubs.SITE, hubs.UNION), about, change)
    build(hub)
    wanted = "Coming up Night Dock workers · 2 Mar 2026 Assembly Water talk · 3 Mar 2026"
    assert text(hub, section="events") == wanted


def test_events_of_unions_sites_come_with_the_meetings_each_once(hub: Config) -> None:
    """In the reader's language where there is one; not those that are over, or drafts."""
    soon = Meeting("m-5f3a", "Assembly", NOW + timedelta(days=3), NOW + timedelta(days=4), at=NOW)
    told = Change(meetings.version_path(soon), meetings.encode(soon))
    hubs.commit(hub.conference_repo("bar"), told, at=NOW)
    repo = create(hub.union_repo("docks"))
    head = "---\ntitle: {}\nstarts: {}\nplace: Pier 4\n{}---\nCome.\n"
    events = {
        "march.md": head.format("March", "2026-03-02T10:00:00Z", ""),
        "march.es.md": head.format("Marcha", "2026-03-02T10:00:00Z", ""),
        "gone.md": head.format("Gone", "2026-02-02T10:00:00Z", ""),
        "draft.md": head.format("Draft", "2026-03-02T10:00:00Z", "status: draft\n"),
        "broken.md": "---\ntitle: [\n---\n",
    }
    changes = [Change(f"events/{name}", data.encode()) for name, data in events.items()]
    logo = hubs.UNION.replace(b"preset: plain", b"preset: plain, logo: media/logo.png")
    hubs.commit(repo.path, Change(hubs.SITE, logo), *changes, at=START)
    with clock.fixed(NOW):
        hubs.build(hub)  # which tells of the event that cannot be read
    wanted = "Coming up March Pier 4 · Dock workers · 2 Mar 2026 Assembly Water talk · 4 Mar 2026"
    assert text(hub, section="events") == wanted
    assert 'href="unions/docks/events/march/"' in hubs.page(hub, "/")
    assert 'src="unions/docks/media/logo.png.jpg"' in hubs.page(hub, "/")
    assert (hub.public / "unions/docks/events/march/index.html").is_file()


def test_newest_documents_and_the_way_to_agreements(hub: Config) -> None:
    cards = {
        "2026-aaaaaaaa": hubs.CARD.format(id="2026-aaaaaaaa", title="Night staffing", text="T"),
        "2026-bbbbbbbb": hubs.CARD.format(
            id="2026-bbbbbbbb", title="Dock agreement", text="T"
        ).replace("type: report", "type: collective-agreement"),
    }
    repo = create(hub.library_repo("books"))
    changes = [Change(f"entries/{key}/entry.md", card.encode()) for key, card in cards.items()]
    hubs.commit(repo.path, Change("library.yaml", hubs.LIBRARY), *changes, at=START)
    build(hub)
    newest = text(hub, section="documents")
    assert "Night staffing" in newest
    assert "Report · 2026" in newest
    page = hubs.page(hub, "/")
    assert page.count('<img class="badge" src="libraries/books/2026-') == 2
    assert 'href="libraries/books/by/type/collective-agreement/">Find an agreement</a>' in page
    assert "2 documents" in text(hub)


def test_a_fresh_hub_says_what_comes_next_to_whoever_looks(tmp_path: Path) -> None:
    hub = smallhub.make(tmp_path / "hub", BAR)
    hubs.build(hub)
    said = text(hub)
    assert "The first word is yours" in said
    assert "Write the first message" in said
    assert "solicomm new library agreements" in said
    assert "solicomm new union dockers" in said
    assert "No " not in said
    assert " yet." not in said.replace("Nobody has written here yet.", "")
    bare = smallhub.make(tmp_path / "bare", replace(BAR, visibility="members"))
    hubs.build(bare)
    assert "This hub is being set up" in text(bare)
    assert "postmaster@hub.example" in text(bare)
    assert "solicomm new conference questions" in text(bare)


def test_conferences_and_lists_stand_together_and_say_what_differs(hub: Config) -> None:
    build(hub)
    places = text(hub, section="conferences")
    assert places.startswith("Discussions")
    assert places.index("Water talk") < places.index("A conference: read it here")
    assert places.index("News") < places.index("A list: it comes by mail to all who join.")
    page = hubs.page(hub, "/")
    assert 'id="conferences"' in page
    assert 'id="lists"' in page, "old addresses lead there"


def test_many_unions_have_a_page_of_their_own_and_posts_do_not_make_it(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(home, "MOST_PLACES", 2)
    for name in ("docks", "metal", "rail"):
        site = hubs.UNION.replace(b"union: docks", f"union: {name}\ncountry: KE".encode())
        site = site.replace(b"Dock workers", f"Union {name}".encode())
        hubs.commit(create(hub.union_repo(name)).path, Change(hubs.SITE, site), at=START)
    hubs.build(hub)
    front = text(hub, section="unions")
    assert "Union metal" in front
    assert "Union rail" not in front
    assert "All: 3 unions" in front
    every = text(hub, "/unions/")
    assert "Union rail Kenya" in every
    before = (hub.public / "unions/index.html").stat().st_mtime_ns
    hubs.add(hub, "bar", [post("a", subject="Water")])
    hubs.build(hub)
    assert "Water" in hubs.page(hub, "/")
    assert (hub.public / "unions/index.html").stat().st_mtime_ns == before
