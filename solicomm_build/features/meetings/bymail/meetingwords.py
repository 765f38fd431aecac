"""What somebody wrote to an invitation, as an answer: a word of six languages, or a thumb. Pure.

Only the first line that the author wrote himself is read, and nothing is guessed: who asks, doubts
or binds it (`yes, if …`) has not answered and is asked back.
"""

from __future__ import annotations

from solicomm_build.features.meetings.meeting import NO, YES
from solicomm_build.foundation.language import wordtables
from solicomm_build.post.said import natural
from solicomm_build.post.said.natural import DOWN, UP

NEVER, ALWAYS = "never", "always"
"""No more invitations of this list; invitations again."""

WORDS = wordtables.table(__file__, "answers")
"""By language; the first word is what letters show."""
_KNOWN = wordtables.meanings(WORDS, natural.folded)


def first(meaning: str, lang: str) -> str:
    """The word that a letter shows for a meaning."""
    return wordtables.shown(WORDS, meaning, lang)


def read(line: str) -> str:
    """One of `WORDS`, or "" for what is no answer."""
    return natural.meaning(line, lambda words: _KNOWN.get(words, ("", ""))[0], {UP: YES, DOWN: NO})
