"""The vocabulary: complete, without doubles, and it understands what people type."""

from __future__ import annotations

import pytest

from solicomm_build.features.library.cards import entryfile
from solicomm_build.foundation import data, i18n
from solicomm_build.post.subjects import label, resolve, search, vocabulary


def test_every_subject_has_a_label_in_every_language() -> None:
    assert len(vocabulary()) >= 140
    for subject, labels in vocabulary().items():
        assert list(labels) == list(i18n.LANGUAGES)
        assert all(text.strip() == text != "" for text in labels.values()), subject


@pytest.mark.parametrize("lang", i18n.LANGUAGES)
def test_every_label_means_its_own_subject(lang: str) -> None:
    for subject, labels in vocabulary().items():
        assert resolve(labels[lang]) == subject


@pytest.mark.parametrize(
    ("typed", "subject"),
    [
        ("wages", "ilo-taxonomy:wages"),
        ("Salaires", "ilo-taxonomy:wages"),
        ("  NEGOCIACION   colectiva ", "ilo-taxonomy:collective-bargaining"),
        ("الاجور", "ilo-taxonomy:wages"),
        ("Забастовка", "ilo-taxonomy:strikes"),
        ("child-labour", "topic:child-labour"),
        ("Tea Breaks", "free:tea-breaks"),
        ("free:water", "free:water"),
    ],
)
def test_what_people_type(typed: str, subject: str) -> None:
    assert resolve(typed) == subject


def test_labels_follow_the_language_of_the_page() -> None:
    assert label("ilo-taxonomy:wages", "fr") == "salaires"
    assert label("ilo-taxonomy:wages", "pt-BR") == "salários"
    assert label("ilo-taxonomy:wages", "sw") == "wages"
    assert label("free:tea-breaks", "fr") == "tea breaks"


def test_searching_looks_at_all_languages() -> None:
    assert "topic:minimum-wage" in search("salario")
    assert search("zzz") == []


def test_every_schemed_subject_of_the_sample_has_labels() -> None:
    folder = data.folder("content") / "libraries/agreements/entries"
    for path in folder.glob("*/entry.md"):
        entry = entryfile.decode(path.read_bytes(), f"entries/{path.parent.name}/entry.md")
        for subject in entry.subjects:
            assert subject.startswith("free:") or subject in vocabulary()
