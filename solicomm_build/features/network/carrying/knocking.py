"""Who has knocked: files `state/network/knocks/<hub>`, from the web server to the stage."""

from __future__ import annotations

from solicomm_build.features.network import standing
from solicomm_build.features.network.trust.identity import ID
from solicomm_build.foundation.bell import Bell
from solicomm_build.foundation.hub.config import Config


def bell_of(config: Config) -> Bell:
    """The stage's bell: rung after a commit, and by who knocks."""
    return Bell(config.state / "network.bell")


def note(config: Config, hub: str) -> None:
    """A hub says that it has something new."""
    folder = standing.folder(config) / "knocks"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / hub).touch()


def taken(config: Config) -> set[str]:
    """The hubs that have knocked since the last call."""
    folder = standing.folder(config) / "knocks"
    if not folder.is_dir():
        return set()
    found = {path.name for path in folder.iterdir() if ID.fullmatch(path.name)}
    for name in found:
        (folder / name).unlink(missing_ok=True)
    return found
