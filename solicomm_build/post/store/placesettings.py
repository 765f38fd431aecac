"""The settings of all conferences, or of all repositories of another kind, as they are now: for
processes that stay.

All are looked at whichever is asked for, so that nobody learns from how long an answer took whether
there is a place that not everybody may know of.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Mapping
from functools import cached_property
from pathlib import Path
from typing import Generic, TypeVar

from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.git.tips import Tips
from solicomm_build.post import conference
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import hooks
from solicomm_build.post.store.hooks import Shown

Settings = TypeVar("Settings", bound=Shown)

PUBLIC = ("public", "unlisted")
"""Visibilities of what everybody may know of."""


class PlaceSettings(Generic[Settings]):
    """By id; a place whose settings have a fault is left out: nothing is promised to anybody.
    Blocking; safe for several threads."""

    def __init__(self, folder: Path, file: str, decode: Callable[[bytes], Settings]) -> None:
        self._folder, self._file = folder, file
        self._decode: Callable[[bytes], Settings] = decode
        self._lock = threading.Lock()
        self._tips = Tips(folder)
        self._known: dict[str, tuple[Oid, Settings | None]] = {}
        self._now: dict[str, Settings] = {}

    def now(self) -> Mapping[str, Settings]:
        """All of them. Costs a look at each; settings are read again when a branch moves."""
        with self._lock:
            known: dict[str, tuple[Oid, Settings | None]] = {}
            for name, tip in self._tips.now().items():
                old = self._known.get(name)
                known[name] = (
                    old if old and old[0] == tip else (tip, self._read(self._folder / name, tip))
                )
            if known != self._known:
                self._known = known
                self._now = {
                    name.removesuffix(".git"): found
                    for name, (_, found) in sorted(known.items())
                    if found
                }
            return self._now

    def _read(self, path: Path, tip: Oid) -> Settings | None:
        try:
            with Reader(open_repo(path)) as reader:
                return self._decode(reader.at(tip, self._file) or b"")
        except SoliCommError:
            return None


class Everybodys(Container[str]):
    """The ids of the places that everybody may know of, read when one is first asked for; also
    their `former` ones, which are given with those of today."""

    def __init__(
        self,
        settings: PlaceSettings[Conference] | PlaceSettings[Shown],
        former: Mapping[str, str] | None = None,
    ) -> None:
        self._settings, self._former = settings, former or {}

    def __contains__(self, name: object) -> bool:
        return name in self._ids

    @cached_property
    def _ids(self) -> frozenset[str]:
        now = self._settings.now()
        found = frozenset(name for name, one in now.items() if one.visibility in PUBLIC)
        return found | {old for old, new in self._former.items() if new in found}


def conferences(config: Config) -> PlaceSettings[Conference]:
    """Those of conferences and lists."""
    return PlaceSettings(config.conferences, conference.FILE, conference.decode)


def of(kind: str, config: Config) -> PlaceSettings[Shown]:
    """Those of a kind of repository that a feature has: `libraries`. Raises HubError when none
    has it."""
    known = hooks.settings_of(kind)
    return PlaceSettings(known.folder(config), known.file, known.decode)
