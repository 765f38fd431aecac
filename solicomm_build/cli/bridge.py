"""`solicomm bridge`."""

from __future__ import annotations

import dataclasses

import click

from solicomm_build.cli.hub import HostPort, with_hub
from solicomm_build.foundation.hub.config import Config


@click.command("bridge")
@click.option("--smtp", type=HostPort(), default=None, help="Where mail is taken.")
@click.option("--lmtp", default=None, help="HOST:PORT or unix:PATH for a mail server in front.")
@with_hub
def command(hub: Config, smtp: tuple[str, int] | None, lmtp: str | None) -> None:
    """Take mail by SMTP and LMTP into spool/in, until SIGTERM.

    \b
    Example:
      solicomm bridge --hub hub --smtp 127.0.0.1:8025
    """
    from solicomm_build.cli.running import bridge

    bridge(dataclasses.replace(hub, smtp=smtp or hub.smtp, lmtp=lmtp or hub.lmtp), lambda: None)
