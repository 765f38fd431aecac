"""`solicomm shelf`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.hub.config import Config


@click.command("shelf")
@click.argument("library")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--subject", default="", help="Only what is about this: a word, or scheme:word.")
@click.option("--lang", default="", help="Only what is in this language.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Only what came in on or after this day.",
)
@with_hub
def command(
    hub: Config, library: str, folder: Path, subject: str, lang: str, since: datetime | None
) -> None:
    """Write LIBRARY, or a part of it, into DIR: a folder that opens from a USB stick.

    Everything works without a network and without this program: open index.html in a browser. Run
    it again to bring the folder up to date; only what changed is written.

    \b
    Example:
      solicomm shelf agreements /media/stick/library --lang es
    """
    from datetime import UTC

    from solicomm_build.features.library.rendering.carried import Selection, carry
    from solicomm_build.foundation import data
    from solicomm_build.post.subjects import resolve

    wanted = Selection(
        resolve(subject) if subject else "", lang, since.replace(tzinfo=UTC) if since else None
    )
    done = carry(hub, library, folder, wanted, data.theme())
    for name in done.missing:
        click.echo(
            f"Not on the shelf: {name}: the hub lacks this file. Run: solicomm fsck", err=True
        )
    click.echo(
        f"{done.cards:,} documents on the shelf; {done.written:,} files written, "
        f"{done.removed:,} taken away; {done.octets / 1e6:,.1f} MB. Open {folder}/index.html"
    )
