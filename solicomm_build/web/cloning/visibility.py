"""Which repositories everyone may read: the default answer to web/git.py's question.

Conferences and libraries say so themselves in `conference.yaml` and `library.yaml`; a union's site
is public by what it is. When in doubt it is no. How long an answer takes says nothing either
(post/store/placesettings.py).
"""

from __future__ import annotations

from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git.repo import open_repo
from solicomm_build.post.store import placesettings


class PublicRepositories:
    """Answers (kind, id) → bool from the store. Blocking; safe to call from several threads."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._conferences = placesettings.conferences(config)
        self._libraries = placesettings.of("libraries", config)

    def __call__(self, kind: str, name: str) -> bool:
        if kind == "unions":
            return self._is_union(name)
        if kind == "conferences":
            found = self._conferences.now().get(name)
            return found is not None and found.visibility in placesettings.PUBLIC
        if kind == "libraries":
            shelf = self._libraries.now().get(name)
            return shelf is not None and shelf.visibility in placesettings.PUBLIC
        return False

    def _is_union(self, name: str) -> bool:
        """A site of ours, or the copy of another hub's, which everybody could read there."""
        copy = self._config.copies / "unions" / f"{name}.git"
        try:
            path = copy if "@" in name else self._config.union_repo(name)
            return open_repo(path).ref() is not None
        except SoliCommError:
            return False
