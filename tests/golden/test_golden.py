"""A tiny hub and every HTML page, feed and list it is built to, word for word.

`make golden` writes tests/golden/expected/ anew after a wanted change; the diff is what readers
will see. One conference of six posts, a union, a library of two cards. The names of the theme's
files carry a hash of their content, which is left out here.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import create
from solicomm_build.git.writer import Change
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs, smallhub

EXPECTED = Path(__file__).parent / "expected"
KEPT = {".html", ".xml", ".json", ".css"}
_HASHED = re.compile(r"(theme/[\w/.-]*?)\.[0-9a-f]{10}(\.\w+)")

BODY = """\
Fellow workers,

the company cut the water supply of the yard again. Three questions:

1. Who was there?
2. Who can speak on Friday?

```
shift   people
early       12
```
"""
QUOTE = """\
> Who was there?

The early shift, all twelve.\\
I have the names.

\\<div> & \\<script>alert(1)\\</script> are only words.
"""
NEWS = """\
---
title: We won
date: 2026-03-02
summary: The water is back.
---
The water is **back**. [About us](page:about)
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Config:
    made = smallhub.make(
        tmp_path_factory.mktemp("golden") / "hub",
        Conference(
            "water",
            {"en": "Water workers", "fr": "Travailleurs de l’eau"},
            {"en": "Everything about water & wages."},
            posting="open",
            licence="CC-BY-SA-4.0",
        ),
    )
    found = replace(made, languages=("en", "ar"))
    _posts(found)
    _union(found)
    _library(found)
    page = "---\ntitle: About\nsummary: What this hub is.\n---\nA hub of *unions*.\n"
    hubs.commit(found.site_repo, Change("about.en.md", page.encode()))
    with clock.fixed(hubs.START + timedelta(days=45)):  # weeks and health are of a day
        report = hubs.build(found)
    assert report.failures == []
    return found


def _posts(found: Config) -> None:
    """A topic of four posts with an attachment, one answered by subject only, one in Arabic."""
    row, file = hubs.attached(b"early: 12\n", "who was there.txt")
    hubs.add(
        found,
        "water",
        [
            hubs.post("a", subject="Water at the yard", body=BODY, author="Ana Paz"),
            hubs.post(
                "b", "a", subject="Re: Water at the yard", minutes=30, body=QUOTE, author="Béa"
            ),
            hubs.post(
                "c",
                "a",
                "b",
                subject="Re: Water at the yard",
                minutes=61,
                author="Ana Paz",
                body="Good.\n",
                attachments=[row],
            ),
            hubs.post("d", subject="Re: Water at the yard", minutes=60 * 26, author="Cy"),
            hubs.post("e", subject="Bread", minutes=60 * 24 * 40, body="And roses.\n", author="Di"),
            replace(
                hubs.post(
                    "f", subject="الماء", minutes=60 * 24 * 41, author="هند", body="الماء حق.\n"
                ),
                lang="ar",
            ),
        ],
    )
    hubs.commit(found.conference_repo("water"), file)


def _union(found: Config) -> None:
    repo = found.union_repo("docks")
    create(repo)
    files = {
        "site.yaml": hubs.UNION,
        "pages/about.md": b"---\ntitle: About us\n---\nWe load *ships*.\n",
        "pages/welcome.md": b"---\ntitle: Welcome\n---\nJoin us.\n",
        "news/won.md": NEWS.encode(),
    }
    hubs.commit(repo, *(Change(path, blob) for path, blob in files.items()))


def _library(found: Config) -> None:
    repo = found.library_repo("books")
    create(repo)
    hubs.commit(
        repo,
        Change("library.yaml", hubs.LIBRARY),
        *(
            Change(
                f"entries/{name}/entry.md",
                hubs.CARD.format(id=name, title=title, text=text).encode(),
            )
            for name, title, text in (
                ("2026-7qk3xa2m", "Mapping a workplace", "See [the other](lib:2026-a7rh2dgy)."),
                ("2026-a7rh2dgy", "Water & wages", ""),
            )
        ),
    )


def _shown(found: Config) -> dict[str, str]:
    return {
        path.relative_to(found.public).as_posix(): _HASHED.sub(
            r"\1.hash\2", path.read_text("utf-8")
        )
        for path in found.public.rglob("*")
        if path.suffix in KEPT and "theme" not in path.relative_to(found.public).parts
    }


def test_pages_are_as_expected(hub: Config, request: pytest.FixtureRequest) -> None:
    shown = _shown(hub)
    if request.config.getoption("--refresh-golden"):
        shutil.rmtree(EXPECTED, ignore_errors=True)
        for name, text in shown.items():
            (EXPECTED / name).parent.mkdir(parents=True, exist_ok=True)
            (EXPECTED / name).write_text(text, "utf-8")
    kept = {
        path.relative_to(EXPECTED).as_posix(): path.read_text("utf-8")
        for path in EXPECTED.rglob("*")
        if path.is_file()
    }
    assert sorted(shown) == sorted(kept)
    for name in sorted(shown):
        assert shown[name] == kept[name], f"{name} reads otherwise; see `make golden`"
