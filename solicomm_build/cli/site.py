"""`solicomm site`."""

from __future__ import annotations

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.config import Config


@click.group("site")
def command() -> None:
    """Look after union sites: what changed, going back, drafts, domains, room.

    \b
    Example:
      solicomm site history metal
      solicomm site rollback metal
      solicomm site list
    """


@command.command("rollback")
@click.argument("union")
@click.argument("commit", required=False)
@with_hub
def rollback(hub: Config, union: str, commit: str | None) -> None:
    """Make the site of UNION as it was: at COMMIT, or before its last change.

    This is one more commit; nothing is forgotten. Again without COMMIT, it takes itself back.

    \b
    Example:
      solicomm site rollback metal
      solicomm site rollback metal 3f2a9c1
    """
    from solicomm_build import clock
    from solicomm_build.bell import of_builder
    from solicomm_build.model.site import FILE, decode_site
    from solicomm_build.store import undo
    from solicomm_build.store.reader import Reader
    from solicomm_build.store.repo import open_repo

    repo = open_repo(hub.union_repo(union))
    wanted = undo.named(repo, commit)
    with Reader(repo) as reader:  # never back to what could not be shown
        decode_site(reader.at(wanted, FILE) or b"", FILE, union=union)
    made = undo.restore(repo, wanted, when=clock.now())
    of_builder(hub.state).ring()
    click.echo(f"{union} is as it was at {wanted[:10]}, by the new commit {made[:10]}.")
    click.echo(f"In a moment: {hub.url}/unions/{union}/")
    click.echo(f"Back again: solicomm site rollback {union}")


@command.command("history")
@click.argument("union")
@click.option("--count", default=20, type=click.IntRange(1, 10_000), show_default=True)
@with_hub
def history(hub: Config, union: str, count: int) -> None:
    """What changed on the site of UNION, when and by whom; the newest first.

    \b
    Example:
      solicomm site history metal
      solicomm site history metal --count 100
    """
    from solicomm_build.store import undo
    from solicomm_build.store.repo import open_repo

    repo = open_repo(hub.union_repo(union))
    tip = repo.ref()
    for step in undo.steps(repo, tip, count) if tip else ():
        click.echo(f"{step.oid[:10]}  {step.when:%Y-%m-%d %H:%M}  {step.name}: {step.subject}")
        for path in step.files[:10]:
            click.echo(f"            {path}")
        if len(step.files) > 10:
            click.echo(f"            and {len(step.files) - 10} more")
