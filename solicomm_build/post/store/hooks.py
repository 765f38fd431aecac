"""What the stores ask of features: `settings.py`, `references.py` and `fsck.py` in the folder of a
feature."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

from solicomm_build.foundation import hooks
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.reader import Entry, Reader

MOST_REFERENCES = 20
"""References of a text that count."""


class Shown(Protocol):
    """Settings of a place, of which is known who may see it."""

    @property
    def visibility(self) -> str:
        """`public` or `unlisted` for what everybody may know of."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the repositories of a kind lie, what file in them has the settings, and what reads that
    file (raises SoliCommError). `key` is where it says the id. `shows` says of a file, by path and
    octets, whether everybody may read what it describes; of most files there is nothing to say."""

    folder: Callable[[Config], Path]
    file: str
    decode: Callable[[bytes], Shown]
    key: str = "id"
    shows: Callable[[str, bytes], bool] = lambda path, blob: True


class SettingsHook(Protocol):
    """`settings.py` of a feature."""

    SETTINGS: Mapping[str, Settings]
    """Those of its kinds of repositories: `libraries`."""


def settings_of(kind: str) -> Settings:
    """Those of a kind of repository that a feature has. Raises HubError when none has it."""
    found: Settings | None = hooks.table("settings", "SETTINGS").get(kind)
    if found is None:
        raise HubError(f"nobody here knows the settings of {kind}. Is a feature missing?")
    return found


class RenamingHook(Protocol):
    """`renaming.py` of a feature: what it keeps of a place under its id, so that it follows when
    the place gets another (features/renaming/). Kinds are `conferences`, `libraries`, `unions`."""

    PLACES: Iterable[str]
    """Files and folders below `private/` that have the id of a conference, as `%s`, such as
    `polls/%s`. They are moved, and go when the conference does (features/removing/)."""
    PLACES_OF: Mapping[str, Iterable[str]]
    """The same of other kinds."""
    RENAME: Callable[[Config, str, str, str], None]
    """Moves what cannot be said so: the kind, the old id, the new one. Safe to do again, durable on
    return."""
    END: Callable[[Config, str, str], None]
    """Takes away what cannot be said so when a place went for good (features/removing/): the kind,
    the id. Safe to do again, durable on return."""
    REFUSES: Callable[[Config, str, str], str]
    """Why a place of a kind and an id cannot be renamed, as a sentence with a remedy; "" when it
    can."""


def renaming(name: str) -> tuple[Any, ...]:
    """What features say of renaming, by the name in their hook."""
    return hooks.each("renaming", name)


def private_places(kind: str) -> Iterator[str]:
    """Files and folders below `private/` that have the id of a place of a kind, as `%s`."""
    if kind == "conferences":
        for folders in renaming("PLACES"):
            yield from folders
    for by_kind in renaming("PLACES_OF"):
        yield from by_kind.get(kind, ())


Readers = Callable[[Path], Reader]
"""Gives the reader of a repository; whoever gives it closes it."""


class ReferencesHook(Protocol):
    """`references.py` of a feature: what the references name that people write, such as
    `lib:2026-7qk3xa2m`."""

    PATTERN: str
    """What such a reference looks like: a regular expression without groups, of letters in lower
    case, that begins with letters and a colon."""
    NAMED: Callable[[Config, str, Readers], tuple[str, str] | None]
    """(title, address on the hub) of what a reference names for everybody to read; None when it is
    no reference of the feature's, or nothing that everybody may read. Blocking."""


def named(config: Config, reference: str, readers: Readers) -> tuple[str, str] | None:
    """(title, address on the hub) of what a reference names for everybody; None for others."""
    asked: tuple[Callable[[Config, str, Readers], tuple[str, str] | None], ...]
    asked = hooks.each("references", "NAMED")
    found = (ask(config, reference, readers) for ask in asked)
    return next((one for one in found if one is not None), None)


def references(text: str) -> tuple[str, ...]:
    """The references in a text, in lower case, each once, in their order; 20 at most.

    >>> references("Compare lib:2026-7QK3XA2M, clause 7.")
    ('lib:2026-7qk3xa2m',)
    """
    found = (match[0].lower() for match in _references().finditer(text))
    return tuple(islice(dict.fromkeys(found), MOST_REFERENCES))


@hooks.derived
def _references() -> re.Pattern[str]:
    patterns: tuple[str, ...] = hooks.each("references", "PATTERN")
    whole = "|".join(patterns) or r"(?!)"
    return re.compile(rf"(?<![\w/.-])(?:{whole})(?![\w-])", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where (a path below the hub), what, and the remedy."""

    where: str
    fault: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.where}: {self.fault}. {self.remedy}"


Format = Callable[[Reader, str], Iterator[Fault]]
"""Looks whether a repository, called by its path below the hub, obeys its format."""


@dataclass(frozen=True, slots=True)
class Checked:
    """Repositories of a feature: their `paths`, of which some may be missing, their `format`, and
    which of the core's they are told before: `mail` or `mailboxes`."""

    before: str
    paths: Callable[[Config], Iterable[Path]]
    format: Format


class FsckHook(Protocol):
    """`fsck.py` of a feature."""

    REPOSITORIES: Iterable[Checked]
    """Repositories of the feature. Of several features' before the same of the core's, those of the
    feature that comes first in the alphabet."""

    IN_CONFERENCES: Iterable[Callable[[Reader, list[Entry], str], Iterator[Fault]]]
    """Looks at the feature's files in a conference: its reader, all that main holds, the path below
    the hub."""

    LARGE: Iterable[Callable[[Config], Iterator[Fault]]]
    """Looks at what lies beside repositories, after all of them."""


def checked(before: str) -> tuple[Checked, ...]:
    """The repositories that features tell of before that one of the core's."""
    found = (one for some in hooks.each("fsck", "REPOSITORIES") for one in some)
    return tuple(one for one in found if one.before == before)


def in_conference(reader: Reader, listed: list[Entry], where: str) -> Iterator[Fault]:
    """The faults of features' files in a conference."""
    for some in hooks.each("fsck", "IN_CONFERENCES"):
        for look in some:
            yield from look(reader, listed, where)


def large(config: Config) -> Iterator[Fault]:
    """The faults of what features keep beside repositories."""
    for some in hooks.each("fsck", "LARGE"):
        for look in some:
            yield from look(config)


def all_in(folder: Callable[[Config], Path]) -> Callable[[Config], list[Path]]:
    """The repositories that lie in a folder, for `Checked.paths`."""
    return partial(_all_in, folder)


def _all_in(folder: Callable[[Config], Path], config: Config) -> list[Path]:
    return sorted((*folder(config).glob("*.git"), *folder(config).glob("*/*.git")))
