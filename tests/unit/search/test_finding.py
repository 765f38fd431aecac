"""What a query finds: languages, AND and OR, filters, several indexes, "did you mean"."""

from __future__ import annotations

import pytest

from solicomm_build.features.search.engine import finding
from solicomm_build.features.search.engine.finding import Found, find
from solicomm_build.features.search.engine.reader import OpenIndex
from solicomm_build.testing import searching
from solicomm_build.testing.searching import document

DAY = 86_400


def titles(found: Found) -> list[str]:
    return [hit.row.title for hit in found.hits]


@pytest.fixture(scope="module")
def index() -> object:
    return searching.index_of(
        [
            document("The strike fund pays for bread", "Fund", "Ana", time=DAY * 20_089),
            document("The night bus and the strike", "Bus", "Bea", time=DAY * 20_120),
            document(
                "La grève des éboueurs et la caisse", "Grève", latin="fr", place="conferences/ice"
            ),
            document("La huelga de los autobuses, una noche", "Huelga", latin="es"),
        ],
    )


@pytest.mark.parametrize(
    ("query", "lang", "expected", "every"),
    [
        ("strikes funding", "en", ["Fund"], True),
        ("strike", "fr", ["Fund", "Bus"], True),
        ("grèves", "en", ["Grève"], True),
        ("la greve", "fr", ["Grève"], True),
        ("la greve", "en", ["Grève"], True),
        ("la huelga", "en", ["Huelga"], True),
        ("autobús nocturno", "es", ["Huelga"], False),
        ("fund bus", "en", ["Bus", "Fund"], False),
        ("strike -bus", "en", ["Fund"], True),
        ("+fund bus", "en", ["Fund"], True),
        ("title:fund", "en", ["Fund"], True),
        ("author:ana", "en", ["Fund"], True),
        ("ana strike", "en", ["Fund"], True),
        ("strike after:2025-02", "en", ["Bus"], True),
        ("strike before:2025-02", "en", ["Fund"], True),
        ("greve in:ice", "fr", ["Grève"], True),
        ("strike in:ice", "en", [], False),
        ("strike in:nowhere", "en", [], False),
        ("strike after:never", "en", [], True),
        ("str*", "en", ["Fund", "Bus"], True),
        ("zzz", "en", [], False),
    ],
)
def test_found(index: object, query: str, lang: str, expected: list[str], every: bool) -> None:
    found = find([index], query, lang)  # type: ignore[list-item]
    assert sorted(titles(found)) == sorted(expected)
    assert found.total == len(expected)
    assert found.state == "done"
    assert found.every is every
    assert not found.incomplete


@pytest.mark.parametrize(
    ("query", "state"),
    [
        ("", "empty"),
        ("-", "empty"),
        ("in:ice", "empty"),
        ("the of", "stopwords"),
        ("-strike", "negated"),
        ("the -strike", "negated"),
    ],
)
def test_queries_that_can_find_nothing_say_why(index: object, query: str, state: str) -> None:
    found = find([index], query, "en")  # type: ignore[list-item]
    assert (found.state, found.total) == (state, 0)


def test_a_word_that_is_a_stop_word_elsewhere_need_not_be_there(index: object) -> None:
    found = find([index], "son strike", "en")  # type: ignore[list-item]
    assert found.every
    assert sorted(titles(found)) == ["Bus", "Fund"]


def test_words_of_another_origin_are_ranked_together() -> None:
    ours = searching.index_of([document("strike", "Ours"), document("water", "Water")])
    theirs = searching.index_of([document("strike fund strike", "Theirs")])
    both = searching.index_of(
        [
            document("strike fund strike", "Theirs"),
            document("strike", "Ours"),
            document("water", "Water"),
        ]
    )
    merged, one = find([ours, theirs], "strike fund", "en"), find([both], "strike fund", "en")
    assert [(h.row.title, h.score) for h in merged.hits] == [
        (h.row.title, h.score) for h in one.hits
    ]


def test_equal_hits_of_the_own_hub_come_first() -> None:
    ours, theirs = (searching.index_of([document("strike", name)]) for name in ("Ours", "Theirs"))
    assert titles(find([ours, theirs], "strike", "en")) == ["Ours", "Theirs"]


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("agrement", "agreement"),
        ("agremeent", "agreement"),
        ("wate", "water"),
        ("wat", None),
        ("wtaer", "water"),
        ("xgreement", None),
        ("negociation", "négociation"),
        ("agreements", None),
    ],
)
def test_did_you_mean(asked: str, meant: str | None) -> None:
    texts = [
        document("water agreement"),
        document("the agreement on water"),
        document("négociation", latin="fr"),
        document("négociation", latin="fr"),
    ]
    found = find([searching.index_of(texts)], asked, "de")
    suggested = dict(found.suggestions).get(asked)
    assert suggested == (meant if not found.total else None)


def test_cjk_words_are_found_inside_of_sentences() -> None:
    index = searching.index_of(
        [document("東京の労働組合はストライキを行う", "Tokyo"), document("京東商城", "Jingdong")]
    )
    assert titles(find([index], "労働組合", "ja")) == ["Tokyo"]
    assert titles(find([index], "東京", "ja")) == ["Tokyo"]
    assert titles(find([index], "商", "zh")) == ["Jingdong"]


def test_the_hundredth_result_is_there_and_ten_are_shown() -> None:
    index = searching.index_of([document(f"strike {'more ' * n}", str(n)) for n in range(100)])
    found = find([index], "strike", "en")
    assert (found.total, len(found.hits)) == (100, 10)
    assert [hit.score for hit in found.hits] == sorted((h.score for h in found.hits), reverse=True)


def test_few_of_many_words_that_nobody_wrote_are_compared_with_others(
    index: OpenIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(finding, "likelier", lambda collection, word: asked.append(word))
    find([index], "-".join(f"zz{number}zz" for number in range(140)), "en")
    assert len(asked) == 16
