"""The words by which moderators act on a topic, in six languages. Tables only.

The first word of a language is the one that mails show; all are understood everywhere, in whatever
case, with or without accents. One word means one thing (tests/unit/model/test_topiccommands.py).
"""

from __future__ import annotations

from collections.abc import Mapping

ACTS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "pin": {
        "en": ("pin",),
        "fr": ("épingler",),
        "es": ("fijar",),
        "pt": ("fixar",),
        "ar": ("تثبيت", "ثبت"),
        "ru": ("закрепить",),
    },
    "unpin": {
        "en": ("unpin",),
        "fr": ("désépingler",),
        "es": ("desfijar",),
        "pt": ("desafixar",),
        "ar": ("إلغاء التثبيت",),
        "ru": ("открепить",),
    },
    "close": {
        "en": ("close",),
        "fr": ("fermer", "clore"),
        "es": ("cerrar",),
        "pt": ("fechar", "encerrar"),
        "ar": ("إغلاق", "أغلق"),
        "ru": ("закрыть",),
    },
    "reopen": {
        "en": ("reopen",),
        "fr": ("rouvrir",),
        "es": ("reabrir",),
        "pt": ("reabrir",),
        "ar": ("إعادة الفتح", "إعادة فتح"),
        "ru": ("открыть снова", "открыть"),
    },
    "retitle": {
        "en": ("retitle",),
        "fr": ("renommer", "nouveau titre"),
        "es": ("renombrar", "retitular"),
        "pt": ("renomear", "novo título"),
        "ar": ("تغيير العنوان",),
        "ru": ("переименовать",),
    },
    "label": {
        "en": ("label", "labels"),
        "fr": ("étiquette", "étiquettes"),
        "es": ("etiqueta", "etiquetas"),
        "pt": ("etiqueta", "etiquetas"),
        "ar": ("وسم", "وسوم"),
        "ru": ("метка", "метки"),
    },
    "move": {
        "en": ("move",),
        "fr": ("déplacer",),
        "es": ("trasladar", "mover"),
        "pt": ("mover",),
        "ar": ("نقل",),
        "ru": ("перенести", "переместить"),
    },
    "merge": {
        "en": ("merge",),
        "fr": ("fusionner",),
        "es": ("fusionar", "unir"),
        "pt": ("juntar", "unir"),
        "ar": ("دمج",),
        "ru": ("объединить",),
    },
    "unmerge": {
        "en": ("unmerge",),
        "fr": ("défusionner",),
        "es": ("deshacer fusión",),
        "pt": ("desfazer junção",),
        "ar": ("إلغاء الدمج",),
        "ru": ("разъединить",),
    },
    "split": {
        "en": ("split",),
        "fr": ("scinder",),
        "es": ("dividir",),
        "pt": ("dividir",),
        "ar": ("فصل",),
        "ru": ("отделить", "разделить"),
    },
    "unsplit": {
        "en": ("unsplit",),
        "fr": ("annuler la scission",),
        "es": ("deshacer división",),
        "pt": ("desfazer divisão",),
        "ar": ("إلغاء الفصل",),
        "ru": ("не отделять",),
    },
    "hide": {
        "en": ("hide",),
        "fr": ("masquer", "cacher"),
        "es": ("ocultar",),
        "pt": ("ocultar", "esconder"),
        "ar": ("إخفاء",),
        "ru": ("скрыть",),
    },
    "unhide": {
        "en": ("unhide",),
        "fr": ("réafficher",),
        "es": ("mostrar",),
        "pt": ("mostrar",),
        "ar": ("إظهار",),
        "ru": ("показать",),
    },
    "summary": {
        "en": ("summary",),
        "fr": ("résumé",),
        "es": ("resumen",),
        "pt": ("resumo",),
        "ar": ("ملخص",),
        "ru": ("резюме", "сводка"),
    },
    "unsummary": {
        "en": ("unsummary",),
        "fr": ("pas un résumé",),
        "es": ("no es resumen",),
        "pt": ("não é resumo",),
        "ar": ("ليس ملخصا",),
        "ru": ("не резюме",),
    },
    "answer": {
        "en": ("answer",),
        "fr": ("réponse",),
        "es": ("respuesta",),
        "pt": ("resposta",),
        "ar": ("جواب", "إجابة"),
        "ru": ("ответ",),
    },
    "unanswer": {
        "en": ("unanswer",),
        "fr": ("pas la réponse",),
        "es": ("no es respuesta",),
        "pt": ("não é resposta",),
        "ar": ("ليس جوابا",),
        "ru": ("не ответ",),
    },
    "translation": {
        "en": ("translation",),
        "fr": ("traduction",),
        "es": ("traducción",),
        "pt": ("tradução",),
        "ar": ("ترجمة",),
        "ru": ("перевод",),
    },
    "untranslation": {
        "en": ("untranslation",),
        "fr": ("pas une traduction",),
        "es": ("no es traducción",),
        "pt": ("não é tradução",),
        "ar": ("ليس ترجمة",),
        "ru": ("не перевод",),
    },
    "lang": {
        "en": ("lang", "language"),
        "fr": ("langue",),
        "es": ("idioma",),
        "pt": ("língua",),
        "ar": ("لغة",),
        "ru": ("язык",),
    },
}
"""What a moderator writes, by the type of the event that it makes (post/event.py)."""

LANGUAGES: Mapping[str, tuple[str, ...]] = {
    "en": ("english", "anglais", "inglés", "inglês", "الإنجليزية", "английский"),
    "fr": ("french", "français", "francés", "francês", "الفرنسية", "французский"),
    "es": ("spanish", "espagnol", "español", "castellano", "espanhol", "الإسبانية", "испанский"),
    "pt": ("portuguese", "portugais", "portugués", "português", "البرتغالية", "португальский"),
    "ar": ("arabic", "arabe", "árabe", "العربية", "арабский"),
    "ru": ("russian", "russe", "ruso", "russo", "الروسية", "русский"),
    "sw": ("swahili", "kiswahili", "суахили", "السواحلية"),
    "de": ("german", "allemand", "alemán", "alemão", "deutsch", "немецкий", "الألمانية"),
}
"""Names of languages that people write instead of a tag such as `fr`."""


def shown(act: str, lang: str) -> str:
    """How a language writes an act; English where it has no word of its own."""
    words = ACTS[act]
    return words.get(lang, words["en"])[0]
