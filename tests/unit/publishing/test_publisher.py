"""A tree of pages is brought into a store, whatever cuts the work off. The store here is a dict;
what real ones promise is in tests/unit/objects, the whole way in tests/e2e/test_pages_in_s3.py."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.features.publishing.labelling import goal, shard, turn
from solicomm_build.features.publishing.publisher import Report, TreePublisher, scan
from solicomm_build.foundation import clock
from solicomm_build.foundation.objects.client import Label, ObjectsError

TREE = {
    "index.html": b"front 1",
    "theme/a.css": b"a",
    "conferences/water/index.html": b"list 1",
    "conferences/water/t/aa/index.html": b"topic 1",
    "conferences/water/t/bb/index.html": b"goes",
    "libraries/l/k/files/doc.pdf": b"pdf",
}
LATER = TREE | {
    "index.html": b"front 2",
    "conferences/water/index.html": b"list 2",
    "conferences/water/t/aa/index.html": b"topic 2",
    "conferences/water/t/cc/index.html": b"new",
    "conferences/water/t/cc/index.html.br": b"new as br",
}
del LATER["conferences/water/t/bb/index.html"]


class Store:
    """Three buckets that answer `left` more requests that change something; -1 is any number."""

    def __init__(self) -> None:
        self.left = -1
        self.done: list[tuple[str, str]] = []
        self.lock = threading.Lock()
        self.buckets = {use: Bucket(self) for use in ("pages", "members", "files")}

    def there(self) -> dict[str, bytes]:
        return {**self.buckets["pages"].objects, **self.buckets["files"].objects}


class Bucket:
    def __init__(self, store: Store) -> None:
        self.store, self.objects = store, dict[str, bytes]()
        self.labels = dict[str, Label | None]()

    def _one(self, what: str, name: str) -> None:
        with self.store.lock:
            if self.store.left == 0:
                raise ObjectsError("the store does not answer")
            self.store.left -= 1
            self.store.done.append((what, name))

    def put(self, name: str, octets: bytes, label: Label | None = None) -> None:
        self._one("put", name)
        self.objects[name], self.labels[name] = octets, label

    def get(self, name: str) -> bytes:
        if name not in self.objects:
            raise FileNotFoundError(name)
        return self.objects[name]

    def size(self, name: str) -> int:
        return len(self.get(name))

    def delete(self, name: str) -> None:
        self._one("delete", name)
        self.objects.pop(name, None)

    def names(self, below: str = "", *, most: int = 0) -> list[str]:
        found = sorted(one for one in self.objects if not below or one.startswith(f"{below}/"))
        return found[: most or None]


def lay(root: Path, files: Mapping[str, bytes]) -> None:
    """Has the tree hold these files, as the builder would leave it."""
    root.mkdir(parents=True, exist_ok=True)
    for path, _ in list(scan(root)):
        if path not in files:
            (root / path).unlink()
    for path, octets in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists() or target.read_bytes() != octets:
            target.with_name(".new").write_bytes(octets)
            os.replace(target.with_name(".new"), target)


def publish(root: Path, state: Path, store: Store, *, is_public: bool = True) -> Report:
    made = TreePublisher(root, state, store.buckets, "n1", is_public=is_public)
    with contextlib.closing(made) as one:
        return one.publish()


@pytest.mark.parametrize("loses", [False, True])
@pytest.mark.parametrize("left", range(12))
def test_cut_off_at_any_object_it_goes_on(tmp_path: Path, left: int, loses: bool) -> None:
    """Topics are there before what links to them, and what is gone goes after that; the state may
    be lost, too."""
    root, state, store = tmp_path / "public", tmp_path / "state", Store()
    lay(root, TREE)
    publish(root, state, store)
    lay(root, LATER)
    store.left, is_whole = left, True
    try:
        publish(root, state, store)
    except ObjectsError:
        is_whole = False
    found = store.there()
    if found["conferences/water/index.html"] == b"list 2":
        assert found["conferences/water/t/cc/index.html"] == b"new"
        assert found["conferences/water/t/aa/index.html"] == b"topic 2"
    else:
        assert "conferences/water/t/bb/index.html" in found
    if found["index.html"] == b"front 2":
        assert found["conferences/water/index.html"] == b"list 2"
    assert is_whole == (left >= 7)
    if is_whole:
        assert store.done[-1] == ("put", "manifests/public/head.json")
    if loses:
        (state / "published.sqlite").unlink()
    store.left = -1
    publish(root, state, store)
    assert store.there() == LATER
    assert publish(root, state, store).objects == 0


def test_a_second_time_nothing_is_put_also_without_the_state(tmp_path: Path) -> None:
    root, store = tmp_path / "public", Store()
    lay(root, TREE)
    assert publish(root, tmp_path, store).put == len(TREE)
    assert publish(root, tmp_path, store).objects == 0
    assert publish(root, tmp_path / "other", store).put == 0
    (root / "index.html").touch()
    assert publish(root, tmp_path / "other", store).put == 0


def test_after_another_node_published_what_is_there_is_learnt(tmp_path: Path) -> None:
    root, store = tmp_path / "public", Store()
    lay(root, TREE)
    publish(root, tmp_path / "n1", store)
    lay(root, LATER)
    publish(root, tmp_path / "n2", store)
    assert store.there() == LATER
    lay(root, TREE)
    assert publish(root, tmp_path / "n1", store).put == 4
    assert store.there() == TREE
    store.buckets["pages"].objects["stray.html"] = b"of nobody"
    publish(root, tmp_path / "n2", store)
    assert store.there() == TREE


def test_a_label_that_changes_with_time_is_put_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The index of a month may be kept for ever once the month has ended."""
    root, store, path = tmp_path / "public", Store(), "conferences/w/index/2026-10.json"
    lay(root, {path: b"[]", "conferences/w/index/2026-11.json": b"[]"})
    with clock.fixed(datetime(2026, 11, 2, tzinfo=UTC)):
        publish(root, tmp_path, store)
    label = store.buckets["pages"].labels[path]
    assert label is not None
    assert label.cache == "no-cache"
    with clock.fixed(datetime(2026, 11, 12, tzinfo=UTC)):
        assert publish(root, tmp_path, store).put == 1
        assert publish(root, tmp_path, store).put == 0
    label = store.buckets["pages"].labels[path]
    assert label is not None
    assert "immutable" in label.cache


def test_manifests_are_written_anew_only_when_much_has_changed(tmp_path: Path) -> None:
    root, store = tmp_path / "public", Store()
    many = {f"conferences/w/t/{n}/index.html": b"%d" % n for n in range(600)}
    lay(root, many)
    publish(root, tmp_path / "a", store)
    books = store.buckets["members"]
    assert books.names("manifests/public") == [
        "manifests/public/conferences.w.json.gz",
        "manifests/public/head.json",
    ]
    lay(root, many | {"conferences/w/t/7/index.html": b"new"})
    report = publish(root, tmp_path / "a", store)
    assert (report.put, report.books) == (1, 1)
    assert len(books.get("manifests/public/head.json")) < 300
    assert publish(root, tmp_path / "b", store).put == 0
    lay(root, many)
    assert publish(root, tmp_path / "b", store).put == 1
    assert store.there() == many


def test_members_pages_go_into_their_own_bucket(tmp_path: Path) -> None:
    root, store = tmp_path / "members", Store()
    lay(root, TREE)
    lay(tmp_path / "public", {"index.html": b"all"})
    publish(root, tmp_path, store, is_public=False)
    publish(tmp_path / "public", tmp_path, store)
    assert store.there() == {"index.html": b"all"}
    names = store.buckets["members"].names("pages")
    assert names == sorted(f"pages/{path}" for path in TREE)
    labels = [store.buckets["members"].labels[name] for name in names]
    assert {one.cache for one in labels if one is not None} == {"private, no-store"}


def test_what_is_being_written_or_laid_out_to_fetch_is_not_put(tmp_path: Path) -> None:
    root, store = tmp_path / "public", Store()
    lay(root, {"index.html": b"x", ".index.html.new": b"y", "take/hub.zim": b"z", ".git/x": b"w"})
    publish(root, tmp_path, store)
    assert list(store.there()) == ["index.html"]


def test_where_each_file_goes() -> None:
    paths = {"a.html", "a.html.br", "b.txt.gz", "libraries/l/k/files/d.pdf"}
    assert goal("a.html.br", paths, is_public=True).label.coding == "br"
    assert goal("b.txt.gz", paths, is_public=True).label.kind == "application/gzip"
    assert goal("libraries/l/k/files/d.pdf", paths, is_public=True).use == "files"
    mine = goal("a.html", paths, is_public=False)
    assert (mine.use, mine.name, mine.label.cache) == (
        "members",
        "pages/a.html",
        "private, no-store",
    )
    turns = sorted(["index.html", "c/t/a/index.html", "theme/x.css", "c/index.html"], key=turn)
    assert turns == ["theme/x.css", "c/t/a/index.html", "c/index.html", "index.html"]
    names = ("conferences/w/t/a", "fr/conferences/w/index.html", "index.html", "search/index/a/b")
    assert [shard(name) for name in names] == ["conferences.w", "conferences.w", "top", "search"]
