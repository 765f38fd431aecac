"""A history that is written anew while others write, fail or were killed: nothing is half done."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from solicomm_build.foundation import faults
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import history
from solicomm_build.git.history import Cut
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, GitProcess, Repo, create
from solicomm_build.git.writer import Change, write_once

WHEN = datetime(2026, 11, 28, tzinfo=UTC)
CUT = Cut(paths=frozenset({"secret.md"}), message=lambda text: b"Erased\n")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = create(tmp_path / "water.git")
    for name in ("a.md", "secret.md", "b.md"):
        _write(made, name)
    return made


def _write(repo: Repo, name: str) -> None:
    write_once(repo, [Change(name, name.encode())], message=f"{name}\n", when=WHEN)


def _names(repo: Repo) -> list[str]:
    with Reader(repo) as reader:
        return [entry.path for entry in reader.tree(MAIN, recursive=True)]


def test_what_comes_in_between_is_written_anew_too(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = iter(["late.md"])

    def point(place: str) -> None:
        if place == "history.before-moves":
            for name in late:
                _write(repo, name)

    monkeypatch.setattr(faults, "point", point)
    history.rewrite(repo, CUT)
    assert _names(repo) == ["a.md", "b.md", "late.md"]
    history.scrub(repo)
    assert b"secret.md" not in repo.git("cat-file", "--batch-all-objects", "--batch")


@pytest.mark.parametrize(
    "instead",
    [("hash-object", "--no-such-option"), ("fast-import", "--quiet", "--done", "--no-such-option")],
)
def test_a_git_that_fails_leaves_all_as_it_was(
    repo: Repo, monkeypatch: pytest.MonkeyPatch, instead: tuple[str, ...]
) -> None:
    before, start = repo.ref(), Repo.start

    def failing(self: Repo, *words: str, **more: object) -> GitProcess:
        chosen = instead if words[0] == "fast-import" else words
        return start(self, *chosen, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(Repo, "start", failing)
    with pytest.raises(StoreError, match="was not written anew"):
        history.rewrite(repo, CUT)
    assert repo.ref() == before
    assert _names(repo) == ["a.md", "b.md", "secret.md"]
    assert not history.is_unfinished(repo.path)
    monkeypatch.undo()
    assert history.rewrite(repo, CUT) == 2


def test_a_move_that_somebody_else_finished_is_nothing_to_do(
    repo: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan: list[Callable[[Repo], None]] = []

    def point(place: str) -> None:
        if place == "history.before-branch" and not plan:
            plan.append(history._carry_out)
            assert history.is_unfinished(repo.path)
            history._carry_out(repo)

    monkeypatch.setattr(faults, "point", point)
    assert history.rewrite(repo, CUT) == 2
    assert plan
    assert not history.is_unfinished(repo.path)
    assert _names(repo) == ["a.md", "b.md"]


def test_what_a_killed_rewriting_left_is_scrubbed(repo: Repo) -> None:
    left = repo.path / "solicomm.marks.12345"
    left.write_bytes(b":1 secret\n")
    history.scrub(repo)
    assert not left.exists()


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        (b"blob\nmark :1\n", "something else than commits: b'blob"),
        (b"commit refs/heads/main\nmark :1\ngitlink x\n", "something else than files: b'gitlink"),
    ],
)
def test_another_stream_than_git_promises_is_refused(stream: bytes, said: str) -> None:
    with pytest.raises(StoreError, match=said):
        history._Copy(io.BytesIO(stream), io.BytesIO(), CUT).run(lambda mark, oid: None)


def test_resets_encodings_and_emptied_trees_go_along() -> None:
    stream = (
        b"reset refs/heads/main\nfrom :7\n"
        b"commit refs/heads/main\nmark :1\noriginal-oid " + b"1" * 40 + b"\n"
        b"author Ana <a@b> 1 +0000\ncommitter Ana <a@b> 1 +0000\nencoding latin-1\n"
        b"data 2\nm\nfrom :7\ndeleteall\nM 100644 " + b"2" * 40 + b" a.md\n\ndone\n"
    )
    out = io.BytesIO()
    old: dict[str, Oid] = {}
    history._Copy(io.BytesIO(stream), out, CUT).run(old.__setitem__)
    assert old == {"1": "1" * 40}
    written = out.getvalue()
    assert b"encoding latin-1\n" in written
    assert b"from :7\ndeleteall\nM 100644 " + b"2" * 40 + b" a.md\n" in written
