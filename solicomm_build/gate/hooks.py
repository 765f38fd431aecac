"""What the gate asks of features: `gate.py` in the folder of a feature.

The gate is started for every push. So `gate.py` holds tables and names of modules only; the module
of what is pushed is loaded when it comes.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from solicomm_build.foundation import hooks
from solicomm_build.foundation.errors import ContentError, Findings, HubError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.gate.findings import Found
from solicomm_build.gate.history import History, Rules
from solicomm_build.gate.push import Place, Pusher, Update
from solicomm_build.git.reader import Reader
from solicomm_build.post.conference import FILE, Conference


class Kind(Protocol):
    """The module that knows the files of a kind of repository."""

    def read_settings(self, blob: bytes) -> object:
        """What settings say. Raises ContentErrors when they are not sound."""

    def rules(self, config: Config) -> Rules:
        """What holds for every commit."""

    def check(
        self,
        reader: Reader,
        place: Place,
        pusher: Pusher,
        update: Update,
        past: History,
        found: Found,
    ) -> None:
        """Notes what is wrong with a branch as it shall be; `past` is what every commit did."""

    def own_address(self, reader: Reader, tip: Oid) -> str:
        """The e-mail address that everybody may read in these files, as of a commit; else empty."""


@dataclass(frozen=True, slots=True)
class Drafts:
    """Branches beside main. `address` says where one is seen, as a path on the web; `moved` hears
    which repository's moved, and the names of those that went."""

    address: Callable[[Config, str, str], str]
    moved: Callable[[Config, str, Sequence[str]], None]


@dataclass(frozen=True, slots=True)
class Repository:
    """A kind of repository that people push to: the name of its module (`Kind`), and of the file
    with its settings, whose `languages` begin with the first one; `drafts` where it may have
    branches beside main; `in_folder` looks at the files of a folder as a push of them to the
    repository of that id would."""

    module: str
    settings: str
    drafts: Drafts | None = None
    in_folder: Callable[[Config, str, Path], Found] | None = None


class Files(Protocol):
    """The module that knows a kind of file in a conference."""

    def is_pushed(self, path: str) -> bool:
        """Whether moderators may add a file so called."""

    def is_hubs(self, path: str) -> bool:
        """Whether a file so called is one that only the hub adds."""

    def misplaced(self, path: str) -> ContentError | None:
        """The fault of a name that is neither; None where the general words for it do."""

    def not_pushed(self, path: str) -> ContentError:
        """The fault of somebody who pushes a file that only the hub adds."""

    def check(self, blob: bytes, path: str, *, is_history: bool = False) -> Findings:
        """What is wrong with a file that is new here. Of `is_history`, which another hub or a clone
        has, only what holds at any time counts: a poll of last year has ended, and is sound."""


@dataclass(frozen=True, slots=True)
class InConference:
    """A kind of file in a conference: the name of its module (`Files`), and what conference.yaml
    names of them under the key that the folder is called by: each word with the path it means."""

    module: str
    named: Callable[[Conference], Iterable[tuple[str, str]]] = lambda _: ()


class GateHook(Protocol):
    """`gate.py` of a feature."""

    REPOSITORIES: Mapping[str, Repository]
    """Kinds of repositories, by the folder on the web and in names of grants: `unions`."""

    FILES: Mapping[str, InConference]
    """Kinds of files in conferences, by the folder in the repository: `polls`."""


_OWN = {"conferences": Repository("solicomm_build.gate.conferences", FILE)}


def repositories() -> Mapping[str, Repository]:
    """The kinds of repositories that are pushed to."""
    return {**_OWN, **hooks.table("gate", "REPOSITORIES")}


def kind_of(name: str) -> Kind:
    """The module of a kind of repository. Raises HubError when nobody knows the kind."""
    return cast(Kind, importlib.import_module(_known(name).module))


def settings_of(name: str) -> str:
    """The file with the settings of a kind of repository. Raises HubError as `kind_of` does."""
    return _known(name).settings


def _known(name: str) -> Repository:
    known = repositories().get(name)
    if known is None:
        raise HubError(f"nobody here knows the files of {name}. Is a feature missing?")
    return known


def drafts_of(name: str) -> Drafts | None:
    """What is known of branches beside main in repositories of a kind; None where there is main
    alone."""
    known = repositories().get(name)
    return known.drafts if known else None


def files() -> Mapping[str, InConference]:
    """The kinds of files that features have in conferences, by their folder."""
    return hooks.table("gate", "FILES")


def files_at(path: str) -> Files | None:
    """The module of the feature that a path in a conference belongs to, if it is one's."""
    known = files().get(path.partition("/")[0])
    return cast(Files, importlib.import_module(known.module)) if known else None
