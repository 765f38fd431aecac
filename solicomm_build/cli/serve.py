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
    one stands by while another has the hub, and takes over when that one is silent; with `divided`
    it serves its share of the cells.

    \b
    Example:
      solicomm serve --hub hub
      solicomm serve --hub hub --http 0.0.0.0:80 --lmtp unix:/run/solicomm/lmtp
    """
    import dataclasses

    from solicomm_build.cli import shared
    from solicomm_build.cli.serving.supervisor import Supervisor, is_served
    from solicomm_build.foundation.hub.cluster import lease

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
    if found.cluster.is_shared:
        _begin_with_snapshots(found)
        shared.load(found.languages, found.root)  # once for all that this machine takes over
    if found.cluster.divided:
        raise SystemExit(_in_share(found))
    lease.forget_owners(found)
    supervisor = Supervisor(found, sample_mail=sample_mail)
    if found.cluster.is_shared:
        raise SystemExit(_in_turn(found, supervisor.run))
    raise SystemExit(supervisor.run())


def _begin_with_snapshots(config: Config) -> None:
    """What others shall find at this machine's place, when it has nothing; in a process of its own,
    for what opens the store may not fork."""
    import os

    if pid := os.fork():
        os.waitpid(pid, 0)
        return
    try:
        from solicomm_build.git.replica import snapshots

        snapshots.seed_new(config, lambda said: click.echo(f"solicomm: {said}", err=True))
    finally:
        os._exit(0)


def _in_turn(config: Config, run: Callable[[], int]) -> int:
    """Serves the hub whenever it is this machine's turn."""
    from solicomm_build.cli.serving import standing
    from solicomm_build.cli.serving.candidate import Candidate

    def serve() -> int:
        _take_over(config, 0)
        code = run()
        _leave(config, 0)
        return code

    return Candidate(config, serve, lambda: standing.let_go(config)).run()


def _in_share(config: Config) -> int:
    """Serves the cells that are this machine's."""
    from solicomm_build.cli import upgrading
    from solicomm_build.cli.serving import apart
    from solicomm_build.cli.serving.sharing import APART, MACHINE, Sharing
    from solicomm_build.cli.serving.supervisor import Supervisor
    from solicomm_build.foundation.hub import liveness

    def serve(part: int) -> int:
        def wanted(found: Config) -> list[str]:
            if part == MACHINE:
                return liveness.of_machine(found.root)
            return liveness.of_owner(found.root, part)

        if part == APART:
            return apart.serve(config)
        if part != MACHINE:
            _take_over(config, part)
        if part > 0:
            for upgrade in upgrading.carry_out_in(config.in_cell(part)):
                click.echo(f"solicomm: cell {part}: {upgrade.name}: {upgrade.says}", err=True)
        code = Supervisor(config, wanted=wanted, is_whole=part == 0).run()
        if part != MACHINE:
            _leave(config, part)
        return code

    return Sharing(config, serve).run()


def _take_over(config: Config, cell: int) -> None:
    """Makes the hub, or a cell of it, this machine's, and says how long that took."""
    import time

    from solicomm_build.git.replica import machine
    from solicomm_build.post.cells import dividing

    def say(said: str) -> None:
        click.echo(f"solicomm: {said}", err=True)

    began = time.monotonic()
    count = machine.take_over(config, say, cell)
    if cell == 0:
        dividing.finish(config)
    lasted = time.monotonic() - began
    what = f"cell {cell}: " if config.cluster.divided else ""
    say(f"{what}{count} repositories taken over in {lasted:.1f} s")


def _leave(config: Config, cell: int) -> None:
    """Has others keep the plain files as stages have left them, while the lease lasts: whoever has
    it next misses nothing of the last seconds."""
    import contextlib

    from solicomm_build.foundation.errors import NotKeptError
    from solicomm_build.git.replica import machine

    with contextlib.suppress(NotKeptError):
        machine.pair(config)[1].of(cell).keep(whole=True)
