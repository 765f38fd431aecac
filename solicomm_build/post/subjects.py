"""The vocabulary of subjects: what people type in any of six languages, and what pages say.

The words are in `subjects.tsv`: our own compilation for trade unions, in the scheme `topic:`, and
labels for the words of `ilo-taxonomy:` that cards use. Its first row names the languages. Whatever
is not there is a free word.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib import resources

_ARABIC_FOLDS = str.maketrans({"أ": "ا", "إ": "ا", "آ": "ا", "ى": "ي"})


def vocabulary() -> Mapping[str, Mapping[str, str]]:
    """Every subject that was shipped, with its label by language, in the order of the list."""
    return _read()[0]


def resolve(text: str) -> str:
    """The subject that somebody means: `Salaires` is `ilo-taxonomy:wages`; a word that is not in
    the vocabulary is free (`free:rosters`); what has a scheme already stays as it is.
    """
    typed = text.strip()
    if ":" in typed:
        return typed
    known = _read()[1].get(_folded(typed))
    return known or f"free:{'-'.join(typed.lower().split())}"


def label(subject: str, lang: str) -> str:
    """What a page in `lang` calls the subject: its label there, else in English, else its words."""
    labels = _read()[0].get(subject)
    if labels is None:
        return subject.partition(":")[2].replace("-", " ")
    return labels.get(lang.partition("-")[0]) or labels["en"]


def search(word: str) -> list[str]:
    """The subjects of the vocabulary in one of whose words, of any language, `word` occurs."""
    wanted = _folded(word)
    by_subject, words = _read()
    found = {subject for said, subject in words.items() if wanted in said}
    return [subject for subject in by_subject if subject in found]


@cache
def _read() -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """(labels by subject and language, subject by folded word)."""
    labels: dict[str, dict[str, str]] = {}
    words: dict[str, str] = {}
    text = resources.files(__package__).joinpath("subjects.tsv").read_text("utf-8")
    head, *rows = text.splitlines()
    languages = head.split("\t")[1:]
    for row in rows:
        subject, *columns = row.split("\t")
        labels[subject] = {}
        words[_folded(subject.partition(":")[2])] = subject
        for lang, column in zip(languages, columns, strict=True):
            said = column.split(" / ")
            labels[subject][lang] = said[0]
            for word in said:
                words.setdefault(_folded(word), subject)
    return labels, words


def _folded(text: str) -> str:
    """Without case, accents, hyphens and the forms of alif that are typed differently."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_ARABIC_FOLDS))
    kept = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(kept.replace("-", " ").replace("’", "'").split())
