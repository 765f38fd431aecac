"""Who has knocked: files `state/network/knocks/<hub>`, from the web server to the stage. And what
others are to be told of: `state/network/untold/<repository>`, with `~` for `/`, from whoever signs
to whoever knocks.
"""

from __future__ import annotations

from solicomm_build.features.network import standing
from solicomm_build.foundation.bell import Bell, of_builder
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import ID


def bell_of(config: Config) -> Bell:
    """The stage's bell: rung after a commit, and by who knocks."""
    return Bell(config.state / "network.bell")


def wake(config: Config) -> None:
    """Rings the stage and the builder: an operator has decided something."""
    bell_of(config).ring()
    of_builder(config.state).ring()


def note(config: Config, hub: str) -> None:
    """A hub says that it has something new."""
    _note(config, "knocks", hub)


def taken(config: Config) -> set[str]:
    """The hubs that have knocked since the last call."""
    return {name for name in _taken(config, "knocks") if ID.fullmatch(name)}


def owe(config: Config, repo: str) -> None:
    """A repository, `conferences/net`, has an offer of which others were not told."""
    _note(config, "untold", repo.replace("/", "~"))


def owed(config: Config) -> set[str]:
    """The repositories of which others are to be told since the last call."""
    return {name.replace("~", "/") for name in _taken(config, "untold")}


def _note(config: Config, what: str, name: str) -> None:
    folder = standing.folder(config) / what
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).touch()


def _taken(config: Config, what: str) -> set[str]:
    folder = standing.folder(config) / what
    if not folder.is_dir():
        return set()
    found = {path.name for path in folder.iterdir()}
    for name in found:
        (folder / name).unlink(missing_ok=True)
    return found
