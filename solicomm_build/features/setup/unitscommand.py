"""`solicomm units`."""

from __future__ import annotations

from pathlib import Path

import click

_HUB = "/srv/solicomm/hub"


@click.command("units")
@click.option("--hub", default=_HUB, metavar="DIR", help=f"The hub's folder; else {_HUB}.")
@click.option("--install", is_flag=True, help="Write them to where systemd looks; by root.")
@click.option(
    "--root",
    type=click.Path(path_type=Path),
    default=Path("/"),
    metavar="DIR",
    help="Write them below this folder in place of /.",
)
def command(hub: str, install: bool, root: Path) -> None:
    """Print the units with which systemd runs the hub, for this program; or install them.

    \b
    Example:
      solicomm units
      solicomm units --install
      solicomm units --install --hub /srv/elsewhere/hub --root /tmp/look
    """
    from solicomm_build.features.setup import places, unitfiles

    program, folder = places.program(), Path(hub).absolute()
    if not install:
        for name, text in unitfiles.services(program, folder).items():
            click.echo(f"# {name}\n{text}")
        click.echo(f"# /etc/tmpfiles.d/solicomm.conf\n{unitfiles.folders()}", nl=False)
        return
    for path in unitfiles.install(root, program, folder):
        click.echo(path)
    if root == Path("/"):
        click.echo("Then: systemd-tmpfiles --create && systemctl daemon-reload &&")
        click.echo("      systemctl enable --now solicomm.service solicomm-maps.timer")
