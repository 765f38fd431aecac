from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from solicomm_build.builder.conferences import parse, state
from solicomm_build.builder.conferences.indexedpost import IndexedPost
from solicomm_build.builder.conferences.parse import Texts
from solicomm_build.foundation.types import Oid
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo, create, open_repo
from solicomm_build.git.writer import Change
from solicomm_build.post import post as posts
from solicomm_build.testing import hubs
from solicomm_build.testing.hubs import START, mid

BROKEN = (b"", b"no front matter", b"\xff\xfe", b"---\nschema: solicomm/post@1\n---\nno id\n")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return create(tmp_path / "bar.git")


@pytest.fixture
def texts(repo: Repo, tmp_path: Path) -> Iterator[Texts]:
    db = state.connect(tmp_path / "pages.sqlite")
    with Reader(repo) as reader:
        yield Texts(db, reader)
    db.close()


def indexed(path: str, oid: Oid, blob: bytes) -> IndexedPost | None:
    found = parse.read(path, oid, blob, START)
    return found[0] if found else None


def test_a_post() -> None:
    row, _ = hubs.attached(b"one", "one.txt")
    made = hubs.post("a", body="Hello *there* <b>\n", attachments=[row])
    parsed = parse.parse(posts.encode(made))
    assert parsed.message_id == "a@union.example"
    assert parsed.attachments == ((row.sha256, "one.txt", "text/plain", 3),)
    assert "<em>there</em>" in parsed.html
    assert "<b>" not in parsed.html


@pytest.mark.parametrize("blob", BROKEN)
def test_what_cannot_be_read_becomes_a_stub(blob: bytes) -> None:
    parsed = parse.parse(blob)
    assert parsed.notes == ("unreadable",)
    assert parsed.html == ""
    path = f"topics/{mid('a')[:2]}/{mid('a')}/posts/{mid('b')}.md"
    row = indexed(path, Oid("0" * 40), blob)
    assert row is not None
    assert (row.mid, row.tid, row.date, row.parents) == (mid("b"), mid("a"), None, ())


def test_a_post_of_a_later_schema_is_shown_as_it_stands() -> None:
    blob = posts.encode(hubs.post("a", body="Hello\n")).replace(b"post@1", b"post@7")
    parsed = parse.parse(blob)
    assert parsed.notes == ("unknown schema solicomm/post@7",)
    assert "Hello" in parsed.html


def test_indexed_names_parents_nearest_first() -> None:
    made = hubs.post("d", "a", "b", "c")
    row = indexed(hubs.path_of(made), Oid("1" * 40), posts.encode(made))
    assert row is not None
    assert row.parents == (mid("c"), mid("b"), mid("a"))
    assert row.tid == mid("a")
    assert row.date == made.date


def test_a_post_that_names_itself_is_not_its_own_parent() -> None:
    made = hubs.post("a", "a")
    row = indexed(hubs.path_of(made), Oid("1" * 40), posts.encode(made))
    assert row is not None
    assert row.parents == ()


@pytest.mark.parametrize("path", ["conference.yaml", "topics/aa/x/posts/y.md", "files/ab/abc"])
def test_other_files_are_no_posts(path: str) -> None:
    assert parse.read(path, Oid("1" * 40), b"", START) is None


def test_texts_come_from_git_and_are_remembered(repo: Repo, texts: Texts) -> None:
    made = [hubs.post("a", body="One\n"), hubs.post("b", body="Two\n")]
    broken = Change(f"topics/{mid('c')[:2]}/{mid('c')}/posts/{mid('c')}.md", b"broken")
    hubs.commit(repo.path, *map(hubs.change, made), broken)
    with Reader(open_repo(repo.path)) as reader:
        oids = [reader.oid_at("refs/heads/main", hubs.path_of(each)) for each in made]
        bad = reader.oid_at("refs/heads/main", broken.path)
    wanted = [str(oid) for oid in (*oids, bad, *oids)]
    found = texts.many(wanted)
    assert [found[oid].html.strip() for oid in wanted[:2]] == ["<p>One</p>", "<p>Two</p>"]
    assert found[wanted[2]].notes == ("unreadable",)
    assert set(texts.fresh) == set(wanted)


def test_the_memo_gives_back_what_was_parsed(tmp_path: Path, repo: Repo) -> None:
    blob = posts.encode(hubs.post("a", body="One\n"))
    db = state.connect(tmp_path / "pages.sqlite")
    found = parse.read(hubs.path_of(hubs.post("a")), Oid("f" * 40), blob, START)
    assert found is not None
    db.execute("INSERT INTO memo VALUES (?, ?)", found[1])
    with Reader(repo) as reader:
        texts = Texts(db, reader)
        assert texts.many(["f" * 40]) == {"f" * 40: parse.parse(blob)}
        assert texts.fresh == {}
    db.close()


def test_what_was_asked_for_last_is_not_looked_up_again(repo: Repo, tmp_path: Path) -> None:
    asked: list[str] = []
    db = state.connect(tmp_path / "pages.sqlite")
    db.executemany(
        "INSERT INTO memo VALUES (?, ?)",
        (parse.read(hubs.path_of(hubs.post(name)), Oid(name * 40), b"", START)[1] for name in "ab"),
    )
    db.set_trace_callback(asked.append)
    with Reader(repo) as reader:
        texts = Texts(db, reader)
        page = texts.many(["a" * 40, "b" * 40])
        assert len(asked) == 2
        assert texts.many(["b" * 40]) == {"b" * 40: page["b" * 40]}
        assert len(asked) == 2
        texts.many(["a" * 40])
        assert len(asked) == 3
    db.close()
