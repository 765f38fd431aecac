"""`solicomm deliver`."""

from __future__ import annotations

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.config import Config


@click.command("deliver")
@click.option("--once", is_flag=True, help="Send what is due, then end.")
@with_hub
def command(hub: Config, once: bool) -> None:
    """Send list copies and forwarded mail to the relay, or to spool/sink.mbox; without --once it
    stays.

    \b
    Example:
      solicomm deliver --once --hub hub
    """
    import asyncio

    from solicomm_build.cli.running import log_of
    from solicomm_build.cli.stages import until_asked
    from solicomm_build.courier.run import deliver

    log = log_of(hub)
    asyncio.run(until_asked(lambda stop: deliver(hub, once=once, stop=stop, log=log)))
