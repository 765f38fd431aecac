"""However an index came to be what it is, its files are those of one made from nothing, and every
search of it finds what one index of all documents finds.

Random histories of posts that come, change, go and are hidden, in two conferences; the index is
made in between, quick or settled. Segments are small here, so that a few posts fill several.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from solicomm_build.builder import follow, loading
from solicomm_build.builder.sources import Sources
from solicomm_build.features.search import index as search
from solicomm_build.features.search import layout, searchfolder
from solicomm_build.features.search.engine import finding
from solicomm_build.features.search.engine.reader import OpenIndex, open_index
from solicomm_build.features.search.engine.tiers import whole
from solicomm_build.features.search.sealing import searchtiers
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.writer import Change
from solicomm_build.post import event as topic_events
from solicomm_build.post.conference import Conference
from solicomm_build.post.post import Post
from solicomm_build.testing import hubs, manifest, searching, smallhub
from solicomm_build.testing.budget import examples

WORDS = ("water", "heat", "strike", "night", "bus")
QUERIES = ("water", "heat strike", "+night -bus", "stri*", "in:ice water", "author:ana heat")

Step = tuple[Any, ...]
step = st.one_of(
    st.tuples(
        st.just("post"),
        st.sampled_from(("bar", "ice")),
        st.integers(0, 30),
        st.lists(st.sampled_from(WORDS), max_size=6),
        st.integers(0, 50),
    ),
    st.tuples(st.just("delete"), st.sampled_from(("bar", "ice")), st.integers(0, 30)),
    st.tuples(st.just("hide"), st.sampled_from(("bar", "ice")), st.integers(0, 30)),
    st.tuples(st.just("index"), st.booleans()),
)

HISTORIES = {
    "segments fill one by one": [
        x
        for n in range(38)
        for x in (("post", "bar", n, [WORDS[n % 5], "heat"], n), ("index", False))
    ],
    "an old post comes late": [
        *(("post", "bar", n, ["water", WORDS[n % 5]], 20) for n in range(21)),
        ("index", True),
        ("post", "ice", 3, ["strike", "heat", "night"], 0),
        ("index", False),
    ],
    "posts go from a large segment": [
        *(("post", "bar", n, ["water", WORDS[n % 5]], n) for n in range(22)),
        ("index", True),
        ("hide", "bar", 3),
        ("delete", "bar", 9),
        ("index", False),
        ("post", "bar", 40, ["heat"], 1),
        ("index", False),
    ],
}


def _index(config: Config, *, settle: bool, full: bool = False) -> search.Done:
    """The state of the posts and the index, without any page."""
    sources = Sources(config)
    try:
        commits = loading.tips(config)
        found = loading.load(config, sources, commits)
        for name, place in found.conferences.items():
            follow.follow(sources.db, sources, name, place.repo, place.commit, lambda *_: None)
    finally:
        sources.close()
    return search.update(config, found, settle=settle, full=full)


class _History:
    def __init__(self, config: Config) -> None:
        self.config = config
        self.posts: dict[tuple[str, int], Post] = {}
        self.hidden: set[tuple[str, str]] = set()
        self.clock = 0

    def do(self, what: Step) -> None:
        self.clock += 1
        match what:
            case ("post", conference, number, words, minutes):
                made = hubs.post(
                    f"{conference}{number}",
                    subject=" ".join(words[:2]),
                    body=" ".join(words) + "\n",
                    minutes=minutes,
                )
                self.posts[conference, number] = made
                hubs.commit(self._repo(conference), hubs.change(made), at=self._now(minutes))
            case ("delete", conference, number) if (conference, number) in self.posts:
                made = self.posts.pop((conference, number))
                hubs.remove(self.config, conference, made, at=self._now(0))
            case ("hide", conference, number) if (conference, number) in self.posts:
                self._hide(conference, self.posts[conference, number])
            case ("index", settle):
                _index(self.config, settle=settle)
                _check_gone(self)

    def _repo(self, conference: str) -> Path:
        return self.config.conference_repo(conference)

    def _now(self, minutes: int) -> datetime:
        return hubs.START + timedelta(minutes=minutes % 7 + self.clock)

    def _hide(self, conference: str, made: Post) -> None:
        event = topic_events.make(
            "hide",
            at=hubs.after(self.clock),
            by="operator",
            data={"post": made.mid, "reason": "spam"},
        )
        path = topic_events.path(hubs.tid_of(made), event)
        change = Change(path, topic_events.encode(event))
        hubs.commit(self._repo(conference), change, at=self._now(0))
        self.hidden.add((conference, made.mid))


def _opened(config: Config) -> OpenIndex:
    root = config.public / "search" / "index"
    return whole(
        open_index(lambda path: (root / path).read_bytes() if (root / path).exists() else None)
    )


def _answers(index: OpenIndex) -> list[dict[str, float]]:
    """For each query the hits, by address, with their scores."""
    answers = []
    for query in QUERIES:
        found = finding.find([index], query, "en", limit=1000)
        assert not found.incomplete
        answers.append({hit.row.address: round(hit.score, 9) for hit in found.hits})
    return answers


def _check_equal(history: _History) -> None:
    """The files are those of a build from nothing; finding is that of one index of all."""
    config = history.config
    _index(config, settle=True)
    root = config.public / "search"
    before = manifest.read(root)
    answers = _answers(_opened(config))
    _index(config, settle=True, full=True)
    assert manifest.differences(before, manifest.read(root)) == []
    documents = [
        searching.document(
            post.body,
            post.subject,
            post.name,
            place=f"conferences/{conference}",
            url=f"t/{hubs.tid_of(post)}/#" + ("" if hubs.tid_of(post) == post.mid else post.mid),
        )
        for (conference, _), post in history.posts.items()
        if (conference, post.mid) not in history.hidden
    ]
    assert answers == _answers(searching.index_of(documents))


def _check_gone(history: _History) -> None:
    """Nothing that was hidden or deleted is found, merged or not."""
    there = {(c, post.mid) for (c, _), post in history.posts.items()} - history.hidden
    for answer in _answers(_opened(history.config)):
        for address in answer:
            _, conference, rest = address.split("/", 2)
            assert (conference, rest.rpartition("#")[2]) in there


@settings(max_examples=examples(6), deadline=None)
@given(st.lists(step, max_size=40))
def test_any_history_leads_to_the_same_files(steps: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        _run(patch, Path(folder), steps)


def _run(
    patch: pytest.MonkeyPatch, folder: Path, steps: Sequence[Step], *, tiers: bool = False
) -> None:
    if tiers:
        patch.setattr(layout, "LARGEST", 16)
        patch.setattr(searchtiers, "NEWEST", 1)
    patch.setattr(layout, "BASE", 16)
    patch.setattr(layout, "MIDDLE", 4)
    patch.setattr(searchfolder, "CHUNK", 2)
    patch.setattr(search, "QUICK", 5)
    config = smallhub.make(
        folder,
        Conference("bar", {"en": "Bar"}, posting="open"),
        Conference("ice", {"en": "Ice"}, posting="open", kind="list"),
    )
    history = _History(config)
    for what in steps:
        history.do(what)
    _check_equal(history)


@pytest.mark.parametrize("tiers", [False, True])
@pytest.mark.parametrize("name", HISTORIES)
def test_this_history_leads_to_the_same_files(name: str, tiers: bool, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        _run(patch, tmp_path, HISTORIES[name], tiers=tiers)


def test_a_hub_of_before_gets_tiers_and_no_segment_anew(tmp_path: Path) -> None:
    """And goes back, as one that is not large, without a trace."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layout, "LARGEST", 16)
        patch.setattr(layout, "BASE", 16)
        patch.setattr(layout, "MIDDLE", 4)
        patch.setattr(searchfolder, "CHUNK", 2)
        config = smallhub.make(
            tmp_path,
            Conference("bar", {"en": "Bar"}, posting="open"),
            Conference("ice", {"en": "Ice"}, posting="open", kind="list"),
        )
        history = _History(config)
        for n in range(50):
            history.do(("post", ("bar", "ice")[n % 3 == 0], n, [WORDS[n % 5]], n))
        _index(config, settle=True)
        root, noted = config.public / "search" / "index", config.state / "search" / "index.json"
        before = manifest.read(root)
        said = json.loads(noted.read_bytes())
        for one in said["segments"]:
            del one["days"]  # as earlier versions wrote it
        noted.write_text(json.dumps(said), "utf-8")
        made = {path: path.stat().st_ino for path in root.rglob("*.js")}
        patch.setattr(searchtiers, "NEWEST", 1)
        _index(config, settle=True)
        again = {path for path, inode in made.items() if path.stat().st_ino != inode}
        assert again == {root / "manifest.js"}
        new = {path.name for path in root.rglob("*.js")} - {path.name for path in made}
        assert new == {"m.js", "i0.js"}
        assert len(open_index(lambda path: (root / path).read_bytes()).manifest["older"]) == 2
        _check_equal(history)
        patch.setattr(searchtiers, "NEWEST", 4)
        _index(config, settle=True)
        assert manifest.differences(before, manifest.read(root)) == []
