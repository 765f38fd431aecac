"""The verbatim mail of a hub, in the mail.git of each cell (foundation/hub/cells.py).

Whoever wants the mail of a conference asks for its store at each use: a conference may go to
another cell while stages run. What is about no conference lies in cell 0; marks of what was erased
lie in all. A hub of one cell has one store, and this adds nothing to it.
"""

from __future__ import annotations

import contextlib
import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any

from solicomm_build.foundation.hub import cells, removed
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid, PostId
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo, open_repo
from solicomm_build.git.writer import Change, Writer
from solicomm_build.post.store.mailstore import Held, MailStore, variant

FOLDERS = ("held", "decisions", "undone", "proofs", "notices", "unheeded")
"""The folders of mail.git that have one for each conference."""


def repo_of(config: Config, conference: str) -> Repo:
    """The mail.git of a conference."""
    return open_repo(cells.at(config, conference).mail_repo)


def repos(config: Config) -> dict[int, Repo]:
    """The mail.git of each cell that is in force, by cell."""
    return {one.cell: open_repo(one.mail_repo) for one in cells.every(config)}


def every_repo(config: Config) -> list[Repo]:
    """Each mail.git there is, also of cells that have given all away."""
    return [open_repo(path) for path in cells.mail_repos(config)]


@contextlib.contextmanager
def reading(config: Config, conference: str) -> Iterator[MailStore]:
    """The store of a conference, for one look."""
    store = MailStore(repo_of(config, conference))
    try:
        yield store
    finally:
        store.close()


@contextlib.contextmanager
def writing(config: Config, conference: str) -> Iterator[MailStore]:
    """The store of a conference, locked: until its checkpoint the conference stays where it is.
    Blocking."""
    while True:
        with reading(config, conference) as store:
            store.begin()
            if store.repo.path == repo_of(config, conference).path:
                yield store
                return


def write_once(config: Config, changes: Sequence[Change], *, message: str, when: datetime) -> None:
    """Files of the folders of conferences (`FOLDERS`), one commit each cell, durable on return.
    Safe to call again. Blocking."""
    left = list(changes)
    while left:
        where = repo_of(config, conference_of(left[0].path))
        with Writer(where) as writer:
            writer.begin()
            here = [
                one for one in left if repo_of(config, conference_of(one.path)).path == where.path
            ]
            if here:
                writer.commit(here, author_name="SoliComm", when=when, message=message)
                writer.checkpoint()
        left = [one for one in left if one not in here]


def conferences(config: Config) -> dict[str, Path]:
    """The repository of each conference whose mail is kept, by name: also of one that was removed
    and may come back."""
    every = [*config.conferences.glob("*.git")]
    every += removed.repositories(config, cells.CONFERENCES)
    every += config.conferences.glob("*.git")  # what came back between the two looks
    return {path.stem: path for path in every}


def names(path: Path, conference: str) -> set[str]:
    """What the messages of a conference, whose repository lies at `path`, are called in mail.git.
    Blocking: reads its trees."""
    repo = open_repo(path)
    found: set[str] = set()
    if (tip := repo.ref()) is not None:
        with Reader(repo) as reader:
            for folder in ("topics", "unarchived"):
                for item in reader.tree(tip, folder, recursive=True):
                    mid = PurePosixPath(item.path).stem
                    found |= {mid, variant(PostId(mid), conference)}
    return found


def conference_of(path: str) -> str:
    """Of a file in one of `FOLDERS`; empty for any other."""
    parts = PurePosixPath(path).parts
    return parts[1] if len(parts) > 2 and parts[0] in FOLDERS else ""


class HubMail:
    """Reads the mail of all cells. Not for several threads. Close it, or use `closing`."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._stores: dict[int, MailStore] = {}

    def of(self, conference: str) -> MailStore:
        """The store of a conference, for as long as it is used at once."""
        return self._in(cells.at(self._config, conference))

    def each(self) -> Iterator[tuple[int, MailStore]]:
        """The stores of all cells in force."""
        for one in cells.every(self._config):
            yield one.cell, self._in(one)

    def tips(self) -> dict[int, Oid | None]:
        """Where each is now: equal means that nothing has come."""
        return {cell: store.repo.ref() for cell, store in self.each()}

    def goes_on(self, tips: dict[int, Oid | None]) -> bool:
        """Whether each history goes on where it was at an earlier look (mailstore.py)."""
        return all(
            (old := tips.get(cell)) is not None
            and (new := store.repo.ref()) is not None
            and store.goes_on(old, new)
            for cell, store in self.each()
        )

    def find(self, mid: PostId, conference: str) -> str | None:
        """The name of the message that a conference's `mid` stands for, or None."""
        return self.of(conference).find(mid, conference)

    def message(self, mid: PostId, conference: str) -> bytes | None:
        """The octets of the message that a conference's `mid` stands for, or None."""
        return self.of(conference).message(mid, conference)

    def raw(self, name: str, conference: str) -> bytes | None:
        """The octets of a message of a conference by its name, or None."""
        return self.of(conference).raw(name)

    def is_erased(self, mid: PostId) -> bool:
        """Whether a message was erased by law: it is not taken again."""
        return self._in(self._config.in_cell(0)).is_erased(mid)

    def is_proved(self, conference: str, mid: PostId) -> bool:
        """Whether the author of a held message was asked and said that he wrote it."""
        return self.of(conference).is_proved(conference, mid)

    def held_raw(self, conference: str, mid: PostId) -> bytes | None:
        """The octets of a held message, or None when it is not held."""
        return self.of(conference).held_raw(conference, mid)

    def held_raws(self, conference: str, mids: Iterable[PostId]) -> dict[PostId, bytes]:
        """The octets of held messages of a conference, as far as they are held, read together."""
        return self.of(conference).held_raws(conference, mids)

    def held_facts(self, conference: str, mid: PostId) -> dict[str, Any] | None:
        """Why a message is held, or None when it is not held."""
        return self.of(conference).held_facts(conference, mid)

    def decision(self, conference: str, mid: PostId) -> bytes | None:
        """The decision on a message that is or was held, or None."""
        return self.of(conference).decision(conference, mid)

    def held(self, wanted: Callable[[str], bool] = lambda conference: True) -> Iterator[Held]:
        """Every held message of the conferences that are wanted, by cell, conference and mid."""
        for store, is_here in self._own(wanted):
            yield from store.held(is_here)

    def _own(
        self, wanted: Callable[[str], bool]
    ) -> Iterator[tuple[MailStore, Callable[[str], bool]]]:
        """The store of each cell, and which of the conferences that are wanted are in it."""
        cut = cells.division(self._config)
        for cell, store in self.each():
            is_here: Callable[[str], bool] = lambda name, cell=cell: (  # type: ignore[misc]  # noqa: E731
                cut.cell_of(cells.CONFERENCES, name) == cell and wanted(name)
            )
            yield store, is_here

    def verdicts(
        self,
        since: datetime | None = None,
        *,
        about: str = "",
        after: dict[int, Oid | None] | None = None,
    ) -> Iterator[tuple[datetime, str]]:
        """The verdicts noted so far, as the stores tell them (mailstore.py), the newest first;
        `after` the `tips` of an earlier look."""
        found = [
            store.verdicts(since, about=about, after=(after or {}).get(cell))
            for cell, store in self.each()
        ]
        if len(found) == 1:
            yield from found[0]
            return
        last: set[str] = set()
        at: datetime | None = None
        for moment, line in heapq.merge(*found, key=lambda one: one[0], reverse=True):
            if moment != at:
                at, last = moment, set()
            if line not in last:  # what moved to another cell is told by both
                last.add(line)
                yield moment, line

    def close(self) -> None:
        """Ends the reading processes."""
        for store in self._stores.values():
            store.close()
        self._stores.clear()

    def _in(self, config: Config) -> MailStore:
        found = self._stores.get(config.cell)
        if found is None:
            found = self._stores[config.cell] = MailStore(open_repo(config.mail_repo))
        return found
