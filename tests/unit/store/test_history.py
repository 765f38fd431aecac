"""A history that forgets: git has the octets no more, and every consumer is where it was."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import history, log
from solicomm_build.git.cursor import Cursor
from solicomm_build.git.history import Cut
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, create, open_repo
from solicomm_build.git.writer import Change, Writer, write_once

WHEN = datetime(2026, 11, 24, 12, tzinfo=UTC)
ODD = "topics/é \u0645/a.md"


def _write(repo: Repo, path: str, data: bytes | None, message: str = "m\n") -> Oid:
    return write_once(repo, [Change(path, data)], message=message, when=WHEN, author_name="Ana")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = create(tmp_path / "water.git")
    _write(made, "conference.yaml", b"settings")
    _write(made, "a.md", b"public words")
    _write(made, ODD, b"secret words", "Secret subject\n\nSource: mail\nMessage: abc\n")
    _write(made, "b.md", b"more public words", "Kept subject\n\nSource: mail\n")
    return made


def _cut(*paths: str) -> Cut:
    return Cut(paths=frozenset(paths), message=lambda text: b"Erased\n\nSource: mail\n")


def _objects(repo: Repo) -> bytes:
    """The content of every object there is, those that nothing leads to included."""
    return repo.git("cat-file", "--batch-all-objects", "--batch", "--unordered")


def _names(repo: Repo) -> list[str]:
    with Reader(repo) as reader:
        return [entry.path for entry in reader.tree(MAIN, recursive=True)]


def _peak(folder: Path, count: int) -> int:
    """Octets that rewriting so many commits takes in this process at most."""
    made = create(folder / f"{count}.git")
    process = made.start("fast-import", "--quiet", "--done")
    for number in range(count):
        process.stdin.write(
            b"commit refs/heads/main\ncommitter A <a@b> %d +0000\ndata 2\nm\n"
            b"M 100644 inline %d.md\ndata 2\nx\n\n" % (number, number % 9)
        )
    process.stdin.write(b"done\n")
    assert process.wait() == 0
    tip = made.ref()
    assert tip is not None
    Cursor(made, "pages").advance(None, tip)
    tracemalloc.start()
    try:
        assert history.rewrite(made, _cut("1.md")) == count - 1
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_history(tmp_path: Path) -> None:
    """A hub may have a million posts."""
    assert _peak(tmp_path, 4000) < _peak(tmp_path, 1000) + 100_000


def test_nothing_of_it_is_left_in_git(repo: Repo) -> None:
    assert b"secret words" in _objects(repo)
    before = [commit.oid for commit in log.commits(repo, None, repo.ref() or Oid(""))]
    assert history.rewrite(repo, _cut(ODD)) == 2
    history.scrub(repo)
    found = _objects(repo)
    assert b"secret" not in found
    assert b"Secret" not in found
    assert "é".encode() not in found
    after = list(log.commits(repo, None, repo.ref() or Oid("")))
    assert [commit.oid for commit in after[:2]] == before[:2]  # what came before stays as it was
    assert [(c.author_name, c.message.split("\n")[0]) for c in after[2:]] == [
        ("SoliComm", "Erased"),
        ("Ana", "Kept subject"),
    ]
    assert all(commit.committed == WHEN for commit in after)
    assert _names(repo) == ["a.md", "b.md", "conference.yaml"]
    repo.git("fsck", "--strict")


def test_what_a_machine_that_died_left_of_a_rewriting_stops_none(
    repo: Repo, tmp_path: Path
) -> None:
    """The keep mark of the pack that is written again, and the lock of the ref that git moves."""
    tried = tmp_path / "tried.git"
    shutil.copytree(repo.path, tried)
    history.rewrite(open_repo(tried), _cut(ODD))
    packs = repo.path / "objects" / "pack"
    made = {path.stem for path in (tried / "objects" / "pack").glob("*.pack")}
    new = made - {path.stem for path in packs.glob("*.pack")}
    assert new
    for name in new:
        (packs / f"{name}.keep").write_bytes(b"fast-import")
    lock = repo.path / "refs" / "solicomm" / "rewrite" / "main.lock"
    lock.parent.mkdir(parents=True)
    lock.touch()
    assert history.rewrite(repo, _cut(ODD)) == 2
    history.scrub(repo)
    assert b"secret" not in _objects(repo)
    assert not list(packs.glob("*.keep"))


def test_a_file_that_was_deleted_long_ago_goes_too(repo: Repo) -> None:
    _write(repo, ODD, None)
    history.rewrite(repo, _cut(ODD))
    history.scrub(repo)
    assert b"secret" not in _objects(repo)


def test_cursors_stay_behind_the_same_message(repo: Repo) -> None:
    tip = repo.ref()
    assert tip is not None
    commits = [commit.oid for commit in log.commits(repo, None, tip)]
    for name, place in (("courier", 3), ("digest-x", 2), ("pages", 1), ("desk", 0)):
        Cursor(repo, name).advance(None, commits[place])
    history.rewrite(repo, _cut(ODD))
    history.scrub(repo)
    new = [commit.oid for commit in log.commits(repo, None, repo.ref() or Oid(""))]
    places = [Cursor(repo, name).read() for name in ("courier", "digest-x", "pages", "desk")]
    assert places == [new[3], new[2], new[1], new[0]]
    assert list(log.commits(repo, new[3], new[3])) == []


def test_a_history_without_it_is_left_alone(repo: Repo) -> None:
    tip = repo.ref()
    assert history.rewrite(repo, _cut("nowhere.md")) == 0
    assert repo.ref() == tip


def test_files_that_stay_can_get_other_octets(repo: Repo) -> None:
    with Reader(repo) as reader:
        oid = reader.oid_at(MAIN, "a.md")
    assert oid is not None
    assert history.rewrite(repo, Cut(blobs={oid: b"other\nwords"})) == 3
    history.scrub(repo)
    with Reader(repo) as reader:
        assert reader.at(MAIN, "a.md") == b"other\nwords"
        assert reader.at(MAIN, "b.md") == b"more public words"
    assert b"\npublic words" not in _objects(repo)


def test_merges_stay_merges(repo: Repo, tmp_path: Path) -> None:
    tip = repo.ref()
    assert tip is not None
    tree = repo.git("rev-parse", f"{tip}^{{tree}}").decode().strip()
    identity = ("-c", "user.name=x", "-c", "user.email=x@y.invalid")
    first = [commit.oid for commit in log.commits(repo, None, tip)][1]
    side = repo.git(*identity, "commit-tree", tree, "-p", first, "-m", "side").decode().strip()
    merge = repo.git(*identity, "commit-tree", tree, "-p", tip, "-p", side, "-m", "merge")
    repo.set_ref(MAIN, Oid(merge.decode().strip()), tip)
    history.rewrite(repo, _cut(ODD))
    history.scrub(repo)
    assert b"secret" not in _objects(repo)
    now = repo.git("rev-list", "--parents", "-1", MAIN).decode().split()
    assert len(now) == 3
    assert ODD not in _names(repo)


def test_a_writer_that_stays_open_goes_on_in_the_new_history(repo: Repo) -> None:
    with Writer(repo) as writer:
        writer.commit([Change("c.md", b"c")], author_name="Bo", when=WHEN, message="c\n")
        writer.checkpoint()
        history.rewrite(repo, _cut(ODD))
        history.scrub(repo)
        writer.commit([Change("d.md", b"d")], author_name="Bo", when=WHEN, message="d\n")
        writer.checkpoint()
    assert _names(repo) == ["a.md", "b.md", "c.md", "conference.yaml", "d.md"]
    assert b"secret" not in _objects(repo)


_CHILD = """
import sys
from pathlib import Path
from solicomm_build.git import history
from solicomm_build.git.repo import open_repo
paths = frozenset([sys.argv[2]])
cut = history.Cut(paths=paths, message=lambda text: b"Erased\\n\\nSource: mail\\n")
history.rewrite(open_repo(Path(sys.argv[1])), cut)
"""


@pytest.mark.parametrize(
    "point",
    [
        "history.before-moves",
        "history.before-branch",
        "history.before-cursors",
        "history.between-cursors",
    ],
)
@pytest.mark.parametrize("posted", [False, True])
def test_killed_anywhere_no_cursor_is_lost(repo: Repo, point: str, posted: bool) -> None:
    tip = repo.ref()
    assert tip is not None
    for name in ("courier", "digest-x"):
        Cursor(repo, name).advance(None, tip)
    killed = subprocess.run(
        [sys.executable, "-c", _CHILD, str(repo.path), ODD],
        env={**os.environ, "SOLICOMM_FAULT": f"{point}:1"},
        check=False,
    )
    assert killed.returncode == -9
    if posted:
        _write(repo, "new.md", b"new", "New\n\nSource: mail\n")
    for name in ("courier", "digest-x"):  # what a consumer sees that comes next
        with history.following(repo):
            now, done = repo.ref(), Cursor(repo, name).read()
            assert now is not None
            assert done is not None
            news = [change.path for c in log.commits(repo, done, now) for change in c.changes]
        assert news == (["new.md"] if posted else [])
    history.rewrite(repo, _cut(ODD))
    history.scrub(repo)
    assert b"secret" not in _objects(repo)
    done = Cursor(repo, "courier").read()
    assert done is not None
    left = [c.changes for c in log.commits(repo, done, repo.ref() or Oid(""))]
    assert len(left) == posted


def test_reading_and_writing_go_on_after_the_old_commit_is_gone(repo: Repo, at: datetime) -> None:
    old = repo.ref()
    with Writer(repo) as writer:
        for name in ("first", "second"):
            writer.commit([Change(f"late/{name}", b"")], author_name="", when=at, message="m\n")
            writer.checkpoint()
            history.rewrite(repo, _cut(ODD))
            history.scrub(repo)
    with pytest.raises(StoreError):
        log.diff(repo, old, repo.ref() or Oid(""))
    assert repo.git("fsck", "--strict", "--full", "--no-dangling") == b""
    with Reader(repo) as reader:
        assert [entry.path for entry in reader.tree(MAIN, "late")] == ["first", "second"]


def test_who_follows_may_write_while_a_rewriting_waits(repo: Repo) -> None:
    """The rewriting held the writer's lock while it waited for followers: both stood still."""
    with history.following(repo):
        waiting = threading.Thread(target=history.rewrite, args=(open_repo(repo.path), _cut(ODD)))
        waiting.start()
        _write(repo, "late.md", b"late", "Late\n\nSource: mail\n")
        tip = repo.ref()
    waiting.join(30)
    assert not waiting.is_alive()
    assert repo.ref() != tip
    history.scrub(repo)
    assert b"secret" not in _objects(repo)
    assert _names(repo) == ["a.md", "b.md", "conference.yaml", "late.md"]


def test_who_worked_without_following_moves_no_cursor_into_a_history_that_was_left(
    repo: Repo,
) -> None:
    """Such as pages that were made meanwhile: the cursor kept all that was to be forgotten."""
    first, seen = log.commits(repo, None, _tip(repo)), _tip(repo)
    cursor = Cursor(repo, "pages")
    cursor.advance(None, next(iter(first)).oid)
    history.rewrite(repo, _cut(ODD))
    assert not history.reach(repo, cursor, seen)
    history.scrub(repo)
    assert b"secret" not in _objects(repo)
    assert history.reach(repo, cursor, _tip(repo))
    assert cursor.read() == _tip(repo)


def test_a_cursor_goes_to_where_it_worked_though_more_has_come(repo: Repo) -> None:
    seen, cursor = _tip(repo), Cursor(repo, "pages")
    _write(repo, "c.md", b"c")
    assert history.reach(repo, cursor, seen)
    assert cursor.read() == seen
    assert not history.reach(repo, cursor, seen)


def test_no_cursor_of_this_disk_keeps_what_is_scrubbed(repo: Repo) -> None:
    """As on a machine whose repository follows another one's, while its pages are behind."""
    old, cursor = _tip(repo), Cursor(repo, "pages")
    begun = [one.oid for one in log.commits(repo, None, old)][1]
    history.rewrite(repo, _cut(ODD))
    cursor.advance(None, old)
    history.scrub(repo)
    assert b"secret" not in _objects(repo)
    assert cursor.read() == begun, "the last that both histories have"


def _tip(repo: Repo) -> Oid:
    return repo.ref() or Oid("")
