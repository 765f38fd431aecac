"""Whoever follows a reference arrives: every document that a tracked file refers to is here.

A reference is a path below `docs/`, anywhere, or a name that ends in `.md` in a comment, a
docstring or the prose of a document, outside of backticks: these hold names of files that people
write.
"""

from __future__ import annotations

import io
import re
import subprocess
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import solicomm_build

ROOT = Path(solicomm_build.__file__).parents[1]

_PATH = re.compile(r"\b(docs/[\w./-]*?\.md)(?:#([\w-]+))?")
_NAME = re.compile(r"(?<![\w./<*-])([\w./-]*\w\.md)\b(?!\.\w)")
_QUOTED = re.compile(r"``?[^`]*``?")
_BLOCK = re.compile(r"^```.*?^```|^    .*?$", re.MULTILINE | re.DOTALL)
_URL = re.compile(r"\bhttps?:\S+")
_MOST_OCTETS = 1_000_000
"""Larger files are data."""


def _tracked() -> list[str]:
    done = subprocess.run(
        ["git", "ls-files", "-z"], capture_output=True, text=True, cwd=ROOT, check=True
    )
    return [name for name in done.stdout.split("\0") if (ROOT / name).is_file()]


TRACKED = _tracked()
OTHERS = [name for name in TRACKED if name != Path(__file__).relative_to(ROOT).as_posix()]
"""All but this file, whose examples lead nowhere."""
_NAMES = {Path(name).name for name in TRACKED}


def dangling(file: str, text: str) -> Iterator[str]:
    """What a file refers to and is not in the repository."""
    for match in _PATH.finditer(text):
        if not (ROOT / match[1]).is_file():
            yield match[1]
        elif match[2] and match[2] not in _anchors(match[1]):
            yield match[0]
    for part in _prose(file, text):
        for match in _NAME.finditer(_URL.sub("", _QUOTED.sub("", part))):
            if Path(match[1]).name not in _NAMES:
                yield match[1]


def _prose(file: str, text: str) -> Iterator[str]:
    people_wrote = file.startswith(("content/", "unions/", "tests/")) and file.endswith(".md")
    if file.endswith((".md", ".readme")) and not people_wrote:
        yield _BLOCK.sub("", text)
    elif file.endswith(".py") and ".md" in text:  # as hardly any: to read all takes long
        yield from _remarks(text)


def _remarks(source: str) -> Iterator[str]:
    """Comments, and strings that stand as a statement of their own."""
    before = tokenize.NEWLINE
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT or (
            token.type == tokenize.STRING
            and before in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT)
        ):
            yield token.string
        if token.type not in (tokenize.COMMENT, tokenize.NL, tokenize.ENCODING):
            before = token.type


@cache
def _anchors(document: str) -> set[str]:
    """What a heading's text becomes: lower case, hyphens for spaces, other marks left out."""
    headings = re.findall(r"^#+ (.*)$", (ROOT / document).read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}


def _read(name: str) -> str:
    octets = (ROOT / name).read_bytes()
    return "" if len(octets) > _MOST_OCTETS else octets.decode("utf-8", "replace")


def test_no_reference_leads_to_a_document_that_is_not_here() -> None:
    found = [f"{name}: {to}" for name in OTHERS for to in dangling(name, _read(name))]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("a.py", '"""What is done (plan.md 5)."""\n', ["plan.md"]),
        ("a.py", "def a():\n    '''Done as in plan.md.'''\n", ["plan.md"]),
        ("a.py", "x = 1  # as plan.md says\n", ["plan.md"]),
        ("a.py", '"""As docs/plan.md says."""\n', ["docs/plan.md", "docs/plan.md"]),
        ("a.html", "{# docs/plan.md #}", ["docs/plan.md"]),
        ("a.py", "# docs/flow.md#no-such-heading\n", ["docs/flow.md#no-such-heading"]),
        ("b.md", "as plan.md says", ["plan.md"]),
        ("a.py", '"""Reads `plan.md`."""\nname = "plan.md"\n', []),
        ("a.py", '"""See docs/flow.md."""\n', []),
        ("b.md", "see `plan.md`\n\n    plan.md\n", []),
    ],
)
def test_what_a_reference_is(file: str, text: str, told: list[str]) -> None:
    assert list(dangling(file, text)) == told
