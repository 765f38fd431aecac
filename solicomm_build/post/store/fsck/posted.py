"""Which messages of mail.git posts stand for: what lists a conference for its format notes it here,
so that none is listed twice."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from solicomm_build.foundation.hub import removed
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Oid
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import open_repo

_FOLDERS = ("topics", "unarchived")


class Posted:
    """The names in mail.git of the posts of all conferences, those of one that was removed and may
    come back too."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._tips: dict[Path, Oid] = {}
        self.names: set[str] = set()

    def take(self, repo: Path, tip: Oid, paths: Iterable[str]) -> None:
        """Notes what a conference has at a commit: `paths` are those of all its files."""
        below = tuple(f"{folder}/" for folder in _FOLDERS)
        for path in paths:
            if path.startswith(below):
                mid = PurePosixPath(path).stem
                self.names |= {mid, f"{mid}~{repo.stem}"}
        self._tips[repo] = tip

    def look(self, *, locked: bool) -> set[str]:
        """All names, once those conferences are listed that have moved since they were; `locked`
        waits for what is being written. Raises StoreError."""
        kept = removed.repositories(self._config, "conferences")
        for path in (*sorted(self._config.conferences.glob("*.git")), *kept):
            repo = open_repo(path)
            if locked:
                with repo.lock():
                    tip = repo.ref()
            else:
                tip = repo.ref()
            if tip is not None and self._tips.get(path) != tip:
                with Reader(repo) as reader:
                    for folder in _FOLDERS:
                        listed = reader.tree(tip, folder, recursive=True)
                        self.take(path, tip, (f"{folder}/{item.path}" for item in listed))
        return self.names
