"""The fast path reads what YAML would read, and steps aside for everything else."""

from __future__ import annotations

import pytest

from solicomm_build.foundation import frontmatter, yamlsafe
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.frontmatter import Word


def test_what_is_written_needs_no_yaml(monkeypatch: pytest.MonkeyPatch) -> None:
    values: dict[str, frontmatter.Value] = {
        "schema": Word("solicomm/x@1"),
        "title": "a: # 'b' \"c\"\n---\nd \u202e \x7f\u2028\ufeff é \U0001f600 \\u202e",
        "list": ["no", "1"],
        "files": [{"name": "x", "bytes": 12}],
        "empty": "",
        "none": [],
        "odd": Word("- x: y"),
    }
    blob = frontmatter.write(values, "---\nbody\n")
    head, body = frontmatter.split(blob)
    by_yaml = yamlsafe.load(head)
    monkeypatch.setattr(yamlsafe, "load", None)
    read = frontmatter.read(head)
    assert read == by_yaml
    assert read["title"] == values["title"]
    assert read["files"] == [{"name": "x", "bytes": "12"}]
    assert list(read) == ["schema", "title", "list", "files", "odd"]
    assert body == "---\nbody\n"


@pytest.mark.parametrize(
    "head",
    [
        "a: 'x'\n",
        "a: x # comment\n",
        "a: x y\n",
        "a: [true, null, 1.5]\n",
        "a: {b: c}\n",
        "a:\n- b\n",
        "A: b\n",
        'a: "x\ty"\n',
        'a: ["x", ["y"]]\n',
        'a: [{"b": ["c"]}]\n',
        '"a": b\n',
        "a: -1\n",
        'a: "b" \n',
        "\n# comment\na: b\n",
    ],
)
def test_other_yaml_is_read_as_yaml(head: str) -> None:
    assert frontmatter.read(head) == yamlsafe.load(head)


@pytest.mark.parametrize(
    ("head", "words"),
    [
        ("a: b\na: c\n", "twice"),
        ('a: [{"b": "1", "b": "2"}]\n', "twice"),
        ("a: b:\n", "not YAML"),
        ('a: "\\ud800"\n', "not YAML"),
        ("a: " + "[" * 5000 + "\n", "levels are nested|not YAML"),
        ("- a\n", "not a mapping"),
        ("a: *b\n", "aliases"),
        ("a: !x b\n", "tags"),
        ("a: b\n# x\n" * 130_000, "bytes"),
    ],
)
def test_what_is_refused(head: str, words: str) -> None:
    with pytest.raises(ContentError, match=words):
        frontmatter.read(head, file="p.md")


def test_lines_count_from_the_top_of_the_file() -> None:
    with pytest.raises(ContentError) as caught:
        frontmatter.read("a: b\na: c\n", file="p.md")
    assert caught.value.line == 3


@pytest.mark.parametrize("blob", [b"", b"---", b"a: b\n", b"---\na: b\n", b" ---\na: b\n---\n"])
def test_no_front_matter(blob: bytes) -> None:
    with pytest.raises(ContentError, match="front matter"):
        frontmatter.split(blob, file="p.md")


def test_split_at_the_end_of_the_file() -> None:
    assert frontmatter.split(b"---\na: b\n---") == ("a: b\n", "")
    assert frontmatter.split(b"---\n---\nx") == ("", "x")
    assert frontmatter.split(b"---\n---") == ("", "")


def test_octets_that_are_not_utf_8_name_their_line() -> None:
    for blob, line in ((b"---\na: \xff\n---\n", 2), (b"---\na: b\n---\nx\n\xff", 5)):
        with pytest.raises(ContentError, match="not UTF-8") as caught:
            frontmatter.split(blob, file="p.md")
        assert caught.value.line == line


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("fence", [b"---", b"--- "])
def test_every_program_s_line_ends_and_mark_are_read_alike(
    end: bytes, mark: bytes, fence: bytes
) -> None:
    """By whatever reads front matter: a post, a page, an event."""
    blob = mark + end.join([fence, b"title: b", fence, b"x", b""])
    assert frontmatter.split(blob) == ("title: b\n", "x\n")
    found = frontmatter.document(blob, file="p.md")
    assert (found.table.text("title"), found.body) == ("b", "x\n")
    alone = mark + end.join([b"schema: a", b"title: b", b""])
    assert frontmatter.record(alone, "a").text("title") == "b"
    assert frontmatter.plain(alone, file="a.yaml").table.text("title") == "b"
