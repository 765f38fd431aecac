"""The stemmers in the browser give what the Python ones give, word for word.

Words are made of each stemmer's own endings, so that every branch is met; where Debian's word lists
are installed (wamerican wfrench wspanish wportuguese hunspell-ru hunspell-ar), a seventh of theirs
is tried too.
"""

from __future__ import annotations

import ast
import random
import shutil
import subprocess
import textwrap
from importlib.resources import files
from pathlib import Path

import brotli
import pytest
import Stemmer

from solicomm_build.features.search.engine import stemmerjs

RUNNER = Path(__file__).parents[2] / "js" / "stem.mjs"
LISTS = {
    "ar": ("/usr/share/hunspell/ar.dic", "utf-8"),
    "en": ("/usr/share/dict/american-english", "utf-8"),
    "es": ("/usr/share/dict/spanish", "utf-8"),
    "fr": ("/usr/share/dict/french", "utf-8"),
    "pt": ("/usr/share/dict/portuguese", "utf-8"),
    "ru": ("/usr/share/hunspell/ru_RU.dic", "koi8-r"),
}
LETTERS = {
    "ar": "اأإآبتثجحخدذرزسشصضطظعغفقكلمنهويىةءؤئ",
    "en": "abcdefghijklmnopqrstuvwxyz'y",
    "es": "abcdefghijklmnopqrstuvwxyzáéíóúñü",
    "fr": "abcdefghijklmnopqrstuvwxyzâàçëéêèïîôûùquiy'",
    "pt": "abcdefghijklmnopqrstuvwxyzãáâàçéêíõóôú",
    "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
}


@pytest.fixture(scope="module")
def node() -> str:
    found = shutil.which("node")
    if found is None:
        pytest.skip("there is no node here; `make debian` installs it")
    return found


def endings(lang: str) -> list[str]:
    """Every text that the Python stemmer's tables and comparisons name."""
    source = (files("snowballstemmer") / f"{stemmerjs.LANGUAGES[lang]}_stemmer.py").read_text(
        "utf-8"
    )
    texts = {
        node.value
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return sorted(text for text in texts if len(text) < 12 and "\n" not in text)


def made_words(lang: str, count: int) -> set[str]:
    """Words of random letters before, between and after the stemmer's own endings."""
    dice = random.Random(f"words {lang}")
    parts = endings(lang)
    words: set[str] = set(parts)
    while len(words) < count:
        head = "".join(dice.choices(LETTERS[lang], k=dice.randrange(7)))
        tail = "".join(dice.choices(parts, k=dice.choice((0, 1, 1, 1, 2, 2, 3))))
        words.add((dice.choice(parts) if dice.random() < 0.3 else "") + head + tail)
    return words - {""}


def listed_words(lang: str) -> set[str]:
    path, charset = LISTS[lang]
    if not Path(path).exists():
        return set()
    lines = Path(path).read_text(charset, "replace").splitlines()
    return {line.split("/")[0].strip().lower() for line in lines} - {""}


@pytest.mark.parametrize("lang", sorted(stemmerjs.LANGUAGES))
def test_both_stemmers_agree(lang: str, node: str, tmp_path: Path) -> None:
    words = sorted(made_words(lang, 40_000) | set(sorted(listed_words(lang))[::7]))
    script = tmp_path / "stemmer.js"
    script.write_text(stemmerjs.javascript(lang), "utf-8")
    run = subprocess.run(
        [node, str(RUNNER), lang, str(script)],
        input="\n".join(words),
        text=True,
        encoding="utf-8",
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    theirs = run.stdout.split("\n")
    stemmer = Stemmer.Stemmer(stemmerjs.LANGUAGES[lang])
    ours = stemmer.stemWords(words)
    different = [(w, o, t) for w, o, t in zip(words, ours, theirs, strict=True) if o != t]
    assert different == []
    assert len(words) >= 30_000
    assert sum(stem != word for stem, word in zip(ours, words, strict=True)) > len(words) / 5


def test_stemmers_are_small_to_fetch() -> None:
    sizes = {
        lang: len(brotli.compress(stemmerjs.javascript(lang).encode()))
        for lang in stemmerjs.LANGUAGES
    }
    assert max(sizes.values()) < 2_000
    assert sum(sizes.values()) < 10_000


def test_what_is_not_known_stops_the_translation(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A new version of the package is looked at by a person, not guessed at."""
    stemmer = tmp_path / "english_stemmer.py"
    monkeypatch.setattr(stemmerjs, "files", lambda _package: tmp_path)
    for body, word in (
        ("for letter in self.current: pass", "For"),
        ("self.assign_to()", "assign_to"),
        ("self.cursor **= 2", "Pow"),
        ("return [1]", "Return"),
    ):
        method = f"class EnglishStemmer(BaseStemmer):\n    def _stem(self):\n        {body}\n"
        stemmer.write_text(textwrap.dedent(method), "utf-8")
        with pytest.raises(stemmerjs.TranslationError, match=word):
            stemmerjs.javascript.__wrapped__("en")
    stemmer.write_text("class Other: pass\n", "utf-8")
    with pytest.raises(stemmerjs.TranslationError, match="no EnglishStemmer"):
        stemmerjs.javascript.__wrapped__("en")
