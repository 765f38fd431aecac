"""Two texts compared word by word. Pure; runs in a child (wordingworker.py), which bounds its time.

The texts are compared sentence by sentence first, however their lines are broken, and then word by
word within what is not the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

SAME, OLD, NEW = "=", "-", "+"
BREAK = "\n"
"""Ends a paragraph."""
MOST_TEXT = 1_000_000
"""Characters of each text."""
_MOST_WORDS = 1_500  # of a changed place that is looked at word by word
_PAPER = 45
_SENTENCE = re.compile(r"(?<=[.!?؟;:])\s+")
_FEW = 3  # words that are the same between changes and read better as changed, too


@dataclass(frozen=True, slots=True)
class Run:
    """Words in a row: the same in both, only in the old, only in the new."""

    kind: str
    words: tuple[str, ...]


def compared(old: str, new: str) -> list[Run]:
    """The runs in the order of the texts."""
    before, after = _sentences(old[:MOST_TEXT]), _sentences(new[:MOST_TEXT])
    runs: list[Run] = []
    for tag, a1, a2, b1, b2 in SequenceMatcher(None, before, after).get_opcodes():
        if tag == "equal":
            runs.append(Run(SAME, _words(after[b1:b2])))
        else:
            runs += _within(_words(before[a1:a2]), _words(after[b1:b2]))
    return _merged(runs)


def _within(old: tuple[str, ...], new: tuple[str, ...]) -> Iterator[Run]:
    """A changed place word by word, unless it is too long for that."""
    if not old or not new or len(old) > _MOST_WORDS or len(new) > _MOST_WORDS:
        yield from (Run(OLD, old), Run(NEW, new))
        return
    for tag, a1, a2, b1, b2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Run(SAME, new[b1:b2])
        else:
            yield from (Run(OLD, old[a1:a2]), Run(NEW, new[b1:b2]))


def _merged(runs: Sequence[Run]) -> list[Run]:
    """Without empty runs, and those of a kind that follow each other as one. Breaks alone are no
    change."""
    return _joined(_calm(_joined(runs)))


def _joined(runs: Iterable[Run]) -> list[Run]:
    found: list[Run] = []
    for run in runs:
        says = any(word != BREAK for word in run.words)
        kind = run.kind if says else SAME
        if not run.words or (run.kind == OLD and not says):
            continue
        before = found.pop().words if found and found[-1].kind == kind else ()
        found.append(Run(kind, before + run.words))
    return found


def _calm(runs: Sequence[Run]) -> Iterator[Run]:
    """A word or two that stayed between words that changed go with them: `the old <the> text` is
    harder to read than the two whole. Old words come before new ones."""
    old: list[str] = []
    new: list[str] = []
    for number, run in enumerate(runs):
        if run.kind == OLD:
            old += run.words
        elif run.kind == NEW:
            new += run.words
        elif (
            (old and new)
            and len(run.words) < _FEW
            and BREAK not in run.words
            and number + 1 < len(runs)
        ):
            old += run.words
            new += run.words
        else:
            yield from (Run(OLD, tuple(old)), Run(NEW, tuple(new)), run)
            old, new = [], []
    yield from (Run(OLD, tuple(old)), Run(NEW, tuple(new)))


def _words(sentences: Sequence[str]) -> tuple[str, ...]:
    found: list[str] = []
    for sentence in sentences:
        found += sentence.split(" ")
    return tuple(found)


def _sentences(text: str) -> list[str]:
    """The sentences of a text, each with single blanks; the last of a paragraph ends with BREAK."""
    found: list[str] = []
    for part in re.split(r"\n\s*\n|\f", text):
        for paragraph in _paragraphs(part):
            some = [" ".join(one.split()) for one in _SENTENCE.split(paragraph)]
            some = [one for one in some if one]
            if some:
                some[-1] += f" {BREAK}"
            found += some
    return found


def _paragraphs(part: str) -> Iterator[str]:
    """Lines put together where the paper ended."""
    now: list[str] = []
    size = 0
    for line in map(str.strip, part.split("\n")):
        goes_on = size >= _PAPER and now[-1][-1] not in ".:;!?" and line[:1].islower()
        if now and not goes_on:
            yield " ".join(now)
            now, size = [], 0
        if line:
            size += len(line) + bool(now)
            now.append(line)
    if now:
        yield " ".join(now)
