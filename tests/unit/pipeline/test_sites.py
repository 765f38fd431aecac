"""Union sites as built: what is on them, and that none can slow or break another."""

from __future__ import annotations

import io
import json
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import icalendar
import pytest
from PIL import Image

from solicomm_build.builder.apart import batch
from solicomm_build.builder.apart.pushed import Pushed
from solicomm_build.builder.run import Builder
from solicomm_build.features.sites.rendering import opensite
from solicomm_build.foundation import clock, data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import create
from solicomm_build.git.writer import Change
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub

SITE = """\
schema: solicomm/site@1
union: {name}
title: {{en: The {name}, fr: Les {name}}}
languages: [en, fr]
contact: {{email: office@{name}.example}}
menu: [{{to: page:about}}, {{to: news}}, {{to: library}}]
home: {{blocks: [{{type: news}}, {{type: events}}, {{type: conferences, ids: [water]}}]}}
redirects: [{{from: /old.html, to: page:about}}, {{from: /alt, to: news}}]
"""
FILES = {
    "pages/about.en.md": "---\ntitle: About\n---\nWe are. [x](page:gone)\n",
    "news/2026/won.en.md": "---\ntitle: We won\ndate: 2026-03-02\n---\nYes.\n",
    "news/2025/begun.fr.md": "---\ntitle: Commencé\ndate: 2025-03-02\n---\nOui.\n",
    "events/day.en.md": "---\ntitle: 'Day, with; commas'\nstarts: '2026-03-04T18:00:00+03:00'\n"
    "ends: '2026-03-04T20:30:00+03:00'\nplace: Hall\n---\nCome.\n",
    "events/days.en.md": "---\ntitle: Days\nstarts: 2026-05-01\nends: 2026-05-03\n---\n",
}


def add(hub: Config, name: str, **more: str) -> None:
    """A union's site."""
    create(hub.union_repo(name))
    change(hub, name, {"site.yaml": SITE.format(name=name), **FILES, **more})


def change(hub: Config, name: str, files: dict[str, str | None]) -> None:
    hubs.commit(
        hub.union_repo(name),
        *(
            Change(path, text.encode() if text is not None else None)
            for path, text in files.items()
        ),
    )


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A hub with a conference and two sites; it is 3 March 2026."""
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 3, 3, 12, 0, tzinfo=UTC))
    made = smallhub.make(tmp_path / "hub", Conference("water", {"en": "Water"}))
    hubs.add(made, "water", [hubs.post("a", subject="Pumps")])
    add(made, "docks")
    add(made, "mines")
    return made


def test_what_a_site_has(hub: Config) -> None:
    assert hubs.build(hub).failures == []
    home = hubs.page(hub, "/unions/docks/")
    assert "We won" in home
    assert "Pumps" in home, "the newest topics of its conference"
    french = hubs.page(hub, "/unions/docks/fr/")
    assert 'lang="en"' in french, "what is not translated is shown as it is"
    assert "2025" in hubs.page(hub, "/unions/docks/fr/news/")
    assert "Commencé" in hubs.page(hub, "/unions/docks/fr/news/year/2025/")
    assert 'url=about/"' in hubs.page(hub, "/unions/docks/old.html")
    assert "../news/" in hubs.page(hub, "/unions/docks/alt/")
    assert "mailto:office@docks.example?subject=" in hubs.page(hub, "/unions/docks/join/")
    sitemap = hubs.page(hub, "/unions/docks/sitemap.xml")
    assert f"<loc>{hub.url}/unions/docks/news/won/</loc>" in sitemap
    assert 'hreflang="fr"' in sitemap
    assert "page:gone" not in hubs.page(hub, "/unions/docks/about/")


def test_who_knows_no_webp_sees_every_picture(hub: Config) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (1400, 700), "teal").save(buffer, "PNG")
    page = (
        "---\ntitle: March\ndate: 2026-03-02\n"
        "image: {file: media/march.png, alt: 'A \"march\"'}\n---\n"
        "![Banners](media/march.png)\n"
    )
    hubs.commit(
        hub.union_repo("docks"),
        Change("media/march.png", buffer.getvalue()),
        Change("news/2026/march.en.md", page.encode()),
    )
    hubs.build(hub)
    site = hub.public / "unions" / "docks"
    shown = (site / "news" / "march" / "index.html").read_text()
    sources = re.findall(r'<picture><source srcset="([^"]*)" type="image/webp"><img [^>]*>', shown)
    assert sources == ["../../media/march.png.webp"] * 2
    assert shown.count('src="../../media/march.png.jpg"') == 2
    assert 'alt="A &#34;march&#34;"' in shown
    assert 'alt="Banners"' in shown
    with Image.open(site / "media" / "march.png.jpg") as plain:
        assert (plain.format, plain.size) == ("JPEG", (800, 400))
    assert re.findall(r'og:image(?::width|:height)?" content="([^"]*)"', shown) == [
        f"{hub.url}/unions/docks/media/march.png.jpg",
        "800",
        "400",
    ]


def test_the_map_for_search_engines_says_when_a_text_was_last_changed(hub: Config) -> None:
    hubs.build(hub)
    before = _lastmod(hub)
    assert before[f"{hub.url}/unions/docks/about/"] == before[f"{hub.url}/unions/docks/news/won/"]
    text = b"---\ntitle: About\n---\nWe were.\n"
    later = datetime(2026, 3, 3, 11, 30, tzinfo=UTC)
    hubs.commit(hub.union_repo("docks"), Change("pages/about.en.md", text), at=later)
    hubs.build(hub)
    after, stamp = _lastmod(hub), "2026-03-03T11:30:00Z"
    assert before[f"{hub.url}/unions/docks/about/"] < stamp
    assert after[f"{hub.url}/unions/docks/about/"] == stamp
    assert after[f"{hub.url}/unions/docks/"] == stamp, "it shows the text's title"
    assert after[f"{hub.url}/unions/docks/news/won/"] == before[f"{hub.url}/unions/docks/news/won/"]
    assert f"{hub.url}/unions/docks/join/" not in after, "nobody knows"


def _lastmod(hub: Config) -> dict[str, str]:
    text = hubs.page(hub, "/unions/docks/sitemap.xml")
    return dict(re.findall("<loc>([^<]+)</loc><lastmod>([^<]+)</lastmod>", text))


def test_calendars_are_read_by_others(hub: Config) -> None:
    hubs.build(hub)
    text = (hub.public / "unions/docks/calendar.ics").read_bytes()
    assert b"\r\n" in text
    found = {str(e["summary"]): e for e in icalendar.Calendar.from_ical(text).walk("VEVENT")}
    assert found["Day, with; commas"]["dtstart"].dt == datetime(2026, 3, 4, 15, 0, tzinfo=UTC)
    assert str(found["Days"]["dtend"].dt) == "2026-05-04"
    one = (hub.public / "unions/docks/events/day/event.ics").read_bytes()
    assert one.count(b"BEGIN:VEVENT") == 1
    page = hubs.page(hub, "/unions/docks/events/day/")
    assert "18:00" in page, "the time of the place"
    assert "UTC+3" in page


def test_a_meeting_that_was_moved_says_so_to_calendars(hub: Config, tmp_path: Path) -> None:
    builder = Builder(hub, _theme())
    builder.build()
    moved = FILES["events/day.en.md"].replace("T18:00", "T19:00")
    for text in (moved, FILES["events/day.en.md"], moved):
        change(hub, "docks", {"events/day.en.md": text})
    change(hub, "docks", {"pages/about.en.md": "---\ntitle: About\n---\nMore.\n"})
    builder.build()
    builder.close()
    repo = hub.union_repo("docks")
    told = [
        "git",
        f"--git-dir={repo}",
        "log",
        "-1",
        "--format=%ct",
        "main",
        "--",
        "events/day.en.md",
    ]
    last = datetime.fromtimestamp(int(subprocess.check_output(told)), UTC)
    for path in ("calendar.ics", "events/day/event.ics"):
        octets = (hub.public / "unions/docks" / path).read_bytes()
        found = {str(e["summary"]): e for e in icalendar.Calendar.from_ical(octets).walk("VEVENT")}
        event = found["Day, with; commas"]
        assert (event["dtstamp"].dt, event["last-modified"].dt) == (last, last)
        assert event["sequence"] == 3
    assert found["Day, with; commas"]["dtstart"].dt.hour == 16
    assert hubs.build(hub, full=True).failures == []
    assert (hub.public / "unions/docks/events/day/event.ics").read_bytes() == octets


def test_an_event_passes_without_a_commit(hub: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    builder = Builder(hub, _theme())
    builder.build()
    assert "Day, with" in hubs.page(hub, "/unions/docks/")
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 3, 5, 1, 0, tzinfo=UTC))
    assert not builder.build().idle
    assert "Day, with" not in hubs.page(hub, "/unions/docks/")
    assert "This is over." in hubs.page(hub, "/unions/docks/events/day/")
    assert builder.build().idle
    builder.close()
    assert hubs.differences(hub) == []


def _theme() -> Path:
    from solicomm_build.foundation import data

    return data.theme()


def test_a_broken_page_is_a_stub_and_named_until_it_is_mended(hub: Config) -> None:
    hubs.build(hub)
    change(hub, "docks", {"pages/about.en.md": "---\ntitel: About\n---\n"})
    report = hubs.build(hub)
    assert any("pages/about.en.md" in reason for _, reason in report.failures)
    assert "being mended" in hubs.page(hub, "/unions/docks/about/")
    change(hub, "mines", {"pages/more.md": "---\ntitle: More\n---\n"})
    hubs.build(hub)
    noted = json.loads((hub.state / "build.json").read_text())["failures"]
    assert "/unions/docks/pages/about.en.md" in [place for place, _ in noted]
    change(hub, "docks", {"pages/about.en.md": FILES["pages/about.en.md"]})
    assert hubs.build(hub).failures == []
    assert json.loads((hub.state / "build.json").read_text())["failures"] == []


def test_broken_settings_keep_the_last_good_site(hub: Config) -> None:
    hubs.build(hub)
    before = hubs.page(hub, "/unions/docks/")
    change(hub, "docks", {"site.yaml": "schema: [", "pages/new.md": "---\ntitle: New\n---\n"})
    for _ in range(2):  # the second process knows it from what the first has kept
        report = hubs.build(hub)
        assert any("unions/docks.git" in place for place, _ in report.failures)
        assert hubs.page(hub, "/unions/docks/") == before
    assert "New" in hubs.page(hub, "/unions/docks/new/")


@pytest.mark.parametrize("how", ["spin", "sleep", "memory", "die"])
def test_a_hostile_site_harms_no_other(
    hub: Config, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Whatever happens while one site is built, the others are live and it keeps its pages."""
    hubs.build(hub)
    before = hubs.page(hub, "/unions/docks/")
    monkeypatch.setattr(batch, "PROCESSOR", 0.5)
    monkeypatch.setattr(batch, "REAL", 8.0)  # an honest site needs seconds on a busy machine
    read = opensite.contents.read

    def hostile(reader, commit, site):  # type: ignore[no-untyped-def]
        if site.union == "docks":
            if how == "spin":
                "".join(str(n) for n in range(10**9))
            if how == "sleep":
                time.sleep(600)
            if how == "memory":
                bytearray(8 * 1024**3)
            if how == "die":
                import os

                os._exit(9)
        return read(reader, commit, site)

    monkeypatch.setattr(opensite.contents, "read", hostile)
    page = {"pages/more.md": "---\ntitle: More\n---\n"}
    add(hub, "aaa")
    for name in ("docks", "mines"):
        change(hub, name, dict(page))
    report = hubs.build(hub)
    assert [place for place, _ in report.failures] == ["/unions/docks/site.yaml"]
    assert "More" in hubs.page(hub, "/unions/mines/more/")
    hubs.page(hub, "/unions/aaa/")
    assert hubs.page(hub, "/unions/docks/") == before
    assert hubs.build(hub).pages == 0, "it is not tried for ever"


def test_what_an_announcing_list_says_is_among_the_news(hub: Config) -> None:
    told = Conference("bulletin", {"en": "Bulletin"}, kind="list", posting="announce")
    smallhub.add_conference(hub, told)
    hubs.add(hub, "bulletin", [hubs.post("b", subject="The ballot is open")])
    change(hub, "docks", {"site.yaml": SITE.format(name="docks") + "news: {from: bulletin}\n"})
    assert hubs.build(hub).failures == []
    news = hubs.page(hub, "/unions/docks/news/")
    assert "The ballot is open" in news
    assert "We won" in news
    assert "conferences/bulletin/t/" in news
    assert "The ballot is open" in hubs.page(hub, "/unions/docks/")
    assert "The ballot is open" not in hubs.page(hub, "/unions/mines/news/")
    hubs.add(hub, "bulletin", [hubs.post("c", subject="The ballot is over", minutes=9)])
    hubs.build(hub)
    assert "The ballot is over" in hubs.page(hub, "/unions/docks/news/")
    assert hubs.differences(hub) == []


def test_a_site_of_too_many_bytes_is_cut_off(hub: Config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "RENDERED", 20_000)
    failures = hubs.build(hub).failures
    assert any("more than 20,000 bytes" in reason for _, reason in failures)


def test_impatient_builds_finish_in_the_end(hub: Config) -> None:
    """Posts need not wait for sites: a build ends after its time and the next one goes on."""
    for number in range(6):
        add(hub, f"u{number}")
    builder = Builder(hub, _theme())
    first = builder.build(patience=0.0)
    assert first.unfinished
    rounds = 1
    while builder.build(patience=0.0).unfinished:
        rounds += 1
        assert rounds < 20
    builder.close()
    assert hubs.differences(hub) == []


def test_a_push_during_a_build_is_shown_by_that_build(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waited for all sites to be made as they had been, and then for another build."""
    builder = Builder(hub, data.theme())
    publish = Builder._publish

    def interrupted(self: Builder, *args: object) -> None:
        publish(self, *args)  # type: ignore[arg-type]
        monkeypatch.setattr(Builder, "_publish", publish)
        change(hub, "docks", {"site.yaml": SITE.format(name="docks").replace("The docks", "Quay")})

    monkeypatch.setattr(Builder, "_publish", interrupted)
    try:
        builder.build(patience=60.0)
        assert "Quay" in hubs.page(hub, "/unions/docks/")
        assert not builder.build(patience=60.0).idle
        assert builder.build(patience=60.0).idle
    finally:
        builder.close()
    assert "Quay" in hubs.page(hub, "/")
    assert hubs.differences(hub) == []


def test_a_push_while_pages_are_made_waits_for_none_of_them(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waited until all were made that were begun before: all of the hub, where it had just
    begun."""
    builder, wait, build, by_parent = Builder(hub, data.theme()), Pushed.wait, batch.build, []

    def interrupted(self: Pushed, readings: Sequence[int]) -> None:
        monkeypatch.setattr(Pushed, "wait", wait)
        change(hub, "docks", {"site.yaml": SITE.format(name="docks").replace("The docks", "Quay")})
        wait(self, readings)

    def noted(tasks: Sequence[batch.Task], *args: Any, **kwargs: Any) -> Iterator[batch.Result]:
        by_parent.extend(task.section for task in tasks)
        return build(tasks, *args, **kwargs)

    monkeypatch.setattr(Pushed, "wait", interrupted)
    monkeypatch.setattr(batch, "build", noted)
    try:
        builder.build(patience=60.0)
        assert by_parent == ["union:mines"], "a child has made the other beside the pages"
        assert "Quay" in hubs.page(hub, "/unions/docks/")
        builder.build(patience=60.0)
        assert builder.build(patience=60.0).idle
    finally:
        builder.close()
    assert "Quay" in hubs.page(hub, "/")
    assert hubs.differences(hub) == []


def test_a_site_that_moves_again_after_it_was_made_beside_pages_is_made_again(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder, wait, publish = Builder(hub, data.theme()), Pushed.wait, Builder._publish
    builder.build(patience=60.0)
    moved = {
        "pages/about.en.md": "---\ntitle: Quay\n---\n",
        "pages/gone.en.md": "---\ntitle: Gone\n---\n",
    }

    def interrupted(self: Pushed, readings: Sequence[int]) -> None:
        monkeypatch.setattr(Pushed, "wait", wait)
        change(hub, "docks", {**moved})
        wait(self, readings)

    def and_again(self: Builder, *args: object) -> None:
        publish(self, *args)  # type: ignore[arg-type]
        monkeypatch.setattr(Builder, "_publish", publish)
        change(hub, "docks", {name: FILES.get(name) for name in moved})

    monkeypatch.setattr(Pushed, "wait", interrupted)
    monkeypatch.setattr(Builder, "_publish", and_again)
    hubs.add(hub, "water", [hubs.post("b", subject="Pipes", minutes=5)])
    try:
        builder.build(patience=60.0)
        builder.build(patience=60.0)
        assert builder.build(patience=60.0).idle
    finally:
        builder.close()
    assert not (hub.public / "unions/docks/gone").exists()
    assert "Quay" not in hubs.page(hub, "/unions/docks/about/")
    assert hubs.differences(hub) == []


def test_a_page_called_history_is_read_and_not_the_changes_of_the_site(hub: Config) -> None:
    change(hub, "docks", {"pages/history.en.md": "---\ntitle: Our history\n---\nSince 1920.\n"})
    for _ in range(2):
        assert hubs.build(hub).failures == []
        assert "Since 1920." in hubs.page(hub, "/unions/docks/history/")
    change(hub, "docks", {"pages/history.en.md": None})
    hubs.build(hub)
    assert "pages/history.en.md" in hubs.page(hub, "/unions/docks/history/")
