"""Two versions of a text word by word: readable, however lines are broken, and never for long."""

from __future__ import annotations

import time

import pytest

from solicomm_build.features.library.reading import children, finding
from solicomm_build.features.library.versions import wording
from solicomm_build.features.library.versions.wording import BREAK, NEW, OLD, SAME, Run

WORKER = "solicomm_build.features.library.versions.wordingworker"


def said(old: str, new: str) -> str:
    """The runs as one line: `[-taken out-]`, `{+added+}`."""
    marks = {SAME: "{}", OLD: "[-{}-]", NEW: "{{+{}+}}"}
    runs = wording.compared(old, new)
    return " ".join(
        marks[run.kind].format(" ".join(word for word in run.words if word != BREAK))
        for run in runs
    ).strip()


def test_words_that_changed_are_marked_and_no_others() -> None:
    old = "Article 1. The wage is 20,000 a month. It is paid on Friday.\n\nArticle 2. Boots.\n"
    new = "Article 1. The wage is 21,500 a month. It is paid on Friday.\n\nArticle 2. Boots.\n"
    assert said(old, new) == (
        "Article 1. The wage is [-20,000-] {+21,500+} a month. It is paid on Friday. "
        "Article 2. Boots."
    )


def test_other_line_breaks_are_no_change() -> None:
    old = "The roster hangs beside the clock fourteen\ndays ahead. A change needs the consent.\n"
    new = "The roster hangs beside the clock fourteen days\nahead. A change needs the consent."
    assert [run.kind for run in wording.compared(old, new)] == [SAME]


def test_both_texts_can_be_read_out_of_the_runs() -> None:
    old = "One two three. Four five.\n\nSix.\n\nSeven eight nine.\n"
    new = "One 2 three. Five.\n\nSeven eight nine ten.\n\nEleven.\n"
    runs = wording.compared(old, new)

    def words(*kinds: str) -> list[str]:
        return [word for run in runs if run.kind in kinds for word in run.words if word != BREAK]

    assert words(SAME, OLD) == old.split()
    assert words(SAME, NEW) == new.split()


def test_a_word_between_changes_goes_with_them() -> None:
    assert said("It is ten and five here.", "It is eleven and six here.") == (
        "It is [-ten and five-] {+eleven and six+} here."
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("a " * 300_000, "b " * 300_000),
        ("a. " * 150_000, "a. b. " * 100_000),
        (
            "\n".join(f"line {n}" for n in range(60_000)),
            "\n".join(f"row {n}" for n in range(60_000)),
        ),
        (
            " ".join(f"w{n % 997}" for n in range(90_000)),
            " ".join(f"w{n % 991}" for n in range(90_000)),
        ),
    ],
    ids=["words", "sentences", "lines", "numbers"],
)
def test_a_comparison_ends_within_seconds(old: str, new: str) -> None:
    began = time.monotonic()
    children.asked(WORKER, [old, new], 20.0)
    assert time.monotonic() - began < 22


def test_the_child_says_what_the_function_says() -> None:
    runs = children.asked(WORKER, ["One two.", "One three."], 20.0)
    assert [Run(kind, tuple(text.split(" "))) for kind, text in runs or ()] == wording.compared(
        "One two.", "One three."
    )


def test_words_are_found_with_and_without_accents() -> None:
    pages = ["Nada.", "La jornada será de ocho horas. Vacaciones: veinte días.", "Dias"]
    hits = [*finding.hits(pages, finding.words_of("DIAS jornada"))]
    assert [hit.page for hit in hits] == [2]
    assert "jornada" in hits[0].excerpt
    assert [hit.page for hit in finding.hits(pages, ["dias"])] == [2, 3]
    assert [*finding.hits(pages, [])] == []
    assert [*finding.hits(["a(b"], ["a(b"])], "what is typed is no expression"
