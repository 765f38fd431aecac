"""The text of a mail: paragraphs, whose lines a reader's own program breaks.

Texts are marked as message/richtext.py says: short sentences, one thing after the other. What a
program may turn around in Arabic, such as an address, stands on a line of its own; a link to press
is a button.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from solicomm_build.foundation.hub.config import Config
    from solicomm_build.foundation.maillog import MailLog

Say = Callable[..., tuple[str, str]]
"""The subject and the text of a letter: `say("bounces/probe", lang, **facts)`, with greeting and
end when `owner` is among the facts."""


def line(text: str) -> str:
    """A line that stays as it is, such as an address: indented, never broken."""
    return f"    {text}"


def paragraphs(parts: Iterable[str]) -> str:
    """The text of a mail: a blank line between paragraphs, those that are empty left out."""
    return "\n\n".join(filter(None, parts)) + "\n"


def own(config: Config, log: MailLog) -> Say:
    """The words of letters that the desk does not write itself (lettering.py). What renders them is
    loaded with the first: whoever writes few of them waits without it."""

    def say(name: str, lang: str, /, **facts: object) -> tuple[str, str]:
        lettering = import_module("solicomm_build.desk.lettering")
        made: tuple[str, str] = lettering.written(config, log, name, lang, **facts)
        return made

    return say
