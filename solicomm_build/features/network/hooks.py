"""What features give to other hubs beside repositories of mail, and take from them: `network.py` in
the folder of a feature."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import Protocol

from solicomm_build.foundation import hooks
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Giver
from solicomm_build.foundation.yamlsafe import Node
from solicomm_build.git.elsewhere import Copied

Give = Callable[[Config, Path], None]
"""Writes what is for other hubs into a folder that is empty: files with names of `a-z0-9.-`."""
Take = Callable[[Config, str, str, Mapping[str, Path]], str]
"""Takes files that a hub (its id, its address) wrote itself, by their names; a sentence about it,
or nothing. Raises SoliCommError for what is not taken."""


ForHome = Callable[[Config, str, str], Iterable[tuple[str, bytes]]]
"""What this hub, which follows a conference (its id), has for the conference's home: names of
`a-z0-9.-` that begin with nothing in particular, and contents. The last argument is our own id."""
FromHub = Callable[[Config, str, Giver, str, bytes], str]
"""Takes what a hub that follows says of a conference that has its home here: the conference, the
hub, the name, the content; a sentence about it, or nothing when it is known. Raises SoliCommError;
one that is permanent is told to that hub, which brings it no more."""
Ready = Callable[[Config, str, Collection[str]], Collection[str]]
"""Those of these names of a conference that can be taken now; others are asked for later."""
Settled = Callable[[Config, str, str, str], None]
"""The home of a conference has something that was for it, or will never take it: its name, and why
it was not taken."""


class NetworkHook(Protocol):
    """`network.py` of a feature. All but `FOR_HOME` is public: who carries it may read it."""

    FOR_HOME: Mapping[str, ForHome]
    """What goes to the homes of conferences alone, signed and sealed, by kind."""

    FROM_HUB: Mapping[str, FromHub]
    """Who takes that there."""

    READY: Mapping[str, Ready]
    """When, by kind; at any time where nothing is said."""

    SETTLED: Mapping[str, Settled]
    """Who hears that it was taken, or never will be, by kind."""

    NIGHTLY: Iterable[Callable[[Config, str, str, float], bool]]
    """What is fetched of a known hub once a night: its id, its address, and for how many seconds;
    whether all is here then. It is called again until it is. Raises SoliCommError."""

    GIVEN: Mapping[str, Give]
    """What every packet has, by the folder in it."""

    ON_WISH: Mapping[str, Give]
    """What a packet has when that is asked for: `solicomm peer bundle --with NAME`."""

    BROUGHT: Mapping[str, Take]
    """Who takes the files of a folder of a packet."""

    SAYS: Mapping[str, Callable[[Config], Mapping[str, Mapping[str, Node]]]]
    """What the hub tells other hubs of its own, signed, for thirty days at a time: by its name,
    each thing by its id (`[a-z0-9_]`), as what YAML holds. What is not there any more is said to be
    gone. It is asked often, so it is quick while nothing changes."""

    HEARS: Mapping[str, Callable[[Config, str, str, str, Mapping[str, Node]], None]]
    """Who shows the same of another hub: its id, name and address, and all that holds now. Called
    again and again; what was there before and is not in it goes. Raises SoliCommError."""

    COPIED: Mapping[str, Copied]
    """Kinds of repositories of which other hubs may keep copies to be read: `libraries`."""

    GONE: Callable[[Config, str], None]
    """A hub is known no more: takes away what is its."""


def for_home() -> Mapping[str, ForHome]:
    """What goes to the homes of conferences alone."""
    return hooks.table("network", "FOR_HOME")


def from_hub() -> Mapping[str, FromHub]:
    """Who takes that there."""
    return hooks.table("network", "FROM_HUB")


def ready() -> Mapping[str, Ready]:
    """When it is taken."""
    return hooks.table("network", "READY")


def settled() -> Mapping[str, Settled]:
    """Who hears that it was."""
    return hooks.table("network", "SETTLED")


def nightly() -> Iterable[Callable[[Config, str, str, float], bool]]:
    """All that is fetched at night."""
    return [one for some in hooks.each("network", "NIGHTLY") for one in some]


def given() -> Mapping[str, Give]:
    """What every packet has."""
    return hooks.table("network", "GIVEN")


def on_wish() -> Mapping[str, Give]:
    """What a packet may have."""
    return hooks.table("network", "ON_WISH")


def brought() -> Mapping[str, Take]:
    """Who takes what."""
    return hooks.table("network", "BROUGHT")


def says() -> Mapping[str, Callable[[Config], Mapping[str, Mapping[str, Node]]]]:
    """What the hub tells others."""
    return hooks.table("network", "SAYS")


def hears() -> Mapping[str, Callable[[Config, str, str, str, Mapping[str, Node]], None]]:
    """Who shows what others tell."""
    return hooks.table("network", "HEARS")


def copied() -> Mapping[str, Copied]:
    """The kinds of repositories of which copies are kept."""
    return hooks.table("network", "COPIED")


def copied_of(kind: str) -> Copied:
    """One of them. Raises HubError when nobody knows the kind."""
    found = copied().get(kind)
    if found is None:
        raise HubError(f"nobody here knows copies of {kind}. Is a feature missing?")
    return found


def gone(config: Config, hub: str) -> None:
    """Has all features take away what is a hub's."""
    for step in hooks.each("network", "GONE"):
        step(config, hub)
