"""The query language, and that every text is a query."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from solicomm_build.features.search.engine.query import MAX_CLAUSES, Clause, Piece, Presence, parse

ALL = (0, 1, 2)
DAY_2025 = 20_089
"""2025-01-01, in days since 1970."""


def _clause(
    *words: str, sign: str = "", fields: tuple[int, ...] = ALL, boost: int = 1, prefix: bool = False
) -> Clause:
    pieces = tuple(Piece(word, prefix=prefix) for word in words)
    return Clause(pieces, Presence(sign), fields, boost)


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("Strike fund", [_clause("strike"), _clause("fund")]),
        ("+strike -fund", [_clause("strike", sign="+"), _clause("fund", sign="-")]),
        ("subject:strike^3", [_clause("strike", fields=(0,), boost=3)]),
        ("-from:ana", [_clause("ana", sign="-", fields=(1,))]),
        ("text:foo.bar", [_clause("foo", "bar", fields=(2,))]),
        ("organ*", [_clause("organ", prefix=True)]),
        ("or*", [_clause("or")]),
        ("*ing st*ke", [_clause("ing"), _clause("st", "ke")]),
        ("strike~2", [_clause("strike")]),
        ('"strike fund"', [_clause("strike"), _clause("fund")]),
        ("http://x.org", [_clause("http", "x", "org")]),
        ("nobody:strike", [_clause("nobody", "strike")]),
        ("strike^0 fund^9999", [_clause("strike"), _clause("fund", boost=100)]),
        ("a-b", [_clause("a", "b")]),
    ],
)
def test_what_is_written_is_what_is_asked(text: str, clauses: list[Clause]) -> None:
    assert list(parse(text).clauses) == clauses


@pytest.mark.parametrize("text", ["", " ", "-", "+ - *", "🎉", "^5", "~", ":", "+subject:", '""'])
def test_nothing_that_is_a_word_is_no_clause(text: str) -> None:
    assert parse(text).clauses == ()


def test_cjk_words_are_pieces_of_their_own() -> None:
    (clause,) = parse("労働union").clauses
    assert clause.pieces == (Piece("労働", cjk=True), Piece("union"))
    (alone,) = parse("字").clauses
    assert alone.pieces == (Piece("字", cjk=True, prefix=True),)
    (starred,) = parse("労働*").clauses
    assert starred.pieces == (Piece("労働", cjk=True, prefix=True),)


def test_filters() -> None:
    query = parse("strike in:Organising in:ice after:2025 before:2025-02")
    assert query.places == ("organising", "ice")
    assert (query.after, query.before) == (DAY_2025, DAY_2025 + 31)
    assert not query.nowhere
    assert parse("after:2025-01-02").after == DAY_2025 + 1


@pytest.mark.parametrize("text", ["after:tomorrow", "before:2025-13", "after:2025-02-30", "after:"])
def test_a_date_that_is_none_leaves_nothing(text: str) -> None:
    assert parse(text).nowhere


def test_a_query_of_10000_characters_is_cut() -> None:
    started = time.process_time()
    query = parse("word " * 2_000)
    assert len(query.clauses) == MAX_CLAUSES
    (long,) = parse("労" * 10_000).clauses
    assert len(long.pieces[0].text) == 1_000
    assert time.process_time() - started < 5  # no pattern that backtracks for ever


@given(st.text(max_size=1_200))
def test_every_text_is_a_query(text: str) -> None:
    assert len(parse(text).clauses) <= MAX_CLAUSES
