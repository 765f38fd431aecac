"""Which language a text is in, by its letters and its small words. Pure and quick.

What mail says of itself (Content-Language) is mostly the dictionary that a program has open, so it
only decides between languages that the text itself leaves open. Where there are too few words, or
as many of two languages, nobody can tell, and nothing is said: a screen reader then goes on in the
page's language, which is better than a wrong voice (WCAG 2.2, 3.1.2).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from itertools import islice

from solicomm_build.foundation.language import wordtables
from solicomm_build.message.text import alphabets, oldthread

SAMPLE = 1_200
"""Characters that are judged; more do not change the answer and cost time."""
_LINES = 200  # that are looked at for these characters
_ENOUGH = 2.0  # what the words of the best language count, at least
_SHARE = 0.1  # of the different words, at least: lists of names and logs are no language
_AHEAD = 1.9  # times what the next one has
_LETTERS = 8  # of a script, at least, and more than half of all

_WHOLE = math.lcm(*range(1, 17))
"""What a word of one language counts. Whole numbers: fractions that are added in another order, as
each process has words in its own, tell another sum, and the same post another language."""
_WORDS: dict[str, dict[str, int]] = {}
"""What a word counts for each language that has it: the less, the more of them have it."""

_CYRILLIC, _ARABIC = "cyrillic", "arabic"
_SCRIPTS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, re.compile(f"[{letters}]"))
    for name, letters in (
        (_CYRILLIC, "\u0400-\u052f"),
        (_ARABIC, "\u0620-\u064a\u066e-\u06d3\u06fa-\u06ff\ufb50-\ufdfb\ufe70-\ufefc"),
        ("el", "\u0370-\u03ff\u1f00-\u1fff"),
        ("he", "\u05d0-\u05ea"),
        ("ja", "\u3041-\u30ff"),
        ("ko", "\uac00-\ud7a3"),
        ("zh", "\u4e00-\u9fff"),
        ("th", "\u0e01-\u0e5b"),
        ("ka", "\u10a0-\u10ff"),
        ("hy", "\u0531-\u0587"),
        ("bn", "\u0985-\u09fb"),
        ("ta", "\u0b82-\u0bfa"),
        ("te", "\u0c05-\u0c7f"),
        ("km", "\u1780-\u17dd"),
        ("hi ne mr bho mai", "\u0904-\u097f"),
        ("am ti", "\u1200-\u137f"),
    )
)
"""What a script says: a family that is looked at closer, a language, or several that share it."""
_LETTERS_OF: dict[str, tuple[tuple[str, frozenset[str]], ...]] = {
    _CYRILLIC: (
        ("", frozenset("әғқңөұүһӣӯҷ")),  # of some languages of Central Asia
        ("be", frozenset("ў")),
        ("uk", frozenset("іїєґ")),
        ("mk", frozenset("ѓќѕ")),
        ("sr", frozenset("јљњћђџ")),
        ("ru", frozenset("ыэё")),
    ),
    _ARABIC: (
        ("ckb", frozenset("ێۆڕڵ")),
        ("ps", frozenset("ټډړښڼ")),
        ("ur", frozenset("ٹڈڑےں")),
        ("fa", frozenset("پچژگکی")),
        ("ar", frozenset("ةىيكأإؤئ")),
    ),
}
"""Letters that only one of a script's languages has, those with more of them first."""
_FAMILIES = {_CYRILLIC: "ru uk bg sr mk be kk ky tg mn", _ARABIC: "ar fa ur ps ckb ug sd ks"}

_LETTER = re.compile(r"[^\W\d_]")
_BEYOND_LATIN = re.compile("[\u0370-\ud7a3\uf900-\ufefc]")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_NO_WORDS = re.compile(
    r"https?:[^\s<>]{1,500}|`[^`\n]{0,200}`|(?<![^\s<>@`])[^\s<>@]{1,100}+@[^\s<>]{1,100}"
)


def language(text: str, hint: str = "") -> str:
    """The tag of the language that most of the text is in, "" where that cannot be told. `text` is
    CommonMark or plain; quotes, code and the old thread below do not count. `hint` is a tag that
    others gave: it counts where the text leaves two languages open, and lends its region."""
    judged = _judged(_own_words(text), hint)
    if not judged and "```" in text:  # an indented letter looks like code
        judged = _judged(_own_words(text.replace("```\n", "")), hint)
    return hint if judged and judged == hint.partition("-")[0].lower() else judged


def likely(text: str) -> str:
    """What a text of a few words is in most likely, "" where nothing tells: by its script, or by
    two words of a language, one of them its own. Good enough for an answer to somebody of whom
    nothing else is known; nothing is marked by it."""
    own = _own_words(text)
    letters = len(_LETTER.findall(own))
    for name, pattern in _SCRIPTS:
        if name in _FAMILIES and 2 * len(pattern.findall(own)) > letters:
            first = _FAMILIES[name].split()[0]
            others = {one: has for one, has in _LETTERS_OF[name] if one != first}
            is_other = any(letter in own for has in others.values() for letter in has)
            return _in_family(name, own, "") or ("" if is_other else first)
    found = _by_words(own, "", enough=1.0)
    words = set(_WORD.findall(own.replace("’", "'")))
    return found if sum(found in _WORDS.get(word, ()) for word in words) > 1 else ""


def _judged(own: str, hint: str) -> str:
    found = None if own.isascii() else _by_script(own, hint)
    return _by_words(own, hint) if found is None else found


def _own_words(text: str) -> str:
    """The beginning of what the author wrote."""
    lines: list[str] = []
    length, code, words = 0, False, []
    for line in islice(text[: 8 * SAMPLE].split("\n"), _LINES):
        lines.append(line)
        fence = line.startswith(("```", "~~~"))
        code ^= fence
        own = not (code or fence or line[:1] == ">" or line[:4] == "    ")
        words.append(line if own else "")
        length += len(words[-1])
        if length > SAMPLE:
            break
    own_words = "\n".join(words[: oldthread.start(lines)])[:SAMPLE]
    return _NO_WORDS.sub(" ", own_words).lower()


def _by_script(text: str, hint: str) -> str | None:
    """The language by the script of most letters; None for Latin ones, which many share."""
    letters = len(_LETTER.findall(text))
    if 2 * len(_BEYOND_LATIN.findall(text)) <= letters:
        return None
    counts = {name: len(pattern.findall(text)) for name, pattern in _SCRIPTS}
    if counts["ja"] * 10 > counts["zh"]:
        counts["ja"] += counts.pop("zh")  # Japanese is written in both
    name = max(counts, key=lambda one: counts[one])
    if counts[name] * 2 <= letters:
        return None
    if counts[name] < (_LETTERS if name != "zh" else 4):
        return _hinted(_FAMILIES.get(name, name), hint)
    if name in _FAMILIES:
        return _in_family(name, text, hint)
    return name if " " not in name else _hinted(name, hint)


def _in_family(family: str, text: str, hint: str) -> str:
    seen = Counter(text)
    for language_, letters in _LETTERS_OF[family]:
        if sum(seen[letter] for letter in letters) >= 2:
            return language_ or _hinted(_FAMILIES[family], hint)
    return _by_words(text, hint) or _hinted(_FAMILIES[family], hint)


def _hinted(languages: str, hint: str) -> str:
    base = hint.partition("-")[0].lower()
    return base if base in languages.split() else ""


def _by_words(text: str, hint: str, enough: float = _ENOUGH) -> str:
    if not _WORDS:
        _WORDS.update(_weights())
    words = set(_WORD.findall(text.replace("’", "'")))
    scores: dict[str, int] = {}
    for word in _WORDS.keys() & words:
        for name, weight in _WORDS[word].items():
            scores[name] = scores.get(name, 0) + weight
    ranked = sorted(scores, key=lambda name: (-scores[name], name))
    if not ranked or scores[ranked[0]] < _WHOLE * max(enough, _SHARE * len(words)):
        return ""
    best = scores[ranked[0]]
    near = [name for name in ranked if scores[name] * _AHEAD > best]
    return near[0] if len(near) == 1 else _hinted(" ".join(near), hint)


def _weights() -> dict[str, dict[str, int]]:
    more = wordtables.phrases(__file__, "small-words")
    known = {name: set(words) for name, words in more.items()}
    for name, has in (*alphabets.LATIN.items(), *alphabets.OTHERS.items()):
        known.setdefault(name, set()).update(has.words)
    owners: dict[str, list[str]] = {}
    for name, words in known.items():
        for word in words:
            owners.setdefault(word, []).append(name)
    return {word: {name: _WHOLE // len(names) for name in names} for word, names in owners.items()}
