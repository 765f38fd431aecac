"""`solicomm web`."""

from __future__ import annotations

import dataclasses

import click

from solicomm_build.cli.hub import HostPort, with_hub
from solicomm_build.foundation.hub.config import Config


@click.command("web")
@click.option("--http", type=HostPort(), default=None, help="Where pages are served.")
@with_hub
def command(hub: Config, http: tuple[str, int] | None) -> None:
    """Serve the pages and read-only git over HTTP, until SIGTERM.

    \b
    Example:
      solicomm web --hub hub --http 127.0.0.1:8080
    """
    from solicomm_build.cli.running import web

    web(dataclasses.replace(hub, http=http or hub.http), lambda: None)
