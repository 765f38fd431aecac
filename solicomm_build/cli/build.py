"""`solicomm build`."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from solicomm_build.cli.hub import ProgressLine, cut, with_hub
from solicomm_build.foundation import hooks
from solicomm_build.foundation.hub.config import Config

if TYPE_CHECKING:
    import subprocess

    from solicomm_build.builder.hands.calling import Calling
    from solicomm_build.builder.published import Report


def _help(hub: Config, started: subprocess.Popen[bytes]) -> Calling:
    from solicomm_build.builder.hands.calling import Calling

    return Calling(hub, lambda sentence: click.echo(sentence, err=True), started)


def _tell(report: Report) -> None:
    if report.idle:
        click.echo("Everything is up to date")
    else:
        click.echo(
            f"{report.pages:,} pages made, {report.written:,} files written, "
            f"{report.removed:,} taken away in {report.seconds:.1f} s"
        )
    for place, reason in report.failures:
        click.echo(f"Not shown: {place}: {reason.strip().splitlines()[-1]}", err=True)


@click.command("build")
@click.option("--full", is_flag=True, help="Make every page anew; the result is the same bytes.")
@click.option("--once", is_flag=True, help="Build what is pending, then end.")
@with_hub
def command(hub: Config, full: bool, once: bool) -> None:
    """Bring the pages in public/ up to date with the repositories.

    Without --once or --full it stays and builds after every commit.

    \b
    Example:
      solicomm build --once --hub hub
    """
    from solicomm_build.cli.running import log_of
    from solicomm_build.foundation import data
    from solicomm_build.foundation.hub import modes, settled

    if once or full:
        cut(hub)
    if once and not full and settled.holds(hub, data.theme()):
        click.echo("Everything is up to date")
        return
    if once or full:
        for settle in hooks.each("stages", "SETTLE"):
            settle(hub, log_of(hub))
    from solicomm_build.builder.hands import starting

    started = starting.start(hub.root) if full and hub.cluster.dask else None
    from solicomm_build.builder.hooks import afterwards
    from solicomm_build.builder.run import Builder
    from solicomm_build.builder.serving import serve_builder
    from solicomm_build.cli.stages import stopper
    from solicomm_build.foundation.hub.liveness import Pulse

    modes.open_pages(hub.public)
    if not (once or full):
        stop = stopper(Pulse(hub.state, "build"))
        serve_builder(hub, data.theme(), stop, log=log_of(hub))
        return
    before = settled.contents(hub)
    line = ProgressLine("Building:")
    with contextlib.ExitStack() as helped:
        builder = Builder(
            hub,
            data.theme(),
            progress=lambda what, n: line.update(0, 0, n, what),
            log=log_of(hub),
            hands=helped.enter_context(_help(hub, started)) if started else None,
        )
        report = builder.build(full=full)
        for after in afterwards() if builder.contents else ():
            line.update(0, 0, 0, after.name)
            after.once(hub, builder.built, full)
    builder.close()
    line.end()
    _tell(report)
    if report.failures:
        raise SystemExit(65)
    if settled.contents(hub) == before:
        settled.note(hub, data.theme())
