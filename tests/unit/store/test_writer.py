from __future__ import annotations

import errno
import os
import socket
import subprocess
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.foundation.errors import ConflictError, StoreError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log, maintenance, refs
from solicomm_build.git.commitmessage import compose, one_line, trailers
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo
from solicomm_build.git.writer import Change, Writer, write_on_tip, write_once


def _commit(writer: Writer, at: datetime, path: str = "a", data: bytes | None = b"x") -> None:
    writer.commit([Change(path, data)], author_name="Ana", when=at, message="m\n")


def _strict(repo: Repo) -> None:
    assert repo.git("fsck", "--strict", "--full") == b""


def test_one_commit_each_and_nothing_visible_before_the_checkpoint(
    bare: Repo, at: datetime
) -> None:
    with Writer(bare) as writer:
        _commit(writer, at, "a/b", b"one")
        _commit(writer, at, "a/c", b"two")
        assert bare.ref() is None
        tip = writer.checkpoint()
        assert tip is not None
        assert bare.ref() == tip
        _commit(writer, at, "a/b", None)
        writer.checkpoint()
    commits = list(log.commits(bare, None, bare.ref() or tip))
    assert [[(c.status, c.path) for c in commit.changes] for commit in commits] == [
        [("A", "a/b")],
        [("A", "a/c")],
        [("D", "a/b")],
    ]
    _strict(bare)


def test_names_and_dates_from_outside_are_made_fit_for_git(bare: Repo, at: datetime) -> None:
    names = [
        "<Ana>\n x",
        "",
        "\u202e evil \x00",
        "  .;",
        "Иван «Ваня» O'Neil",
        "\ud800",
        "a" * 9000,
    ]
    with Writer(bare) as writer:
        for number, name in enumerate(names):
            writer.commit(
                [Change(f"f{number}", b"")],
                author_name=name,
                when=datetime(1969, 1, 1, tzinfo=UTC),
                author_when=datetime(9999, 12, 31, tzinfo=UTC),
                message=compose(f"{name}\n\nSource: mail", Source="import"),
            )
    _strict(bare)
    commits = list(log.commits(bare, None, bare.ref() or log.EMPTY_TREE))
    assert [commit.author_name for commit in commits][:4] == [
        "Ana x",
        "anonymous",
        "evil",
        "anonymous",
    ]
    assert commits[0].committed == datetime(1970, 1, 1, tzinfo=UTC)
    assert {commit.trailer("Source") for commit in commits} == {"import"}
    head = bare.git("cat-file", "commit", "main").decode()
    assert "<member@users.hub.invalid>" in head
    assert "committer SoliComm <hub@users.hub.invalid> 0 +0000" in head


BAD_PATHS = ["", "/a", "a//b", "../a", "a/../b", ".git/x", "a/.GIT", 'a"b', "a\nb", "a\\b", "a/"]


@pytest.mark.parametrize("path", BAD_PATHS)
def test_paths_that_git_would_not_store_are_refused(bare: Repo, at: datetime, path: str) -> None:
    with Writer(bare) as writer, pytest.raises(StoreError, match="not a path"):
        _commit(writer, at, path)


def test_two_writers_take_turns_and_build_on_each_other(bare: Repo, at: datetime) -> None:
    with Writer(bare) as one, Writer(bare) as two:
        for number in range(3):
            _commit(one, at, f"one{number}")
            one.checkpoint()
            _commit(two, at, f"two{number}")
            two.checkpoint()
        write_once(bare, [Change("three", b"")], message="m\n", when=at)
        _commit(one, at, "last")
        one.checkpoint()
    with Reader(bare) as reader:
        names = {entry.path for entry in reader.tree(MAIN)}
    assert names == {"one0", "one1", "one2", "two0", "two1", "two2", "three", "last"}
    _strict(bare)


def test_many_threads_write_one_repository(bare: Repo, at: datetime) -> None:
    def work(name: int) -> None:
        with Writer(bare) as writer:
            for number in range(5):
                _commit(writer, at, f"{name}/{number}")
                writer.checkpoint()

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Reader(bare) as reader:
        assert len(reader.tree(MAIN, recursive=True)) == 20


def test_an_abort_leaves_nothing_and_the_writer_usable(bare: Repo, at: datetime) -> None:
    with Writer(bare) as writer:
        _commit(writer, at, "a")
        writer.abort()
        assert bare.ref() is None
        _commit(writer, at, "b")
    with Reader(bare) as reader:
        assert [entry.path for entry in reader.tree(MAIN)] == ["b"]


def test_an_error_in_the_block_commits_nothing(bare: Repo, at: datetime) -> None:
    def work() -> None:
        with Writer(bare) as writer:
            _commit(writer, at)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        work()
    assert bare.ref() is None


def test_a_ref_moved_without_the_lock_is_a_conflict_and_nothing_is_lost(
    bare: Repo, at: datetime
) -> None:
    first = write_once(bare, [Change("a", b"")], message="m\n", when=at)
    with Writer(bare) as writer:
        _commit(writer, at, "b")
        tree = bare.git("rev-parse", "main^{tree}").decode().strip()
        foreign = (
            bare.git(
                "-c",
                "user.name=x",
                "-c",
                "user.email=x@x",
                "commit-tree",
                "-p",
                first,
                "-m",
                "x",
                tree,
            )
            .decode()
            .strip()
        )
        bare.git("update-ref", "refs/heads/main", foreign)
        with pytest.raises(ConflictError):
            writer.checkpoint()
        assert bare.ref() == foreign
        _commit(writer, at, "b")
        writer.checkpoint()
    assert log.is_ancestor(bare, log.Oid(foreign), bare.ref() or first)


def test_write_once_can_insist_on_the_tip(bare: Repo, at: datetime) -> None:
    first = write_once(bare, [Change("a", b"")], message="m\n", when=at)
    second = write_once(bare, [Change("b", b"")], message="m\n", when=at, expect=first)
    with pytest.raises(ConflictError):
        write_once(bare, [Change("c", b"")], message="m\n", when=at, expect=first)
    assert bare.ref() == second


def test_why_it_was_not_written_reaches_the_error_and_nothing_is_left(
    bare: Repo, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_fd: int, _data: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with Writer(bare) as writer:
        _commit(writer, at, "a")
        with monkeypatch.context() as patched:
            patched.setattr(os, "write", full)
            with pytest.raises(StoreError, match="No space left"):
                writer.checkpoint()
        assert not list((bare.path / "objects/pack").iterdir())
        _commit(writer, at, "b")
    with Reader(bare) as reader:
        assert [entry.path for entry in reader.tree(MAIN)] == ["b"]


def test_a_commit_that_broke_off_takes_all_until_the_checkpoint_with_it(
    bare: Repo, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_once(bare, [Change("a/b", b"")], message="m\n", when=at)
    with Writer(bare) as writer:
        _commit(writer, at, "c")
        with monkeypatch.context() as patched:
            patched.setattr(Reader, "blob", lambda *_: (_ for _ in ()).throw(StoreError("away")))
            with pytest.raises(StoreError, match="away"):
                _commit(writer, at, "a/d")
        with pytest.raises(StoreError, match="not finished"):
            writer.checkpoint()
        _commit(writer, at, "a/d")
    with Reader(bare) as reader:
        assert [entry.path for entry in reader.tree(MAIN, recursive=True)] == ["a/b", "a/d"]


def test_stale_locks_of_a_killed_git_do_not_stop_the_next_writer(
    bare: Repo, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refs, "_STALE", 0.0)
    for name in ("HEAD.lock", "refs/heads/main.lock"):
        (bare.path / name).write_text("")
    assert write_once(bare, [Change("a", b"")], message="m\n", when=at) == bare.ref()


@pytest.mark.parametrize("mark", [b"fast-import\n", b"fast-i", b""])
def test_the_keep_mark_of_a_killed_git_does_not_stop_the_same_commit(
    bare: Repo, at: datetime, mark: bytes
) -> None:
    """Mail to a mailbox ended in quarantine: the pack made again has the name it had before."""
    write_once(bare, [Change("a", b"x")], message="m\n", when=at)
    (pack,) = (bare.path / "objects" / "pack").glob("*.pack")
    pack.with_suffix(".keep").write_bytes(mark)
    for killed in (pack.with_suffix(".idx"), bare.path / "refs/heads/main"):
        killed.unlink()
    assert write_once(bare, [Change("a", b"x")], message="m\n", when=at) == bare.ref()
    _strict(bare)
    maintenance.run(bare)
    assert not list(pack.parent.glob("*.keep"))


def _kept(bare: Repo, at: datetime, said: str, age: float) -> bool:
    """Whether what no ref leads to stays when somebody left that in the keep mark of its pack."""
    tip = write_once(bare, [Change("a", b"gone")], message="m\n", when=at)
    (pack,) = (bare.path / "objects" / "pack").glob("*.pack")
    mark = pack.with_suffix(".keep")
    mark.write_text(f"{said}\n")
    os.utime(mark, (time.time() - age, time.time() - age))
    bare.set_ref(MAIN, None, tip)
    maintenance.purge(bare)
    return bare.has_commit(tip)


def test_what_a_killed_push_or_fetch_kept_is_erased(bare: Repo, at: datetime) -> None:
    """Its pack was never merged, and what was erased stayed in it."""
    ended = subprocess.Popen(["true"])
    ended.wait()
    here = socket.gethostname()
    assert not _kept(bare, at, f"receive-pack {ended.pid} on {here}", 0)
    assert not _kept(bare, at, f"fetch-pack {ended.pid} on {here}", 0)
    assert not _kept(bare, at, "receive-pack 1 on where-the-hub-was", 90_000)


@pytest.mark.parametrize("said", ["receive-pack {me} on {here}", "fetch-pack 1 on there"])
def test_what_a_push_or_fetch_keeps_that_may_be_at_work_stays(
    bare: Repo, at: datetime, said: str
) -> None:
    assert _kept(bare, at, said.format(me=os.getpid(), here=socket.gethostname()), 60)


def test_a_branch_that_could_not_be_moved_is_no_conflict(
    bare: Repo, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk when the branch is to move. As a conflict it cost a mail at the desk."""
    tip = write_once(bare, [Change("a", b"")], message="m\n", when=at)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with Writer(bare) as writer:
        _commit(writer, at, "b")
        with monkeypatch.context() as patched:
            patched.setattr(refs, "swap", full)
            with pytest.raises(StoreError, match="could not be written") as told:
                writer.checkpoint()
        assert not isinstance(told.value, ConflictError)
        assert bare.ref() == tip


def test_maintenance_merges_packs_under_an_open_writer(bare: Repo, at: datetime) -> None:
    packs = bare.path / "objects/pack"
    with Writer(bare) as writer, Writer(bare) as other:
        for number in range(6):
            _commit(writer, at, f"a{number}")
            writer.checkpoint()
        _commit(other, at, "other")
        other.checkpoint()
        assert maintenance.needed(bare, packs=5)
        (packs / "tmp_pack_dead").write_bytes(b"half")
        (bare.path / "fast_import_crash_1").write_bytes(b"report")
        maintenance.run(bare)
        assert len(list(packs.glob("*.pack"))) == 1
        assert not list(packs.glob("tmp_*"))
        for late in (writer, other):
            _commit(late, at, f"late{id(late)}")
            late.checkpoint()
    _strict(bare)
    with Reader(bare) as reader:
        assert len(reader.tree(MAIN)) == 9


def test_a_pack_whose_index_a_kill_kept_out_is_read_again_and_goes(
    bare: Repo, at: datetime
) -> None:
    """git writes the index last. Without one it reads nothing of the pack, and `purge` left it."""
    packs = bare.path / "objects/pack"
    with Writer(bare) as writer:
        _commit(writer, at, "a")
        writer.checkpoint()
    (pack,) = packs.glob("*.pack")
    assert not maintenance.needed(bare)
    pack.with_suffix(".idx").unlink()
    assert maintenance.needed(bare)
    maintenance.run(bare)
    assert maintenance.unindexed(bare.path) == []
    _strict(bare)
    (kept,) = packs.glob("*.pack")
    left = packs / f"pack-{'0' * 40}.pack"
    left.write_bytes(kept.read_bytes())
    maintenance.purge(bare)
    assert not left.exists()


def test_a_pack_that_is_damaged_and_has_no_index_is_tried_once(bare: Repo, at: datetime) -> None:
    with Writer(bare) as writer:
        _commit(writer, at, "a")
        writer.checkpoint()
    left = bare.path / f"objects/pack/pack-{'0' * 40}.pack"
    left.write_bytes(b"PACK and nothing of it")
    assert maintenance.needed(bare)
    maintenance.run(bare)
    assert not maintenance.needed(bare)
    assert left.exists()


def test_commit_messages() -> None:
    text = compose("A subject\r\n\r\nSource: mail\u202e", Source="import", Message="abc", Raw="")
    assert text == "A subject Source: mail\n\nSource: import\nMessage: abc\n"
    assert trailers(text) == {"Source": "import", "Message": "abc"}
    assert trailers("Source: mail") == {}
    assert compose(" \x00 ") == "(no subject)\n"
    assert len(compose("x" * 500).strip()) == 72
    assert one_line("a\u2028b\u200bc\td") == "a bc d"
    assert trailers(compose("s", Source="a\nMessage: b")) == {"Source": "a Message: b"}


def test_what_is_made_of_the_tip_takes_nothing_of_others_back(bare: Repo, at: datetime) -> None:
    def count(path: str, octets: bytes) -> None:
        write_once(bare, [Change(path, octets)], message="m\n", when=at)

    def one_more(tip: Oid | None) -> list[Change]:
        with Reader(bare) as reader:
            words = reader.at(tip or MAIN, "words") or b""
        if b"theirs" not in words:
            count("words", words + b"theirs ")  # somebody is quicker, once
        return [] if b"ours" in words else [Change("words", words + b"ours ")]

    count("words", b"first ")
    assert write_on_tip(bare, one_more, message="m\n", when=at)
    with Reader(bare) as reader:
        assert reader.at(MAIN, "words") == b"first theirs ours "
    assert not write_on_tip(bare, one_more, message="m\n", when=at)

    def beaten(_tip: Oid | None) -> list[Change]:
        count("busy", os.urandom(4))
        return [Change("words", b"")]

    with pytest.raises(ConflictError):
        write_on_tip(bare, beaten, message="m\n", when=at)


def test_a_removed_repository_is_an_error_not_a_hang(
    bare: Repo, at: datetime, tmp_path: Path
) -> None:
    writer = Writer(bare)
    bare.path.rename(tmp_path / "gone.git")
    _commit(writer, at)
    with pytest.raises(StoreError):
        writer.checkpoint()
    writer._lock.close()
