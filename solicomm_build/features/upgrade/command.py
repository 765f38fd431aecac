"""`solicomm upgrade`."""

from __future__ import annotations

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.errors import ConflictError, HubError, UsageError
from solicomm_build.foundation.hub.config import Config


@click.command("upgrade")
@click.option("--check", is_flag=True, help="Only say; ends with 1 when something would change.")
@click.option("--undo", is_flag=True, help="Before the version before this one is brought in.")
@with_hub
def command(hub: Config, check: bool, undo: bool) -> None:
    """Say which version ran this hub last and what this one changes in it, and change it.

    `solicomm serve` does the same at each start. A hub that runs is left alone. With --undo the
    changes are taken back, so that the version before this one can run the hub; nothing that came
    since is lost.

    \b
    Example:
      solicomm upgrade --check
      solicomm upgrade
      solicomm upgrade --undo
    """
    from solicomm_build.cli import upgrading
    from solicomm_build.features.upgrade import saying
    from solicomm_build.foundation.hub import liveness

    if check and undo:
        raise UsageError("--check and --undo exclude each other. Leave one out")
    runs = any(sign.runs for sign in liveness.signs(hub.state))
    if undo:
        if runs:
            raise ConflictError("the hub runs. Stop it first: it would change what is taken back")
        _take_back(hub)
        return
    for line in saying.about(hub):
        click.echo(line)
    waiting = upgrading.needed(hub)
    if check:
        click.get_current_context().exit(1 if waiting else 0)
    if runs:
        raise ConflictError("the hub runs. Restart it: it makes its changes before it takes mail")
    for one in upgrading.carry_out(hub):
        click.echo(f"Doing {one.name}")


def _take_back(hub: Config) -> None:
    from solicomm_build.cli import upgrading
    from solicomm_build.features.upgrade import newsettings, saying
    from solicomm_build.foundation.hub import cells
    from solicomm_build.foundation.objects import incoming

    renamed = list(newsettings.renamed(hub))
    if other := [one for one in renamed if one[1] != one[2]]:
        said = ", ".join(f"{now} was called {first}" for _, now, first in other)
        remedy = "; ".join(f"solicomm rename {word} {now} {first}" for word, now, first in other)
        raise HubError(
            f"{said}, and the version before would find nothing of it by its old name. Nothing was "
            f"undone yet. Say {remedy}; then this again"
        )
    spools = [spool for one in cells.every(hub) if (spool := incoming.in_objects(one)) is not None]
    if waits := sum(len(spool.pending()) for spool in spools):
        raise HubError(
            f"{waits} files of mail wait in S3, where the version before does not look. Nothing was"
            " undone yet. Stop what brings mail, start the hub until `solicomm cells` says that "
            "nothing waits, stop it, then say this again"
        )
    names = [one.name for one in upgrading.take_back(hub)]
    for word, now, _ in renamed:
        if word == "conference":
            click.echo(
                f"{now}: who joined or left while it had another name did so for this version alone"
            )
    for line in newsettings.say_as_before(hub):
        click.echo(line)
    click.echo(saying.taken_back(names))
    if refused := newsettings.in_hub_yaml(hub):
        raise HubError(
            f"hub.yaml has what the version before does not know: {', '.join(refused)}. Put # "
            "before these lines, and before what belongs to them, when you bring it in"
        )
