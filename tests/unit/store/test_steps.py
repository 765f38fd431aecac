"""A few commits are read without starting git, and read as git reads them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import timedelta

import pytest

from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import StoreError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log, steps
from solicomm_build.git import reader as readers
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo
from solicomm_build.post.store.mailstore import MailStore

_WHO = b"Ana <ana@union.example> 1700000000 +0100"
_PLAIN = b"Subject\n\nSource: mail\n"

Files = dict[str, bytes]


@pytest.fixture
def reader(bare: Repo) -> Iterator[Reader]:
    with Reader(bare) as found:
        yield found


def _tree(repo: Repo, files: Files) -> bytes:
    """A tree of these files; a name may begin with a mode: `100755 bin/run`."""
    here: dict[str, bytes] = {}
    below: dict[str, Files] = {}
    for name, data in files.items():
        mode, _, path = name.rpartition(" ") if name[:1] == "1" else ("100644", "", name)
        head, slash, rest = path.partition("/")
        if slash:
            below.setdefault(head, {})[f"{mode} {rest}"] = data
        else:
            blob = repo.git("hash-object", "-w", "--stdin", input=data).strip()
            here[head] = mode.encode() + b" blob " + blob
    for head, inside in below.items():
        here[head] = b"040000 tree " + _tree(repo, inside)
    lines = (how + b"\t" + name.encode("utf-8", "surrogateescape") for name, how in here.items())
    return repo.git("mktree", "-z", input=b"".join(line + b"\0" for line in lines)).strip()


def _commit(
    repo: Repo,
    files: Files,
    *parents: Oid,
    message: bytes = _PLAIN,
    author: bytes = _WHO,
    more: bytes = b"",
) -> Oid:
    head = b"tree " + _tree(repo, files) + b"\n"
    head += b"".join(b"parent " + parent.encode() + b"\n" for parent in parents)
    head += b"author " + author + b"\ncommitter Hub <hub@h.example> 1700000005 +0000\n" + more
    made = repo.git(
        "hash-object", "-t", "commit", "-w", "--stdin", "--literally", input=head + b"\n" + message
    )
    return Oid(made.decode().strip())


def _never(*words: object, **more: object) -> None:
    raise AssertionError("git was started")


_BEFORE: Files = {"a": b"1", "b/c/d": b"2", "b/e": b"3", "100755 x": b"run", "z.md": b"z"}
_AFTER: dict[str, Files] = {
    "nothing": _BEFORE,
    "one more": {**_BEFORE, "b/c/new": b"n"},
    "changed and gone": {"a": b"2", "b/e": b"3"},
    "mode": {"a": b"1", "b/c/d": b"2", "b/e": b"3", "x": b"run", "z.md": b"z"},
    "a link": {**_BEFORE, "120000 z.md": b"a"},
    "folder for file": {"a/b": b"1", "a.b": b"0", "b": b"2", "100755 x": b"run", "z.md": b"z"},
    "names": {**_BEFORE, "tab\u00e9 \u0627": b"1", "line\nbreak": b"2", "b-": b"3", "b0": b"4"},
    "no UTF-8": {**_BEFORE, "b/\udcff\udcfe": b"1"},
    "all gone": {"k": b""},
}


@pytest.mark.parametrize("what", _AFTER)
def test_a_commit_is_read_as_git_reads_it(bare: Repo, reader: Reader, what: str) -> None:
    first = _commit(bare, _BEFORE)
    there = _commit(bare, _AFTER[what], first)
    back = _commit(bare, _BEFORE, there)
    found = steps.few(reader, first, back)
    assert found == list(log.commits(bare, first, back))
    assert [one.oid for one in found or ()] == [there, back]
    assert steps.few(reader, None, back) == list(log.commits(bare, None, back))


@pytest.mark.parametrize("what", _AFTER)
def test_what_differs_and_what_is_there_are_read_as_git_reads_them(
    bare: Repo, reader: Reader, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    first = _commit(bare, _BEFORE)
    there = _commit(bare, _AFTER[what], first)
    tree = reader.oid_at(there)
    assert tree is not None
    for old, new in ((first, there), (there, first), (None, there), (first, tree), (tree, tree)):
        found = steps.between(reader, old, new)
        assert found == log.diff(bare, old, new)
        assert found == log.diff(bare, old, new, reader=reader)
    whole = reader.tree(there, recursive=True)
    below = reader.tree(first, "b", recursive=True)
    monkeypatch.setattr(readers, "_FEW", 0)
    assert whole == reader.tree(there, recursive=True)
    assert below == reader.tree(first, "b", recursive=True)


def test_too_much_and_what_is_missing_is_left_to_git(bare: Repo, reader: Reader) -> None:
    tip = _commit(bare, {f"{number}/x": b"1" for number in range(100)})
    assert steps.between(reader, None, tip) is None
    assert len(log.diff(bare, None, tip, reader=reader)) == 100
    assert len(reader.tree(tip, recursive=True)) == 100
    for old, new in ((None, Oid("1" * 40)), (Oid("1" * 40), tip)):
        assert steps.between(reader, old, new) is None
        with pytest.raises(StoreError):
            log.diff(bare, old, new, reader=reader)


def test_few_files_are_listed_and_compared_without_starting_git(
    bare: Repo, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    tip = _commit(bare, _BEFORE)
    assert reader.oid_at(tip) is not None
    monkeypatch.setattr(Repo, "git", _never)
    assert len(log.diff(bare, None, tip, reader=reader)) == len(_BEFORE)
    assert len(reader.tree(tip, recursive=True)) == len(_BEFORE)


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"\n",
        b"one line",
        b"\n\nlate\n\n\n",
        "\u0627\u062a\u062d\u0627\u062f\n".encode(),
        b"\xff\n",
    ],
)
@pytest.mark.parametrize(
    "author",
    [_WHO, b" <a@b> 1 +0000", b"<> 1 +0000", b" Ana  B  <a@b> 1 -0300", b"\xe9 <a@b> 1 +0000"],
)
def test_what_it_says_is_read_as_git_reads_it(
    bare: Repo, reader: Reader, message: bytes, author: bytes
) -> None:
    first = _commit(bare, {"a": b"1"})
    last = _commit(bare, {"a": b"2"}, first, message=message, author=author)
    assert steps.few(reader, first, last) == list(log.commits(bare, first, last))


def test_what_is_not_plain_is_left_to_git(bare: Repo, reader: Reader) -> None:
    first = _commit(bare, {"a": b"1"})
    side = _commit(bare, {"b": b"1"})
    merged = _commit(bare, {"a": b"1", "b": b"1"}, first, side)
    other = _commit(bare, {"a": b"2"}, first, more=b"encoding ISO-8859-1\n", message=b"\xe9\n")
    many = {f"{number}/x": b"1" for number in range(100)}
    much = _commit(bare, {"a": b"1", **many}, first)
    for tip in (merged, other, much, side):
        assert steps.few(reader, first, tip) is None
        found = list(log.commits(bare, first, tip, reader=reader))
        assert found == list(log.commits(bare, first, tip))
    assert steps.few(reader, None, merged) is None
    assert steps.few(reader, None, much) is None
    assert not steps.leads(reader, first, side)
    assert not log.goes_on(bare, first, side, reader=reader)
    assert log.goes_on(bare, first, merged, reader=reader)
    assert not log.goes_on(bare, Oid("1" * 40), first, reader=reader)


def test_many_commits_are_left_to_git_and_a_few_start_none(
    bare: Repo, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    tips = [_commit(bare, {"a": b""})]
    for number in range(steps.MOST + 1):
        tips.append(_commit(bare, {"a": b"%d" % number}, tips[-1]))
    assert steps.few(reader, tips[0], tips[-1]) is None
    assert log.goes_on(bare, tips[0], tips[-1], reader=reader)
    every = list(log.commits(bare, tips[0], tips[-1], reader=reader))
    assert [one.oid for one in every] == tips[1:]
    monkeypatch.setattr(Repo, "start", _never)
    monkeypatch.setattr(Repo, "succeeds", _never)
    assert list(log.commits(bare, tips[1], tips[-1], reader=reader)) == every[1:]
    assert list(log.commits(bare, tips[-1], tips[-1], reader=reader)) == []
    assert log.goes_on(bare, tips[1], tips[-1], reader=reader)


def test_verdicts_of_a_few_commits_are_read_as_git_tells_them(
    bare: Repo, monkeypatch: pytest.MonkeyPatch
) -> None:
    with contextlib.closing(MailStore(bare)) as store:
        tips = []
        for number in range(3):
            store.note(f"accept open bar/{number} author=x level=proved")
            store.note(f"hold nonmember bar/{number}h author=y")
            store.commit("Judge", when=clock.now())
            tips.append(store.checkpoint("Judge", when=clock.now()))
        with monkeypatch.context() as patched:
            patched.setattr(steps, "MOST", 0)
            every = list(store.verdicts())
            late = list(store.verdicts(about="1h"))
        assert len(every) == 6
        monkeypatch.setattr(Repo, "git", _never)
        assert list(store.verdicts()) == every
        assert list(store.verdicts(about="1h")) == late == [every[3]]
        assert list(store.verdicts(clock.now() + timedelta(days=1))) == []
        assert list(store.verdicts(after=tips[0])) == every[:4]
        assert list(store.verdicts(after=tips[0], about="1h")) == [every[3]]
        assert list(store.verdicts(clock.now() + timedelta(days=1), after=tips[0])) == []
        assert tips[0] is not None
        assert tips[2] is not None
        assert store.goes_on(tips[0], tips[2])
