"""Words typed without their accents, or with them where the text has none, are found."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from solicomm_build.features.search.engine.finding import find
from solicomm_build.features.search.engine.respelling import RULES, respelled
from solicomm_build.testing import searching
from solicomm_build.testing.browsersearch import Client, client

SAME = {
    "es": "tuberias tuberías;guarderia guardería;tesoreria tesorería;reunion reunión;"
    "decidio decidió;votación votaciones;recibira recibirá;teníamos teniamos;huelga huelgas",
    "fr": "assemblee assemblée;publiee publiées;tresorerie trésorerie;premiere premières;"
    "securite sécurité;employes employé;tuyau tuyaux;preferent préfèrent;journal journaux",
    "pt": "publicacao publicação;organizacoes organizações;disponivel disponível;"
    "conferencias conferência;responsaveis responsáveis;mantem mantém;greve greves",
    "ru": "забастовка забастовок;забастовок забастовки;елка ёлка;договоры договора;"
    "профсоюзов профсоюз",
    "ar": "فرز والفرز;إجازات والإجازات;الوثيقة وثيقة;وثيقة الوثيقة;مستشفي مستشفى;اضراب إضراب;"
    "نقابه النقابة;عمال والعمال;النقابات فالنقابات",
    "en": "cafe café;cafés cafe;strikes strike",
}
"""What is typed, and what stands in a text."""
PAIRS = [(lang, *pair.split()) for lang, pairs in SAME.items() for pair in pairs.split(";")]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with client(tmp_path_factory.mktemp("node")) as running:
        yield running


@pytest.mark.parametrize(("lang", "typed", "written"), PAIRS)
def test_the_other_spelling_is_found(lang: str, typed: str, written: str) -> None:
    latin = lang if lang in ("en", "es", "fr", "pt") else "en"
    texts = [searching.document(written, latin=latin), searching.document("x y z", latin=latin)]
    assert find([searching.index_of(texts)], typed, lang).whole == 1


def test_the_page_finds_what_the_hub_finds(node: Client) -> None:
    latins = {"en", "es", "fr", "pt"}
    texts = [
        searching.document(written, latin=lang if lang in latins else "en", url=str(number))
        for number, (lang, _, written) in enumerate(PAIRS)
    ]
    files = searching.files_of(texts)
    root = node.publish(files, "spelled")
    for lang, typed, _ in PAIRS:
        found = find([searching.open_files(files)], typed, lang)
        answer = node.search(typed, root, lang=lang)
        there = [row["url"].rpartition("/")[2] for row in answer["rows"]]
        assert there == [hit.row.url for hit in found.hits], typed
        assert [score for _, score in answer["hits"]] == pytest.approx(
            [hit.score for hit in found.hits], abs=1e-9
        )


def test_short_words_and_other_languages_stay_as_they_are() -> None:
    assert [*respelled("mia", "es"), *respelled("tuberia", ""), *respelled("ria", "es")] == []
    assert set(RULES) == {"es", "fr", "pt", "ru", "ar"}
