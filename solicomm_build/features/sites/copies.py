"""Copies of the sites of unions at other hubs, to be read while these are away.

`content/copies/unions/<id>@<hub>.git` is the site's public repository as its home signed it; it is
shown at `/network/sites/<hub>/<id>/`, at this hub's own address, and nobody edits it here.
"""

from __future__ import annotations

from pathlib import Path

from solicomm_build.foundation.hub.config import Config


def folder(config: Config) -> Path:
    """Where they lie."""
    return config.copies / "unions"


def place(config: Config, name: str) -> Path:
    """The copy called `<id>@<hub>`."""
    return folder(config) / f"{name}.git"


def union_of(name: str) -> str:
    """What its home calls the site."""
    return name.partition("@")[0]


def url(name: str) -> str:
    """Where it is shown."""
    union, _, hub = name.partition("@")
    return f"/network/sites/{hub}/{union}/"
