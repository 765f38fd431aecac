"""The two processes that stay, each until it is asked to stop."""

from __future__ import annotations

from solicomm_build.cli.stages import stopper
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub.config import Config


def schedule(config: Config) -> None:
    """Raises HubError. Blocking."""
    _needed()
    from solicomm_build.builder.hands import meeting

    meeting.schedule(config, stopper())


def work(config: Config) -> None:
    """Raises HubError. Blocking."""
    _needed()
    from solicomm_build.builder.hands import meeting

    meeting.work(config, stopper())


def _needed() -> None:
    from importlib.util import find_spec

    if find_spec("distributed") is None:
        raise HubError("the library distributed is not installed: pip install 'solicomm[dask]'")
