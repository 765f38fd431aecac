"""What tests have read with waits for the next reader, and only where that makes no difference."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import datetime

import pytest

from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.testing import idlegits


@pytest.fixture(autouse=True)
def none_waits() -> Iterator[None]:
    idlegits.let_go()
    yield
    idlegits.let_go()


def read(repo: Repo, path: str = "a") -> tuple[int, bytes | None]:
    """The process that answered, and what is at `path`."""
    with Reader(repo) as reader:
        found = reader.at("main", path)
        assert reader._process is not None
        return reader._process.popen.pid, found


def write(repo: Repo, octets: bytes, at: datetime, path: str = "a") -> str:
    return write_once(repo, [Change(path, octets)], message="m\n", when=at)


def test_the_next_reader_has_the_same_process_and_sees_what_is_new(
    bare: Repo, at: datetime
) -> None:
    write(bare, b"1", at)
    first, found = read(bare)
    assert found == b"1"
    write(bare, b"2", at)
    assert read(bare) == (first, b"2")


def test_two_at_a_time_have_two(bare: Repo, at: datetime) -> None:
    write(bare, b"1", at)
    with Reader(bare) as one:
        one.at("main", "a")
        assert one._process is not None
        assert read(bare)[0] != one._process.popen.pid


def test_what_was_left_half_read_is_not_taken_up(bare: Repo, at: datetime) -> None:
    write(bare, b"1" * 4_000_000, at)
    with Reader(bare) as reader:
        oid = reader.oid_at("main", "a")
        assert oid is not None
        reader._ask([f"contents {oid}", f"contents {oid}"])
        assert reader._process is not None
        left = reader._process.popen.pid
    now, found = read(bare)
    assert now != left
    assert found == b"1" * 4_000_000


def test_what_has_died_is_not_taken_up(bare: Repo, at: datetime) -> None:
    write(bare, b"1", at)
    with Reader(bare) as reader:
        reader.at("main", "a")
        assert reader._process is not None
        dead = reader._process.popen
        dead.kill()
    assert read(bare) != (dead.pid, b"1")
    assert read(bare)[1] == b"1"


def test_a_pack_that_is_gone_is_gone(bare: Repo, at: datetime) -> None:
    write(bare, b"1", at)
    assert read(bare)[1] == b"1"
    for pack in (bare.path / "objects" / "pack").iterdir():
        pack.unlink()
    assert read(bare)[1] is None


def test_another_repository_at_its_place_is_another(bare: Repo, at: datetime) -> None:
    write(bare, b"1", at)
    first, _ = read(bare)
    old = bare.path.rename(bare.path.with_name("old.git"))
    shutil.copytree(old, bare.path)
    now, found = read(bare)
    assert now != first
    assert found == b"1"


def test_a_forked_child_has_its_own(bare: Repo, at: datetime) -> None:
    write(bare, b"1", at)
    mine, _ = read(bare)
    child = os.fork()
    if not child:
        os._exit(0 if read(bare)[0] != mine else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert read(bare) == (mine, b"1")


def test_none_waits_where_none_may(bare: Repo, at: datetime) -> None:
    write(bare, b"1", at)
    with idlegits.none():
        first, _ = read(bare)
        assert not os.path.exists(f"/proc/{first}")
