"""Objects are read out of a repository's files as git reads them, and without starting one."""

from __future__ import annotations

import os
import shutil
from datetime import datetime
from pathlib import Path

import pytest

from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import maintenance, reader
from solicomm_build.git.objects import athand
from solicomm_build.git.objects.athand import AtHand
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, GitProcess, Repo
from solicomm_build.git.writer import Change, Writer, write_once

_ODD = ("d/", "/d", "d//f007", "d/f007/x", "nothing/x", "é ü", "d/" + "n" * 40)


@pytest.fixture
def grown(bare: Repo, at: datetime) -> Repo:
    """Many versions of a folder and of a file, as git packs them: deltas upon deltas."""
    with Writer(bare) as writer:
        lines = [b"line %d\n" % number for number in range(400)]
        for number in range(60):
            lines[number] = b"another %d\n" % number
            files = {f"d/f{number:03}": b"%d\n" % number, "big": b"".join(lines), "é ü": b"x"}
            changes = [Change(path, data) for path, data in files.items()]
            writer.commit(changes, author_name="", when=at, message=f"{number}\n")
            if number % 20 == 19:
                writer.checkpoint()
    return bare


def _said(repo: Repo) -> dict[Oid, tuple[str, int]]:
    told = repo.git("cat-file", "--batch-all-objects", "--batch-check").decode().splitlines()
    return {Oid(oid): (kind, int(size)) for oid, kind, size in map(str.split, told)}


def _agrees(repo: Repo) -> None:
    files, said = AtHand(repo.path), _said(repo)
    assert len(said) > 180
    for oid, (kind, size) in said.items():
        found = files.find(oid)
        assert found is not None
        assert (found.kind, len(found.octets)) == (kind, size)
        assert size % 7 or found.octets == repo.git("cat-file", kind, oid)


def test_all_objects_are_read_as_git_reads_them(grown: Repo) -> None:
    _agrees(grown)
    grown.git("repack", "-a", "-d", "-f", "-q", "--depth=50", "--window=50")
    chains = grown.git("verify-pack", "-v", *map(str, grown.path.glob("objects/pack/*.idx")))
    assert b"chain length = 2" in chains
    _agrees(grown)
    by_name = ("repack.useDeltaBaseOffset=false",)  # as in a pack that was pushed
    before = sum(one.stat().st_size for one in grown.path.glob("objects/pack/*.pack"))
    words = ("repack", "-a", "-d", "-f", "-q", "--depth=50", "--window=50")
    grown.git(*words, config=by_name)
    assert sum(one.stat().st_size for one in grown.path.glob("objects/pack/*.pack")) > before
    _agrees(grown)
    pack = next(grown.path.glob("objects/pack/*.pack"))
    octets = pack.read_bytes()
    for path in (pack, pack.with_suffix(".idx"), *pack.parent.glob("*.rev")):
        path.unlink(missing_ok=True)
    grown.git("unpack-objects", "-q", input=octets)
    _agrees(grown)


@pytest.mark.parametrize("rev", [MAIN, "tip", "tree"])
def test_few_questions_start_no_git_and_are_answered_as_by_git(
    grown: Repo, rev: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tip = grown.ref()
    assert tip is not None
    tree = Oid(grown.git("rev-parse", f"{tip}^{{tree}}").decode().strip())
    rev = {"tip": tip, "tree": tree}.get(rev, rev)
    paths = ("big", "d", "d/f007", "é ü", "nothing", *_ODD[3:])
    with Reader(grown) as asked:
        asked.size(Oid(grown.git("hash-object", "-w", "--stdin", input=b"x" * 2**21).decode()[:40]))
        by_git = [_answers(asked, rev, path) for path in (*paths, *_ODD)]
    with monkeypatch.context() as patched:
        patched.setattr(reader, "started", _never)
        for path, said in zip(paths, by_git, strict=False):
            with Reader(grown) as files:
                assert _answers(files, rev, path) == said
        with Reader(grown) as files:
            assert files.oids_at(rev, paths)["d/f007"] == files.oid_at(rev, "d/f007")
            assert (files.commit(tip) or b"").startswith(b"tree " + tree.encode())
    with Reader(grown) as files:
        assert [_answers(files, rev, path) for path in _ODD] == by_git[len(paths) :]


def test_a_branch_without_a_commit_has_nothing_and_starts_no_git(
    bare: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Reader(bare) as asked:
        by_git = [_answers(asked, "main", path) for path in ("", "d", "d/f")]
    monkeypatch.setattr(reader, "started", _never)
    with Reader(bare) as files:
        assert [_answers(files, MAIN, path) for path in ("", "d", "d/f")] == by_git
        assert files.oids_at(MAIN, ["a", "b"]) == {"a": None, "b": None}
        assert files.first_at(MAIN, ["a", "b"]) is None
        assert files.tree(MAIN, recursive=True) == []


def test_a_repository_that_went_is_not_one_without_a_commit(bare: Repo) -> None:
    shutil.rmtree(bare.path)
    with Reader(bare) as files, pytest.raises(StoreError):
        files.at(MAIN, "d")


def _answers(asked: Reader, rev: str, path: str) -> tuple[object, ...]:
    oid = asked.oid_at(rev, path)
    size = asked.size(oid) if oid else None
    return asked.at(rev, path), oid, size, asked.tree(rev, path)


def _never(repo: Repo) -> GitProcess:
    raise AssertionError(f"a git was started for {repo.path}")


def test_who_goes_on_asking_gets_a_git(grown: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Repo] = []
    start = reader.started

    def counted(repo: Repo) -> GitProcess:
        begun.append(repo)
        return start(repo)

    monkeypatch.setattr(reader, "started", counted)
    with Reader(grown) as asked:
        for number in range(60):
            assert asked.at(MAIN, f"d/f{number:03}") == b"%d\n" % number
        assert begun == []  # what leads there is unpacked once
        for number in (*range(60), *range(60)):
            assert asked.at(MAIN, f"d/f{number:03}") == b"%d\n" % number
        assert begun == [grown]
    with Reader(grown) as asked:
        oids = list(_said(grown))[:128]
        assert len(list(asked.blobs(oids))) == 128
        assert begun == [grown] * 2


def test_packs_that_came_or_were_merged_since_are_found(bare: Repo, at: datetime) -> None:
    files = AtHand(bare.path)
    for number in range(3):
        tip = write_once(bare, [Change(f"{number}", b"x")], message="m\n", when=at)
        assert files.find(tip) is not None
    maintenance.run(bare)
    assert files.find(tip) is not None


def test_what_leads_to_files_is_read_once_and_files_each_time(grown: Repo) -> None:
    files, said = AtHand(grown.path), _said(grown)
    for oid, (kind, _) in said.items():
        first, taken = files.find(oid), files.taken
        assert first is not None
        assert files.find(oid) == first
        assert (files.taken == taken) == (kind in ("commit", "tree"))


def test_only_so_many_stay_at_hand(grown: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(athand, "_KEPT", 2)
    files = AtHand(grown.path)
    one, two, three = [oid for oid, (kind, _) in _said(grown).items() if kind == "commit"][:3]
    for oid in (one, two, three):
        files.find(oid)
    taken = files.taken
    files.find(three)
    files.find(two)
    assert files.taken == taken
    files.find(one)
    assert files.taken > taken
    taken = files.taken
    monkeypatch.setattr(athand, "_SMALL", 8)
    files.find(two)
    files.find(two)
    assert files.taken == taken + 2


def test_a_known_pack_is_read_without_looking_for_others(
    bare: Repo, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, looks, scandir = AtHand(bare.path), list[str](), os.scandir
    tip = write_once(bare, [Change("a", b"x")], message="m\n", when=at)
    monkeypatch.setattr(os, "scandir", lambda path: looks.append(path) or scandir(path))
    with Reader(bare) as asked:
        blob = asked.oid_at(tip, "a")
    looks.clear()
    assert blob is not None
    for oid in (tip, blob, blob):
        assert files.find(oid) is not None
    assert len(looks) == 1


def test_what_is_damaged_missing_or_large_is_left_to_git(
    grown: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, tip = AtHand(grown.path), grown.ref()
    assert tip is not None
    assert files.find(Oid("0" * 40)) is None
    assert files.find(Oid("not an id")) is None
    large = Oid(grown.git("hash-object", "-w", "--stdin", input=b"x" * 5000).decode().strip())
    monkeypatch.setattr(athand, "LARGEST", 4000)
    assert files.find(large) is None
    with Reader(grown) as asked:
        assert asked.blob(large) == b"x" * 5000
    _damage(grown.path)
    assert files.find(tip) is None
    with Reader(grown) as asked, pytest.raises(StoreError, match="fsck"):
        asked.blob(tip)


def _damage(path: Path) -> None:
    for pack in path.glob("objects/pack/*.pack"):
        pack.chmod(0o644)
        octets = pack.read_bytes()
        pack.write_bytes(octets[:12] + b"\xff" * (len(octets) - 12))


def _only_pack(repo: Repo) -> Path:
    repo.git("repack", "-a", "-d", "-f", "-q", "--depth=50", "--window=50")
    return next(repo.path.glob("objects/pack/*.pack"))


def test_what_is_not_as_git_writes_it_is_left_to_git(grown: Repo) -> None:
    """Never an answer that git would not give: where a file is damaged, there is none."""
    pack, said = _only_pack(grown), _said(grown)
    octets, index = pack.read_bytes(), pack.with_suffix(".idx").read_bytes()
    honest = {oid: AtHand(grown.path).find(oid) for oid in said}
    pack.chmod(0o600)
    pack.with_suffix(".idx").chmod(0o600)
    for step in range(0, len(octets), max(1, len(octets) // 40)):
        pack.write_bytes(octets[:step] + bytes([octets[step] ^ 0x5A]) + octets[step + 1 :])
        files = AtHand(grown.path)
        answers = [(files.find(oid), found) for oid, found in honest.items()]
        assert sum(answer != found for answer, found in answers if answer is not None) <= 60
    pack.write_bytes(octets[: len(octets) // 2])
    files = AtHand(grown.path)
    answers = [(files.find(oid), found) for oid, found in honest.items()]
    assert all(answer in (None, found) for answer, found in answers)
    assert None in [answer for answer, _ in answers]
    pack.write_bytes(octets)
    pack.with_suffix(".idx").write_bytes(b"another kind" + index[12:])
    assert {AtHand(grown.path).find(oid) for oid in said} == {None}
    pack.with_suffix(".idx").write_bytes(index[:200])
    assert {AtHand(grown.path).find(oid) for oid in said} == {None}
