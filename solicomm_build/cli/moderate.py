"""`solicomm moderate`."""

from __future__ import annotations

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.config import Config
from solicomm_build.errors import UsageError

_DONE = {
    "accept": "accepted",
    "accept+trust": "accepted, and what its author sends from now on",
    "reject": "rejected",
    "discard": "discarded",
    "ban": "discarded, and what its author sends from now on",
}


@click.command("moderate")
@click.argument(
    "words", metavar="[CONFERENCE | DECISION ID | emergency CONFERENCE on|off]", nargs=-1
)
@click.option("--text", default="", help="What the author of a rejected message is told.")
@with_hub
def command(hub: Config, words: tuple[str, ...], text: str) -> None:
    """List the mail that waits for a moderator, or decide on it.

    A DECISION is accept, accept+trust (also what the author sends from now on), reject (the author
    hears why), discard, or ban (discard, also what the author sends from now on). IDs are those of
    the list; a few first letters are enough. Who decides first has decided. `emergency` holds
    everything that is sent to a conference, until it is turned off.

    \b
    Example:
      solicomm moderate
      solicomm moderate organising
      solicomm moderate accept wkq3x7
      solicomm moderate reject wkq3x7 --text "Please write to the branch first."
      solicomm moderate emergency organising on
    """
    if words and words[0] == "emergency":
        _emergency(hub, words[1:])
        return
    if words and words[0] in _DONE:
        if len(words) != 2:
            raise UsageError(f"Write `solicomm moderate {words[0]} ID`, with one ID of the list")
        _decide(hub, words[0], words[1], text)
    elif len(words) > 1:
        raise UsageError(f"Write one CONFERENCE, or one of {', '.join(_DONE)} and an ID")
    else:
        _list(hub, words[0] if words else None)


def _emergency(hub: Config, words: tuple[str, ...]) -> None:
    from solicomm_build.store.membership import hold_everything

    if len(words) != 2 or words[1] not in ("on", "off"):
        raise UsageError("Write `solicomm moderate emergency CONFERENCE on`, or off")
    hold_everything(hub, words[0], on=words[1] == "on")
    if words[1] == "on":
        click.echo(f"Everything sent to {words[0]} waits now; end it with `emergency ... off`")
    else:
        click.echo(f"Mail to {words[0]} is treated as usual; what waits still waits")


def _list(hub: Config, conference: str | None) -> None:
    from solicomm_build.ingest.moderation import list_held

    waiting = list_held(hub, conference)
    for held in waiting:
        click.echo(f"{held.mid[:8]}  {held.conference}: {held.subject or '(no subject)'}")
        click.echo(f"          from {held.name or '?'}; waits because {held.reason}")
    if not waiting:
        click.echo("Nothing waits for a moderator")


def _decide(hub: Config, wanted: str, start: str, text: str) -> None:
    from solicomm_build import clock
    from solicomm_build.cli.running import log_of, ring_after_commit
    from solicomm_build.ingest import moderation
    from solicomm_build.model.decision import OPERATOR, Decision
    from solicomm_build.spool import Spool

    found = [held for held in moderation.list_held(hub) if held.mid.startswith(start.lower())]
    if not found:
        raise UsageError(f"No waiting mail has an ID that begins with {start}")
    if len(found) > 1:
        raise UsageError(f"{len(found)} waiting mails have an ID that begins with {start}")
    mine = Decision(wanted, OPERATOR, clock.now(), text)
    made = moderation.decide(hub, found[0].conference, found[0].mid, mine, log=log_of(hub))
    ring_after_commit(hub)()
    Spool(hub.spool_desk).ring()
    first = "" if made.by == OPERATOR else f" by {made.by}, who was first"
    click.echo(f"{found[0].subject or '(no subject)'}: {_DONE[made.decision]}{first}")
