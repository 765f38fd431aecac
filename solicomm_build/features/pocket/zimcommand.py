"""`solicomm zim`."""

from __future__ import annotations

from pathlib import Path

import click

from solicomm_build.cli.hub import OutFile, ProgressLine, with_hub
from solicomm_build.features.pocket.choice import Choice
from solicomm_build.features.pocket.options import chosen
from solicomm_build.foundation.hub.config import Config


@click.command("zim")
@click.argument("out", metavar="FILE", type=OutFile())
@chosen
@click.option("--split", default="", metavar="4G", help="In parts of at most that size.")
@with_hub
def command(
    hub: Config,
    out: Path,
    choice: Choice,
    split: str,
) -> None:
    """Write the hub, or a part of it, into FILE: a ZIM, read with Kiwix on phones and computers and
    searched there, without a network. Needs zim-tools of Debian.

    What is for members only, people's cards and drafts never come along.

    \b
    Example:
      solicomm zim hub.zim
      solicomm zim water.zim --conference water --lang es --split 2G
    """
    from solicomm_build.features.pocket import zim
    from solicomm_build.features.pocket.sizes import octets

    line = ProgressLine("ZIM:")
    made = zim.write(
        hub,
        out,
        choice,
        split=octets(split) if split else 0,
        progress=lambda what, number, of: line.update(number, of, number, what),
    )
    line.end()
    total = sum(size for _, size in made.files)
    click.echo(f"{made.pages:,} pages, {total / 1e6:,.1f} MB: ", nl=False)
    click.echo(", ".join(str(path) for path, _ in made.files))
