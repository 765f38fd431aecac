"""Drafts: shown at a secret address, nowhere else, and gone with their branch or after 30 days."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.builder.run import Builder
from solicomm_build.features.sites import drafts
from solicomm_build.features.sites.drawing import Ask, asks, draw, find, place
from solicomm_build.features.sites.rendering.drawing import answer, sweep
from solicomm_build.features.sites.rendering.preview import bring_up_to_date
from solicomm_build.foundation import clock, data, keys
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import HEADS, create, open_repo
from solicomm_build.git.writer import Change, Writer
from solicomm_build.people import access
from solicomm_build.testing import hubs, manifest, smallhub

NOW = datetime(2026, 3, 3, 12, tzinfo=UTC)


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(clock, "timestamp", NOW.timestamp)
    hub = smallhub.make(tmp_path / "hub")
    repo = create(hub.union_repo("docks"))
    about = Change("pages/about.en.md", b"---\ntitle: About\n---\n\nWe load ships.\n")
    hubs.commit(repo.path, Change(hubs.SITE, hubs.UNION), about)
    return hub


def draft(hub: Config, text: str, *, site: bytes = hubs.UNION, branch: str = "strike") -> None:
    """Moves a draft on, from main where it is new."""
    repo = open_repo(hub.union_repo("docks"))
    name = HEADS + branch
    if repo.ref(name) is None:
        main = repo.ref()
        assert main is not None
        repo.set_ref(name, main, None)
    with Writer(repo, branch=name) as writer:
        body = f"---\ntitle: About\n---\n\n{text}\n".encode()
        changes = [Change("pages/about.en.md", body), Change(hubs.SITE, site)]
        writer.commit(changes, author_name="Ana", when=hubs.START, message="Draft\n")


def build(hub: Config) -> list[str]:
    """A build with the drafts; the faults of those."""
    builder = Builder(hub, data.theme())
    try:
        builder.build()
        return [record.fault for record in bring_up_to_date(hub, builder.built)]
    finally:
        builder.close()


def page(hub: Config, path: str = "about/", branch: str = "strike") -> Path:
    address = drafts.address(hub, "docks", branch)
    return hub.previews / address.strip("/") / path / "index.html"


def test_a_draft_is_shown_at_its_address_and_nowhere_else(hub: Config) -> None:
    build(hub)
    before = manifest.read(hub.public)
    draft(hub, "We strike on Monday.")
    assert build(hub) == [""]
    html = page(hub).read_text("utf-8")
    assert "We strike on Monday." in html
    assert '<meta name="robots" content="noindex">' in html
    assert "canonical" not in html
    assert "This is a draft" in html
    assert "/unions/docks" not in html
    assert manifest.read(hub.public) == before
    assert not list(hub.previews.rglob("sitemap.xml"))
    letters = drafts.address(hub, "docks", "strike").strip("/").rpartition("/")[2]
    assert len(letters) == 26
    assert all(letters not in (hub.public / path).read_text("latin-1") for path in before)
    assert "noindex" in page(hub, "join/").read_text("utf-8")


def test_a_draft_follows_its_branch_and_goes_with_it(hub: Config) -> None:
    draft(hub, "One.")
    build(hub)
    draft(hub, "Two.")
    build(hub)
    assert "Two." in page(hub).read_text("utf-8")
    repo = open_repo(hub.union_repo("docks"))
    name = HEADS + "strike"
    repo.set_ref(name, None, repo.ref(name))
    build(hub)
    assert not page(hub).exists()
    assert not list((hub.previews / "records").iterdir())


def test_a_draft_goes_after_thirty_days_and_comes_back_with_a_push(
    hub: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft(hub, "One.")
    build(hub)
    later = NOW + timedelta(days=31)
    monkeypatch.setattr(clock, "timestamp", later.timestamp)
    assert build(hub) == ["not moved for 30 days"]
    assert not page(hub).exists()
    assert build(hub) == ["not moved for 30 days"]
    draft(hub, "Two.")
    assert build(hub) == [""]
    assert page(hub).exists()


def test_a_draft_of_other_looks_brings_its_own_style_and_touches_none(hub: Config) -> None:
    build(hub)
    before = manifest.read(hub.public)
    draft(hub, "One.", site=hubs.UNION.replace(b"plain", b"night"))
    assert build(hub) == [""]
    sheet = list(page(hub, "").parent.glob("*.css"))
    assert len(sheet) == 1
    assert f'href="../{sheet[0].name}"' in page(hub).read_text("utf-8")
    assert manifest.read(hub.public) == before


def test_what_cannot_be_shown_says_why_and_stops_no_other(hub: Config) -> None:
    draft(hub, "One.", site=b"schema: solicomm/site@1\nunion: other\n", branch="bad")
    draft(hub, "Two.", branch="good")
    faults = build(hub)
    assert faults[0]
    assert faults[1] == ""
    assert page(hub, branch="good").exists()


def test_addresses_differ_by_hub_union_and_branch(hub: Config, tmp_path: Path) -> None:
    other = smallhub.make(tmp_path / "other")
    found = {
        drafts.address(config, union, branch)
        for config in (hub, other)
        for union in ("docks", "metal")
        for branch in ("a", "b")
    }
    assert len(found) == 8
    assert drafts.address(hub, "docks", "a") == drafts.address(hub, "docks", "a")


def test_word_of_a_draft_is_left_and_taken_once(hub: Config) -> None:
    drafts.note(hub, "docks")
    drafts.note(hub, "docks")
    assert drafts.noted(hub) == ["docks"]
    assert drafts.noted(hub) == []


def test_a_draft_in_packed_refs_counts(hub: Config) -> None:
    draft(hub, "One.")
    repo = open_repo(hub.union_repo("docks"))
    before = drafts.branches(repo)
    repo.git("pack-refs", "--all")
    assert drafts.branches(repo) == before
    assert list(before) == ["strike"]


def test_a_broken_record_is_made_anew(hub: Config) -> None:
    draft(hub, "One.")
    build(hub)
    (record,) = (hub.previews / "records").iterdir()
    record.write_bytes(b"{")
    assert build(hub) == [""]
    assert json.loads(record.read_bytes())["branch"] == "strike"


def test_a_name_used_again_has_another_address(hub: Config) -> None:
    draft(hub, "One.")
    build(hub)
    old = drafts.address(hub, "docks", "strike")
    repo = open_repo(hub.union_repo("docks"))
    name = HEADS + "strike"
    repo.set_ref(name, None, repo.ref(name))
    build(hub)
    draft(hub, "Two.")
    build(hub)
    assert drafts.address(hub, "docks", "strike") != old
    assert not (hub.previews / old.strip("/")).exists()
    assert page(hub).exists()


def test_who_loses_the_token_loses_the_address(hub: Config) -> None:
    grant, _ = access.issue(hub, "ana", ["unions/docks"], lang="en")
    elsewhere, _ = access.issue(hub, "ben", ["conferences/bar"], lang="en")
    draft(hub, "One.")
    build(hub)
    old = drafts.address(hub, "docks", "strike")
    access.revoke(hub, elsewhere.id)
    assert drafts.address(hub, "docks", "strike") == old
    access.revoke(hub, grant.id)
    assert build(hub) == [""]
    assert drafts.address(hub, "docks", "strike") != old
    assert not (hub.previews / old.strip("/")).exists()
    assert page(hub).exists()


def test_a_draft_shown_before_there_were_seeds_keeps_its_address(hub: Config) -> None:
    said = b"preview\0docks\0strike"
    mac = hmac.digest(keys.token_key(hub.keys), said, hashlib.sha256)
    plain = base64.b32encode(mac).decode("ascii").lower()[:26]
    record = hub.previews / "records" / f"{plain}.json"
    record.parent.mkdir(parents=True)
    record.write_text("{}")
    assert drafts.address(hub, "docks", "strike") == f"/preview/{plain}/"
    assert drafts.address(hub, "docks", "other") != f"/preview/{plain}/"
    assert drafts.address(hub, "docks", "strike") == f"/preview/{plain}/"


def test_a_page_is_drawn_before_it_is_saved_and_only_where_nobody_finds_it(hub: Config) -> None:
    about = Ask(
        "docks", "pages/about.en.md", "---\ntitle: About\nstatus: draft\n---\n\nWe **won**.\n"
    )
    new = Ask(
        "docks", "news/2026/we-won.en.md", "---\ntitle: Won\ndate: 2026-11-03\n---\n\nAt last.\n"
    )
    night = Ask("docks", "site.yaml", hubs.UNION.decode().replace("plain", "night"))
    broken = Ask("docks", "site.yaml", "nonsense")
    builder = Builder(hub, data.theme())
    try:
        builder.build()
        before = manifest.read(hub.public)
        for name, ask in zip("abcd", (about, new, night, broken), strict=True):
            answer(hub, builder.built, name * 32, ask)
        sweep(hub)
    finally:
        builder.close()
    drawn = [find(hub, name * 32) for name in "abcd"]
    texts = [(place(hub, n * 32) / one.page) for n, one in zip("abc", drawn, strict=False) if one]
    assert "We <strong>won</strong>." in texts[0].read_text("utf-8")
    assert "At last." in texts[1].read_text("utf-8")
    assert [one.url for one in drawn[:3] if one] == [
        "/unions/docks/about/",
        "/unions/docks/news/we-won/",
        "/unions/docks/",
    ]
    assert drawn[0]
    assert drawn[2]
    assert drawn[0].css != drawn[2].css
    assert drawn[3]
    assert not drawn[3].page
    assert drawn[3].fault
    assert manifest.read(hub.public) == before
    assert draw(hub, about, 60.0) is None, "nobody hears: there is no waiting"
    assert not list(asks(hub).iterdir())
