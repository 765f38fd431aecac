"""How what is found is ranked: the formula of docs/formats/search.md, a second time."""

from __future__ import annotations

import math

import pytest

from solicomm_build.features.search.engine.document import BOOSTS
from solicomm_build.features.search.engine.finding import find
from solicomm_build.features.search.engine.manifest import K1, B
from solicomm_build.testing import searching

TEXTS = [
    ("strike fund", "ana", "strike pays who cannot work"),
    ("wages", "strike", "fund of the union"),
    ("fund", "ben", "strike strike strike fund and much else that is said of it at length"),
    ("night bus", "ana", "nobody drives home"),
]


def _expected(words: list[str]) -> dict[str, float]:
    """Of texts without a word that is stemmed or dropped."""
    split = [[field.split() for field in text] for text in TEXTS]
    kept = [[[w for w in f if w not in STOPS] for f in text] for text in split]
    averages = [sum(len(text[f]) for text in kept) / len(kept) for f in range(3)]
    scores: dict[str, float] = {}
    for number, text in enumerate(kept):
        score, met = 0.0, 0
        for word in words:
            df = sum(any(word in field for field in other) for other in kept)
            weight = sum(
                BOOSTS[f] * text[f].count(word) / (1 - B + B * len(text[f]) / averages[f])
                for f in range(3)
            )
            idf = math.log(1 + abs((len(kept) - df + 0.5) / (df + 0.5)))
            score += idf * (K1 + 1) * weight / (K1 + weight)
            met += weight > 0
        if met:
            scores[str(number)] = score * met / len(words)
    return scores


STOPS = {"who", "cannot", "of", "the", "and", "else", "that", "is", "said", "it", "at"}


@pytest.mark.parametrize("cuts", [(), (1,), (1, 3)], ids=["one", "two", "three"])
def test_scores_are_those_of_the_formula_whatever_the_segments(cuts: tuple[int, ...]) -> None:
    made = [
        searching.document(body, title, author, url=str(number))
        for number, (title, author, body) in enumerate(TEXTS)
    ]
    parts = [made[low:high] for low, high in zip((0, *cuts), (*cuts, len(made)), strict=True)]
    index = searching.index_of(*parts)
    expected = _expected(["strike", "fund"])
    found = find([index], "strike fund", "en")
    assert {hit.row.url: hit.score for hit in found.hits} == pytest.approx(
        {url: score for url, score in expected.items() if url != "3"}, abs=1e-9
    )


def test_a_title_counts_more_than_a_text() -> None:
    index = searching.index_of(
        [searching.document("strike " + "x " * 5, "bus"), searching.document("bus", "strike")]
    )
    assert [hit.row.title for hit in find([index], "strike", "en").hits] == ["strike", "bus"]


def test_what_has_all_words_stands_before_what_has_most_of_them() -> None:
    """Whoever remembers three words of four wrongly remembers one of them."""
    index = searching.index_of(
        [
            searching.document("wages rise at night", url="all"),
            searching.document("bus", "wages night wages night rise", url="three"),
            searching.document("wages night", url="two"),
        ]
    )
    plain = find([index], "wages rise night", "en")
    assert [hit.row.url for hit in plain.hits] == ["three", "all", "two"]
    assert plain.whole == 2
    bus = find([index], "wages rise night bus", "en")
    assert [hit.row.url for hit in bus.hits] == ["three", "all"]
    assert bus.whole == 1
    assert bus.total == 2


def test_where_nothing_has_all_words_what_has_more_of_them_is_first() -> None:
    index = searching.index_of(
        [
            searching.document("night " * 9, "night night", url="one"),
            searching.document("the wages of the night shift " * 3, url="two"),
        ]
    )
    found = find([index], "wages night zebra", "en")
    assert [hit.row.url for hit in found.hits] == ["two", "one"]
    assert not found.every
    assert found.whole == 0


def test_all_words_that_begin_so_count_as_one() -> None:
    """Or the rarest word with that beginning would win."""
    index = searching.index_of(
        [
            *(searching.document("strike strike", url=f"often{n}") for n in range(4)),
            searching.document("stripe " + "x " * 30, url="rare"),
        ]
    )
    assert [hit.row.url for hit in find([index], "stri*", "en").hits][-1] == "rare"
