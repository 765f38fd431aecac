"""Tokens and keys for git of a person who is erased end, and nothing says any more whose they were:
`private/access.git` in all of its history, and the list of pushes."""

from __future__ import annotations

from solicomm_build.features.privacy import forgotten
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import pushes
from solicomm_build.git.repo import open_repo
from solicomm_build.message.address import key
from solicomm_build.people import access
from solicomm_build.post.store.erasing import Taking


def erase(config: Config, address: str, taking: Taking) -> None:
    """Does it. Durable on return, safe to do again."""
    if config.access_repo.exists():
        access.end(config, address)
        forgotten.from_roster(open_repo(config.access_repo), None, (address,), taking.cut)
    if count := pushes.forget(config, lambda who: key(who) == key(address)):
        taking.counted(f"private/{pushes.PUSHES}", count)


def is_kept(config: Config, address: str) -> bool:
    """Whether a token or key names an address, or did once. Blocking."""
    found = config.access_repo
    return found.exists() and forgotten.is_named(open_repo(found), address)
