"""Forms of a network: what is not public of an answer goes to the form's home, and nowhere else."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import Giver


def _given(config: Config, conference: str, own: str) -> Iterator[tuple[str, bytes]]:
    from solicomm_build.features.forms import formhome

    return formhome.given(config, conference, own)


def _ready(config: Config, conference: str, names: Collection[str]) -> Collection[str]:
    from solicomm_build.features.forms import formhome

    return formhome.ready(config, conference, names)


def _taken(config: Config, conference: str, giver: Giver, name: str, content: bytes) -> str:
    from solicomm_build.features.forms import formhome

    return formhome.taken(config, conference, giver, name, content)


def _settled(config: Config, conference: str, name: str, why: str) -> None:
    from solicomm_build.features.forms import formhome

    formhome.settled(config, conference, name, why)


FOR_HOME = {"form": _given}
FROM_HUB = {"form": _taken}
READY = {"form": _ready}
SETTLED = {"form": _settled}
