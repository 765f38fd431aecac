"""In which charset a text without a label was written: by its letters and words, nothing else.

Pure and the same everywhere: what a post is must not depend on the hub that reads the mail
(docs/adr/0029-undeclared-charsets.md), so no setting and no library's tables take part. Each
charset is tried on the first piece of the text that is not ASCII; what it gives is judged by how
much it looks like a language that is written in it. Of equals the first counts, and among those of
Latin letters that is windows-1252. UTF-16 without a byte order mark is none.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from solicomm_build.message.text import alphabets

_SAMPLE = 1200
"""Octets that are judged; more do not change the answer and cost time."""
_WORDS = 4096  # octets whose ASCII words are counted
_HINT, _NAMED = 0.25, 0.5  # for a language that the mail hints at, and for a charset that it names
_COUNTRIES = {
    "fr": "fr",
    "es": "es mx ar co cl pe uy",
    "pt": "pt br ao mz",
    "de": "de at",
    "it": "it",
    "nl": "nl",
    "sv": "se",
    "da": "dk no",
    "fi": "fi",
    "is": "is",
    "pl": "pl",
    "cs": "cz",
    "sk": "sk",
    "hu": "hu",
    "ro": "ro",
    "hr": "hr si",
    "tr": "tr",
    "lt": "lt",
    "lv": "lv",
    "et": "ee",
    "ru": "ru by kz",
    "uk": "ua",
    "bg": "bg",
    "sr": "rs",
    "el": "gr cy",
    "he": "il",
    "ar": "eg dz ma tn ps lb sy jo iq sa",
    "fa": "ir",
    "th": "th",
    "gb18030": "cn",
    "big5hkscs": "tw hk",
    "cp932": "jp",
    "cp949": "kr",
}
BY_COUNTRY = {country: one for one, those in _COUNTRIES.items() for country in those.split()}
"""What a country's mail is probably written in: a language, or the charset of two octets."""
BY_LANGUAGE = {"zh": "gb18030", "ja": "cp932", "ko": "cp949", "nb": "da", "nn": "da", "sl": "hr"}
"""The same by a language's tag; all others stand for themselves."""

WESTERN = ("fr", "es", "pt", "de", "it", "nl", "sv", "da", "fi", "is")
_CENTRAL = ("pl", "cs", "sk", "hu", "ro", "hr")
_CYRILLIC = ("ru", "uk", "bg", "sr")
_ALPHABETIC: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("cp1252", WESTERN),
    ("iso8859_15", WESTERN),
    ("cp1250", _CENTRAL),
    ("iso8859_2", _CENTRAL),
    ("cp1254", ("tr",)),
    ("cp1257", ("lt", "lv", "et")),
    ("cp1251", _CYRILLIC),
    ("koi8_r", _CYRILLIC),
    ("koi8_u", _CYRILLIC),
    ("cp866", _CYRILLIC),
    ("iso8859_5", _CYRILLIC),
    ("cp1253", ("el",)),
    ("iso8859_7", ("el",)),
    ("cp1255", ("he",)),
    ("cp1256", ("ar", "fa")),
    ("iso8859_6", ("ar",)),
    ("cp874", ("th",)),
)
_PAIRS = ("gb18030", "big5hkscs", "cp932", "euc_jp", "cp949")
_CP1252_HOLES = re.compile(rb"[\x80-\x9f]")

_HIGH = re.compile(rb"[\x80-\xff]")
_BEYOND = re.compile(r"[^\x00-\x7f]")
_ASCII_WORD = re.compile(rb"(?<![\x80-\xffa-z])[a-z]++(?![\x80-\xff])")
_WORD = re.compile(r"\w+")
_TYPOGRAPHY = "\u00a0«»“”‘’„‚–—…•€°§·ºª¿¡´²³№™®©\u200e\u200f،؛؟"
_CONSONANTS = frozenset("бвгджзйклмнпрстфхцчшщБВГДЖЗЙКЛМНПРСТФХЦЧШЩ")
_BEGINNING = {"es": "¿¡«»", "fr": "«»", "pt": "«»", "it": "«»", "ru": "«»№", "uk": "«»", "el": "«»"}
_CJK_MARKS = "，。、；：？！（）《》「」『』“”‘’—…·　"


class _Judged(NamedTuple):
    codec: str
    score: float


def codec_of(octets: bytes, hints: Iterable[str] = ()) -> str | None:
    """The Python codec that fits octets which are no UTF-8; None when none does, as for noise.

    `hints` are languages (as alphabets names them) and codecs that the mail names elsewhere.
    """
    start = _HIGH.search(octets)
    if start is None:
        return None
    begin = octets.rfind(b"\n", 0, start.start()) + 1
    sample = octets[max(begin, start.start() - 200) : start.start() + _SAMPLE]
    hinted = frozenset(hints)
    best = _Judged("", -0.2)
    for judged in (*_alphabetic(octets, sample, hinted), *_pairs(sample, hinted)):
        if judged.score > best.score + 1e-9:
            best = judged
    return best.codec or None


def _alphabetic(octets: bytes, sample: bytes, hinted: frozenset[str]) -> Iterator[_Judged]:
    told = _ascii_words(octets)
    for codec, languages in _ALPHABETIC:
        text = sample.decode(codec, "replace")
        letters = _letters(text, languages)
        score = max(
            letters[name] + told.get(name, 0.0) + (_HINT if name in hinted else 0.0)
            for name in languages
        )
        yield _Judged(codec, score + (_NAMED if codec in hinted else 0.0))


def _ascii_words(octets: bytes) -> dict[str, float]:
    """How much the words without accents speak for each Latin language: at most 0.6."""
    words = _ASCII_WORD.findall(octets[:_WORDS].lower())
    if not words:
        return {}
    counts = Counter([word.decode("ascii") for word in words])
    told = {}
    for name, language in alphabets.LATIN.items():
        known = [(word, times) for word, times in counts.items() if word in language.words]
        hits = sum(times * min(1.0, len(word) - 0.7) for word, times in known)
        told[name] = min(0.6, 1.5 * hits / (len(words) + 2))
    return told


@lru_cache(maxsize=64)
def _values(name: str) -> dict[str, float]:
    """What each letter of a language counts for."""
    is_latin = name in alphabets.LATIN
    language = alphabets.LATIN[name] if is_latin else alphabets.OTHERS[name]
    values = dict.fromkeys(_TYPOGRAPHY, 0.3)
    for letters, value in ((language.common, 1.0), (language.rare, 0.6 if is_latin else 0.5)):
        for letter in letters:
            values[letter] = value
            values.setdefault(letter.upper(), value - 0.1)
    for mark in _BEGINNING.get(name, ""):
        values[mark] = 0.9
    if name == "tr":
        values["İ"] = 0.9
    return values


@lru_cache(maxsize=8192)
def _kind(character: str) -> str:
    """`l`, `u` or `o` for a small, capital or other letter, `m` for a mark on one, else empty."""
    category = unicodedata.category(character)
    return {"Ll": "l", "Lu": "u", "Lo": "o", "Lm": "o", "Mn": "m", "Mc": "m"}.get(category, "")


def _letters(text: str, languages: Sequence[str]) -> dict[str, float]:
    """The mean of what the characters beyond ASCII count for, as text of each of some languages
    that are written in one alphabet."""
    beyond = Counter(_BEYOND.findall(text))
    count = beyond.total()
    if not count:
        return dict.fromkeys(languages, -9.0)
    if languages[0] in alphabets.LATIN:
        against = _against(text, is_latin=True)
        return {name: (against + _counted(beyond, name)) / count for name in languages}
    against, words = _against(text, is_latin=False), _WORD.findall(text.lower())
    return {
        name: (against + _counted(beyond, name)) / count + _own_words(words, name)
        for name in languages
    }


def _counted(beyond: Counter[str], name: str) -> float:
    """What characters count for as letters of a language, wherever they stand."""
    values, is_latin, total = _values(name), name in alphabets.LATIN, 0.0
    for character, times in beyond.items():
        value = values.get(character)
        if value is None:
            value = -0.3 if not is_latin and _kind(character) else -0.8
        total += times * value
    return total


def _against(text: str, *, is_latin: bool) -> float:
    """What is against the characters beyond ASCII where they stand, whatever the language."""
    total = 0.0
    for found in _BEYOND.finditer(text):
        at = found.start()
        before = text[at - 1] if at else ""
        total += _place(text, at, before, found[0], is_latin=is_latin)
    return total


def _place(text: str, at: int, before: str, character: str, *, is_latin: bool) -> float:
    """What is against a character where it stands."""
    kind, after = _kind(character), text[at + 1 : at + 2]
    if character == "\ufffd" or "\x80" <= character <= "\x9f":
        return -3.0
    if not kind:
        inside = _kind(before) if before else ""
        return -1.2 if inside and after and _kind(after) and character not in "’·" else 0.0
    against = 0.0
    if kind == "u" and before and _kind(before) == "l":
        against -= 1.2
    if not is_latin and (_is_ascii_letter(before) or _is_ascii_letter(after)):
        against -= 0.8
    if character in alphabets.FINALS:
        against += -1.2 if after and _kind(after) else 0.5
    if is_latin and kind and _run(text, at) > 2:
        against -= 1.0
    if not is_latin and character in _CONSONANTS and _cluster(text, at) > 3:
        against -= 0.5
    return against


def _run(text: str, at: int) -> int:
    """How many letters beyond ASCII stand together up to here; Latin words have two at most."""
    count = 0
    while count < 3 and at >= count and not text[at - count].isascii() and _kind(text[at - count]):
        count += 1
    return count


def _cluster(text: str, at: int) -> int:
    """How many Cyrillic consonants stand together up to here; words of four and more are few."""
    count = 0
    while count < 4 and at >= count and text[at - count] in _CONSONANTS:
        count += 1
    return count


def _is_ascii_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()


def _own_words(words: list[str], name: str) -> float:
    """How much its short words speak for a language of another alphabet: at most 0.3."""
    known = alphabets.OTHERS[name].words
    return min(0.3, sum(word in known for word in words) / (len(words) + 2))


# -- charsets of two octets a character ---------------------------------------------------------


def _pairs(sample: bytes, hinted: frozenset[str]) -> Iterator[_Judged]:
    for codec in _PAIRS:
        text = sample.decode(codec, "replace")
        high = [character for character in text if not character.isascii()]
        if high:
            if high[-1] == "\ufffd":  # the sample ends within a character
                high.pop()
            total = sum(_pair_values(codec).get(one, _of_block(codec, one)) for one in high)
            yield _Judged(codec, total / (len(high) or 1) + (_NAMED if codec in hinted else 0.0))


@lru_cache(maxsize=8)
def _pair_values(codec: str) -> dict[str, float]:
    known = {
        "gb18030": alphabets.SIMPLIFIED,
        "big5hkscs": alphabets.TRADITIONAL,
        "cp932": alphabets.KANJI,
        "euc_jp": alphabets.KANJI,
        "cp949": alphabets.HANGUL,
    }[codec]
    return dict.fromkeys(_CJK_MARKS, 0.5) | dict.fromkeys(known, 1.0)


def _of_block(codec: str, character: str) -> float:
    """What a character that is not among the most common counts for."""
    code = ord(character)
    if code == 0xFFFD or 0xE000 <= code < 0xF900:
        return -3.0
    if 0x3040 <= code < 0x3100:  # kana
        return 0.9 if codec in ("cp932", "euc_jp") else -0.2
    if 0xFF61 <= code < 0xFFA0:  # kana of one octet, which nobody writes any more
        return -0.8
    if 0xAC00 <= code < 0xD7A4:
        return _is_ks(character) if codec == "cp949" else -1.0
    if 0x4E00 <= code < 0xA000:
        return _hanzi(codec, character)
    return -0.4


def _is_ks(character: str) -> float:
    """The syllables of KS X 1001 are written, the rest of cp949 hardly ever."""
    try:
        octets = character.encode("euc_kr")
    except UnicodeEncodeError:  # pragma: no cover - Python spells out those that are not there
        return -1.0
    return 0.5 if len(octets) == 2 else -1.0


def _hanzi(codec: str, character: str) -> float:
    """A character is likely where its octets lie in the level of common ones."""
    octets = character.encode(codec, "replace")
    lead = octets[0]
    if codec == "gb18030":
        is_likely = len(octets) == 2 and 0xB0 <= lead <= 0xD7 and octets[1] >= 0xA1
    elif codec == "big5hkscs":
        is_likely = 0xA4 <= lead <= 0xC6
    elif codec == "cp932":
        is_likely = 0x88 <= lead <= 0x97
    else:
        is_likely = codec == "euc_jp" and 0xB0 <= lead <= 0xCF
    return 0.2 if is_likely else -0.6
