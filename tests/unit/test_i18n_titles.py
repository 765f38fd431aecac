"""Sentences about what has a title are right whatever the title is, in each language."""

from __future__ import annotations

import re

import pytest
from babel.messages.pofile import read_po

from solicomm_build.foundation import i18n

NAME = r"[«“\"]?\u00a0? ?%\((?:list|title|conference|place|hub|union)\)s"
SUBJECT = rf"(?:^|[.:!?] ){NAME}\u00a0? ?[»”\"]?"
ENDS = r"(?:\w+[aá]d[oa]s?|\w+[ií]d[oa]s?|abiert[oa]|abert[oa]|ouvert|passé)\b"
GIVEN = {
    "es": (
        rf"\b(?:la|el|del|al|est[ea]|lista|conferencia) {NAME}",
        rf"{SUBJECT} (?:no )?(?:está|es|fue|ha sido|queda|quedó) {ENDS}",
    ),
    "fr": (
        rf"\b(?:la|le|du|au|cette|ce|liste|conférence) {NAME}",
        rf"{SUBJECT} (?:n’)?(?:est|a été|sera) (?:pas )?(?:{ENDS}|\w+ée?s?\b)",
    ),
    "pt": (
        rf"\b(?:o|d[ao]|n[ao]|pel[ao]|à|ao|est[ae]|lista|conferência) {NAME}",
        rf"{SUBJECT} (?:não )?(?:está|é|foi|fica|ficou) {ENDS}",
    ),
    "ru": (
        rf"\b(?:спис\w+|рассылк\w+|конференци\w+) {NAME}",
        rf"{SUBJECT} (?:больше )?(?:не )?\w+(?:ла|ло|лась|лось|ёл|рыта|рыто|рыт)\b",
    ),
    "ar": (
        rf"\b(?:ال|لل|بال)?(?:قائمة|مؤتمر|منتدى) {NAME}",
        r"(?:^|[ ،؛.])[يت]\w+ «%\((?:list|conference|hub)\)s",
        rf"{SUBJECT} (?:لا |لم |غير )?[يتم]\w+",
    ),
}
"""What gives a title a gender, or calls it a list: the article or the noun before it, a verb or a
participle that agrees with it."""


@pytest.mark.parametrize("lang", sorted(GIVEN))
def test_no_sentence_gives_a_title_a_gender(lang: str) -> None:
    path = i18n.TRANSLATIONS / lang / "LC_MESSAGES" / "solicomm.po"
    with path.open("rb") as file:
        said = [one.string for one in read_po(file) if one.id]
    texts = [text for one in said for text in ([one] if isinstance(one, str) else one)]
    assert sum("%(list)s" in text for text in texts) > 50
    wrong = re.compile("|".join(GIVEN[lang]), re.IGNORECASE)
    assert [text for text in texts if wrong.search(text)] == []


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("es", "Los mensajes de la lista %(list)s"),
        ("es", "«%(list)s» no está abierta a todo el mundo."),
        ("fr", "« %(list)s » est passé sur un nouveau serveur."),
        ("pt", "Você saiu da “%(list)s”"),
        ("ru", "Вы больше не получаете письма рассылки %(list)s"),
        ("ru", "«%(list)s» открыта не для всех"),
        ("ar", "تدعوك «%(list)s»:"),
        ("ar", "«%(list)s» لا يعرف هذا العنوان:"),
    ],
)
def test_a_sentence_that_does_is_found(lang: str, text: str) -> None:
    assert re.search("|".join(GIVEN[lang]), text, re.IGNORECASE)
