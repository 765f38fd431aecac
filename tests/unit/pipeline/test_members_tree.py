"""Conferences for members only: a tree and an index of their own, no trace in the public ones."""

from __future__ import annotations

import base64
import gzip
import re
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import brotli
import pytest

from solicomm_build.builder import tree
from solicomm_build.builder.run import Builder
from solicomm_build.features.search import index as search
from solicomm_build.features.search.engine import joined
from solicomm_build.foundation import data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.writer import Change
from solicomm_build.post import conference as settings
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, manifest, searching, smallhub

BOARD = Conference(
    "zubrowka",
    {"en": "Negotiators"},
    {"en": "Quartet of mediators"},
    posting="open",
    visibility="members",
)
WATER = Conference("water", {"en": "Water"}, posting="open")
SECRET = hubs.post("m0", subject="Xylophone", author="Wilhelmina", body="Rubies in the chest.\n")
WORDS = ("zubrowka", "negotiators", "quartet", "xylophone", "wilhelmina", "rubies")


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    config = smallhub.make(tmp_path / "hub", BOARD, WATER)
    hubs.add(config, "zubrowka", [SECRET])
    hubs.add(config, "water", [hubs.post("m1", subject="Pipes", body="Open to all.\n")])
    everything(config)
    return config


def everything(config: Config, *, full: bool = False) -> None:
    builder = Builder(config, data.theme())
    try:
        builder.build(full=full)
        assert builder.contents is not None
        search.update(config, builder.contents, settle=True, full=full)
    finally:
        builder.close()


def show(config: Config, visibility: str) -> None:
    blob = settings.encode(replace(BOARD, visibility=visibility))
    hubs.commit(config.conference_repo("zubrowka"), Change(settings.FILE, blob))
    everything(config)


def texts(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file with what it says, its binary part included, and its name."""
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        raw = path.read_bytes()
        if path.suffix == ".br":
            raw = brotli.decompress(raw)
        elif path.suffix == ".gz":
            raw = gzip.decompress(raw)
        if path.name == joined.TERMS:
            raw = b"".join(searching.pieces(raw))
        said = raw.decode("utf-8", "replace")
        for packed in re.findall(r'"(H4sI[A-Za-z0-9+/=]+)"', said):
            said += gzip.decompress(base64.b64decode(packed)).decode("utf-8", "replace")
        yield path, f"{path.relative_to(folder)}\n{said}".lower()


def found(config: Config) -> set[str]:
    """The words that anything public says."""
    return {word for _, text in texts(config.public) for word in WORDS if word in text}


def test_nothing_public_says_anything_of_it(hub: Config) -> None:
    assert found(hub) == set()
    everything(hub, full=True)
    assert found(hub) == set()


def test_the_walk_finds_what_is_public(hub: Config) -> None:
    """The test above can fail: of a public conference all these words are there."""
    show(hub, "public")
    assert found(hub) == set(WORDS)


def test_a_conference_that_closes_leaves_no_word(hub: Config) -> None:
    show(hub, "public")
    show(hub, "members")
    assert found(hub) == set()
    show(hub, "encrypted")
    assert found(hub) == set()
    assert [path for path in hub.members.rglob("*") if "zubrowka" in path.as_posix()] == []


def test_the_tree_is_for_the_hub_s_own_account(hub: Config) -> None:
    assert stat.S_IMODE(hub.members.stat().st_mode) == 0o700
    pages = tree.members(hub).root / "conferences/zubrowka"
    assert "rubies" in (pages / f"t/{hubs.tid_of(SECRET)}/index.html").read_text().lower()
    assert (pages / "feed.xml").exists()
    assert 'content="noindex"' in (pages / "index.html").read_text()
    assert not (tree.members(hub).root / "conferences/water").exists()
    assert not (tree.members(hub).root / "index.html").exists()


def test_its_index_is_its_own(hub: Config) -> None:
    index = tree.members(hub).root / "conferences/zubrowka/search/index"
    said = "".join(text for _, text in texts(index))
    assert "xylophone" in said
    assert "pipes" not in said
    assert '"documents":1' in (index / "manifest.js").read_text()


def test_a_post_for_members_leaves_the_public_pages_alone(hub: Config) -> None:
    builder = Builder(hub, data.theme())
    try:
        builder.build()
        before = hubs.trees(hub)
        hubs.add(hub, "zubrowka", [hubs.post("m2", "m0", subject="Re: Xylophone", minutes=9)])
        report = builder.build()
        assert builder.contents is not None
        search.update(hub, builder.contents, settle=True, public=report.public)
    finally:
        builder.close()
    assert (report.public, report.members) == (False, True)
    after = hubs.trees(hub)
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    assert changed
    assert all(path.endswith(" (members)") for path in changed)
    assert (
        '"documents":2'
        in (tree.members(hub).root / "conferences/zubrowka/search/index/manifest.js").read_text()
    )


def test_a_hub_without_any_has_no_tree(tmp_path: Path) -> None:
    config = smallhub.make(tmp_path / "hub", WATER)
    everything(config)
    assert not config.members.exists()


def test_what_was_built_before_is_swept_with_a_full_build(hub: Config) -> None:
    root = tree.members(hub).root
    (root / "conferences/zubrowka/old.html").write_text("old")
    everything(hub, full=True)
    assert not (root / "conferences/zubrowka/old.html").exists()
    assert (root / "conferences/zubrowka/search/index/manifest.js").exists()
    assert hubs.differences(hub) == []


def test_an_index_that_grew_is_the_one_that_is_made_at_once(hub: Config) -> None:
    for number in range(2, 5):
        hubs.add(hub, "zubrowka", [hubs.post(f"m{number}", "m0", minutes=number, body="More.\n")])
        everything(hub)
    grown = hubs.trees(hub)
    everything(hub, full=True)
    assert manifest.differences(grown, hubs.trees(hub)) == []
    assert any("zubrowka/search/index" in path for path in grown)


def test_a_builder_goes_on_after_another_built_in_full(hub: Config) -> None:
    builder = Builder(hub, data.theme())
    try:
        builder.build()
        everything(hub, full=True)
        late = hubs.post("m9", subject="Later words", body="Emeralds.\n")
        hubs.add(hub, "zubrowka", [late])
        assert builder.build().failures == []
    finally:
        builder.close()
    page = hub.member_pages / f"conferences/zubrowka/t/{hubs.mid('m9')}/index.html"
    assert "Emeralds" in page.read_text()
