"""Every letter that the hub sends, in six languages, word for word; and that none is missing.

`make golden` writes tests/snapshots/kept/letters/ anew after a wanted change: the diff is what
people will read.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

import solicomm_build
from solicomm_build.foundation import clock
from solicomm_build.message.richtext import MOST_OCTETS
from solicomm_build.testing.deskhub import NOW
from solicomm_build.testing.judges import html_errors
from tests.snapshots import kept
from tests.snapshots.letters import FAMILIES
from tests.snapshots.stage import LANGUAGES, Stage, without_chance

UNREACHED = {"_Orders._confirm.<locals>.write"}
"""No mail comes to it: who writes in a moderator's name is asked before any order is read."""


def _letters(root: Path, family: str, lang: str) -> str:
    """A family's letters in a language, as they are kept."""
    return kept.written((name, kept.shown(mail)) for name, mail in _mails(root, family, lang))


def _mails(root: Path, family: str, lang: str) -> list[tuple[str, kept.Mail]]:
    with pytest.MonkeyPatch.context() as patch:
        without_chance(patch)
        stage = Stage(root / f"{family}-{lang}", lang)
        try:
            with clock.fixed(NOW):
                return list(FAMILIES[family](stage))
        finally:
            stage.close()


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("family", FAMILIES)
def test_letters_are_as_they_were_looked_at(
    tmp_path: Path, family: str, lang: str, request: pytest.FixtureRequest
) -> None:
    refresh = request.config.getoption("--refresh-golden")
    text = _letters(tmp_path, family, lang)
    kept.compare(f"letters/{family}.{lang}.txt", text, refresh=refresh)


@pytest.mark.slow
def test_the_html_of_letters_is_valid_small_and_loads_nothing(tmp_path: Path) -> None:
    pages = []
    for lang in ("en", "ar"):
        for family in FAMILIES:
            for number, (_, mail) in enumerate(_mails(tmp_path, family, lang)):
                if found := kept.html(mail):
                    pages.append(tmp_path / f"{family}-{lang}-{number}.html")
                    pages[-1].write_text(found, "utf-8")
    assert len(pages) > 300, "nearly every letter has HTML"
    for page in pages:
        text = page.read_text("utf-8")
        assert len(text.encode()) <= MOST_OCTETS
        assert not re.search(r"<(?:img|script|link|iframe|object)\b|url\(|@import", text), page.name
    assert html_errors(pages) == ""


def test_every_function_that_makes_a_letter_has_made_one(tmp_path: Path) -> None:
    with _called() as called:
        for family in FAMILIES:
            _letters(tmp_path, family, "en")
    missing = [
        name
        for name in sorted(_makers())
        if name not in called and name.partition(":")[2] not in UNREACHED
    ]
    assert missing == [], "give these a letter in tests/snapshots/letters"


@contextmanager
def _called() -> Iterator[set[str]]:
    """The functions of ours that run meanwhile, as `file.py:qualified.name`."""
    found: set[str] = set()
    seen: set[object] = set()
    root = str(_ROOT)

    def note(frame: FrameType, event: str, _: object) -> None:
        code = frame.f_code
        if event == "call" and code not in seen:
            seen.add(code)
            if code.co_filename.startswith(root):
                found.add(_named(Path(code.co_filename), code.co_qualname))

    sys.setprofile(note)
    try:
        yield found
    finally:
        sys.setprofile(None)


_ROOT = Path(solicomm_build.__file__).parent


def _named(path: Path, function: str) -> str:
    return f"{path.relative_to(_ROOT)}:{function}"


def _makers() -> Iterator[str]:
    """Every function whose result is the desk's letter or letters, by its annotation."""
    for path in _ROOT.rglob("*.py"):
        text = path.read_text("utf-8")
        if "plan import" in text and "Letter" in text:
            yield from (_named(path, name) for name in _returning(ast.parse(text), ""))


def _returning(tree: ast.AST, outer: str) -> Iterator[str]:
    for node in ast.iter_child_nodes(tree):
        name = getattr(node, "name", "")
        if isinstance(node, ast.FunctionDef):
            if node.returns is not None and "Letter" in ast.unparse(node.returns):
                yield f"{outer}{name}"
            yield from _returning(node, f"{outer}{name}.<locals>.")
        elif isinstance(node, ast.ClassDef):
            yield from _returning(node, f"{outer}{name}.")
        else:
            yield from _returning(node, outer)
