"""Which repositories everyone may read: the default answer to web/git.py's question.

Conferences and libraries say so themselves in `conference.yaml` and `library.yaml`; the answer is
kept until their branch moves. A union's site is public by what it is. When in doubt it is no.
"""

from __future__ import annotations

from pathlib import Path

from solicomm_build.config import Config
from solicomm_build.errors import SoliCommError
from solicomm_build.model import conference, library
from solicomm_build.store.reader import Reader
from solicomm_build.store.repo import Repo, open_repo
from solicomm_build.types import Oid

_READABLE = frozenset({"public", "unlisted"})


class PublicRepositories:
    """Answers (kind, id) → bool from the store. Blocking; safe to call from several threads."""

    def __init__(self, config: Config) -> None:
        self._folders = {
            "conferences": config.conferences,
            "libraries": config.libraries,
            "unions": config.unions,
        }
        self._known: dict[Path, tuple[Oid, bool]] = {}

    def __call__(self, kind: str, name: str) -> bool:
        folder = self._folders.get(kind)
        if folder is None:
            return False
        try:
            repo = open_repo(folder / f"{name}.git")
            head = repo.ref()
        except SoliCommError:
            return False
        return head is not None and (kind == "unions" or self._answer(kind, repo, head))

    def _answer(self, kind: str, repo: Repo, head: Oid) -> bool:
        known = self._known.get(repo.path)
        if known is None or known[0] != head:
            known = self._known[repo.path] = head, _says_public(kind, repo, head)
        return known[1]


def _says_public(kind: str, repo: Repo, head: Oid) -> bool:
    """What the settings in the repository say; faulty settings promise nothing to anybody."""
    try:
        if kind == "libraries":
            card = library.decode(_file(repo, head, "library.yaml"))
            return card.visibility in _READABLE
        blob = _file(repo, head, "conference.yaml")
        return conference.decode(blob, "conference.yaml").visibility in _READABLE
    except SoliCommError:
        return False


def _file(repo: Repo, head: Oid, path: str) -> bytes:
    with Reader(repo) as reader:
        return reader.at(head, path) or b""
