"""The documents are true: links lead somewhere, named code exists, the index is whole."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import solicomm_build

ROOT = Path(solicomm_build.__file__).parents[1]
DOCUMENTS = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
_LARGEST_PICTURE = 120_000  # octets; the README is read over bad lines too

_PAGE = 700  # words

_LINK = re.compile(r"\]\(([^)\s]+)\)|<img[^>]* src=\"([^\"]+)\"")
_CODE_NAME = re.compile(r"`([a-z0-9_/]+\.py)(?:::([A-Za-z0-9_.]+))?`")
_NOT_OURS = {
    "plugins/lawyer/__init__.py",
    "plugins/lawyer/cli.py",
    "plugins/lawyer/mail.py",
    "pelicanconf.py",
    "_stick/apply.py",  # which every stick has
}
_TEST_PATH = re.compile(r"`(tests/[a-z0-9_/.*-]+)`")


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative)
def test_links_lead_somewhere(document: Path) -> None:
    dead = [target for target in _targets(document) if not _leads(document, target)]
    assert not dead, f"dead links in {relative(document)}: {dead}"


def _targets(document: Path) -> Iterator[str]:
    text = re.sub(r"^```.*?^```|^    .*$", "", document.read_text("utf-8"), flags=re.M | re.S)
    text = re.sub(r"`[^`\n]*`", "", text)
    for match in _LINK.finditer(text):
        target = match[1] or match[2]
        if not re.match(r"[a-z]+:", target):
            yield target


def _leads(document: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    found = (document.parent / path).resolve() if path else document
    if not found.exists():
        return False
    return not anchor or anchor in _anchors(found)


def _anchors(document: Path) -> set[str]:
    """What a heading's text becomes: lower case, hyphens for spaces, other marks left out."""
    headings = re.findall(r"^#+ (.*)$", document.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative)
def test_code_that_is_named_exists(document: Path) -> None:
    wrong = []
    for file, name in _CODE_NAME.findall(document.read_text("utf-8")):
        path = _source(file)
        if file in _NOT_OURS:
            continue
        if path is None or (name and name not in _names(path)):
            wrong.append(f"{file}::{name}" if name else file)
    assert not wrong, f"{relative(document)} names what is not there: {wrong}"


def _source(file: str) -> Path | None:
    features = ROOT / "solicomm_build" / "features"
    places = (ROOT / file, ROOT / "solicomm_build" / file, *features.glob(f"*/{file}"))
    return next((place for place in places if place.is_file()), None)


@cache
def _names(path: Path) -> frozenset[str]:
    """The names a module defines, and `Class.method`."""
    return frozenset(_defined(ast.parse(path.read_text("utf-8")).body, ""))


def _defined(body: list[ast.stmt], prefix: str) -> Iterator[str]:
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield prefix + node.name
        if isinstance(node, ast.ClassDef):
            yield from _defined(node.body, f"{node.name}.")
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign):
            targets = [node.target]
        yield from (prefix + target.id for target in targets if isinstance(target, ast.Name))


@pytest.mark.parametrize("document", DOCUMENTS, ids=relative)
def test_tests_that_are_named_exist(document: Path) -> None:
    named = _TEST_PATH.findall(document.read_text("utf-8"))
    missing = [path for path in named if not any(ROOT.glob(path.rstrip("/") or path))]
    assert not missing, f"{relative(document)} names {missing}"


def test_every_document_is_in_the_index() -> None:
    index = (ROOT / "docs" / "README.md").read_text("utf-8")
    documents = [path for path in DOCUMENTS if path.parent != ROOT and path.name != "README.md"]
    listed = {(ROOT / "docs" / link).resolve() for link in re.findall(r"\]\(([^)#]+)", index)}
    missing = [relative(path) for path in documents if path.resolve() not in listed]
    assert not missing


def test_the_map_for_newcomers_shows_folders_that_are_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    table = text.split("\n## What is where\n")[1].split("\n## ")[0]
    folders = [
        name
        for row in re.findall(r"^\| (`[^|]*) \|", table, re.MULTILINE)
        for name in re.findall(r"`([^`]+)`", row)
    ]
    assert folders
    assert [name for name in folders if not (ROOT / name).is_dir()] == []
    shown = {name.removeprefix("solicomm_build/") for name in folders}
    parts = {path.parent.name for path in (ROOT / "solicomm_build").glob("*/__init__.py")}
    assert parts - shown <= {"cleaning", "extraction", "testing"}, "what newcomers do not find"


def test_the_flow_fits_on_one_page() -> None:
    text = (ROOT / "docs" / "flow.md").read_text("utf-8")
    assert len(text.split()) <= _PAGE
    assert "─→ ingest ─" in text, "the drawing"


def test_decisions_say_all_four_things() -> None:
    for path in sorted((ROOT / "docs" / "adr").glob("*.md")):
        text = path.read_text("utf-8")
        assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", path.name)
        assert text.startswith(f"# {path.name[:4]} ")
        for part in ("**Context.**", "**Choice.**", "**Price.**", "**Look again**"):
            assert part in text, f"{path.name} lacks {part}"


def test_changelog_has_this_version() -> None:
    """As docs/releases.md says: what is not released on top, then versions with their day."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    first, *released = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert first == "Unreleased"
    versions = [re.fullmatch(r"(\d+\.\d+\.\d+) \((\d{4}-\d\d-\d\d)\)", one) for one in released]
    assert all(versions), released
    assert next(match[1] for match in versions if match) == solicomm_build.__version__
    days = [match[2] for match in versions if match]
    assert days == sorted(days, reverse=True)


def test_readme_begins_with_the_two_commands_and_a_picture() -> None:
    first_screen = (ROOT / "README.md").read_text("utf-8").split("\n## ")[0]
    for wanted in ("make run", "make test", "<img"):
        assert wanted in first_screen


def test_pictures_are_small() -> None:
    for picture in (ROOT / "docs" / "images").iterdir():
        assert picture.stat().st_size <= _LARGEST_PICTURE, picture.name
