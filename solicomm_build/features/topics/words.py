"""The words by which moderators act on a topic, in six languages. Tables only.

The first word of a language is the one that mails show; all are understood everywhere, in whatever
case, with or without accents. One word means one thing (tests/unit/model/test_topiccommands.py).
"""

from __future__ import annotations

from solicomm_build.foundation.language import wordtables

ACTS = wordtables.table(__file__, "acts")
"""What a moderator writes, by the type of the event that it makes (post/event.py)."""

LANGUAGES = wordtables.table(__file__, "languages")
"""Names of languages that people write instead of a tag such as `fr`."""

WHY = wordtables.phrases(__file__, "why")
"""What stands before a colon and the reason of all that a mail asks for."""


def shown(act: str, lang: str) -> str:
    """How a language writes an act; English where it has no word of its own."""
    return wordtables.shown(ACTS, act, lang)
