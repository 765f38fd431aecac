"""What stays of the words of a command when it is written down.

    moderate retitle water q7x2ab "Ana Lopez is fired"  ─kept→  moderate retitle water q7x2ab …

What may stay is listed: the command and those below it, conferences, libraries and unions that are
there, ids of posts, topics, cards and hubs where a command takes one, and options without their
values. An address is masked; everything else is `…`.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from solicomm_build.cli.asking import masked
from solicomm_build.cli.commands import commands
from solicomm_build.foundation.types import HUB_ID

OUT = "…"
"""In place of a word that may name somebody."""
_WORD = re.compile(r"[a-z][a-z+-]{1,30}")
_ID = re.compile(r"[a-z2-7]{3,32}")
_PLACE = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")
_ADDRESS = re.compile(r"<?[^\s<>]…@[^\s<>]…>?")
_IDS = {
    "post": _ID,
    "entry_id": re.compile(r"[a-z0-9][a-z0-9.-]{0,99}"),
    "id": re.compile(r"[0-9a-zA-Z.-]{1,64}"),
    "ids": re.compile(r"[0-9a-zA-Z.-]{1,64}"),
    "peer": HUB_ID,
    "hubs": HUB_ID,
}
"""Arguments of commands that are ids, by their names."""
_CHOSEN = frozenset(("on", "off", "moderator", "host", "none"))
"""Words that a command asks for."""
_ON_POSTS = frozenset(("answer", "hide", "merge", "move", "split", "unhide", "unmerge", "unsplit"))
"""What moderators do whose words after the topic begin with an id."""
_MOVED = ("new", "remove", "rename")
"""Commands about a place that is not there before, or not after."""
_KINDS = ("conference", "library", "list", "union")


def kept(root: Path, words: Sequence[str]) -> Iterator[str]:
    """The words that stay, without the hub's folder. Quick; raises ImportError."""
    found = _command(words[0])
    yield words[0]
    left, number = list(words[1:]), 0
    valued = {"--hub"} | _valued(found)
    flags = _flags(found)
    while left:
        word = left.pop(0)
        option, equals, value = word.partition("=")
        if option in valued or option in flags:
            if option in valued and not equals:
                value = left.pop(0) if left else ""
            if option != "--hub":
                yield f"{option}={_value(root, value)}" if option in valued else option
        elif number == 0 and (below := _below(found, word)) is not None:
            yield word
            found = below
            valued |= _valued(found)
            flags |= _flags(found)
        else:
            yield _plain(root, words, found, number, word)
            number += 1


def _value(root: Path, value: str) -> str:
    return value if _is_place(root, value) else OUT


def _plain(root: Path, words: Sequence[str], found: click.Command, number: int, word: str) -> str:
    """A word that is no option, the `number`th after the command's own."""
    if _is_place(root, word) or word in _CHOSEN or _is_id(words, found, number, word):
        return word
    if words[0] in _MOVED and found.name in _KINDS and number < 2 and _PLACE.fullmatch(word):
        return word
    hidden = masked(word)
    return hidden if _ADDRESS.fullmatch(hidden) else OUT


def _is_id(words: Sequence[str], found: click.Command, number: int, word: str) -> bool:
    if words[0] == "moderate":
        if number == 0:
            return _WORD.fullmatch(word) is not None
        is_asked = number < 3 or (number == 3 and bool(_ON_POSTS & set(words[:3])))
        return bool(is_asked and _ID.fullmatch(word))
    named = [one for one in found.params if isinstance(one, click.Argument)]
    if not named:
        return False
    argument = named[min(number, len(named) - 1)]
    if number >= len(named) and argument.nargs != -1:
        return False
    shape = _IDS.get(argument.name or "")
    return shape is not None and shape.fullmatch(word) is not None


def _is_place(root: Path, word: str) -> bool:
    """Whether a word names a conference, library or union that is there; its kind may stand before
    it, as in `conferences/water`."""
    kind, _, name = word.rpartition("/")
    folders = {
        "conferences": root / "content" / "conferences",
        "libraries": root / "content" / "libraries",
        "unions": root / "unions",
    }
    if _PLACE.fullmatch(name) is None or kind not in ("", *folders):
        return False
    return any((folders[one] / f"{name}.git").is_dir() for one in ([kind] if kind else folders))


def _command(name: str) -> click.Command:
    made: click.Command = importlib.import_module(commands()[name].module).command
    return made


def _below(found: click.Command, word: str) -> click.Command | None:
    return found.commands.get(word) if isinstance(found, click.Group) else None


def _options(found: click.Command, *, are_flags: bool) -> set[str]:
    options = [one for one in found.params if isinstance(one, click.Option)]
    bare = [one for one in options if (one.is_flag or one.count) is are_flags]
    return {name for one in bare for name in (*one.opts, *one.secondary_opts)}


def _valued(found: click.Command) -> set[str]:
    return _options(found, are_flags=False)


def _flags(found: click.Command) -> set[str]:
    return _options(found, are_flags=True)
