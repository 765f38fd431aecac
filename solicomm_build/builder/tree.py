"""The two trees of pages: one that everybody may read, one for members only.

    public/               state/          what is public or unlisted; any web server sends it
    state/members/pages/  state/members/  conferences for members; only `solicomm web` sends it,
                                          after a login

Both are made by the same planners, and what is known of each lies in a state of its own: nothing of
a conference for members is in a file from which public pages are made. `state/members/` is for the
hub's own account alone (mode 0700), derived like all of state/, and can be deleted.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from solicomm_build.foundation.hub.config import Config


@dataclass(frozen=True, slots=True)
class Tree:
    """Where pages go (`root`), and the folder with what is known of them."""

    root: Path
    state: Path
    is_public: bool

    @property
    def database(self) -> Path:
        """The derived state (state.py)."""
        return self.state / "pages.sqlite"

    @property
    def is_there(self) -> bool:
        """Whether anything was ever built here."""
        return self.database.exists()

    def make(self) -> None:
        """Makes the folders that are not there; what is known of pages is for the hub's own account
        alone, and so are the pages of members."""
        self.state.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.root.mkdir(mode=0o755 if self.is_public else 0o700, parents=True, exist_ok=True)

    def forget(self) -> None:
        """Drops what is known, so that everything is made anew."""
        for suffix in ("", "-wal", "-shm"):
            self.database.with_name(self.database.name + suffix).unlink(missing_ok=True)


def public(config: Config) -> Tree:
    """What everybody may read."""
    return Tree(config.public, config.state, is_public=True)


def members(config: Config) -> Tree:
    """What members read."""
    return Tree(config.member_pages, config.members, is_public=False)
