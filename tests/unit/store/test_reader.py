from __future__ import annotations

from datetime import datetime

import pytest

from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import maintenance
from solicomm_build.git import reader as module
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo
from solicomm_build.git.writer import Change, Writer, write_once

NOTHING = Oid("0" * 39 + "1")


@pytest.fixture
def filled(bare: Repo, at: datetime) -> Repo:
    changes = [Change(f"d/f{n:03}", b"%d\n" % n * (n * 50)) for n in range(300)]
    write_once(bare, [*changes, Change("top file é", b"\x00\n")], message="m\n", when=at)
    return bare


def test_files_trees_and_what_is_missing(filled: Repo) -> None:
    with Reader(filled) as reader:
        assert reader.at(MAIN, "top file é") == b"\x00\n"
        assert reader.at(MAIN, "nothing") is None
        assert reader.at("refs/heads/none", "x") is None
        assert reader.at(MAIN, "d") is None
        assert [(e.mode, e.type, e.path) for e in reader.tree(MAIN)] == [
            ("040000", "tree", "d"),
            ("100644", "blob", "top file é"),
        ]
        assert len(reader.tree(MAIN, "d")) == 300
        assert reader.tree(MAIN, "top file é") == reader.tree(MAIN, "none") == []
        assert reader.tree(MAIN, "none", recursive=True) == []
        everything = reader.tree(MAIN, recursive=True)
        assert [entry.path for entry in everything][:2] == ["d/f000", "d/f001"]
        assert reader.oid_at(MAIN, "d/f001") == everything[1].oid
        assert reader.size(everything[1].oid) == 100
        for question in (reader.blob, reader.size):
            with pytest.raises(StoreError, match="not here"):
                question(NOTHING)
        with pytest.raises(StoreError, match="line break"):
            reader.at(MAIN, "a\nflush")


def test_blobs_are_pipelined_and_other_questions_may_come_between(filled: Repo) -> None:
    with Reader(filled) as reader:
        oids = [entry.oid for entry in reader.tree(MAIN, "d")]
        seen = []
        for number, blob in enumerate(reader.blobs(oids)):
            seen.append(blob)
            if number % 50 == 0:
                assert reader.at(MAIN, "top file é") == b"\x00\n"
        assert seen == [b"%d\n" % n * (n * 50) for n in range(300)]
        abandoned = reader.blobs(oids)
        assert next(abandoned) == b""
        assert reader.blob(oids[2]) == b"2\n" * 100
        assert next(abandoned) == b"1\n" * 50
        with pytest.raises(StoreError):
            list(reader.blobs([NOTHING]))
        assert reader.blob(oids[1]) == b"1\n" * 50


def test_commits_and_maintenance_of_others_are_seen_at_once(bare: Repo, at: datetime) -> None:
    with Reader(bare) as reader, Writer(bare) as writer:
        for number in range(4):
            assert reader.at(MAIN, f"f{number}") is None
            writer.commit([Change(f"f{number}", b"x")], author_name="", when=at, message="m\n")
            writer.checkpoint()
            assert reader.at(MAIN, f"f{number}") == b"x"
        writer.rest()
        maintenance.run(bare)
        assert reader.at(MAIN, "f0") == b"x"


def test_a_reader_can_be_closed_and_used_again(
    filled: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BY_OURSELVES", 0)
    reader = Reader(filled)
    assert reader.at(MAIN, "d/f001") == b"1\n" * 50
    reader.close()
    reader.close()
    assert reader.at(MAIN, "d/f001") == b"1\n" * 50
    reader.close()


def _killed(reader: Reader) -> None:
    assert reader._process is not None
    reader._process.popen.kill()
    reader._process.popen.wait()


def test_a_git_that_was_killed_is_asked_once_more(
    filled: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by the kernel, for want of memory: pages were said to have a fault until the next post."""
    monkeypatch.setattr(module, "_BY_OURSELVES", 0)
    with Reader(filled) as reader:
        listed = reader.tree(MAIN, "d")
        oid = reader.oid_at(MAIN, "d/f001")
        assert oid is not None
        for again in (
            lambda: reader.blob(oid),
            lambda: reader.at(MAIN, "d/f001"),
            lambda: next(reader.blobs([oid])),
        ):
            _killed(reader)
            assert again() == b"1\n" * 50
        whole = [*reader.blobs(one.oid for one in listed)]
        several = reader.blobs(one.oid for one in listed)
        read = [next(several)]
        _killed(reader)
        assert [*read, *several] == whole


def test_an_object_that_is_damaged_is_asked_for_twice_and_no_more(
    filled: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_BY_OURSELVES", 0)
    new = filled.git("hash-object", "-w", "--stdin", input=b"to be damaged\n").decode().strip()
    loose = filled.path / "objects" / new[:2] / new[2:]
    loose.chmod(0o644)
    loose.write_bytes(b"x" * 40)
    gits = list[object]()
    begin = module.started

    def counted(repo: Repo) -> module.GitProcess:
        gits.append(repo)
        return begin(repo)

    monkeypatch.setattr(module, "started", counted)
    with Reader(filled) as reader:
        with pytest.raises(StoreError):
            reader.blob(Oid(new))
        with pytest.raises(StoreError):
            next(reader.blobs([Oid(new)]))
        assert len(gits) <= 4
        assert reader.at(MAIN, "d/f001") == b"1\n" * 50
