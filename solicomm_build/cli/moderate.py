"""`solicomm moderate`."""

from __future__ import annotations

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.config import Config
from solicomm_build.errors import UsageError

_DECISIONS = ("accept", "discard")


@click.command("moderate")
@click.argument("words", metavar="[CONFERENCE | accept ID | discard ID]", nargs=-1)
@with_hub
def command(hub: Config, words: tuple[str, ...]) -> None:
    """List the mail that waits for a moderator, or decide on it.

    IDs are those of the list; a few first letters are enough.

    \b
    Example:
      solicomm moderate
      solicomm moderate organising
      solicomm moderate accept wkq3x7
    """
    if words and words[0] in _DECISIONS:
        if len(words) != 2:
            raise UsageError(f"Write `solicomm moderate {words[0]} ID`, with one ID of the list")
        _decide(hub, words[0], words[1])
    elif len(words) > 1:
        raise UsageError("Write one CONFERENCE, or `accept ID`, or `discard ID`")
    else:
        _list(hub, words[0] if words else None)


def _list(hub: Config, conference: str | None) -> None:
    from solicomm_build.ingest.moderation import list_held

    waiting = list_held(hub, conference)
    for held in waiting:
        click.echo(f"{held.mid[:8]}  {held.conference}: {held.subject or '(no subject)'}")
        click.echo(f"          from {held.name or '?'}; waits because {held.reason}")
    if not waiting:
        click.echo("Nothing waits for a moderator")


def _decide(hub: Config, decision: str, wanted: str) -> None:
    from solicomm_build.cli.running import ring_after_commit
    from solicomm_build.ingest import moderation

    found = [held for held in moderation.list_held(hub) if held.mid.startswith(wanted.lower())]
    if not found:
        raise UsageError(f"No waiting mail has an ID that begins with {wanted}")
    if len(found) > 1:
        raise UsageError(f"{len(found)} waiting mails have an ID that begins with {wanted}")
    act = moderation.accept if decision == "accept" else moderation.discard
    act(hub, found[0].conference, found[0].mid, by="operator")
    ring_after_commit(hub)()
    click.echo(f"{found[0].subject or '(no subject)'}: {decision}ed")
