"""Tests in a browser wait for what a click brings: a click returns while the old page is shown."""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]
PRESSES = {"click", "dblclick", "tap"}
LEADS = {"goto", "reload", "go_back"}
"""What breaks a form off that is on its way."""


def _called(node: ast.AST) -> Iterator[ast.Call]:
    return (one for one in ast.walk(node) if isinstance(one, ast.Call))


def _named(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _presses(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return False
    call = statement.value
    enter = any(isinstance(one, ast.Constant) and one.value == "Enter" for one in call.args)
    return _named(call) in PRESSES or (_named(call) == "press" and enter)


def _at_once(statement: ast.stmt) -> bool:
    leads = any(_named(call) in LEADS for call in _called(statement))
    return isinstance(statement, ast.Assert) or leads


def unwaited(source: str) -> list[int]:
    """The lines that press something and are followed by one that waits for nothing."""
    found = []
    for node in ast.walk(ast.parse(source)):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            found += [
                one.lineno
                for one, after in itertools.pairwise(body)
                if _presses(one) and _at_once(after)
            ]
    return sorted(found)


def test_nothing_is_asserted_at_once_after_a_click() -> None:
    """Take `browsing.follow` where another page comes, `expect(...)` where a script does it."""
    files = [
        path
        for path in sorted(TESTS.rglob("test_*.py"))
        if "playwright" in path.read_text("utf-8") and path != Path(__file__)
    ]
    assert len(files) > 10
    found = {str(path.relative_to(TESTS)): unwaited(path.read_text("utf-8")) for path in files}
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_the_rule_sees_what_it_forbids() -> None:
    wrong = "page.click('a')\nassert page.url\npage.keyboard.press('Enter')\npage.goto(url)\n"
    right = "follow(page, 'a')\nassert page.url\npage.click('a')\nexpect(page).to_have_url(url)\n"
    assert unwaited(wrong) == [1, 3]
    assert unwaited(right) == []
