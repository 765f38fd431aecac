"""What page makers read from: the state, the repositories' readers, the hub's own facts.

Builds fork; a SQLite connection and a cat-file process must not cross a fork. So everything is
opened on first use by the process that uses it.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from solicomm_build.builder.conferences import state
from solicomm_build.builder.conferences.parse import Texts
from solicomm_build.builder.tree import Tree, public
from solicomm_build.foundation import formernames
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo
from solicomm_build.post.pages import Page


@dataclass(frozen=True, slots=True)
class Planned:
    """A page to be made: address and section are known, the rest is looked up by its maker.

    Pages of phase 0 are written before those of phase 1, which link to them.
    """

    url: str
    section: str
    phase: int
    make: Callable[[], Page]


class Handle(Protocol):
    """What is opened once in a process, such as an index of a feature's own."""

    def close(self) -> None:
        """Ends it."""


T = TypeVar("T")
HandleType = TypeVar("HandleType", bound=Handle)


class LazyFacts(Mapping[str, Any]):
    """Facts that are looked up only when the page is really made."""

    def __init__(self, load: Callable[[], Mapping[str, Any]]) -> None:
        self._load = load
        self._facts: Mapping[str, Any] | None = None

    def _get(self) -> Mapping[str, Any]:
        if self._facts is None:
            self._facts = self._load()
        return self._facts

    def __getitem__(self, name: str) -> Any:
        return self._get()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._get())

    def __len__(self) -> int:
        return len(self._get())


class Sources:
    """Per-process handles; cheap to hold before a fork. `tree` is what is made of them, and where;
    the public one if none is named."""

    readers: Callable[[Path, Sequence[Any]], Sequence[Any]] | None = None
    """Who else reads posts of a repository: given what is to be read, work under way."""
    alone = False
    """Whether the pages are part of a site that somebody else makes and serves."""

    def __init__(self, config: Config, tree: Tree | None = None) -> None:
        self.config = config
        self.tree = tree or public(config)
        self._pid = 0
        self._db: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._handles: dict[object, Handle] = {}
        self._readers: dict[Path, Reader] = {}
        self._texts: dict[Path, Texts] = {}
        self._known: dict[tuple[str, Path], tuple[str, Any]] = {}
        self._parents: list[object] = []  # handles of the process that forked us: kept, never used

    def _of_this_process(self) -> None:
        if self._pid != os.getpid():
            self._parents.append((self._db, self._handles, self._readers, self._texts))
            self._pid, self._db, self._handles = os.getpid(), None, {}
            self._readers, self._texts = {}, {}

    @property
    def root(self) -> Path:
        """Where the pages go."""
        return self.tree.root

    @property
    def packed(self) -> bool:
        """Whether what is written has compressed siblings: a server hands them out, and there is
        none where pages are carried."""
        return not self.config.carried

    @property
    def answered(self) -> bool:
        """Whether a server of ours stands behind the pages: what it makes when asked is no file."""
        return not (self.config.carried or self.alone)

    @property
    def db(self) -> sqlite3.Connection:
        """The state, opened in this process."""
        self._of_this_process()
        if self._db is None:
            self._db = state.connect(self.tree.database)
            self._file = file_of(self.tree.database)
        return self._db

    @property
    def is_replaced(self) -> bool:
        """Whether the file of the state is another one than this process has open: somebody made
        it anew, or took it away. What was read of the old one holds no longer."""
        self._of_this_process()
        return self._db is not None and self._file != file_of(self.tree.database)

    def called(self, conference: str) -> str:
        """What a conference is called now, by a name that it has or had: events go on to say that
        of then. Of a hub that is carried, in the one that it is made of."""
        home = self.config.borrows
        private = home / "private" if home else self.config.private
        return formernames.now(private, "conferences").get(conference, conference)

    def handle(self, make: Callable[[Config], HandleType]) -> HandleType:
        """What `make` opens for the hub: once in this process, and closed with the others."""
        self._of_this_process()
        if make not in self._handles:
            self._handles[make] = make(self.config)
        return cast(HandleType, self._handles[make])

    def reader(self, repo: Path) -> Reader:
        """A reader of the repository at `repo`, opened in this process."""
        self._of_this_process()
        if repo not in self._readers:
            self._readers[repo] = Reader(open_repo(repo))
        return self._readers[repo]

    def remember(self, name: str, repo: Path, state: str, make: Callable[[Reader], T]) -> T:
        """What `make` reads of a repository for `name`, until `state` (its commit, say) is another.
        Plain values only: a child takes along what its parent knows."""
        known = self._known.get((name, repo))
        if known is None or known[0] != state:
            was_open = repo in self._readers and self._pid == os.getpid()
            known = self._known[name, repo] = (state, make(self.reader(repo)))
            if not was_open:
                self.let_go(repo)  # a process for each of a thousand sites would be too many
        return cast(T, known[1])

    def let_go(self, repo: Path) -> None:
        """Ends this process's reader of a repository; asking again starts another."""
        self._of_this_process()
        reader = self._readers.pop(repo, None)
        if reader is not None:
            reader.close()

    def texts(self, repo: Path) -> Texts:
        """The parsed posts of the repository at `repo`."""
        self._of_this_process()
        if repo not in self._texts:
            self._texts[repo] = Texts(self.db, self.reader(repo))
        return self._texts[repo]

    def fresh_texts(self) -> Iterator[tuple[str, str]]:
        """What this process parsed and the memo does not know: (blob, row)."""
        self._of_this_process()
        for texts in self._texts.values():
            yield from texts.fresh.items()

    def rest(self) -> None:
        """Gives back the memory in which the state's pages were kept."""
        self._of_this_process()
        if self._db is not None:
            self._db.execute("PRAGMA shrink_memory")

    def close(self) -> None:
        """Ends the readers of this process."""
        self._of_this_process()
        for reader in self._readers.values():
            reader.close()
        self._readers, self._texts = {}, {}
        if self._db is not None:
            self._db.close()
            self._db = None
        for handle in self._handles.values():
            handle.close()
        self._handles = {}


def file_of(path: Path) -> tuple[int, int] | None:
    """Which file a path names: device and inode; None when there is none."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


_written = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, default=str, separators=(",", ":")
).encode


def digest(*parts: object) -> str:
    """A page's key: 32 hex digits of all it depends on, in order."""
    return hashlib.sha256(_written(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
