"""`solicomm serve`: all stages as children of one small process that starts them again."""

from __future__ import annotations

from collections.abc import Callable

import click

from solicomm_build.cli.hub import HostPort, with_hub
from solicomm_build.foundation.hub.config import Config


@click.command("serve")
@click.option("--http", type=HostPort(), default=None, help="Where pages are served.")
@click.option("--smtp", type=HostPort(), default=None, help="Where mail is taken.")
@click.option("--lmtp", default=None, help="HOST:PORT or unix:PATH for a mail server in front.")
@click.option("--sample-mail", is_flag=True, help="Send the sample's mail through the bridge once.")
@with_hub
def command(
    hub: Config,
    http: tuple[str, int] | None,
    smtp: tuple[str, int] | None,
    lmtp: str | None,
    sample_mail: bool,
) -> None:
    """Run everything in one process group: bridge, ingest, builder, courier, web.

    Ends cleanly on Ctrl-C or SIGTERM: running work is finished first. A stage that dies is started
    again; nothing that got a 250 is lost. Where hub.yaml names several machines (`cluster`), this
    one stands by while another has the hub, and takes over when that one is silent.

    \b
    Example:
      solicomm serve --hub hub
      solicomm serve --hub hub --http 0.0.0.0:80 --lmtp unix:/run/solicomm/lmtp
    """
    import dataclasses

    from solicomm_build.cli.serving.supervisor import Supervisor, is_served

    found = dataclasses.replace(
        hub, http=http or hub.http, smtp=smtp or hub.smtp, lmtp=lmtp or hub.lmtp
    )
    if is_served(found):
        click.echo(
            f"solicomm: {hub.root} is served already, at {hub.url}. To begin anew stop that one "
            "first: Ctrl-C where it runs, or systemctl stop solicomm",
            err=True,
        )
        raise SystemExit(75)
    supervisor = Supervisor(found, sample_mail=sample_mail)
    if found.cluster.is_shared:
        raise SystemExit(_in_turn(found, supervisor.run))
    raise SystemExit(supervisor.run())


def _in_turn(config: Config, run: Callable[[], int]) -> int:
    """Serves the hub whenever it is this machine's turn."""
    import time

    from solicomm_build.cli.serving.candidate import Candidate
    from solicomm_build.git.replica import machine

    def serve() -> int:
        began = time.monotonic()
        count = machine.take_over(config, lambda said: click.echo(f"solicomm: {said}", err=True))
        lasted = time.monotonic() - began
        click.echo(f"solicomm: {count} repositories taken over in {lasted:.1f} s", err=True)
        return run()

    return Candidate(config, serve).run()
