"""The number of an option as people say it: `Option 3`, `nr 2`, `the second`, `٣`. Pure."""

from __future__ import annotations

import re
import unicodedata

from solicomm_build.foundation.language import wordtables

_NUMBERS = wordtables.meanings(wordtables.table(__file__, "numbers"), str)
_NAMES = (
    r"option|number|no(?=[ .:#]*+\d)|nr|n°|nº|№|#|choice|choix|numéro|opción|opcion|número|numero"
    r"|opção|opcao|вариант|номер|пункт|خيار|الخيار|رقم"
)
_NO_LETTER = r"(?![^\W\d_])"
_SPOKEN = re.compile(
    rf"(?:(?:the|le|la|el|o|a) |l' ?)?(?:(?:{_NAMES}){_NO_LETTER}[ .:#]*+){{0,2}}+"
    r"(?P<number>[^\W_]+?|[0-9]{1,2})"
    r"(?: (?:one|option|choice|choix|opción|opção|вариант|пункт))?"
)
_NAMED = re.compile(
    rf"^(?:(?:options|numbers|choices|opciones|números|opções|варианты|خيارات|{_NAMES})"
    rf"{_NO_LETTER}[ .:#]*+){{1,2}}+(?=\d)",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"(?:i (?:vote|choose|take)|my (?:vote|choice)|je (?:vote|choisis|prends)|mon (?:vote|choix)"
    r"|(?:yo )?(?:voto|elijo)|mi voto|(?:eu )?(?:voto|escolho)|(?:o )?meu voto"
    r"|(?:я )?(?:голосую|выбираю)|мой голос|اصوت|اختار|صوتي)"
    r"(?: (?:is|for|est|pour|es|por|é|em|en|за|ل|لـ))?:? ++(?P<rest>\S.*+)"
)


def spoken(words: str) -> int:
    """The number that words as `natural.folded` gives them name; 0 for others. A bare word such as
    `two` is one, too."""
    plain = digits(words)
    match = _SPOKEN.fullmatch(plain)
    if match is None:
        return 0
    said = match["number"]
    return int(said) if said.isascii() and said.isdigit() else int(_NUMBERS.get(said, ("0", ""))[0])


def without_names(text: str) -> str:
    """`Options 1 and 3` as `1 and 3`; other texts as they are."""
    return _NAMED.sub("", text, count=1)


def without_preface(words: str) -> str:
    """`i vote for lyon` as `lyon`; other words as they are."""
    match = _BEFORE.fullmatch(words)
    return match["rest"] if match else words


def digits(text: str) -> str:
    """Digits of every script, as Arabic-Indic ones, as 0 to 9, one for one."""
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.digit(c)) if unicodedata.category(c) == "Nd" else c for c in text
    )
