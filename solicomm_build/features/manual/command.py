"""`solicomm docs`."""

from __future__ import annotations

import click


@click.command("docs")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """Print a document of those that come along; without a name list them.

    \b
    Example:
      solicomm docs
      solicomm docs howto/operator
      solicomm docs changelog
    """
    from solicomm_build.features.manual import documents

    if name:
        click.echo(documents.text(name), nl=False)
        return
    found = documents.all_of_them()
    width = max(map(len, found))
    for short, path in found.items():
        click.echo(f"{short:<{width}}  {documents.title(path)}")
