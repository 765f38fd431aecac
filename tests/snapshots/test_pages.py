"""One page of every kind, from the sample network: none of our templates goes unseen.

Each template is marked with its name before the hub is built, so that a page tells what drew it;
of each the first page by its address is kept, without the marks.
"""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from solicomm_build.builder.front import home
from solicomm_build.builder.run import Builder
from solicomm_build.features.meetings.meeting import Meeting, encode, version_path
from solicomm_build.foundation import clock, data
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.writer import Change
from solicomm_build.post import event as events
from solicomm_build.testing import hubs
from tests.snapshots import kept

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FRAMES = {
    "base.html",
    "worded.html",
    "macros.html",
    "library_macros.html",
    "union_base.html",
    "union_items.html",
}
"""Templates that others are made with."""
_BLOCK = re.compile(r"(\{%-?\s*block (?:main|content|body)\b[^%]*%\})")
_MARK = re.compile(r"<!--drawn by ([\w.]+)-->")
_HASHED = re.compile(r"(theme/[\w/.-]*?)\.[0-9a-f]{10}(\.\w+)")


def _marked(theme: Path, into: Path) -> Path:
    """A copy of the theme whose pages say which template drew them."""
    shutil.copytree(theme, into)
    for path in (into / "templates").glob("*.html"):
        mark = f"<!--drawn by {path.name}-->"
        text = path.read_text("utf-8")
        if "{% extends" in text:
            text = _BLOCK.sub(rf"\g<0>{mark}", text, count=1)
        elif path.name not in FRAMES:
            text += mark
        path.write_text(text, "utf-8")
    return into


def _labelled(found: Config) -> None:
    """A topic with a label."""
    first = hubs.post("a", subject="Water at the yard", body="Three *questions*.\n")
    answer = hubs.post("b", "a", subject="Re: Water at the yard", minutes=30, author="Ben")
    hubs.add(found, "organising", [first, answer])
    label = events.make("label", at=hubs.after(60), by="operator", data={"add": ("pay",)})
    place = events.path(hubs.tid_of(first), label)
    hubs.commit(found.conference_repo("organising"), Change(place, events.encode(label)))


def _meeting(found: Config) -> None:
    """A meeting that people were invited to."""
    starts = AT + timedelta(days=7)
    made = Meeting("m-5f3a", "General assembly", starts, starts + timedelta(hours=2), at=AT)
    change = Change(version_path(made), encode(made))
    hubs.commit(found.conference_repo("organising"), change)


def _mistaken(found: Config) -> None:
    """A page of a union's site whose file cannot be read."""
    hubs.commit(found.union_repo("metal"), Change("pages/broken.md", b"---\ntitle: [\n---\nx\n"))


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("pages")
    with clock.fixed(AT), pytest.MonkeyPatch.context() as patch:
        patch.setattr(home, "MOST_PLACES", 5)  # the sample has six unions, so they get a page
        found = hubs.sample(root / "hub")
        _labelled(found)
        _meeting(found)
        _mistaken(found)
        builder = Builder(found, _marked(data.theme(), root / "theme"))
        report = builder.build()
        builder.close()
    assert [url for url, _ in report.failures] == ["/unions/metal/pages/broken.md"]
    return found.public


ELSEWHERE = {"network.html", "write.html", "update.html", "sealed.html"}
"""Drawn where a hub knows others, whose keys are new each time (tests/unit/network/), and on sticks
alone (tests/unit/pocket/)."""


def _drawn(public: Path) -> dict[str, Path]:
    """Each template with the first page that it drew."""
    found: dict[str, Path] = {}
    for path in sorted(public.rglob("*.html")):
        for name in _MARK.findall(path.read_text("utf-8")):
            found.setdefault(name, path)
    return found


def test_every_template_draws_a_page(public: Path) -> None:
    templates = {path.name for path in (data.theme() / "templates").glob("*.html")}
    assert templates - set(_drawn(public)) - FRAMES - ELSEWHERE == set()


def test_pages_are_as_they_were_looked_at(public: Path, request: pytest.FixtureRequest) -> None:
    refresh = request.config.getoption("--refresh-golden")
    for name, path in sorted(_drawn(public).items()):
        text = _HASHED.sub(r"\1.hash\2", _MARK.sub("", path.read_text("utf-8")))
        shown = f"{path.relative_to(public)}\n{text}"
        kept.compare(f"pages/{name}.txt", kept.settled(shown), refresh=refresh)
