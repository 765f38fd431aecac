"""Many files are brought into a folder by several processes, and bundles made by them."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from solicomm_build.builder.carrying import folder as bringing
from solicomm_build.builder.carrying import putting, smallhub
from solicomm_build.features.pocket import carried
from solicomm_build.features.pocket import choice as choosing
from solicomm_build.features.pocket.choice import Choice
from solicomm_build.features.pocket.stick import bundles
from solicomm_build.git.repo import MAIN, create, open_repo
from solicomm_build.git.writer import Change
from solicomm_build.post.conference import Conference
from solicomm_build.testing import hubs
from solicomm_build.testing import smallhub as hub_of

PAGES = 60


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bringing.Tree:
    """Pages that link to one another and to one that is not there."""
    monkeypatch.setattr(bringing, "_RUN", 4)
    monkeypatch.setattr(bringing, "_AT_ONCE", 25)
    root = tmp_path / "public"
    for number in range(PAGES):
        page = root / f"t/{number % 7}/{number}/index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        links = f'<a href="/t/{(number + 1) % 7}/{number + 1}/">on</a> <a href="/gone/">gone</a>'
        page.write_text(f"<p>{number} {links}</p>", "utf-8")
    return bringing.Tree(root, "https://hub.example", tmp_path / "carried.sqlite")


def _lying(folder: Path) -> dict[str, bytes]:
    return {one.path: (folder / one.path).read_bytes() for one in bringing.lying(folder)}


def test_several_processes_bring_what_one_brings(
    tree: bringing.Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = bringing.bring(tree, tmp_path / "alone", {})
    tree.database.unlink()
    monkeypatch.setattr(bringing, "_FEW", 3)
    notes, seen = tmp_path / "notes", list[int]()

    def note(name: str, sha256: str) -> None:
        with notes.open("a") as file:
            file.write(f"{sha256}  {name}\n")

    done = bringing.bring(
        tree, tmp_path / "many", {}, written=note, progress=lambda number, of: seen.append(number)
    )
    assert done == alone
    assert done.files == alone.files
    assert done.written == PAGES
    assert _lying(tmp_path / "many") == _lying(tmp_path / "alone")
    rows = [line.split("  ") for line in notes.read_text().splitlines()]
    noted = {name: sha256 for sha256, name in rows}
    assert noted == {name: made.sha256 for name, made in done.files.items()}
    assert seen == sorted(seen)
    assert seen[-1] == PAGES
    assert bringing.bring(tree, tmp_path / "many", noted).written == 0


def test_a_full_disk_is_said_by_whoever_asked_for_it(
    tree: bringing.Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bringing, "_FEW", 3)
    put = putting.put

    def full(target: str, source: Path | bytes, *, durable: bool = False) -> None:
        if "/40/" in target:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), target)
        put(target, source, durable=durable)

    with monkeypatch.context() as patch:
        patch.setattr(putting, "put", full)
        with pytest.raises(OSError, match="No space left") as caught:
            bringing.bring(tree, tmp_path / "out", {})
    assert caught.value.errno == errno.ENOSPC
    assert bringing.bring(tree, tmp_path / "out", {}).written == PAGES


def test_a_conference_and_a_library_of_one_name_have_a_bundle_each(tmp_path: Path) -> None:
    config = hub_of.make(tmp_path / "hub", Conference("bar", {"en": "Bar"}, posting="open"))
    library = create(config.library_repo("bar"))
    hubs.commit(library.path, Change("library.yaml", hubs.LIBRARY))
    hubs.add(config, "bar", [hubs.post("a")])
    small = carried.small_hub(config, Choice(), "hub")
    tips = smallhub.borrow(config, small, choosing.repositories(config, Choice()))
    for path in tips:
        repo = open_repo(small.root / path)
        repo.set_ref(MAIN, tips[path], repo.ref())
    found, files = bundles.bring(small.root, tips, {}, tmp_path / "kept")
    heads = {
        path: _tip(files[found[path].files[0]])
        for path in ("content/conferences/bar.git", "content/libraries/bar.git")
    }
    assert heads == {path: tips[path] for path in heads}


def _tip(path: Path) -> str:
    return path.read_bytes().split(b"\n")[1].split(b" ")[0].decode()
