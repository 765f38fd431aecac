"""What somebody wrote to an invitation, as an answer: a word of six languages, or a thumb. Pure.

Only the first line that the author wrote himself is read, and nothing is guessed: who asks, doubts
or binds it (`yes, if …`) has not answered and is asked back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from solicomm_build.features.meetings.meeting import MAYBE, NO, YES
from solicomm_build.foundation import characters

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

_SIGNS = (
    (("👍", "✅", "✔", "☑", "🙋"), YES),
    (("👎", "❌", "✖"), NO),
)
_DOUBTS = tuple(
    word
    for words in (
        "but if not unless only or later until",
        "mais si sauf pas ou seulement",
        "pero salvo no o solo sólo",
        "mas se não exceto só apenas",
        "но если не только или",
        "لكن ولكن اذا إذا ليس لا أو او",
    )
    for word in words.split(" ")
)
_LONGEST, _MOST_AROUND = 200, 12
_END_MARKS = " \t\"'«»„“”‘’.,;:!¡،؛*_()[]-–—"  # no question mark: who asks has not answered
_PARTED = re.compile(r"([^,.;:!،–—]+)[,.;:!،–—]++ *+(.*)")
_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_BIDI = characters.any_of(characters.MARKS, characters.DIRECTION, characters.BOM)


def first(meaning: str, lang: str) -> str:
    """The word that a letter shows for a meaning."""
    words = WORDS[meaning]
    return words.get(lang, words["en"])[0]


def read(line: str) -> str:
    """One of `WORDS`, or "" for what is no answer."""
    text = " ".join(_BIDI.sub("", line).replace("\u00a0", " ").split())
    if not text or len(text) > _LONGEST or "?" in text or "؟" in text:
        return ""
    if found := _KNOWN.get(_folded(text)):
        return found
    if not _WORD.search(text):
        return next((said for signs, said in _SIGNS if any(one in text for one in signs)), "")
    parted = _PARTED.fullmatch(text)
    if parted is None or len(parted[2].split()) > _MOST_AROUND:
        return ""
    rest = {_folded(word) for word in _WORD.findall(parted[2])}
    if rest & _BINDING or rest & _KNOWN.keys():
        return ""
    return _KNOWN.get(_folded(parted[1]), "")


def _folded(text: str) -> str:
    """As words are compared: lower case, straight apostrophe, Arabic letters in one spelling."""
    plain = unicodedata.normalize("NFC", text.strip(_END_MARKS).lower()).translate(_SPELLINGS)
    return "".join(c for c in plain if unicodedata.category(c) != "Mn")


_SPELLINGS = str.maketrans(
    {"’": "'", "ё": "е", "أ": "ا", "إ": "ا", "آ": "ا", "ة": "ه", "ى": "ي", "ـ": None}
)
_BINDING = frozenset(map(_folded, _DOUBTS))
_KNOWN: Mapping[str, str] = {
    _folded(one): meaning
    for meaning, languages in WORDS.items()
    for words in languages.values()
    for one in words
}
