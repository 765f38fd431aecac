"""The folders of verbatim messages: hubs of version 0.1 have one for the first two characters of a
name, later ones a folder in a folder in a folder, a character each
(docs/adr/0063-mail-in-short-folders.md).

A message that moves keeps its name and its octets; the history keeps where it lay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import islice
from typing import Final

from solicomm_build.git.commitmessage import compose
from solicomm_build.git.reader import Entry, Reader
from solicomm_build.git.repo import MAIN, Repo
from solicomm_build.git.writer import Change, write_once
from solicomm_build.post.store.mailstore import MESSAGES, path

_OLD: Final = 2
"""Characters of the name of a folder of version 0.1."""
_MOVED_AT_ONCE: Final = 50_000
"""Messages that one commit moves."""


def lie_by_two(repo: Repo) -> bool:
    """Whether messages lie where version 0.1 put them. Quick."""
    with Reader(repo) as reader:
        return any(len(folder.path) == _OLD for folder in _folders(reader))


def lie_by_one(repo: Repo) -> bool:
    """Whether messages lie where version 0.1 does not look. Quick."""
    with Reader(repo) as reader:
        return any(len(folder.path) < _OLD for folder in _folders(reader))


def put_by_one(repo: Repo, *, now: datetime) -> int:
    """Moves what lies where version 0.1 put it; returns how many. Durable on return; blocking;
    safe to kill, and to do again."""
    words = "Put messages into folders by one character"
    return _moved(repo, lambda folder: len(folder) == _OLD, path, words, now)


def put_by_two(repo: Repo, *, now: datetime) -> int:
    """Moves everything to where version 0.1 looks; returns how many. As `put_by_one`."""
    words = "Put messages into folders by two characters"
    return _moved(repo, lambda folder: len(folder) < _OLD, _by_two, words, now)


def _moved(
    repo: Repo,
    wanted: Callable[[str], bool],
    goes: Callable[[str], str],
    words: str,
    now: datetime,
) -> int:
    moved = 0
    message = compose(words, Source="cli")
    while True:
        with Reader(repo) as reader:
            some = list(islice(_lying(reader, wanted), _MOVED_AT_ONCE))
        if not some:
            return moved
        changes: list[Change] = []
        for where, entry in some:
            name = where[where.rfind("/") + 1 :].removesuffix(".eml")
            changes += (Change(where, None), Change(goes(name), None, entry.oid))
        write_once(repo, changes, message=message, when=now)
        moved += len(some)


def _lying(reader: Reader, wanted: Callable[[str], bool]) -> Iterator[tuple[str, Entry]]:
    """The messages in the folders that are wanted: where each lies now, and its object."""
    for folder in _folders(reader):
        if wanted(folder.path):
            below = f"{MESSAGES}/{folder.path}"
            for entry in reader.tree(MAIN, below, recursive=True):
                yield f"{below}/{entry.path}", entry


def _folders(reader: Reader) -> list[Entry]:
    return [entry for entry in reader.tree(MAIN, MESSAGES) if entry.type == "tree"]


def _by_two(name: str) -> str:
    return f"{MESSAGES}/{name[:_OLD]}/{name}.eml"
