"""What a hub joins of its index, and when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from solicomm_build.builder import loading
from solicomm_build.builder.apart import children
from solicomm_build.builder.sources import Sources
from solicomm_build.features.search import index as search
from solicomm_build.features.search import layout, searchfolder
from solicomm_build.features.search.engine import files, joined, shard
from solicomm_build.features.search.engine.document import FIELDS
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.writer import Change
from solicomm_build.post import event as topic_events
from solicomm_build.post.conference import Conference
from solicomm_build.post.post import Post
from solicomm_build.testing import hubs, searching, smallhub


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A base, some more, and recent posts."""
    monkeypatch.setattr(layout, "LARGEST", 64)
    monkeypatch.setattr(layout, "BASE", 16)
    monkeypatch.setattr(layout, "MIDDLE", 4)
    monkeypatch.setattr(searchfolder, "CHUNK", 2)
    monkeypatch.setattr(search, "QUICK", 12)
    made = smallhub.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}))
    hubs.add(made, "bar", [_post(number) for number in range(22)])
    hubs.build(made)
    assert _indexed(made).settled
    return made


def _post(number: int) -> Post:
    """The post of that minute."""
    subject, body = f"Topic{number}", f"Words{number} of the hub.\n"
    return hubs.post(f"p{number}", subject=subject, body=body, minutes=number)


def _indexed(hub: Config, *, settle: bool = False, full: bool = False) -> search.Done:
    sources = Sources(hub)
    found = loading.load(hub, sources, loading.tips(hub), None)
    sources.close()
    return search.update(hub, found, settle=settle, full=full)


def _joined(hub: Config) -> Mapping[int, Mapping[str, Any]]:
    """What is joined, by the number of posts and pages in it."""
    root = hub.public / "search" / "index"
    said = files.unwrap((root / "manifest.js").read_bytes())
    sizes = {one["id"]: one["documents"] for one in said["segments"]}
    return {sum(sizes[one] for one in entry["segments"]): entry for entry in said["joined"]}


def _said(hub: Config, entry: Mapping[str, Any]) -> str:
    root = hub.public / "search" / "index"
    terms = searching.pieces((root / entry["id"] / joined.TERMS).read_bytes())
    shown = (root / entry["rows"] / joined.ROWS).read_text("utf-8")
    words = [term.decode() for data in terms[1:] for term, _ in shard.unpack(data, len(FIELDS))]
    return " ".join([shown, *words])


def _hide(hub: Config, post: Post) -> None:
    event = topic_events.make(
        "hide", at=hubs.after(60), by="operator", data={"post": post.mid, "reason": "spam"}
    )
    path = topic_events.path(hubs.tid_of(post), event)
    hubs.commit(hub.conference_repo("bar"), Change(path, topic_events.encode(event)))


def _inodes(hub: Config) -> dict[str, int]:
    root = hub.public / "search" / "index"
    return {path.parent.name + path.name: path.stat().st_ino for path in root.rglob("*.bin")}


def test_segments_are_joined_by_how_often_they_change(hub: Config) -> None:
    recent, middle, large = sorted(_joined(hub))
    assert (recent, large) == (2, 16)
    assert middle >= 4
    said = _said(hub, _joined(hub)[16])
    assert all(f"Topic{n}" in said for n in range(16))
    assert "Topic20" in _said(hub, _joined(hub)[2])


@pytest.mark.parametrize("damaged", ["", "l.js"])
def test_several_processes_join_what_one_does(
    hub: Config, monkeypatch: pytest.MonkeyPatch, damaged: str
) -> None:
    """Halves of what is large, and rows, by whoever is free."""
    monkeypatch.setattr(joined, "_HALVED", 10)
    by = dict[int, dict[str, bytes]]()
    for count in (1, 2):
        monkeypatch.setattr(children, "COUNT", count)
        if damaged:
            monkeypatch.setattr(joined, "_binary", _damaged_at(damaged))
        assert _indexed(hub, full=True).settled
        root = hub.public / "search" / "index"
        by[count] = {p.parent.name + p.name: p.read_bytes() for p in root.rglob("*.bin")}
        assert by[count] or damaged
    assert by[1] == by[2]


def _damaged_at(name: str) -> Callable[[joined.Read, str], bytes]:
    binary = joined._binary

    def read(of: joined.Read, path: str) -> bytes:
        if path.endswith(f"/{name}"):
            raise shard.damaged("is cut short")
        return binary(of, path)

    return read


def test_a_new_post_joins_the_recent_ones_alone(hub: Config) -> None:
    before = _inodes(hub)
    hubs.add(hub, "bar", [_post(22)])
    hubs.build(hub)
    done = _indexed(hub)
    after = _inodes(hub)
    assert done.settled
    assert len(before.keys() - after.keys()) == 2
    assert {name for name in after if before.get(name) == after[name]} == before.keys() & after
    assert "words22" in _said(hub, _joined(hub)[3])


def test_what_is_large_is_joined_when_nobody_waits(hub: Config) -> None:
    """And what changes in it is not shown of what was joined before."""
    hubs.remove(hub, "bar", _post(3))
    hubs.build(hub)
    assert not _indexed(hub).settled
    assert max(_joined(hub)) < 16
    assert "Topic3" not in "".join(_said(hub, one) for one in _joined(hub).values())
    assert _indexed(hub, settle=True).settled
    said = _said(hub, _joined(hub)[16])
    assert "Topic3" not in said
    assert "words3" not in said.split()
    assert "words4" in said.split()
    assert "Topic4" in said
    assert len(_inodes(hub)) == 2 * len(_joined(hub))


def test_an_index_of_before_is_joined_by_itself(hub: Config) -> None:
    root = hub.public / "search" / "index"
    whole, noted = dict(_joined(hub)), (root / "manifest.js").read_bytes()
    said = files.unwrap(noted)
    del said["joined"]
    (root / "manifest.js").write_bytes(files.wrap("manifest.js", said))
    for path in [*root.rglob("*.bin")]:
        path.unlink()
    assert not _indexed(hub).settled, "the large ones are left"
    assert _indexed(hub, settle=True).settled
    assert _joined(hub) == whole
    assert (root / "manifest.js").read_bytes() == noted


def test_what_is_lost_is_joined_again(hub: Config) -> None:
    before = _inodes(hub)
    root = hub.public / "search" / "index"
    for path in [*root.rglob(joined.ROWS)]:
        path.unlink()
    _indexed(hub, settle=True)
    assert _inodes(hub).keys() == before.keys()


@pytest.mark.parametrize("what", [joined.ROWS, joined.TERMS])
def test_what_the_power_took_is_joined_again(hub: Config, what: str) -> None:
    """The manifest is there, and a file that it names is empty."""
    root = hub.public / "search" / "index"
    before = {path: path.read_bytes() for path in root.rglob(what)}
    for path in before:
        path.write_bytes(b"")
    _indexed(hub, settle=True)
    assert {path: path.read_bytes() for path in root.rglob(what)} == before


@pytest.mark.parametrize("damage", ["a column", "a row", "another kind", "cut short"])
def test_a_damaged_table_is_not_joined_and_holds_nothing(hub: Config, damage: str) -> None:
    root = hub.public / "search" / "index"
    entry = _joined(hub)[16]
    path = root / entry["segments"][0] / "d" / "0.js"
    value = files.unwrap(path.read_bytes())
    if damage == "a column":
        del value["u"]
    if damage == "a row":
        value["u"] = []
    said = files.wrap("d/0.js", 1 if damage == "another kind" else value)
    path.write_bytes(said[:20] if damage == "cut short" else said)
    for rows in root.rglob(joined.ROWS):
        rows.unlink()
    _indexed(hub, settle=True)
    assert max(_joined(hub)) < 16


@pytest.mark.parametrize("manifest", [1, {"joined": 1}, {"joined": [1], "segments": [2]}])
def test_a_damaged_manifest_says_nothing_of_what_was_joined(hub: Config, manifest: Any) -> None:
    root = hub.public / "search" / "index"
    before = (root / "manifest.js").read_bytes()
    (root / "manifest.js").write_bytes(files.wrap("manifest.js", manifest))
    _indexed(hub, settle=True)
    assert (root / "manifest.js").read_bytes() == before


@pytest.mark.parametrize("number", [3, 17, 21])
@pytest.mark.parametrize("how", ["deleted", "hidden"])
def test_what_must_go_is_in_nothing_that_is_joined(hub: Config, number: int, how: str) -> None:
    """As an erasure asks for: in no octet of any file, however packed."""
    post = _post(number)
    if how == "deleted":
        hubs.remove(hub, "bar", post)
    else:
        _hide(hub, post)
    hubs.build(hub)
    assert _indexed(hub, settle=True).settled
    said = " ".join(_said(hub, one) for one in _joined(hub).values())
    assert "Topic4" in said
    assert f"Topic{number} " not in said.replace('"', " ")
    assert f"words{number}" not in said.split()
    assert len(_inodes(hub)) == 2 * len(_joined(hub))
