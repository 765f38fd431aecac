"""Agreements are cut into clauses by headings and numbers, in six languages.

The texts below were labelled by hand; what is cut must begin with what is expected and end before
the next clause.
"""

from __future__ import annotations

import time

import pytest

from solicomm_build.features.library.comparing.cutting import MOST_CLAUSE, proposed
from solicomm_build.features.library.comparing.matters import MATTERS
from solicomm_build.foundation import data

ENGLISH = """\
COLLECTIVE AGREEMENT

Contents
Article 1 Wages ........ 2
Article 2 Hours of work ........ 2
\f
Article 1 – Wages
1. The lowest wage is 20,000 a month.
2. Wages are paid on the last day.

Article 2 – Hours of work
Forty hours a week.
\f
Article 3 – Leave
3.1 Annual leave
Twenty-one working days.
3.2 Maternity leave
Ninety days on full pay.
3.3 Sick leave
Thirty days.

Article 4 – Termination of employment
One month's notice on either side.

Article 5 – Grievance procedure
First the supervisor, then the joint committee.

Article 6 – Uniforms
Two sets a year.
"""
FRENCH = """\
# Convention d'entreprise

## Article 1er : Champ
Tous les salariés.

## 2. Salaires
La grille est annexée.

## 3. Durée du travail
Trente-cinq heures.

## 4. Congés payés
Trente jours.

## 5. Congé de maternité
Vingt semaines.

## 6. Préavis
Deux mois pour les cadres.

## 7. Règlement des litiges
La commission se réunit sous huit jours.

## 8. Tenues
Fournies.
"""
SPANISH = """\
Artículo 1º.- Ámbito. Todo el personal de la planta, sea cual sea su turno de trabajo.

Artículo 2º Salarios
El básico es de 30.000.

Artículo 3º Jornada de trabajo
Ocho horas.

Artículo 4º Vacaciones
Veinte días.

Artículo 5º Licencia por maternidad y paternidad
Catorce semanas.

Artículo 6º Preaviso y despido
Treinta días.

Artículo 7º Comisión paritaria
Tres y tres.
"""
PORTUGUESE = """\
ACORDO COLETIVO

CLÁUSULA PRIMEIRA - VIGÊNCIA
Um ano.

1ª  Piso salarial: R$ 2.130.
2ª  Jornada: quarenta e quatro horas por semana.
3ª  Férias: trinta dias.
4ª  Gestante: estabilidade até cinco meses depois do parto.
5ª  Aviso prévio: trinta dias e mais três por ano.
6ª  Conflitos: primeiro a comissão, depois a mediação.
7ª  Uniformes: dois por ano.
"""
ARABIC = """\
المادة الأولى: النطاق
جميع العمال.

المادة ٢: الأجور
الحد الأدنى ٥٠٠ في الشهر.

المادة ٣: ساعات العمل
ثماني ساعات في اليوم.

المادة ٤: الإجازات السنوية
واحد وعشرون يوماً.

المادة ٥: إجازة الأمومة
عشرة أسابيع.

المادة ٦: الإخطار وإنهاء العقد
شهر واحد.

المادة ٧: تسوية النزاعات
لجنة مشتركة.

المادة ٨: الملابس
بدلتان.
"""
RUSSIAN = """\
КОЛЛЕКТИВНЫЙ ДОГОВОР

1. Общие положения
Договор заключён на три года.

2. Оплата труда
Оклад не ниже 500.

3. Рабочее время
Сорок часов в неделю.

4. Отпуска
Двадцать восемь дней.

5. Отпуск по беременности и родам
Сто сорок дней.

6. Расторжение договора
Предупреждение за два месяца.

7. Трудовые споры
Комиссия решает за десять дней.

8. Спецодежда
Два комплекта.
"""
LABELLED = {
    "en": (ENGLISH, "The lowest|Forty|Twenty-one|Ninety days|One month|First the|Two sets"),
    "fr": (FRENCH, "La grille|Trente-cinq|Trente jours|Vingt|Deux mois|La commission|Fournies"),
    "es": (SPANISH, "El básico|Ocho|Veinte|Catorce|Treinta días|Tres y tres|Todo el"),
    "pt": (PORTUGUESE, "R$|quarenta|trinta dias.|estabilidade|e mais três|primeiro a|dois por"),
    "ar": (ARABIC, "الحد الأدنى|ثماني|واحد وعشرون|عشرة|شهر واحد|لجنة|بدلتان"),
    "ru": (RUSSIAN, "Оклад|Сорок|Двадцать|Сто сорок|Предупреждение|Комиссия|Два комплекта"),
}


@pytest.mark.parametrize("lang", LABELLED)
def test_six_matters_are_found_in_six_languages(lang: str) -> None:
    text, labels = LABELLED[lang]
    *wanted, never = labels.split("|")
    found = proposed(text)
    assert [*found] == [*MATTERS]
    for matter, words in zip(MATTERS, wanted, strict=True):
        assert words in found[matter].text, matter
        others = [one for one in wanted if one != words and one not in words]
        assert not [one for one in others if one in found[matter].text], matter
        assert never not in found[matter].text


def test_a_clause_names_its_heading_and_its_page() -> None:
    found = proposed(ENGLISH)
    assert (found["wage"].heading, found["wage"].page) == ("Article 1 – Wages", 2)
    assert (found["parental"].heading, found["parental"].page) == ("3.2 Maternity leave", 3)
    assert "Thirty days" in found["leave"].text, "leave goes on behind what is parental leave"
    assert found["wage"].text.startswith("1. The lowest wage"), "not the line of the contents"


def test_clauses_of_the_sample_are_found_as_somebody_would() -> None:
    folder = data.folder("content") / "libraries" / "agreements" / "entries"
    wanted = {
        "2026-m3fd5rqa/convenio-hogar-2026.md": {"wage": "2. Salarios", "hours": "3. Jornada"},
        "2024-k2ta7wjx/water-refuse-agreement.md": {"wage": "1. Pay", "dispute": "8. Disputes"},
        "2026-q4hz6lyt/accord-centre-appels.md": {"hours": "1. Pauses"},
        "2026-c4nh6tpe/depot-roster-agreement.txt": {"hours": "1. Rosters"},
        "2025-p7vs3ghn/acordo-hotelaria.txt": {"wage": "1ª Piso", "hours": "4ª Escala"},
    }
    for name, expected in wanted.items():
        found = proposed((folder / name).read_text("utf-8"))
        assert set(expected) == set(found), name
        for matter, heading in expected.items():
            assert found[matter].heading.startswith(heading), (name, matter)


def test_where_no_heading_names_a_matter_the_text_does() -> None:
    text = "1. The firm\nIt is one.\n\n2. Money\nThe wage is 5. Each wage rises.\n\n3. Rest\nNo.\n"
    assert proposed(text)["wage"].heading == "2. Money"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\f\f\f",
        "#" * 200_000,
        "1. " * 100_000,
        "Article 1 " * 60_000,
        ("wage " * 300 + "\n") * 600,
        "1. Wages\n" * 100_000,
        "." * 500_000,
        "**" * 250_000,
    ],
    ids=["empty", "pages", "hashes", "numbers", "articles", "wages", "clauses", "dots", "stars"],
)
def test_no_text_takes_long(text: str) -> None:
    began = time.process_time()
    found = proposed(text)
    assert time.process_time() - began < 8
    assert all(len(one.text) <= MOST_CLAUSE for one in found.values())
