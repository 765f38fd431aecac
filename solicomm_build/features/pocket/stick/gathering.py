"""A hub becomes what a stick of another hub brings: its conferences, by the union of the network.

A conference that is here and has its home at the stick's hub is the same one, and is brought up to
date: whoever wrote the stick is who it is followed from. Any other is taken by the operator's word
alone, and again by that word: `private/pocket/taken.json` says where such ones had their homes.
Posts and events are added, nothing that is here goes, and nobody is mailed. One is taken at a time:
others wait (`state/pocket/.taking`).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from solicomm_build.cli.commands import importer_of
from solicomm_build.features.pocket.stick import about, founding, sums
from solicomm_build.features.pocket.stick.about import About
from solicomm_build.features.pocket.stick.bundles import Bundled
from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import ContentError, UsageError
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git import exchange
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, create, open_repo
from solicomm_build.post import conference as conference_file

_KIND = "content/conferences/"
_TAKEN = "pocket/taken.json"

Progress = Callable[[int, int, int], None]


@dataclass(slots=True)
class Gathered:
    """What came of the repositories of a stick: the hub that it is of, a sentence about each
    conference that was taken, and what else is on it (`conferences/water`, `libraries/laws`)."""

    hub: str = ""
    name: str = ""
    taken: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)


def is_foreign(config: Config, folder: Path) -> bool:
    """Whether a folder says that it is a stick of another hub. What it says is not proved."""
    try:
        said = about.decode((folder / about.FILE).read_bytes())
    except (OSError, ContentError):
        return False
    ours = identities.if_any(config)
    return ours is None or said.hub != ours.id


def gather(config: Config, folder: Path, wanted: tuple[str, ...], progress: Progress) -> Gathered:
    """Takes the conferences of a stick that are followed from its hub, and those that are `wanted`
    (`conferences/ID`). Raises UsageError, or ContentError for a stick that was changed since its
    hub signed it: then nothing of it is taken. Blocking; safe to do again."""
    said, _ = founding.opened(folder)
    there = {_shown(path): (path, one) for path, one in said.repositories.items()}
    for name in wanted:
        if name not in there or not name.startswith("conferences/"):
            raise UsageError(
                f"{name} is no conference on this stick. There are: "
                f"{', '.join(one for one in there if one.startswith('conferences/')) or 'none'}"
            )
    found = Gathered(said.hub, said.name)
    for shown, (path, one) in sorted(there.items()):
        name = path.removeprefix(_KIND).removesuffix(".git")
        is_ours = path.startswith(_KIND) and _home(config, name) == said.hub
        if is_ours or shown in wanted:
            found.taken[shown] = _take(config, folder, said, name, one, progress)
        elif shown != "site":
            found.others.append(shown)
    return found


def _shown(path: str) -> str:
    return path.removeprefix("content/").removesuffix(".git")


def _home(config: Config, name: str) -> str:
    """The hub at which a conference of ours has its home; empty when it is here, or there is no
    such conference."""
    repo = config.conference_repo(name)
    return _settings(repo).home if repo.exists() else ""


def _settings(repo: Path) -> conference_file.Conference:
    with Reader(open_repo(repo)) as reader:
        return conference_file.decode(reader.at(MAIN, conference_file.FILE) or b"")


def _take(
    config: Config, folder: Path, said: About, name: str, one: Bundled, progress: Progress
) -> str:
    """Brings one conference, of the same home as ours where we have one of that name."""
    aside = config.state / "pocket" / "taking.git"
    aside.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with safeio.locked(aside.with_name(".taking")):
        shutil.rmtree(aside, ignore_errors=True)
        try:
            return _taken_from(config, aside, folder, said, name, one, progress)
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def _taken_from(
    config: Config,
    aside: Path,
    folder: Path,
    said: About,
    name: str,
    one: Bundled,
    progress: Progress,
) -> str:
    """The same by a repository of its own, which goes then."""
    repo = create(aside)
    for bundle in one.files:
        place = str((folder / bundle).absolute())
        exchange.fetch(repo, place, [f"+{MAIN}:{MAIN}"], most=founding.MOST)
    if repo.ref() != one.tip:
        raise founding.damaged(one.files[-1] if one.files else name)
    ours, there = config.conference_repo(name), _settings(aside).home or said.hub
    if ours.exists():
        own = identities.of(config).id
        here = _settings(ours).home or own
        if here != there and _taken(config).get(name) != [there, _root(ours)]:
            raise UsageError(
                f"conferences/{name} here is another conference, whose home is {here}; that on "
                f"the stick has its home at {there}. Two cannot have one address"
            )
    importer = importer_of(aside)
    if importer is None:
        raise founding.damaged(one.files[-1] if one.files else name)
    if why := importer.distrust(config, said.hub, sums.signer(folder), said.chain):
        remedy = "Ask its operator for a stick that is written anew, and for the words of its key"
        raise ContentError(why, file=sums.SUMS, remedy=remedy)

    def begun(root: Oid) -> None:
        _note(config, name, [there, root])

    told = str(importer.bring(config, name, aside, progress, begun))
    point("pocket.taken")
    return told.replace(f" of {aside}", "")


def _taken(config: Config) -> dict[str, list[str]]:
    """The homes of conferences that began here with what a stick brought, by their ids here, each
    with the commit that it began with."""
    try:
        found = json.loads((config.private / _TAKEN).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _root(repo: Path) -> str:
    return open_repo(repo).git("rev-list", "--max-parents=0", MAIN).decode("ascii").strip()


def _note(config: Config, name: str, home: list[str]) -> None:
    path = config.private / _TAKEN
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    data = json.dumps(_taken(config) | {name: home}, sort_keys=True).encode()
    safeio.write_atomic(path, data, mode=0o600)
