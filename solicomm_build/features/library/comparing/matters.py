"""What agreements are compared by: six matters, their names, and the words that headings use.

Pure. Words are beginnings, in the languages that pages have; whoever adds a word adds it here.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from solicomm_build.foundation.i18n import N_, gettext

MATTERS: Final = ("wage", "hours", "leave", "parental", "notice", "dispute")
"""In the order of the page."""

_NAMES = {
    "wage": N_("Wages"),
    "hours": N_("Hours of work and rest"),
    "leave": N_("Leave and holidays"),
    "parental": N_("Parental leave"),
    "notice": N_("Notice and dismissal"),
    "dispute": N_("Disputes"),
}

_WORDS = {
    "wage": (
        "wage pay|pays|paid\\ rates salar(?!ie|ied) remunerat rate\\ of\\ pay piece\\ rate"
        " salaire salarial remuner grille\\ de bareme"
        " salario sueldo retribuc jornales tabla\\ salarial"
        " piso\\ salarial vencimento"
        " *اجر *اجور *راتب *رواتب *مرتبات"
        " заработн зарплат оплат[аы]\\ труда оклад тарифн"
    ),
    "hours": (
        "hours working\\ time overtime shift roster rest|rests rest\\ between rest\\ period breaks"
        " duree\\ du\\ travail temps\\ de\\ travail horaire heures\\ supp pause planning repos"
        " jornada horario horas descanso turno"
        " folga escala hora\\ extra horas\\ extra sobrejornada"
        " *ساعات *الدوام *وقت\\ العمل *الراحه *نوبات"
        " рабоче[ем]\\ врем рабочего\\ врем продолжительн сверхуроч график"
        " отдых[аеу]?\\b смен[аыу]\\b"
    ),
    "leave": (
        "leave holiday vacation sick|sickness"
        " conge vacances jours?\\ feries maladie"
        " vacaciones licencia feriados? permisos enfermedad"
        " ferias licenca afastamento"
        " *اجازه *اجازات *الاجاز *عطله *العطل"
        " отпуск праздничн больничн нетрудоспособн"
    ),
    "parental": (
        "maternity paternity parental adoption childbirth pregnan breastfeed nursing\\ mother"
        " maternite paternite naissance grossesse allaitement enceinte"
        " maternidad paternidad nacimiento embaraz lactancia adopcion"
        " maternidade paternidade gestante gravid amamenta adocao"
        " *الامومه *امومه *الابوه *الوضع *الوالديه *الرضاعه *الحامل *الحوامل"
        " материнств отцовств беременн по\\ родам рождени уход[ау]?\\ за\\ ребенк кормлени"
    ),
    "notice": (
        "notice\\ of notice\\ period notice$ notice\\ and period\\ of\\ notice terminat dismiss"
        " redundanc severance"
        " preavis licenciement rupture demission resiliation"
        " preaviso despido rescision cese\\b renuncia desahucio extincion"
        " aviso\\ previo demiss despedid rescis dispensa desligamento"
        " *الاخطار *اخطار *الاشعار *انهاء *التسريح *الاستقاله *الفصل\\ من *الفصل\\ التعسفي"
        " увольнен расторжен предупрежден прекращени сокращени\\w*\\ (?:штат|численн)"
    ),
    "dispute": (
        "disput grievance arbitrat conciliat mediation complaint"
        " litige differend conflit grief arbitrage conciliation reclamation"
        " conflicto controversia reclamo reclamaci arbitraje conciliaci paritaria queja diferendo"
        " controversia divergencia litigio arbitragem conciliacao reclamacao queixa"
        " *نزاع *النزاعات *منازع *المنازع *الخلاف *التحكيم *تحكيم *التوفيق *الشكاو *تظلم"
        " спор|споров|споры|спора жалоб арбитраж примирит разноглас"
    ),
}


def name(matter: str, lang: str) -> str:
    """What a matter is called."""
    return gettext(lang, _NAMES[matter])


def folded(text: str) -> str:
    """A text as it is looked through: small letters, without accents and Arabic vowel signs."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in plain if not unicodedata.combining(char))
    return bare.replace("ة", "ه").replace("ـ", "").replace("’", "'")


def _pattern(words: str) -> re.Pattern[str]:
    found = []
    for word in re.split(r"(?<!\\) +", words.strip()):
        bare = folded(word.removeprefix("*").replace("\\ ", " ").removeprefix("ال"))
        whole = "|" in bare
        some = "|".join(rf"{one}\b" if whole else one for one in bare.split("|"))
        before = r"\b[وبلف]?(?:ال|لل)?" if word.startswith("*") else r"\b"
        found.append(f"{before}(?:{some})")
    return re.compile("|".join(found))


PATTERNS: Final = {matter: _pattern(words) for matter, words in _WORDS.items()}
"""Finds the words of a matter in a folded text."""
