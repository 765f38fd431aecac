from __future__ import annotations

import gzip
import os
from pathlib import Path

import brotli
import pytest

from solicomm_build.builder import publish
from solicomm_build.builder.publish import Publisher, path_of
from solicomm_build.foundation.errors import StoreError
from solicomm_build.testing import manifest

LONG = b"<p>Water is a right. " * 100


@pytest.fixture
def publisher(tmp_path: Path) -> Publisher:
    return Publisher(tmp_path)


def put(publisher: Publisher, url: str, data: bytes = LONG) -> publish.Output:
    return publisher.put(url, data, section="hub", key="k")


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("/", "index.html"),
        ("/conferences/bar/", "conferences/bar/index.html"),
        ("/404.html", "404.html"),
        ("/conferences/bar/feed.xml", "conferences/bar/feed.xml"),
        ("//odd", "odd"),
        ("/a/..b/c", "a/..b/c"),
    ],
)
def test_path_of(url: str, path: str) -> None:
    assert path_of(url) == path


@pytest.mark.parametrize("url", ["/../x", "/a/../../x", "/a/..", "..", "/a/../", "/a\0b"])
def test_a_path_that_leaves_is_refused(publisher: Publisher, tmp_path: Path, url: str) -> None:
    with pytest.raises(StoreError, match="leave the public folder"):
        put(publisher, url)
    assert list(tmp_path.iterdir()) == []


def test_put_says_what_lies_there(publisher: Publisher, tmp_path: Path) -> None:
    row = publisher.put("/a/b/", b"<p>hi", section="union:docks", key="k")
    assert (row.path, row.section, row.key, row.bytes) == ("a/b/index.html", "union:docks", "k", 5)
    assert row.sha256 == manifest.read(tmp_path)["a/b/index.html"]
    assert publisher.written == ["a/b/index.html"]


def test_only_bytes_that_differ_are_written(publisher: Publisher, tmp_path: Path) -> None:
    put(publisher, "/a/")
    file = tmp_path / "a" / "index.html"
    before = {path: path.stat() for path in tmp_path.rglob("*") if path.is_file()}
    again = Publisher(tmp_path)
    put(again, "/a/")
    assert again.written == []
    assert {path: path.stat() for path in tmp_path.rglob("*") if path.is_file()} == before
    put(again, "/a/", LONG + b"!")
    assert again.written == ["a/index.html"]
    assert file.read_bytes() == LONG + b"!"


@pytest.mark.parametrize("name", ["flyer.pdf", "table.csv"])
def test_a_file_of_two_pages_is_written_by_two_children_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The same leaflet came to a list twice; neither page fails, and readers see all of it."""
    really, seen = os.replace, list[bytes]()
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / f".{name}.new").write_bytes(b"left by a kill" + LONG)

    def replace(temporary: str, target: str) -> None:
        monkeypatch.setattr(os, "replace", really)
        Publisher(tmp_path).put(f"/files/{name}", LONG, section="hub", key="", shared=True)
        seen.append((tmp_path / "files" / name).read_bytes())
        really(temporary, target)

    monkeypatch.setattr(os, "replace", replace)
    Publisher(tmp_path).put(f"/files/{name}", LONG, section="hub", key="", shared=True)
    assert [*seen, (tmp_path / "files" / name).read_bytes()] == [LONG, LONG]
    left = {path.name for path in (tmp_path / "files").iterdir()}
    assert left == {name, *((f"{name}.br", f"{name}.gz") if name.endswith(".csv") else ())}


def test_siblings_hold_the_same_and_are_the_same_everywhere(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        put(Publisher(tmp_path / name), "/a/")
    assert manifest.read(tmp_path / "one") == manifest.read(tmp_path / "two")
    folder = tmp_path / "one" / "a"
    assert sorted(path.name for path in folder.iterdir()) == [
        "index.html",
        "index.html.br",
        "index.html.gz",
    ]
    assert gzip.decompress((folder / "index.html.gz").read_bytes()) == LONG
    assert brotli.decompress((folder / "index.html.br").read_bytes()) == LONG


def test_what_programs_fetch_is_zipped_only(publisher: Publisher, tmp_path: Path) -> None:
    put(publisher, "/a/feed.xml")
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["feed.xml", "feed.xml.gz"]


@pytest.mark.parametrize(("url", "data"), [("/a/", b"short"), ("/a.png", LONG)])
def test_what_gains_nothing_has_no_siblings(
    publisher: Publisher, tmp_path: Path, url: str, data: bytes
) -> None:
    put(publisher, url, data)
    assert len(manifest.read(tmp_path)) == 1


def test_pages_that_no_server_hands_out_have_no_siblings(
    publisher: Publisher, tmp_path: Path
) -> None:
    put(publisher, "/a/")
    put(publisher, "/b/")
    carried = Publisher(tmp_path, packed=False)
    put(carried, "/a/", LONG + b"!")
    put(carried, "/b/")
    put(carried, "/c/")
    names = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*"))
    assert names == ["a/index.html", "b/index.html", "c/index.html"]


def test_siblings_go_when_a_page_gets_short(publisher: Publisher, tmp_path: Path) -> None:
    put(publisher, "/a/")
    put(publisher, "/a/", b"short")
    assert list(manifest.read(tmp_path)) == ["a/index.html"]


def test_remove_takes_siblings_and_empty_folders(publisher: Publisher, tmp_path: Path) -> None:
    put(publisher, "/a/b/c/")
    put(publisher, "/a/other.html")
    publisher.remove("/a/b/c/")
    publisher.remove("/never/there/")
    assert not (tmp_path / "a" / "b").exists()
    assert (tmp_path / "a" / "other.html").exists()
    publisher.remove("/a/other.html")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(StoreError):
        publisher.remove("/../x")


def test_sweep_leaves_only_what_is_known(publisher: Publisher, tmp_path: Path) -> None:
    put(publisher, "/a/")
    put(publisher, "/b/c/")
    (tmp_path / "a" / ".index.html.123").write_bytes(b"left by a killed build")
    put(publisher, "/take/poster.html")  # put there by the operator, and no page
    gone = publisher.sweep({"a/index.html"})
    assert set(gone) == {
        "a/.index.html.123",
        "b/c/index.html",
        "b/c/index.html.br",
        "b/c/index.html.gz",
    }
    assert set(manifest.read(tmp_path)) == {
        "a/index.html",
        "a/index.html.br",
        "a/index.html.gz",
        "take/poster.html",
        "take/poster.html.br",
        "take/poster.html.gz",
    }
    assert not (tmp_path / "b").exists()


def test_a_symlink_is_replaced_not_followed(publisher: Publisher, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_bytes(b"secret")
    link = tmp_path / "a.html"
    link.symlink_to(secret)
    put(publisher, "/a.html", b"page")
    assert secret.read_bytes() == b"secret"
    assert not link.is_symlink()


def test_sync(tmp_path: Path) -> None:
    publish.sync(tmp_path)
