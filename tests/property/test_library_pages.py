"""A library's pages after any history: those of a build of everything, byte for byte.

Cards come, change, name each other, are withdrawn and go, also with dates of long ago; enough of
them that lists have several pages. Topics that name a card come between.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.builder.run import Builder
from solicomm_build.features.founding.founding import new_library
from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.entry import (
    Creator,
    Dates,
    Entry,
    File,
    Relations,
    Rights,
)
from solicomm_build.foundation import data
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.testing import hubs, manifest, smallhub

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


def key(number: int) -> str:
    return f"2026-aaaaaa{LETTERS[number // 32]}{LETTERS[number % 32]}"


def card(chance: random.Random, number: int, cards: int) -> list[Change]:
    """Some card of this number with a text beside it."""
    other = f"lib:{key(chance.randrange(cards))}"
    relation = chance.choice(
        [Relations(), Relations(replaces=(other,)), Relations(related=(other,))]
    )
    text = b"# Wages\n\nText\n"
    files = (File("0" * 64, "text.md", "text/markdown", len(text), lang="en"),)
    entry = Entry(
        f"lib:{key(number)}",
        chance.choice(["report", "manual"]),
        {"en": f"Card {number} {chance.randrange(3)}"},
        languages=("en",),
        relations=relation,
        creators=(Creator(chance.choice(["KLGWU", "Dockers"]), "org"),),
        subjects=(chance.choice(["free:water", "free:heat", "free:ماء"]),),
        countries=(chance.choice(["KE", "TN"]),),
        date=Dates(chance.choice(["2025", "2026-02"])),
        rights=Rights(access=chance.choice(["open", "open", "members"])),
        status=chance.choice(["published", "published", "published", "withdrawn", "draft"]),
        files=files if chance.random() < 0.3 else (),
    )
    changes = [Change(entries.path(entry.key), entryfile.encode(entry))]
    if entry.files:
        changes.append(Change(f"entries/{entry.key}/text.md", text))
    return changes


@pytest.mark.parametrize("seed", range(3))
def test_any_history_shows_what_a_full_build_shows(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    config = smallhub.make(tmp_path / "hub")
    new_library(config, "papers", title="Papers", lang="en")
    repo = open_repo(config.library_repo("papers"))
    known: set[int] = set()
    at = BEGUN
    builder = Builder(config, data.theme())
    try:
        for _ in range(7):
            changes: dict[str, Change] = {}
            for number in range(len(known), len(known) + chance.choice([1, 9, 25])):
                known.add(number)
                changes |= {c.path: c for c in card(chance, number, len(known))}
            for number in chance.sample(sorted(known), min(2, len(known))):
                found = card(chance, number, len(known))
                if chance.random() < 0.3:
                    found = [Change(found[0].path, chance.choice([None, b"broken"]))]
                changes |= {c.path: c for c in found}
            at += timedelta(hours=1)
            when = at if chance.random() < 0.7 else BEGUN - timedelta(days=1)
            write_once(repo, list(changes.values()), message="Some\n", when=when)
            if chance.random() < 0.8:
                builder.build()
        builder.build()
        shown = manifest.read(config.public)
    finally:
        builder.close()
    different = manifest.differences(shown, hubs.built_anew(config))
    assert [path for path in different if path.startswith("libraries/")] == []
    assert (config.public / "libraries/papers/page/1/index.html").exists()


def test_a_topic_that_names_a_card_shows_on_it(tmp_path: Path) -> None:
    config = smallhub.make(tmp_path / "hub")
    new_library(config, "papers", title="Papers", lang="en")
    repo = open_repo(config.library_repo("papers"))
    settings = (
        b"schema: solicomm/library@1\nid: papers\ntitle: {en: Papers}\nlanguages: [en]\n"
        b"conference: bar\n"
    )
    first = Entry(f"lib:{key(0)}", "report", {"en": "First"}, languages=("en",))
    changes = [
        Change("library.yaml", settings),
        Change(entries.path(first.key), entryfile.encode(first)),
    ]
    write_once(repo, changes, message="Some\n", when=BEGUN)
    page = config.public / f"libraries/papers/{key(0)}/index.html"
    builder = Builder(config, data.theme())
    try:
        builder.build()
        assert "What of clause 7" not in page.read_text("utf-8")
        asked = hubs.post("m0", subject=f"What of clause 7? [lib:{key(0)}]")
        hubs.add(config, "bar", [asked])
        builder.build()
        assert "What of clause 7" in page.read_text("utf-8")
    finally:
        builder.close()
