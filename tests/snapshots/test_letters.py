"""Every letter that the hub sends, in six languages, word for word; and that none is missing.

`make golden` writes tests/snapshots/kept/letters/ anew after a wanted change: the diff is what
people will read.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from cProfile import Profile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import solicomm_build
from solicomm_build.desk import templates
from solicomm_build.foundation import clock, i18n
from solicomm_build.message.richtext import MOST_OCTETS
from solicomm_build.testing.deskhub import NOW
from solicomm_build.testing.judges import html_errors
from tests.snapshots import kept
from tests.snapshots.letters import FAMILIES
from tests.snapshots.stage import LANGUAGES, Stage, without_chance

UNREACHED = {"_Orders._confirm.<locals>.write"}
"""No mail comes to it: who writes in a moderator's name is asked before any order is read."""


Mails = list[tuple[str, kept.Mail]]


@dataclass(frozen=True)
class English:
    """The letters of a hub that speaks English, and what made them."""

    mails: dict[str, Mails]
    called: set[str]
    rendered: dict[str, Mapping[str, object]]


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> English:
    with _called() as called, _rendered() as rendered:
        mails = _made(tmp_path_factory.mktemp("english"), "en")
    return English(mails, called, rendered)


def _made(root: Path, lang: str) -> dict[str, Mails]:
    return {family: _mails(root, family, lang) for family in FAMILIES}


def _mails(root: Path, family: str, lang: str) -> Mails:
    with pytest.MonkeyPatch.context() as patch:
        without_chance(patch)
        stage = Stage(root / f"{family}-{lang}", lang)
        try:
            with clock.fixed(NOW):
                return list(FAMILIES[family](stage))
        finally:
            stage.close()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_letters_are_as_they_were_looked_at_and_their_html_is_sound(
    tmp_path: Path, lang: str, request: pytest.FixtureRequest
) -> None:
    refresh = request.config.getoption("--refresh-golden")
    pages, count = dict[str, Path](), 0
    if lang == "en":
        made = request.getfixturevalue("english").mails
    else:
        made = _made(tmp_path / "hubs", lang)
    for family, mails in made.items():
        text = kept.written((name, kept.shown(mail)) for name, mail in mails)
        kept.compare(f"letters/{family}.{lang}.txt", text, refresh=refresh)
        for name, mail in mails:
            if html := kept.html(mail):
                count += 1
                _loads_nothing(html, f"{family}: {name}")
                page = pages.setdefault(_built(html), tmp_path / f"{family}-{count}.html")
                page.write_text(html, "utf-8")
    assert count > 200, "nearly every letter has HTML"
    assert html_errors([*pages.values()]) == ""


def _loads_nothing(html: str, name: str) -> None:
    """It is small, runs the right way, has colours for the dark and nothing from elsewhere."""
    assert len(html.encode()) <= MOST_OCTETS, name
    assert not re.search(r"<(?:img|script|link|iframe|object)\b|url\(|@import", html), name
    assert "prefers-color-scheme:dark" in html, name
    (lang, way), *_ = re.findall(r'<html lang="(.*?)" dir="(.*?)">', html)
    assert way == i18n.language(lang).dir, name


def _built(html: str) -> str:
    """How a page is built, without its texts and links: one of each is validated."""
    return re.sub(r'>[^<]+|href="[^"]*"', ">", html.partition("</head>")[2])


def test_every_letter_has_a_template_that_a_hub_may_replace(
    tmp_path: Path, english: English
) -> None:
    missing = [
        name
        for name in sorted(_makers())
        if name not in english.called and name.partition(":")[2] not in UNREACHED
    ]
    assert missing == [], "give these a letter in tests/snapshots/letters"
    known = {name.removesuffix(".txt") for name in templates.ours() if "/_" not in name}
    assert sorted(known - {*english.rendered}) == [], (
        "give these a letter in tests/snapshots/letters"
    )
    for name, facts in english.rendered.items():
        _is_replaced(tmp_path, name, facts)


def _is_replaced(root: Path, name: str, facts: Mapping[str, object]) -> None:
    """A hub's own file is the letter; a faulty one is named, and ours goes out meanwhile."""
    own, said = root / "letters", list[str]()
    ours = templates.rendered(name, facts, root / "none", said.append)
    path = own / f"{name}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("Ours\n\nFor {{ lang }}.\n", "utf-8")
    subject, text = templates.rendered(name, facts, own, said.append)
    assert (subject, text.strip(), said) == ("Ours", f"For {facts['lang']}.", [])
    path.write_text("Ours\n\n{{ nobody }}\n", "utf-8")
    assert templates.rendered(name, facts, own, said.append) == ours
    assert said == [f"letters/{name}.txt:3: 'nobody' is undefined. Mend it, or take the file away"]
    assert [str(one) for one in templates.faults(own)] == [
        f"letters/{name}.txt: this letter does not have `nobody`. Mend it, or take the file away"
    ]
    path.unlink()


@contextmanager
def _rendered() -> Iterator[dict[str, Mapping[str, object]]]:
    """The letters that are made meanwhile, with the facts of each."""
    found: dict[str, Mapping[str, object]] = {}
    really = templates.rendered

    def note(name: str, facts: Mapping[str, object], *rest: Any) -> tuple[str, str]:
        found.setdefault(name, facts)
        return really(name, facts, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(templates, "rendered", note)
        yield found


def test_no_letter_is_made_without_a_template() -> None:
    made = {
        str(path.relative_to(_ROOT))
        for path in _ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Letter"
    }
    assert made - {"courier/copies.py", "ingest/posting.py"} == {
        "desk/lettering.py",
        "features/people/relaying.py",  # a letter of somebody, with the words of `people/relayed`
    }


@contextmanager
def _called() -> Iterator[set[str]]:
    """The functions of ours that run meanwhile, as `file.py:qualified.name`."""
    found: set[str] = set()
    seen = Profile(subcalls=False, builtins=False)  # asks nothing of Python at each call
    seen.enable()
    try:
        yield found
    finally:
        seen.disable()
        codes = (one.code for one in seen.getstats() if not isinstance(one.code, str))
        ours = (code for code in codes if code.co_filename.startswith(str(_ROOT)))
        found.update(_named(Path(code.co_filename), code.co_qualname) for code in ours)


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
