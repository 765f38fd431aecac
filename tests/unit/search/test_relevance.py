"""Questions that people ask, in six languages, each with the text that should come first; SQLite's
full-text search (FTS5, BM25) is asked the same and must not find more of them altogether.

tests/data/search/relevance-<lang>.yaml is meant to be read by somebody who speaks the language;
`missed` there are questions whose text is not found, and why.
"""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest
import yaml

from solicomm_build.features.search.engine.analyser import latin
from solicomm_build.features.search.engine.document import Document, Row
from solicomm_build.features.search.engine.finding import find
from solicomm_build.testing import searching

DATA = Path(__file__).parents[2] / "data" / "search"
LANGUAGES = sorted(file.stem.removeprefix("relevance-") for file in DATA.glob("relevance-*.yaml"))
FIRST = 3


def _texts(lang: str) -> tuple[dict[str, list[str]], dict[str, str], list[str]]:
    data = yaml.safe_load((DATA / f"relevance-{lang}.yaml").read_text("utf-8"))
    return data["documents"], data["queries"], data.get("missed", [])


def _ours(lang: str, documents: dict[str, list[str]], queries: dict[str, str]) -> dict[str, bool]:
    made = [
        Document(Row(title=title, url=name, place="conferences/bar", lang=lang), text, latin(lang))
        for name, (title, text) in documents.items()
    ]
    index = searching.open_files(searching.files_of(made))
    return {
        query: name in [hit.row.url for hit in find([index], query, lang).hits[:FIRST]]
        for query, name in queries.items()
    }


def _fts5(documents: dict[str, list[str]], queries: dict[str, str]) -> dict[str, bool]:
    db = sqlite3.connect(":memory:")
    tokens = "porter unicode61 remove_diacritics 2"
    db.execute(
        f"CREATE VIRTUAL TABLE text USING fts5(name UNINDEXED, title, body, tokenize='{tokens}')"
    )
    for name, (title, text) in documents.items():
        db.execute("INSERT INTO text VALUES (?, ?, ?)", (name, title, text))
    found = {}
    for query, name in queries.items():
        words = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", query))
        rows = db.execute(
            "SELECT name FROM text WHERE text MATCH ? ORDER BY bm25(text, 0, 2, 1) LIMIT ?",
            (words, FIRST),
        )
        found[query] = name in [row[0] for row in rows]
    db.close()
    return found


def test_every_language_of_the_interface_is_asked() -> None:
    assert set(LANGUAGES) == {"ar", "en", "es", "fr", "pt", "ru"}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_people_ask_for_is_among_the_first(lang: str) -> None:
    documents, queries, missed = _texts(lang)
    assert len(queries) == 30
    assert set(queries.values()) <= set(documents)
    ours = _ours(lang, documents, queries)
    assert [query for query, found in ours.items() if not found] == missed
    assert len(missed) <= 2


def test_no_less_is_found_than_by_fts5() -> None:
    ours = theirs = 0
    for lang in LANGUAGES:
        documents, queries, _ = _texts(lang)
        ours += sum(_ours(lang, documents, queries).values())
        theirs += sum(_fts5(documents, queries).values())
    assert ours == 180
    assert ours > theirs, (ours, theirs)
