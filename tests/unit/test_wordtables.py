"""Words that people write, in files that translators change: read when they are needed, and every
fault named with its file and line.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import solicomm_build
from solicomm_build.foundation.errors import ContentError
from solicomm_build.foundation.language import wordtables

PACKAGE = Path(solicomm_build.__file__).parent
FILES = sorted(PACKAGE.rglob(wordtables.FILE))
_ASKED = re.compile(r'wordtables\.(?:table|phrases)\(\s*__file__,\s*"([a-z-]+)"')

GOOD = """\
acts:
  en:
    pin: pin
    close: [close, shut]
  sw:
    close: funga
greetings:
  en: [hello, hi]
  sw: habari
"""


@pytest.fixture
def module(tmp_path: Path) -> str:
    (tmp_path / wordtables.FILE).write_text(GOOD, "utf-8")
    return str(tmp_path / "reader.py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE).parent))
def test_every_file_of_words_can_be_read(path: Path) -> None:
    wordtables.check(path)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE).parent))
def test_the_code_beside_a_file_asks_for_each_of_its_tables(path: Path) -> None:
    sources = "\n".join(one.read_text("utf-8") for one in path.parent.glob("*.py"))
    tables = re.findall(r"^([a-z-]+):", path.read_text("utf-8"), re.MULTILINE)
    assert sorted(set(_ASKED.findall(sources))) == sorted(tables)


def test_a_language_is_added_by_its_words_alone(module: str) -> None:
    acts = wordtables.table(module, "acts")
    assert wordtables.shown(acts, "close", "sw") == "funga"
    assert wordtables.meanings(acts, str.upper)["FUNGA"] == ("close", "sw")


def test_english_is_said_where_a_language_has_no_word(module: str) -> None:
    acts, greetings = wordtables.table(module, "acts"), wordtables.phrases(module, "greetings")
    assert wordtables.shown(acts, "pin", "sw") == "pin"
    assert wordtables.in_language(greetings, "fr") == "hello"
    assert wordtables.every(greetings) == ("hello", "hi", "habari")


@pytest.mark.parametrize(
    ("text", "line", "fault"),
    [
        ("acts:\n  en:\n    pin: pin\n  sw:\n    pim: x\n", 5, "English has no entry 'pim'"),
        ("acts:\n  sw:\n    pin: x\n", 2, "English does not come first"),
        ("acts:\n  en:\n    pin: [a, b, a]\n", 3, "'a' is here twice"),
        ("acts:\n  en:\n    pin:\n", 3, "there is no word"),
        ("acts:\n  en:\n    pin: [a, [b]]\n", 3, "there is no word"),
        ("acts:\n  en: [hi]\n  swahili: [habari]\n", 3, "'swahili' is no language"),
        ("acts:\n  en:\n    pin: a\n  sw: b\n", 4, "English has entries here"),
        ("acts: pin\n", 1, "there is nothing to read"),
        ("acts:\n  en:\n    pin: [a, b\n", 4, "this is not YAML"),
    ],
)
def test_a_fault_names_its_file_and_line(tmp_path: Path, text: str, line: int, fault: str) -> None:
    path = tmp_path / wordtables.FILE
    path.write_text(text, "utf-8")
    with pytest.raises(ContentError, match=re.escape(fault)) as found:
        wordtables.check(path)
    assert (found.value.file, found.value.line) == (str(path), line)


def test_no_file_is_read_when_the_program_starts() -> None:
    """What parts of the program load costs every start; words are read when somebody writes."""
    started = (
        "from solicomm_build.foundation import hooks\n"
        "import solicomm_build.cli.running, solicomm_build.desk.run, solicomm_build.ingest.run\n"
        "for hook in ('mail', 'chores', 'policy', 'web', 'gate'): hooks.modules(hook)\n"
        "from solicomm_build.foundation.language import wordtables\n"
        "print(wordtables._read.cache_info().misses)\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", started], capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout.strip() == "0"
