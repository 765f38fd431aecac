"""What pages show that lies in no repository, such as the cards of people at other hubs.

    state/outside/<name>    a text that is another whenever something of this name has changed

The builder tells by the commits of repositories whether it has anything to do. Whoever changes what
has none says so here when it is done, and the builder looks at once.
"""

from __future__ import annotations

import os
from pathlib import Path

from solicomm_build.foundation import bell, safeio
from solicomm_build.foundation.hub.config import Config


def changed(config: Config, name: str) -> None:
    """Has the builder look."""
    place = folder(config)
    place.mkdir(parents=True, exist_ok=True)
    safeio.write_atomic(place / name, os.urandom(8).hex().encode(), durable=False)
    bell.of_builder(config.state).ring()


def seen(config: Config, name: str) -> str:
    """What is noted of a name; empty when nothing of it has changed yet."""
    try:
        return (folder(config) / name).read_text("ascii")
    except FileNotFoundError:
        return ""


def everything(config: Config) -> list[tuple[str, str]]:
    """All that is noted, by name."""
    names = os.listdir(folder(config)) if folder(config).is_dir() else []
    return [(name, seen(config, name)) for name in sorted(names)]


def folder(config: Config) -> Path:
    """Where it is noted: another file is there whenever something has changed."""
    return config.state / "outside"
