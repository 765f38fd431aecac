"""Trees edited by us against git's opinion of them, and against a dict."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from solicomm_build.foundation.types import Oid
from solicomm_build.git import pack as packs
from solicomm_build.git import trees as module
from solicomm_build.git.pack import BLOB, Pack
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo, create
from solicomm_build.git.trees import Edits, Trees, put

_NAMES = st.sampled_from(["a", "a.b", "a0", "b", "ab", "é", "A", "a b", "x" * 40])
_PATHS = st.lists(_NAMES, min_size=1, max_size=3).map("/".join)
_CHANGE = st.tuples(_PATHS, st.none() | st.binary(max_size=3))
_COMMITS = st.lists(
    st.tuples(st.lists(_CHANGE, min_size=1, max_size=6), st.booleans()), min_size=1, max_size=8
)


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp())
    create(folder / "bare.git")
    yield folder / "bare.git"
    shutil.rmtree(folder)


class _Branch:
    """The trees of a branch, with a new pack for each of some commits."""

    def __init__(self, repo: Repo) -> None:
        self.repo, self._reader = repo, Reader(repo)
        self.trees = Trees(self._tree)
        self.root: bytes | None = None
        self.pack: Pack | None = None

    def _tree(self, oid: bytes) -> bytes:
        return self._reader.blob(Oid(oid.hex()))

    def commit(self, changes: list[tuple[str, bytes | None]]) -> None:
        if self.pack is None:
            self.pack = Pack(self.repo.path / "objects" / "pack")
            self.trees.begin(self.root)
        edits: Edits = {}
        for path, data in changes:
            put(edits, path.encode(), None if data is None else self.pack.add(BLOB, data))
        self.root = self.trees.apply(edits, self.pack)

    def finish(self) -> None:
        if self.pack is not None:
            self.pack.finish()
            self.pack = None

    def files(self) -> dict[str, bytes]:
        assert self.root is not None
        root = Oid(self.root.hex())
        found = self._reader.tree(root, recursive=True)
        return {entry.path: self._reader.blob(entry.oid) for entry in found}

    def close(self) -> None:
        self._reader.close()


def _applied(files: dict[str, bytes], changes: list[tuple[str, bytes | None]]) -> None:
    """What the changes make of the files, one after the other."""
    for path, data in changes:
        for other in list(files):
            if other.startswith(f"{path}/") or (data is not None and path.startswith(f"{other}/")):
                del files[other]
        if data is None:
            files.pop(path, None)
        else:
            files[path] = data


@settings(max_examples=60)
@example(commits=[([("a", b"1")], False), ([("a/b", b"2"), ("a/b", None)], True)], kept=0)
@example(commits=[([("a", b"1")], False), ([("a/b/a", b"2"), ("a/b", None)], True)], kept=0)
@example(commits=[([("a", b"1")], False), ([("a/b/a", None), ("a/b", None)], True)], kept=0)
@given(commits=_COMMITS, kept=st.sampled_from([0, 4096]))
def test_any_changes_make_the_files_they_say(
    template: Path, commits: list[tuple[list[tuple[str, bytes | None]], bool]], kept: int
) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "_KEPT", kept)
        shutil.copytree(template, f"{folder}/bare.git")
        branch = _Branch(Repo(Path(folder) / "bare.git"))
        files: dict[str, bytes] = {}
        try:
            for changes, is_end in commits:
                branch.commit(changes)
                _applied(files, changes)
                if is_end:
                    branch.finish()
                    assert branch.files() == files
            branch.finish()
            assert branch.files() == files
            said = branch.repo.git("fsck", "--strict", "--full", "--no-dangling")
        finally:
            branch.close()
    assert said == b""


def test_a_folder_of_a_thousand_is_written_as_its_changes(bare: Repo) -> None:
    branch = _Branch(bare)
    branch.commit([(f"{number:04}/a", b"") for number in range(1000)])
    for number in range(40):
        branch.commit([(f"{number * 7:04}/b", b"%d" % number)])
    branch.finish()
    branch.close()
    (pack,) = (bare.path / "objects" / "pack").glob("*.pack")
    assert pack.stat().st_size < 60_000  # one list of a thousand folders has 32,000
    assert bare.git("fsck", "--strict", "--full", "--no-dangling") == b""


def test_a_tree_is_read_once(bare: Repo) -> None:
    asked: list[bytes] = []
    branch = _Branch(bare)
    branch.commit([("a/b/c", b"1"), ("x/y", b"2")])
    branch.finish()

    def read(oid: bytes) -> bytes:
        asked.append(oid)
        return bare.git("cat-file", "tree", oid.hex())

    trees = Trees(read)
    for data in (b"3", b"4", b"5"):
        trees.begin(branch.root)
        pack = Pack(bare.path / "objects" / "pack")
        edits: Edits = {}
        put(edits, b"a/b/c", pack.add(BLOB, data))
        branch.root = trees.apply(edits, pack)
        pack.finish()
    branch.close()
    assert len(asked) == 3  # the root, a, a/b
    assert packs.object_id(packs.TREE, b"").hex() == "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
