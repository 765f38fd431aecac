"""What somebody wrote to an invitation, as an answer: a word of six languages, or a thumb. Pure.

Only the first line that the author wrote himself is read, and nothing is guessed: who asks, doubts
or binds it (`yes, if …`) has not answered and is asked back.
"""

from __future__ import annotations

from collections.abc import Mapping

from solicomm_build.features.meetings.meeting import MAYBE, NO, YES
from solicomm_build.post.said import natural
from solicomm_build.post.said.natural import DOWN, UP

NEVER, ALWAYS = "never", "always"
"""No more invitations of this list; invitations again."""

WORDS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    YES: {
        "en": ("yes", "i come", "i will come", "i'm coming", "coming", "accept", "accepted"),
        "fr": ("oui", "je viens", "je viendrai", "présent", "présente", "j'accepte", "accepté"),
        "es": ("sí", "si", "voy", "iré", "asistiré", "acepto", "aceptado", "aceptada"),
        "pt": ("sim", "vou", "irei", "estarei", "aceito", "aceite"),
        "ar": ("نعم", "سأحضر", "أحضر", "موافق", "موافقة", "أجل"),
        "ru": ("да", "приду", "буду", "принимаю", "принято"),
    },
    MAYBE: {
        "en": ("maybe", "perhaps", "tentative", "not sure"),
        "fr": ("peut-être", "je ne sais pas", "pas sûr", "pas sûre", "provisoire"),
        "es": ("quizás", "quizá", "tal vez", "a lo mejor", "no sé", "provisional"),
        "pt": ("talvez", "não sei", "provisório"),
        "ar": ("ربما", "لا أعرف", "لست متأكدا"),
        "ru": ("может быть", "возможно", "не знаю"),
    },
    NO: {
        "en": ("no", "i cannot come", "i can't come", "i won't come", "decline", "declined"),
        "fr": ("non", "je ne viens pas", "je ne viendrai pas", "je ne peux pas", "refusé"),
        "es": ("no", "no voy", "no puedo", "no iré", "rechazado", "rechazada"),
        "pt": ("não", "nao", "não vou", "não posso", "recuso", "recusado"),
        "ar": ("لا", "لن أحضر", "لا أستطيع", "أعتذر"),
        "ru": ("нет", "не приду", "не смогу", "не могу"),
    },
    NEVER: {
        "en": ("never", "no more invitations"),
        "fr": ("jamais", "plus d'invitations"),
        "es": ("nunca", "no más invitaciones"),
        "pt": ("nunca", "mais nenhum convite"),
        "ar": ("أبدا", "أبداً"),
        "ru": ("никогда", "больше не приглашать"),
    },
    ALWAYS: {
        "en": ("always",),
        "fr": ("toujours",),
        "es": ("siempre",),
        "pt": ("sempre",),
        "ar": ("دائما", "دائماً"),
        "ru": ("всегда",),
    },
}
"""By language; the first word is what letters show."""


def first(meaning: str, lang: str) -> str:
    """The word that a letter shows for a meaning."""
    words = WORDS[meaning]
    return words.get(lang, words["en"])[0]


def read(line: str) -> str:
    """One of `WORDS`, or "" for what is no answer."""
    return natural.meaning(line, lambda words: _KNOWN.get(words, ""), {UP: YES, DOWN: NO})


_KNOWN: Mapping[str, str] = {
    natural.folded(one): meaning
    for meaning, languages in WORDS.items()
    for words in languages.values()
    for one in words
}
