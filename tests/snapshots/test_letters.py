"""Every letter that the hub sends, in six languages, word for word; and that none is missing.

`make golden` writes tests/snapshots/kept/letters/ anew after a wanted change: the diff is what
people will read.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from solicomm_build.desk import templates
from solicomm_build.foundation import i18n
from solicomm_build.message.richtext import MOST_OCTETS
from solicomm_build.testing.judges import html_errors
from tests.snapshots import kept, making
from tests.snapshots.making import ROOT, English, Mails, named
from tests.snapshots.stage import LANGUAGES

UNREACHED = {"_Orders._confirm.<locals>.write"}
"""No mail comes to it: who writes in a moderator's name is asked before any order is read."""


@pytest.fixture(scope="module")
def letters(
    english: English, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], dict[str, Mails]]:
    """The letters of a language, made once."""

    @cache
    def of(lang: str) -> dict[str, Mails]:
        return (
            english.mails if lang == "en" else making.letters(tmp_path_factory.mktemp(lang), lang)
        )

    return of


@pytest.mark.parametrize("lang", LANGUAGES)
def test_letters_are_as_they_were_looked_at(
    letters: Callable[[str], dict[str, Mails]], lang: str, request: pytest.FixtureRequest
) -> None:
    refresh, count = request.config.getoption("--refresh-golden"), 0
    for family, mails in letters(lang).items():
        text = kept.written((name, kept.shown(mail)) for name, mail in mails)
        kept.compare(f"letters/{family}.{lang}.txt", text, refresh=refresh)
        for name, mail in mails:
            if html := kept.html(mail):
                count += 1
                _loads_nothing(html, f"{family}: {name}")
    assert count > 200, "nearly every letter has HTML"


def test_the_html_of_every_letter_is_sound(
    letters: Callable[[str], dict[str, Mails]], tmp_path: Path
) -> None:
    """Of all languages at once: the checker takes longer to begin than to read three hundred."""
    pages = dict[str, Path]()
    for lang in LANGUAGES:
        for count, html in enumerate(_htmls(letters(lang))):
            for part in (_built(html), _opened(html)):
                if part not in pages:
                    pages[part] = tmp_path / f"{lang}-{count}.html"
                    pages[part].write_text(html, "utf-8")
    assert sum(part.startswith("<html ") for part in pages) == len(LANGUAGES)
    assert html_errors(sorted({*pages.values()})) == ""


def _htmls(made: dict[str, Mails]) -> Iterator[str]:
    return filter(None, (kept.html(mail) for mails in made.values() for _, mail in mails))


def _opened(html: str) -> str:
    """The tag that says a page's language: one of each is validated, too."""
    return re.findall(r"<html [^>]*>", html)[0]


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


def test_no_letter_is_made_without_a_template() -> None:
    made = {
        str(path.relative_to(ROOT))
        for path in ROOT.rglob("*.py")
        if "Letter" in (text := path.read_text("utf-8"))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Letter"
    }
    assert made - {"courier/making/copies.py", "ingest/posting.py"} == {
        "desk/lettering.py",
        "features/people/relaying.py",  # a letter of somebody, with the words of `people/relayed`
    }


def _makers() -> Iterator[str]:
    """Every function whose result is the desk's letter or letters, by its annotation."""
    for path in ROOT.rglob("*.py"):
        text = path.read_text("utf-8")
        if "plan import" in text and "Letter" in text:
            yield from (named(path, name) for name in _returning(ast.parse(text), ""))


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
