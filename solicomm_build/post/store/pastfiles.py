"""Every file that the repositories of messages hold or ever held, for who has to find them all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import PurePosixPath

from solicomm_build.foundation.hub import removed
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git import log
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.post import post as post_file

_AT_ONCE = 1000
_KIND = "conferences"
_UNDONE = "undone"
_IN_MAIL = ("messages", "held", "decisions", _UNDONE, "proofs", "notices")


def conferences(config: Config) -> Iterator[tuple[str, Repo]]:
    """The conferences, by name."""
    for path in sorted(config.conferences.glob("*.git")):
        yield path.stem, open_repo(path)


def with_removed(config: Config) -> Iterator[tuple[str, Repo]]:
    """The conferences, by name, and those that were removed and can come back with all they had."""
    yield from conferences(config)
    for path in removed.repositories(config, _KIND):
        yield path.stem, open_repo(path)


def of_conference(config: Config, name: str) -> Repo | None:
    """That of a conference, also of one that was removed and can come back; None of others."""
    for path in (config.conference_repo(name), removed.repository(config, _KIND, name)):
        if path.exists():
            return open_repo(path)
    return None


def ever(repo: Repo) -> Iterator[tuple[str, Oid]]:
    """Every file with every content it ever had."""
    tip = repo.ref()
    for commit in log.commits(repo, None, tip) if tip else ():
        for change in commit.changes:
            if change.oid:
                yield change.path, change.oid


def read(reader: Reader, files: Iterable[tuple[str, Oid]]) -> Iterator[tuple[str, Oid, bytes]]:
    """Files with their octets, of however many there are."""
    rest = iter(files)
    while some := list(islice(rest, _AT_ONCE)):
        blobs = reader.blobs(oid for _, oid in some)
        yield from ((*one, octets) for one, octets in zip(some, blobs, strict=True))


def of_mail(repo: Repo) -> Iterator[tuple[str, Oid, str]]:
    """The files about messages that a mail.git ever had, with their stems; of a decision that was
    taken back without its time."""
    for path, oid in ever(repo):
        place = PurePosixPath(path)
        if place.parts[0] == _UNDONE:
            yield path, oid, place.stem.partition("-")[0]
        elif place.parts[0] in _IN_MAIL:
            yield path, oid, place.stem


def mid_of(path: str) -> str:
    """The id of the post that a file of a conference is; empty when it is none."""
    ids = post_file.parse_path(path)
    return ids[1] if ids else ""
