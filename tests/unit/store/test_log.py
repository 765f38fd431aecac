from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from solicomm_build.foundation.errors import ConflictError, StoreError, UsageError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import known as known_names
from solicomm_build.git import log, maintenance
from solicomm_build.git.commitmessage import compose
from solicomm_build.git.cursor import Cursor
from solicomm_build.git.known import KnownNames
from solicomm_build.git.repo import Repo
from solicomm_build.git.writer import Change, Writer, write_once


def test_commits_come_oldest_first_with_their_changes(bare: Repo, at: datetime) -> None:
    with Writer(bare) as writer:
        for number in range(40):
            writer.commit(
                [Change(f"tab\u00e9 {number}", b"x" * number), Change("same", b"%d" % number)],
                author_name=f"Ana {number}",
                when=at + timedelta(seconds=number),
                message=compose(f"Subject {number}", Source="mail", Message="abc"),
            )
        writer.commit([], author_name="", when=at, message="nothing changed\n\nbody\n")
    tip = bare.ref()
    assert tip is not None
    found = list(log.commits(bare, None, tip))
    assert [commit.author_name for commit in found] == [
        *(f"Ana {n}" for n in range(40)),
        "anonymous",
    ]
    assert found[3].committed == at + timedelta(seconds=3)
    assert found[3].trailer("Source") == "mail"
    assert found[3].trailer("Other") is None
    assert [(c.status, c.path) for c in found[3].changes] == [("M", "same"), ("A", "tab\u00e9 3")]
    assert found[-1].changes == ()
    assert [c.oid for c in log.commits(bare, found[9].oid, tip)] == [c.oid for c in found[10:]]
    assert list(log.commits(bare, tip, tip)) == []
    assert next(log.commits(bare, None, tip)).oid == found[0].oid  # and the process is let go
    assert log.is_ancestor(bare, found[0].oid, tip)
    assert not log.is_ancestor(bare, tip, found[0].oid)


def test_diff(bare: Repo, at: datetime) -> None:
    one = write_once(bare, [Change("a", b"1"), Change("b/c", b"2")], message="m\n", when=at)
    two = write_once(bare, [Change("a", b"3"), Change("b/c", None)], message="m\n", when=at)
    assert [(c.status, c.path) for c in log.diff(bare, None, one)] == [("A", "a"), ("A", "b/c")]
    assert [(c.status, c.path, bool(c.oid)) for c in log.diff(bare, one, two)] == [
        ("M", "a", True),
        ("D", "b/c", False),
    ]
    assert log.diff(bare, two, two) == []


def test_when_files_were_last_changed_and_how_often(bare: Repo, at: datetime) -> None:
    later = at + timedelta(days=1)
    write_once(bare, [Change("e/a", b"1"), Change("e/b", b"1")], message="m\n", when=at)
    write_once(bare, [Change("e/a", b"2"), Change("x", b"2")], message="m\n", when=later)
    tip = write_once(bare, [Change("x", b"3")], message="m\n", when=later)
    assert log.revisions(bare, tip, "e") == {
        "e/a": log.Revised(later, 1),
        "e/b": log.Revised(at, 0),
    }
    assert log.revisions(bare, tip, "none") == {}


def test_what_was_moved_here_since_does_not_hide_what_came_before_it(
    bare: Repo, at: datetime
) -> None:
    """A topic that moves here keeps its dates: a pause that ended after that skipped everything."""
    days = (1, 2, 3, 0)  # the last one is older than all, and came last
    made = [
        write_once(bare, [Change(str(n), b"x")], message="m\n", when=at + timedelta(days=day))
        for n, day in enumerate(days)
    ]
    assert log.before(bare, made[-1], at + timedelta(days=2)) == made[0]
    assert log.before(bare, made[-1], at + timedelta(days=9)) == made[-1]
    assert log.before(bare, made[-1], at) is None


def test_a_history_that_is_not_there_is_an_error(bare: Repo) -> None:
    with pytest.raises(StoreError, match="no log"):
        list(log.commits(bare, None, Oid("1" * 40)))


def test_a_cursor_moves_by_compare_and_swap_and_is_hidden(bare: Repo, at: datetime) -> None:
    one = write_once(bare, [Change("a", b"1")], message="m\n", when=at)
    two = write_once(bare, [Change("a", b"2")], message="m\n", when=at)
    cursor = Cursor(bare, "pages")
    assert cursor.read() is None
    cursor.advance(None, one)
    with pytest.raises(ConflictError):
        Cursor(bare, "pages").advance(None, two)
    cursor.advance(one, two)
    assert Cursor(bare, "pages").read() == two
    assert b"solicomm" not in bare.git("ls-remote", str(bare.path))
    with pytest.raises(UsageError):
        Cursor(bare, "../evil")


def test_known_names_follow_the_branch(bare: Repo, at: datetime) -> None:
    known = KnownNames(bare, "topics")
    known.sync(None)
    assert "a" not in known
    tip = write_once(
        bare, [Change("topics/x/a.md", b""), Change("b.md", b"")], message="m\n", when=at
    )
    known.sync(tip)
    assert "a" in known
    assert "b" not in known
    tip = write_once(bare, [Change("topics/y/c.md", b"")], message="m\n", when=at)
    known.sync(tip)
    known.sync(tip)
    known.add("d")
    known.moved(tip)
    assert "c" in known
    assert "d" in known


def test_many_known_names_are_kept_for_the_next_start(
    bare: Repo, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_names, "_MANY", 2)
    read: list[Oid] = []
    every = KnownNames._all

    def noted(self: KnownNames, tip: Oid) -> Iterator[bytes]:
        read.append(tip)
        return every(self, tip)

    monkeypatch.setattr(KnownNames, "_all", noted)

    def names_after(*changes: Change) -> str:
        """What a process that begins after these changes knows of the letters."""
        tip = write_once(bare, [*changes], message="m\n", when=at)
        known = KnownNames(bare, "topics")
        known.sync(tip)
        return "".join(one for one in "abcdefghijk" if one in known)

    def put(*names: str) -> list[Change]:
        return [Change(f"topics/x/{name}.md", name.encode()) for name in names]

    assert names_after(*put("a")) == "a"
    assert names_after(*put("b")) == "ab"
    assert len(read) == 2  # two are not many, and the second time they are kept
    assert names_after(Change("other/k.md", b"")) == "ab"
    assert names_after(*put("c")) == "abc"
    assert names_after(*put("d", "e", "f")) == "abcdef"  # so many that they are kept anew
    assert names_after() == "abcdef"
    assert len(read) == 2
    assert names_after(Change("topics/x/c.md", None)) == "abdef"
    assert len(read) == 3
    (file,) = bare.path.glob("solicomm.names-*")
    whole = file.read_bytes()
    for damaged in (b"", whole[:-8], whole[:-8] + bytes(8), whole.partition(b"\n")[2]):
        file.write_bytes(damaged)
        assert names_after() == "abdef"
    assert len(read) == 7
    file.write_bytes(whole.replace(whole.split()[1], b"1" * 40))  # a history that is gone
    assert names_after(*put("g")) == "abdefg"
    maintenance.purge(bare)
    assert not file.exists()


def test_a_long_way_is_gone_in_steps(bare: Repo, at: datetime) -> None:
    with Writer(bare) as writer:
        for number in range(10):
            change = [Change("same", b"%d" % number)]
            writer.commit(change, author_name="", when=at, message=f"{number}\n")
    tip = bare.ref()
    assert tip is not None
    oids = [commit.oid for commit in log.commits(bare, None, tip)]
    assert log.every(bare, 4, None, tip) == [oids[0], oids[4], oids[8], oids[9]]
    assert log.every(bare, 9, None, tip) == [oids[0], oids[9]]
    assert log.every(bare, 10, None, tip) == [tip]
    assert log.every(bare, 4, oids[3], tip) == [oids[4], oids[8], oids[9]]
    assert log.every(bare, 4, oids[8], tip) == [tip]
    assert log.every(bare, 4, tip, tip) == []
    assert log.every(bare, 20, Oid("0" * 39 + "1"), tip) == [tip]  # of a history that is gone
    with pytest.raises(StoreError):
        log.every(bare, 4, None, Oid("0" * 39 + "1"))
