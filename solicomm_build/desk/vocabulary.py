"""The words of the mail commands (docs/mail-rules.md#commands): those of `words.yaml`, and what
features add.

The first word of a language is the one its help shows; all of them are understood everywhere, in
whatever case, with or without accents. One word means one command, which
`tests/unit/desk/test_commands.py` checks.
"""

from __future__ import annotations

from collections.abc import Mapping

from solicomm_build.foundation import hooks
from solicomm_build.foundation.language import wordtables
from solicomm_build.post import ownwords

Words = wordtables.Words
plain = ownwords.plain

COMMANDS = wordtables.table(__file__, "commands")
"""Command by its English name, language, words: those that several features know. A feature has its
own in `mail.py` (`desk/hooks.py::MailHook.WORDS`)."""

VALUES = wordtables.table(__file__, "values")
"""What stands after `set digest` and the like."""

OPTIONS = wordtables.table(__file__, "options")
"""What can be set."""

DECISIONS = wordtables.table(__file__, "decisions")
"""What a moderator answers."""

ALL = wordtables.phrases(__file__, "all")
"""In an answer to a bundle: every message of it."""

_ALL = wordtables.known(lambda: ALL, plain)


def is_all(word: str) -> bool:
    """Whether a word means everything there is."""
    return plain(word) in _ALL


@hooks.derived
def commands() -> Words:
    """The words of all commands there are, those of features too."""
    return {**COMMANDS, **hooks.table("mail", "WORDS")}


def meanings(words: Words) -> Mapping[str, tuple[str, str]]:
    """Plain word to (English name, language): the table by which a mail is read."""
    return wordtables.meanings(words, plain)


shown = wordtables.shown


def setting(option: str, value: str, language: str) -> str:
    """The whole command that sets an option, as it is written in a language."""
    named = shown(COMMANDS, "set", language), shown(OPTIONS, option, language)
    return " ".join((*named, shown(VALUES, value, language)))
