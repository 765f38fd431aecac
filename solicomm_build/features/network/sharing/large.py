"""Files of copies that lie outside of git, on a stick or in a mail: `large/<sha256>`.

    wants/files.json    by `<repo>@<home>` what the hub that wrote the packet lacks, and whether it
                        wants all (`whole`)

A hub is brought what it said it lacks, and of a copy that it keeps whole what came since, as many
as there is room for, smallest first. What was brought is remembered until that hub says anew what
it lacks (`state/network/brought/<hub>`, `lacks/<hub>`): the next packet goes on with the others.
Any hub that has a file may bring it: it is taken when a card names its SHA-256 and octets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from solicomm_build.features.network import hooks, standing
from solicomm_build.features.network.trust.copies import FILES, Copy
from solicomm_build.features.network.trust.peers import Peers
from solicomm_build.foundation import safeio
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub import health
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.elsewhere import Beside
from solicomm_build.git.repo import MAIN, Repo

FOLDER = "large/"
WANTS = "files.json"
MOST_FILES = 200
"""In one packet, so that its manifest stays within what every hub reads."""
ENTRY = 600
"""Octets that a file needs at most in the manifest and in the zip, beside its own."""
_WANTS_OCTETS = 8 << 20
_MOST_WANTED = 100_000
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Brings:
    """A copy of which a hub may be brought files, where it lies here, and the commit that the other
    one has, or nothing. `is_lost`: it is that hub's own, which was lost."""

    copy: Copy
    repo: Repo
    there: str
    is_lost: bool


# -- giving -----------------------------------------------------------------------------------


def put(
    config: Config, hub: str, those: Iterable[Brings], aside: Path, room: int, *, once: bool
) -> list[str]:
    """Puts files for a hub into the folder that becomes its packet, `room` octets at most; a word
    about each library. `once`: none that was brought since the hub said what it lacks."""
    wants, before = _wants(config, hub), _brought(config, hub)
    found, by_repo = set[str](), dict[str, int]()
    left, huge, whole = 0, list[int](), room
    lacking = [
        (sha256 in before, size, sha256, path, one.copy.repo)
        for one in those
        for sha256, (size, path) in _lacked(config, one, wants.get(one.copy.key)).items()
    ]
    for was_brought, octets, sha256, path, repo in sorted(lacking):
        size = octets + ENTRY
        if sha256 in found or (once and was_brought):
            continue
        if size > whole:
            huge.append(octets)
            continue
        if size > room or len(found) >= MOST_FILES:
            left += 1
            continue
        (aside / FOLDER).mkdir(exist_ok=True)
        (aside / FOLDER / sha256).symlink_to(path)
        room -= size
        found.add(sha256)
        by_repo[repo] = by_repo.get(repo, 0) + 1
    said = [f"{counted(count)} of {repo}" for repo, count in by_repo.items()]
    if left:
        said.append(f"{counted(left)} left for the next")
    if huge:
        mb = max(huge) // 1_000_000 + 1
        said.append(f"{counted(len(huge))} left out: there is no room for up to {mb} MB")
    return said


def bring(config: Config, hub: str, aside: Path) -> None:
    """The packet is written: remembers what is in it."""
    names = sorted(path.name for path in (aside / FOLDER).glob("*"))
    if names:
        path = standing.folder(config) / "brought" / hub
        path.parent.mkdir(parents=True, exist_ok=True)
        all_ = [*(one for one in _brought(config, hub) if one not in names), *names]
        data = json.dumps(all_[-_MOST_WANTED:]).encode()
        safeio.write_atomic(path, data, durable=False)


def _lacked(config: Config, one: Brings, want: Any) -> Mapping[str, tuple[int, Path]]:
    """Of one copy, what the hub lacks and is here."""
    beside = hooks.copied_of(one.copy.kind).beside
    want = want if isinstance(want, dict) else {}
    if beside is None or not (want or one.is_lost):
        return {}
    name = one.copy.name
    try:
        all_ = beside.named(config, name, MAIN)
        wanted = {*_texts(want.get("lacks"))}
        if want.get("whole") or one.is_lost:
            is_there = one.repo.has_commit(one.there)
            known = beside.named(config, name, one.there) if is_there else {}
            wanted |= all_.keys() - known.keys()
        found = {sha256: beside.place(config, name, sha256) for sha256 in wanted & all_.keys()}
    except SoliCommError:
        return {}
    return {sha256: (all_[sha256], path) for sha256, path in found.items() if path is not None}


def _wants(config: Config, hub: str) -> Mapping[str, Any]:
    try:
        found = json.loads((standing.folder(config) / "lacks" / hub).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _brought(config: Config, hub: str) -> Collection[str]:
    try:
        found = json.loads((standing.folder(config) / "brought" / hub).read_bytes())
    except (OSError, ValueError, RecursionError):
        return ()
    return dict.fromkeys(_texts(found))


# -- saying what is lacking -------------------------------------------------------------------


def lacking(config: Config, copy: Copy) -> list[str]:
    """The SHA-256 of what a copy should have here and has not; none where that cannot be read."""
    beside = hooks.copied_of(copy.kind).beside
    try:
        return [*beside.lacking(config, copy.name)] if beside is not None else []
    except SoliCommError:
        return []


def say(config: Config, known: Peers, aside: Path) -> None:
    """Puts in what this hub lacks."""
    said = {}
    for copy in known.copies.values():
        if hooks.copied_of(copy.kind).beside is not None:
            lacks = lacking(config, copy)[:_MOST_WANTED]
            said[copy.key] = {"whole": copy.files == FILES[1], "lacks": lacks}
    if said:
        (aside / "wants").mkdir(exist_ok=True)
        (aside / "wants" / WANTS).write_text(json.dumps(said, sort_keys=True))


def hear(config: Config, hub: str, files: Mapping[str, Path]) -> None:
    """Keeps what a known hub says it lacks; what it was brought before counts no more."""
    path = files.get(f"wants/{WANTS}")
    if path is None or path.stat().st_size > _WANTS_OCTETS:
        return
    folder = standing.folder(config)
    (folder / "lacks").mkdir(parents=True, exist_ok=True)
    safeio.write_atomic(folder / "lacks" / hub, path.read_bytes(), durable=False)
    (folder / "brought" / hub).unlink(missing_ok=True)


# -- taking -----------------------------------------------------------------------------------


def take(config: Config, known: Peers, files: Mapping[str, Path]) -> tuple[list[str], list[str]]:
    """Keeps what copies lack of what a packet brings: sentences, and those of them that are faults.
    While the disk is nearly full nothing is kept. Safe to do again."""
    brought = dict(_files(files))
    lines, faults = list[str](), list[str]()
    for copy in known.copies.values() if brought else ():
        beside = hooks.copied_of(copy.kind).beside
        if beside is None:
            continue
        try:
            missing = beside.lacking(config, copy.name)
            named = beside.named(config, copy.name, MAIN) if missing else {}
        except SoliCommError as error:
            faults.append(f"{copy.key}: {error.public}")
            continue
        fits = [
            (sha256, brought[sha256])
            for sha256 in missing
            if sha256 in brought and brought[sha256].stat().st_size == named.get(sha256)
        ]
        count, wrong = _kept(config, copy, beside, fits)
        if count:
            rest = len(missing) - count
            more = f"; {counted(rest)} still to come, with what is written next" if rest else ""
            lines.append(f"{copy.key}: {counted(count)} came{more}")
        faults += wrong
    return lines, faults


def _kept(
    config: Config, copy: Copy, beside: Beside, fits: Sequence[tuple[str, Path]]
) -> tuple[int, list[str]]:
    """How many were kept, and what was wrong with others."""
    count, faults = 0, list[str]()
    for number, (sha256, path) in enumerate(fits):
        if full := health.disk(config):
            left = counted(len(fits) - number)
            remedy = "Make room, then read the file again"
            return count, [*faults, f"{copy.key}: {left} did not fit: {full}. {remedy}"]
        try:
            beside.keep(config, copy.name, sha256, path)
            count += 1
        except SoliCommError as error:
            faults.append(f"{copy.key}: {error.public}")
    return count, faults


def restore(config: Config, kind: str, name: str, files: Mapping[str, Path]) -> int:
    """Keeps what a packet has of a repository of our own that was restored; how many files. Raises
    SoliCommError."""
    beside, brought, count = hooks.copied_of(kind).beside, dict(_files(files)), 0
    if beside is None or not brought:
        return 0
    for sha256, size in beside.named(config, name, MAIN).items():
        path = brought.get(sha256)
        if path is not None and path.stat().st_size == size:
            beside.keep(config, name, sha256, path)
            count += 1
    return count


def _files(files: Mapping[str, Path]) -> Iterator[tuple[str, Path]]:
    for name, path in files.items():
        sha256 = name.removeprefix(FOLDER)
        if name.startswith(FOLDER) and _SHA256.fullmatch(sha256):
            yield sha256, path


def _texts(found: object) -> Iterator[str]:
    if isinstance(found, list):
        yield from (one for one in found if isinstance(one, str))


def counted(count: int) -> str:
    """So many large files, as people read it."""
    return "1 large file" if count == 1 else f"{count} large files"
