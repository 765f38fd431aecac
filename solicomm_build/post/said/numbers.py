"""The number of an option as people say it: `Option 3`, `nr 2`, `the second`, `٣`. Pure."""

from __future__ import annotations

import re
import unicodedata

_WORDS = (
    "one first 1st un une premier première 1er uno una primero primera primer um uma primeiro "
    "primeira первый первая первое первую один одно واحد واحده الاول الاولي",
    "two second 2nd deux deuxième seconde 2e dos segundo segunda dois duas второй вторая второе "
    "вторую два две اثنان اثنين الثاني الثانيه",
    "three third 3rd trois troisième 3e tres tercero tercera tercer três terceiro terceira третий "
    "третья третье третью три ثلاثه الثالث الثالثه",
    "four fourth 4th quatre quatrième 4e cuatro cuarto cuarta quatro quarto quarta четвертый "
    "четвертая четвертое четвертую четыре اربعه الرابع الرابعه",
    "five fifth 5th cinq cinquième 5e cinco quinto quinta пятый пятая пятое пятую пять خمسه "
    "الخامس الخامسه",
    "six sixth 6th sixième 6e seis sexto sexta шестой шестая шестое шестую шесть سته "
    "السادس السادسه",
    "seven seventh 7th sept septième 7e siete séptimo séptima sete sétimo sétima седьмой седьмая "
    "седьмое седьмую семь سبعه السابع السابعه",
    "eight eighth 8th huit huitième 8e ocho octavo octava oito oitavo oitava восьмой восьмая "
    "восьмое восьмую восемь ثمانيه الثامن الثامنه",
    "nine ninth 9th neuf neuvième 9e nueve noveno novena nove nono nona девятый девятая девятое "
    "девятую девять تسعه التاسع التاسعه",
    "ten tenth 10th dix dixième 10e diez décimo décima dez десятый десятая десятое десятую десять "
    "عشره العاشر العاشره",
)
_NUMBERS = {word: number for number, words in enumerate(_WORDS, 1) for word in words.split()}
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
    return int(said) if said.isascii() and said.isdigit() else _NUMBERS.get(said, 0)


def without_names(text: str) -> str:
    """`Options 1 and 3` as `1 and 3`; other texts as they are."""
    return _NAMED.sub("", text, count=1)


def without_preface(words: str) -> str:
    """`i vote for lyon` as `lyon`; other words as they are."""
    match = _BEFORE.fullmatch(words)
    return match["rest"] if match else words


def digits(text: str) -> str:
    """Digits of every script, as Arabic-Indic ones, as 0 to 9, one for one."""
    return "".join(
        str(unicodedata.digit(c)) if unicodedata.category(c) == "Nd" else c for c in text
    )
