"""Documents that posts name by their number: links with title and cover, as the library is now."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.builder.render import Begun, Renderer
from solicomm_build.builder.run import Builder
from solicomm_build.features.founding.founding import new_library
from solicomm_build.features.library.cards import entry as entries
from solicomm_build.features.library.cards import entryfile
from solicomm_build.features.library.cards.entry import Entry
from solicomm_build.foundation import clock, data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import open_repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.post.store.hooks import references
from solicomm_build.testing import hubs, manifest, smallhub
from solicomm_build.testing.hubs import mid

KEY, MISSING = "2026-7qk3xa2m", "2020-aaaaaaaa"
TOPIC = f"/conferences/bar/t/{mid('a')}/"
BODY = f"See lib:{KEY.upper()}, not `lib:{KEY}`, and lib:{MISSING}.\n\nxlib:{KEY} is a word.\n"


@pytest.fixture
def hub(tmp_path: Path) -> Config:
    made = smallhub.make(tmp_path / "hub")
    new_library(made, "papers", title="Papers", lang="en")
    return made


@pytest.fixture
def builder(hub: Config) -> Iterator[Builder]:
    made = Builder(hub, data.theme())
    yield made
    made.close()


def _publish(hub: Config, title: str, status: str = "published") -> None:
    entry = Entry(f"lib:{KEY}", "law", {"fr": title}, languages=("fr",), status=status)
    change = Change(entries.path(KEY), entryfile.encode(entry))
    write_once(open_repo(hub.library_repo("papers")), [change], message="Card\n", when=clock.now())


def test_a_number_is_the_title_of_its_document_as_it_is_now(hub: Config, builder: Builder) -> None:
    hubs.add(hub, "bar", [hubs.post("a", body=BODY), hubs.post("b", minutes=1)])
    builder.build()
    hint = "<small data-ui> (not in a library that everybody may read)</small>"
    page = hubs.page(hub, TOPIC)
    assert f"See lib:{KEY.upper()}{hint}" in page, "there is no card yet"

    _publish(hub, "Loi <sociale>")
    builder.build()
    page = hubs.page(hub, TOPIC)
    card = f"../../../../libraries/papers/{KEY}/"
    cited = '<cite data-ui lang="fr"> <bdi>Loi &lt;sociale&gt;</bdi></cite></a>, not'
    assert f'See <a href="{card}">lib:{KEY.upper()}{cited}' in page
    assert f"<code>lib:{KEY}</code>" in page
    assert f"xlib:{KEY} is a word" in page
    assert f"lib:{MISSING}{hint}" in page
    assert re.search(rf'<img class="badge" src="{card}cover.svg" alt="" [^>]*loading="lazy"', page)

    _publish(hub, "Loi nouvelle")
    report = builder.build()
    assert "Loi nouvelle" in hubs.page(hub, TOPIC)
    assert report.written < 30
    _publish(hub, "Loi nouvelle", status="draft")
    builder.build()
    assert "Loi nouvelle" not in hubs.page(hub, TOPIC)
    made = manifest.read(hub.public)
    assert made == hubs.built_anew(hub)


def test_a_topic_that_is_made_before_the_rest_is_planned_names_documents_as_they_are(
    hub: Config, builder: Builder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its page is begun early, so that a post is seen at once: also by a build that finds a new
    card together with a post, or with all topics to be made."""
    begun, made = Renderer.begin, list[Begun]()

    def first(*args: Any) -> Begun:
        now = begun(*args)
        for child in now.at_work:
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # whatever else is slow
        made.append(now)
        return now

    monkeypatch.setattr(Renderer, "begin", first)
    hubs.add(hub, "bar", [hubs.post("a", body=BODY)])
    _publish(hub, "Loi sociale")
    builder.build()
    assert "Loi sociale" in hubs.page(hub, TOPIC)
    _publish(hub, "Loi nouvelle")
    hubs.add(hub, "bar", [hubs.post("c", "a", minutes=2)])
    builder.build()
    assert "Loi nouvelle" in hubs.page(hub, TOPIC)
    assert made


def test_a_library_that_moves_leaves_topics_alone_that_name_nothing(
    hub: Config, builder: Builder
) -> None:
    hubs.add(hub, "bar", [hubs.post("a", body=BODY), hubs.post("b", minutes=1)])
    builder.build()
    files = [hub.public / f"conferences/bar/t/{mid(name)}/index.html" for name in "ab"]
    before = [file.stat().st_mtime_ns for file in files]
    _publish(hub, "Loi")
    builder.build()
    assert [file.stat().st_mtime_ns == at for file, at in zip(files, before, strict=True)] == [
        False,
        True,
    ]


def test_references_are_found_in_texts() -> None:
    text = f"lib:{KEY} (lib:{MISSING}) LIB:{KEY}; /lib:{KEY} lib:{KEY}x https://x/lib:{KEY}"
    assert references(text) == (f"lib:{KEY}", f"lib:{MISSING}")
    assert (
        len(references(" ".join(f"lib:2026-aaaaaa{a}{b}" for a in "abcde" for b in "abcde"))) == 20
    )
