"""What changed, and going back: history only grows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from solicomm_build.features.sites import undo
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo
from solicomm_build.git.writer import Change, write_once


@pytest.fixture
def three(bare: Repo, at: datetime) -> list[Oid]:
    changes = (
        [Change("a.md", b"one"), Change("b.md", b"old")],
        [Change("a.md", b"two"), Change("sub/c.md", b"c")],
        [Change("b.md", None)],
    )
    return [
        write_once(
            bare,
            change,
            message=f"Step {number} by ana@union.example\n",
            author_name="ana@x.example",
            when=at + timedelta(minutes=number),
        )
        for number, change in enumerate(changes)
    ]


def _tree(repo: Repo, rev: str) -> list[tuple[str, str]]:
    with Reader(repo) as reader:
        return [(entry.path, entry.oid) for entry in reader.tree(rev, recursive=True)]


def test_restores_the_whole_tree_by_a_new_commit(
    bare: Repo, three: list[Oid], at: datetime
) -> None:
    made = undo.restore(bare, undo.named(bare, three[0][:8]), when=at)
    assert bare.ref() == made
    assert _tree(bare, made) == _tree(bare, three[0])
    assert all(log.is_ancestor(bare, one, made) for one in three)
    bare.git("fsck", "--strict")


def test_without_a_commit_the_one_before_and_again_takes_it_back(
    bare: Repo, three: list[Oid], at: datetime
) -> None:
    assert undo.named(bare, None) == three[1]
    undo.restore(bare, three[1], when=at)
    assert _tree(bare, MAIN) == _tree(bare, three[1])
    undo.restore(bare, undo.named(bare, None), when=at)
    assert _tree(bare, MAIN) == _tree(bare, three[2])


def test_refuses_what_never_was_on_main(bare: Repo, three: list[Oid], at: datetime) -> None:
    bare.git("update-ref", "refs/heads/draft", three[0])
    draft = (
        bare.git(
            "-c",
            "user.name=x",
            "-c",
            "user.email=x@x",
            "commit-tree",
            "-p",
            three[0],
            "-m",
            "x",
            f"{three[1]}^{{tree}}",
        )
        .decode()
        .strip()
    )
    for word, said in (
        (draft, "never on main"),
        ("beef1234", "no commit"),
        ("--all", "not the id"),
    ):
        with pytest.raises(HubError, match=said):
            undo.named(bare, word)
    with pytest.raises(HubError, match="already"):
        undo.restore(bare, three[2], when=at)
    assert bare.ref() == three[2]


def test_nothing_before_the_first(bare: Repo, at: datetime) -> None:
    write_once(bare, [Change("a", b"")], message="a\n", when=at)
    with pytest.raises(HubError, match="nothing before"):
        undo.named(bare, None)


def test_steps_name_what_changed_and_no_address(bare: Repo, three: list[Oid], at: datetime) -> None:
    found = undo.steps(bare, three[2], 2)
    assert [(step.oid, step.files) for step in found] == [
        (three[2], ("b.md",)),
        (three[1], ("a.md", "sub/c.md")),
    ]
    assert found[0].when == at + timedelta(minutes=2)
    assert all("example" not in step.subject + step.name for step in found)


def _dated(repo: Repo, seconds: str) -> Oid:
    """One more commit with this date, which its author chose."""
    tip = repo.ref()
    who = f"Ana <ana@x.example> {seconds} +9959"
    tree = repo.git("rev-parse", f"{tip}^{{tree}}").decode().strip()
    text = f"tree {tree}\nparent {tip}\nauthor {who}\ncommitter {who}\n\nAhead\n"
    words = ("hash-object", "-t", "commit", "-w", "--literally", "--stdin")
    made = Oid(repo.git(*words, input=text.encode()).decode().strip())
    repo.set_ref(MAIN, made, tip)
    return made


@pytest.mark.parametrize(
    ("seconds", "when", "dated"),
    [
        ("253402300800", None, None),  # the first second of 10000
        ("99999999999999999", None, None),
        ("99999999999999999999999", None, None),
        ("-5000", None, None),
        ("soon", None, None),
        ("0", None, None),
        ("4102444800", datetime(2100, 1, 1, tzinfo=UTC), None),
        ("1700000000", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC), 1700000000),
    ],
)
def test_a_date_that_a_push_chose_breaks_nothing(
    bare: Repo, three: list[Oid], at: datetime, seconds: str, when: datetime | None, dated: object
) -> None:
    made = _dated(bare, seconds)
    newest, before = undo.steps(bare, made, 2)
    assert newest.when == when
    assert newest.dated(at) == (when if dated else None)
    assert before.dated(at + timedelta(hours=1)) == at + timedelta(minutes=2)


def test_a_commit_may_say_whatever_characters_it_likes(
    bare: Repo, three: list[Oid], at: datetime
) -> None:
    said = f"Odd \x02{three[0]}\n\nand \x02 more\n"
    tip = write_once(bare, [Change("a.md", b"x")], message=said, when=at, author_name="A\x02a")
    steps = undo.steps(bare, tip, 9)
    assert [step.oid for step in steps] == [tip, *reversed(three)]
    assert steps[0].files == ("a.md",)
    assert steps[0].subject.startswith("Odd ")
