"""Initials, where there is no picture of a person."""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import bidirectional
from zlib import crc32

_NO_LETTERS = re.compile(r"[\W\d_]+")


@lru_cache(maxsize=4096)
def face(name: str) -> tuple[str, int]:
    """What stands for a person beside what they wrote: the letters that the first and the last of
    their names begin with (one where letters are joined up, as in Arabic), and one of four
    colours. Beside posts no picture stands: they say what their author is called, not who that
    is, and anybody may take anybody's name."""
    words = [word for word in (_NO_LETTERS.sub("", part) for part in name.split()) if word]
    letters = [word[0].upper()[0] for word in (words[:1] + words[1:][-1:])]
    joined = any(bidirectional(letter) != "L" for letter in letters)
    return "".join(letters[:1] if joined else letters) or "?", crc32(name.encode()) % 4
