"""`solicomm deliver`."""

from __future__ import annotations

import click

from solicomm_build.cli.asking import agreed
from solicomm_build.cli.hub import in_cell, with_hub
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config


@click.command("deliver")
@click.argument("list_", metavar="[LIST]", required=False)
@click.option("--once", is_flag=True, help="Send what is due, then end.")
@click.option("--skip-to-tip", is_flag=True, help="Never send what LIST has not sent so far.")
@click.option("--go-to", metavar="COMMIT", help="Send what came to LIST after a commit, again too.")
@click.option("--here", is_flag=True, help="Mail goes out from this copy of the hub from now on.")
@click.option("--sink", is_flag=True, help="Put what `delivery: sink` kept in line, then end.")
@click.option("--since", default="", metavar="DAY", help="With --sink: what was kept from then on.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@in_cell
@with_hub
def command(
    hub: Config,
    list_: str | None,
    once: bool,
    skip_to_tip: bool,
    go_to: str | None,
    here: bool,
    sink: bool,
    since: str,
    yes: bool,
) -> None:
    """Send list copies and forwarded mail to the relay, or to spool/sink.mbox; without --once it
    stays.

    How far a list has been sent is moved with --skip-to-tip and --go-to, while the hub is stopped;
    both end when that is done. A hub that was copied or moved mails nobody until --here says that
    this is the one.

    \b
    Example:
      solicomm deliver --once --hub hub
      solicomm deliver --sink --since 2026-11-20
      solicomm deliver --skip-to-tip organising
      solicomm deliver --go-to 1f3a9c organising
    """
    wishes = [skip_to_tip, go_to is not None, here, once, sink]
    is_odd = bool(list_) != (skip_to_tip or go_to is not None) or (bool(since) and not sink)
    if sum(wishes) > 1 or is_odd:
        raise UsageError(
            "Write `solicomm deliver --skip-to-tip LIST`, `solicomm deliver --go-to COMMIT LIST`, "
            "`solicomm deliver --here`, `solicomm deliver --sink`, or `solicomm deliver` with or "
            "without --once"
        )
    if here:
        _settle(hub, yes)
    elif sink:
        _sink(hub, since, yes)
    elif list_:
        _move(hub, list_, go_to, yes)
    else:
        _deliver(hub, once)


def _deliver(hub: Config, once: bool) -> None:
    import asyncio
    from functools import partial

    from solicomm_build.cli.running import log_of, watch_of
    from solicomm_build.cli.stages import until_asked
    from solicomm_build.courier.run import BUSY, deliver
    from solicomm_build.foundation.errors import HubError
    from solicomm_build.foundation.hub import cells, liveness
    from solicomm_build.foundation.hub.liveness import Pulse, of_cell

    name = of_cell("deliver", hub.cell)
    log, watch = log_of(hub), None if once else watch_of(hub, name)
    every = cells.every(hub) if once else [hub]
    if any(liveness.runs(hub.state, of_cell("deliver", one.cell)) for one in every):
        raise HubError(BUSY)  # also one that rests: its doorbell is not ours
    pulse = None if once else Pulse(hub.state, name)
    for one in every:
        work = partial(deliver, one, once=once, log=log, watch=watch)
        asyncio.run(until_asked(lambda stop, work=work: work(stop=stop), pulse))  # type: ignore[misc]


def _settle(hub: Config, yes: bool) -> None:
    from solicomm_build.courier import home
    from solicomm_build.foundation.hub import cells
    from solicomm_build.foundation.spool import Spool

    waiting = sum(len(Spool(one).pending()) for one in cells.spools_out(hub))
    if not yes:
        agreed(
            f"Mail goes out from {hub.root} from now on, beginning with {waiting} messages that "
            "wait. Is no other copy of this hub running?"
        )
    home.settle(hub)
    click.echo("Mail goes out from here now")


def _sink(hub: Config, since: str, yes: bool) -> None:
    from solicomm_build.cli.asking import counted, moment
    from solicomm_build.courier import sink as sinks
    from solicomm_build.foundation.hub import liveness

    first = moment(since) if since else None
    found = sinks.look(hub, first)
    stays = f"{counted(found.stays, 'mail')} stay: older, or they do not say for whom"
    if not found.mails or found.oldest is None or found.newest is None:
        click.echo(f"Nothing to send. {stays if found.stays else 'The sink is empty'}")
        return
    if not yes:
        agreed(
            f"{counted(found.mails, 'mail')} to {counted(found.addresses, 'address', 'addresses')},"
            f" kept from {found.oldest:%Y-%m-%d %H:%M} to {found.newest:%Y-%m-%d %H:%M} UTC, go out"
            " now, also what was only tried. Send them?"
        )
    sent = counted(sinks.send(hub, first), "mail")
    if liveness.runs(hub.state, "deliver"):
        click.echo(f"{sent} on the way")
    else:
        click.echo(f"{sent} in line; the hub does not run: solicomm deliver --once sends them")
    if found.stays:
        click.echo(stays)


def _move(hub: Config, name: str, commit: str | None, yes: bool) -> None:
    from solicomm_build.courier import place

    if commit is None:
        moved = place.skip_to_tip(hub, name)
    else:
        count = place.posts_after(hub, name, commit)
        if not yes:
            agreed(f"{count} posts of {name} will go out, also to people who had them")
        moved = place.go_to(hub, name, commit)
    was = moved.was[:12] if moved.was else "nowhere"
    click.echo(f"{name} goes on at {moved.now[:12]} (was {was}): {moved.posts} posts to send")
