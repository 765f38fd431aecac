"""The words of the mail commands in six languages (docs/mail-rules.md#commands): tables, and what
features add.

The first word of a language is the one its help shows; all of them are understood everywhere, in
whatever case, with or without accents. Add a word by adding it here: one word means one command,
which `tests/unit/desk/test_commands.py` checks.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from solicomm_build.foundation import hooks

Words = Mapping[str, Mapping[str, tuple[str, ...]]]

COMMANDS: Words = {
    "help": {
        "en": ("help",),
        "fr": ("aide",),
        "es": ("ayuda",),
        "pt": ("ajuda",),
        "ar": ("مساعدة", "المساعدة", "ساعدني"),
        "ru": ("помощь", "справка", "помогите"),
    },
    "join": {
        "en": ("join", "subscribe"),
        "fr": (
            "inscription",
            "rejoindre",
            "inscrire",
            "abonner",
            "abonnement",
            "s'inscrire",
            "m'inscrire",
            "s'abonner",
        ),
        "es": (
            "alta",
            "unirse",
            "suscribir",
            "suscribirse",
            "inscribirse",
            "darme de alta",
            "suscripción",
        ),
        "pt": ("entrar", "inscrever", "assinar", "inscrever-se", "inscrição"),
        "ar": ("اشتراك", "انضمام", "اشترك", "الاشتراك"),
        "ru": ("вступить", "подписаться", "подписка", "подпишите"),
    },
    "leave": {
        "en": ("leave", "unsubscribe", "signoff", "remove me", "take me off this list"),
        "fr": (
            "quitter",
            "désinscription",
            "désabonner",
            "désinscrire",
            "désabonnement",
            "me désinscrire",
            "me désabonner",
            "désinscrivez-moi",
            "désabonnez-moi",
        ),
        "es": (
            "baja",
            "salir",
            "desuscribir",
            "desuscribirse",
            "dar de baja",
            "darme de baja",
            "quiero darme de baja",
            "cancelar suscripción",
            "cancelar la suscripción",
        ),
        "pt": (
            "sair",
            "desinscrever",
            "descadastrar",
            "cancelar inscrição",
            "cancelar a inscrição",
            "sair da lista",
        ),
        "ar": ("مغادرة", "انسحاب", "غادر", "إلغاء الاشتراك", "الغاء"),
        "ru": ("выйти", "отписаться", "отписка", "отпишите", "отпишите меня", "удалите меня"),
    },
    "confirm": {
        "en": ("confirm",),
        "fr": ("confirmer",),
        "es": ("confirmar",),
        "pt": ("confirmo",),
        "ar": ("تأكيد", "أكد"),
        "ru": ("подтвердить", "подтверждаю"),
    },
    "set": {
        "en": ("set",),
        "fr": ("régler",),
        "es": ("ajustar", "poner"),
        "pt": ("definir", "ajuste"),
        "ar": ("ضبط", "اضبط"),
        "ru": ("настроить", "настройка"),
    },
    "language": {
        "en": ("language",),
        "fr": ("langue",),
        "es": ("idioma",),
        "pt": ("língua",),
        "ar": ("لغة", "اللغة"),
        "ru": ("язык",),
    },
    "who": {
        "en": ("who", "review"),
        "fr": ("qui",),
        "es": ("quién", "quiénes"),
        "pt": ("quem",),
        "ar": ("من", "الأعضاء"),
        "ru": ("кто",),
    },
    "which": {
        "en": ("which",),
        "fr": ("lesquelles", "réglages"),
        "es": ("cuáles", "cuál"),
        "pt": ("quais", "qual"),
        "ar": ("اشتراكاتي", "أي"),
        "ru": ("какие", "подписки"),
    },
    "index": {
        "en": ("index",),
        "fr": ("sommaire",),
        "es": ("índice",),
        "pt": ("sumário",),
        "ar": ("فهرس", "الفهرس"),
        "ru": ("оглавление",),
    },
    "get": {
        "en": ("get",),
        "fr": ("recevoir", "obtenir"),
        "es": ("recibir", "obtener"),
        "pt": ("receber", "obter"),
        "ar": ("أرسل", "احضر"),
        "ru": ("прислать", "пришлите"),
    },
    "search": {
        "en": ("search", "find"),
        "fr": ("chercher", "rechercher", "recherche"),
        "es": ("buscar", "busca"),
        "pt": ("procurar", "pesquisar"),
        "ar": ("بحث", "ابحث"),
        "ru": ("искать", "поиск", "найти"),
    },
    "pause": {
        "en": ("pause",),
        "fr": ("suspendre",),
        "es": ("pausa", "pausar"),
        "pt": ("suspender",),
        "ar": ("توقف", "إيقاف مؤقت"),
        "ru": ("пауза", "приостановить"),
    },
    "resume": {
        "en": ("resume",),
        "fr": ("reprendre",),
        "es": ("reanudar", "continuar"),
        "pt": ("retomar",),
        "ar": ("استئناف", "استأنف"),
        "ru": ("продолжить", "возобновить"),
    },
    "address": {
        "en": ("address",),
        "fr": ("adresse",),
        "es": ("dirección", "correo"),
        "pt": ("endereço",),
        "ar": ("عنوان", "العنوان"),
        "ru": ("адрес",),
    },
    "lists": {
        "en": ("lists",),
        "fr": ("listes",),
        "es": ("listas",),
        "pt": ("grupos",),
        "ar": ("قوائم", "القوائم"),
        "ru": ("списки", "рассылки"),
    },
    "owner": {
        "en": ("owner",),
        "fr": ("responsables", "responsable"),
        "es": ("encargados", "encargado"),
        "pt": ("responsáveis", "responsável"),
        "ar": ("المسؤول", "مسؤول"),
        "ru": ("ответственный", "владелец"),
    },
    "stop": {
        "en": ("stop", "end"),
        "fr": ("arrêter", "fin", "arrêt"),
        "es": ("parar", "alto"),
        "pt": ("pare", "fim"),
        "ar": ("قف", "توقفوا"),
        "ru": ("стоп", "хватит"),
    },
}
"""Command by its English name, language, words: those that several features know. A feature has its
own in `mail.py` (`desk/hooks.py::MailHook.WORDS`)."""

VALUES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "on": {
        "en": ("on", "yes", "each", "every"),
        "fr": ("oui",),
        "es": ("sí",),
        "pt": ("sim",),
        "ar": ("نعم",),
        "ru": ("да", "вкл"),
    },
    "off": {
        "en": ("off", "no", "none"),
        "fr": ("non",),
        "es": ("no", "ninguno"),
        "pt": ("não",),
        "ar": ("لا",),
        "ru": ("нет", "выкл"),
    },
    "daily": {
        "en": ("daily", "day"),
        "fr": ("quotidien", "jour"),
        "es": ("diario", "día"),
        "pt": ("diário", "dia"),
        "ar": ("يومي",),
        "ru": ("ежедневно", "день"),
    },
    "weekly": {
        "en": ("weekly", "week"),
        "fr": ("hebdomadaire", "semaine"),
        "es": ("semanal",),
        "pt": ("semanalmente",),
        "ar": ("أسبوعي",),
        "ru": ("еженедельно", "неделя"),
    },
    "page": {
        "en": ("page",),
        "fr": ("page",),
        "es": ("página",),
        "pt": ("página",),
        "ar": ("صفحة",),
        "ru": ("страница",),
    },
    "mime": {"en": ("mime",)},
    "plain": {
        "en": ("plain", "text"),
        "fr": ("texte",),
        "es": ("texto",),
        "pt": ("simples",),
        "ar": ("نص",),
        "ru": ("текст",),
    },
    "summary": {
        "en": ("summary",),
        "fr": ("résumé",),
        "es": ("resumen",),
        "pt": ("resumo",),
        "ar": ("ملخص",),
        "ru": ("сводка",),
    },
    "answers": {
        "en": ("answers", "mine", "replies"),
        "fr": ("réponses",),
        "es": ("respuestas",),
        "pt": ("respostas",),
        "ar": ("ردود", "الردود"),
        "ru": ("ответы",),
    },
    "skip": {
        "en": ("skip",),
        "fr": ("sauter",),
        "es": ("omitir",),
        "pt": ("pular",),
        "ar": ("تخط",),
        "ru": ("пропустить",),
    },
}
"""What stands after `set digest` and the like."""

OPTIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "digest": {
        "en": ("digest",),
        "fr": ("condensé",),
        "es": ("compendio", "resumen"),
        "pt": ("compilação",),
        "ar": ("موجز",),
        "ru": ("дайджест",),
    },
    "mail": {
        "en": ("mail",),
        "fr": ("courrier",),
        "es": ("mensajes",),
        "pt": ("mensagens",),
        "ar": ("بريد",),
        "ru": ("почта",),
    },
    "copy": {
        "en": ("copy", "ack"),
        "fr": ("copie",),
        "es": ("copia",),
        "pt": ("cópia",),
        "ar": ("نسخة",),
        "ru": ("копия",),
    },
    "dup": {
        "en": ("dup", "duplicates"),
        "fr": ("doublons",),
        "es": ("duplicados",),
        "pt": ("repetidas",),
        "ar": ("مكرر",),
        "ru": ("дубли",),
    },
    "language": COMMANDS["language"],
    "zone": {
        "en": ("zone", "timezone"),
        "fr": ("fuseau",),
        "es": ("huso", "zona"),
        "pt": ("fuso",),
        "ar": ("توقيت",),
        "ru": ("пояс",),
    },
    "topics": {
        "en": ("topics",),
        "fr": ("sujets",),
        "es": ("temas",),
        "pt": ("assuntos",),
        "ar": ("مواضيع",),
        "ru": ("темы",),
    },
    "max": {"en": ("max",)},
}
"""What can be set."""

DECISIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "accept": {
        "en": ("accept", "approve"),
        "fr": ("accepter", "approuver"),
        "es": ("aceptar", "aprobar"),
        "pt": ("aceitar", "aprovar"),
        "ar": ("قبول", "اقبل"),
        "ru": ("принять", "одобрить"),
    },
    "reject": {
        "en": ("reject", "refuse"),
        "fr": ("refuser", "rejeter"),
        "es": ("rechazar",),
        "pt": ("rejeitar", "recusar"),
        "ar": ("رفض", "ارفض"),
        "ru": ("отклонить", "отказать"),
    },
    "discard": {
        "en": ("discard", "delete"),
        "fr": ("jeter", "supprimer"),
        "es": ("descartar", "eliminar"),
        "pt": ("descartar", "apagar"),
        "ar": ("تجاهل", "حذف"),
        "ru": ("удалить", "выбросить"),
    },
    "accept+trust": {
        "en": ("accept+trust", "trust"),
        "fr": ("accepter+confiance", "confiance"),
        "es": ("aceptar+confiar", "confiar"),
        "pt": ("aceitar+confiar",),
        "ar": ("قبول+ثقة", "ثقة"),
        "ru": ("принять+доверять", "доверять"),
    },
    "ban": {
        "en": ("ban", "block"),
        "fr": ("bannir", "bloquer"),
        "es": ("bloquear", "expulsar"),
        "pt": ("banir",),
        "ar": ("حظر",),
        "ru": ("заблокировать", "забанить"),
    },
}
"""What a moderator answers."""

ALL: Mapping[str, tuple[str, ...]] = {
    "en": ("all",),
    "fr": ("tous", "tout"),
    "es": ("todos", "todo"),
    "pt": ("tudo",),
    "ar": ("الكل",),
    "ru": ("все",),
}
"""In an answer to a bundle: every message of it."""

_ARABIC = {"أ": "ا", "إ": "ا", "آ": "ا", "ة": "ه", "ى": "ي", "ـ": ""}
_OTHERS = {"ё": "е", "’": "'"}
_FOLDED = str.maketrans(_ARABIC | _OTHERS)


def plain(word: str) -> str:
    """A word as it is compared: lower case, without accents and vowel signs."""
    split = unicodedata.normalize("NFKD", word.lower().translate(_FOLDED))
    return "".join(c for c in split if unicodedata.category(c) not in ("Mn", "Cf"))


@hooks.derived
def commands() -> Words:
    """The words of all commands there are, those of features too."""
    return {**COMMANDS, **hooks.table("mail", "WORDS")}


def meanings(words: Words) -> dict[str, tuple[str, str]]:
    """Plain word to (English name, language): the table by which a mail is read."""
    return {
        plain(word): (name, language)
        for name, by_language in words.items()
        for language, those in by_language.items()
        for word in those
    }


def shown(words: Words, name: str, language: str) -> str:
    """How `name` is written in a language, English when it has no word of its own."""
    by_language = words[name]
    return by_language.get(language, by_language["en"])[0]


def setting(option: str, value: str, language: str) -> str:
    """The whole command that sets an option, as it is written in a language."""
    named = shown(COMMANDS, "set", language), shown(OPTIONS, option, language)
    return " ".join((*named, shown(VALUES, value, language)))
