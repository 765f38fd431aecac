"""`solicomm peer sync`, `bundle`, `send` and `read`: the three ways."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from solicomm_build.cli.hub import OutFile, ProgressLine, with_hub
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config

if TYPE_CHECKING:
    from solicomm_build.features.network.judging.taking import Report
    from solicomm_build.features.network.trust.peers import Peer

_MOST = "With as many large files as make it so long; the next has the others."


@click.command("sync")
@click.argument("peer", metavar="[HUB-ID]", required=False)
@click.option("--once", is_flag=True, help="One round (it is always one; for scripts).")
@click.option("--all", "whole", is_flag=True, help="Also what is else fetched at night.")
@with_hub
def sync(hub: Config, peer: str | None, once: bool, whole: bool) -> None:
    """Look at the hubs that are known, or at one, now.

    \b
    Example:
      solicomm peer sync
      solicomm peer sync water-3fk2q7ab
    """
    from solicomm_build.features.network.carrying import syncing, turns
    from solicomm_build.features.network.carrying.syncing import Syncing
    from solicomm_build.features.network.trust import peers
    from solicomm_build.foundation.hub import identity as identities

    identity, known = identities.of(hub), peers.read(hub)
    wanted = [known.peer(peer)] if peer is not None else [*known.peers.values()]
    if not wanted:
        raise UsageError("no other hub is known. To add one: solicomm peer add URL")
    from solicomm_build.cli.running import log_of

    failed, line = False, ProgressLine("Fetching")
    with turns.working(hub):
        syncing.sign(hub, identity, known)
        work = Syncing(hub, identity, known, log_of(hub), _shown(line, "steps of"))
        for one in wanted:
            report = work.look(one)
            line.end()
            _tell(hub, report)
            if not report.lines:
                click.echo(f"{one.id}: nothing new there")
            failed = failed or report.is_unreached
    if whole:
        failed = _nightly(hub, wanted) or failed
    heed(hub)
    with turns.working(hub):
        syncing.sign(hub, identity, known)
    syncing.knock(hub, identity, known)
    if failed:
        raise SystemExit(75)


@click.command("bundle")
@click.argument("out", type=OutFile())
@click.option("--for", "peer", required=True, metavar="HUB-ID", help="Who it is brought to.")
@click.option("--only", multiple=True, metavar="conferences/ID", help="These alone; again.")
@click.option("--with", "wishes", multiple=True, metavar="WHAT", help="Also: search.")
@click.option("--most", type=click.IntRange(1, 4000), metavar="MB", help=_MOST)
@with_hub
def bundle(
    hub: Config,
    out: Path,
    peer: str,
    only: tuple[str, ...],
    wishes: tuple[str, ...],
    most: int | None,
) -> None:
    """Write a file for a hub that has no line: all that it lacks, to be carried on a stick or sent
    by mail.

    \b
    Example:
      solicomm peer bundle /media/stick/water.zip --for water-3fk2q7ab
    """
    from solicomm_build.features.network.carrying import packets, syncing, turns
    from solicomm_build.features.network.trust import peers
    from solicomm_build.foundation.hub import identity as identities

    identity, known = identities.of(hub), peers.read(hub)
    found = known.peer(peer)
    line = ProgressLine("Writing")
    with turns.working(hub):
        syncing.sign(hub, identity, known, wholly=True)
        names = packets.write(
            hub,
            identity,
            known,
            out,
            found,
            only=only,
            wishes=wishes,
            room=most * 1_000_000 if most else None,
            progress=_shown(line),
        )
    line.end()
    size = out.stat().st_size
    click.echo(f"{out}: {size:,} bytes for {found.id}, with {', '.join(names)}")
    click.echo(f"There: solicomm peer read {out.name}")


@click.command("send")
@click.argument("peer", metavar="HUB-ID")
@click.option("--only", multiple=True, metavar="conferences/ID", help="These alone; again.")
@click.option("--most", type=click.IntRange(1, 4000), metavar="MB", help=_MOST)
@with_hub
def send(hub: Config, peer: str, only: tuple[str, ...], most: int | None) -> None:
    """Send a hub by mail all that it lacks, to its address peer@. Large files of libraries that it
    keeps whole go as far as there is room; send again for the others.

    \b
    Example:
      solicomm peer send water-3fk2q7ab
    """
    from solicomm_build.features.network.carrying import mailing, syncing, turns
    from solicomm_build.features.network.trust import peers
    from solicomm_build.foundation.hub import identity as identities

    identity, known = identities.of(hub), peers.read(hub)
    with turns.working(hub):
        syncing.sign(hub, identity, known, wholly=True)
        to, size, names = mailing.send(
            hub,
            identity,
            known,
            known.peer(peer),
            only,
            most=most * 1_000_000 if most else None,
        )
    click.echo(f"{size:,} bytes are on their way to {to}, with {', '.join(names)}")


@click.command("read")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
@with_hub
def read(hub: Config, files: tuple[Path, ...]) -> None:
    """Take what another hub wrote with `peer bundle`. A damaged file is refused whole.

    \b
    Example:
      solicomm peer read /media/stick/water.zip
    """
    from solicomm_build.cli.running import log_of
    from solicomm_build.features.network.carrying import packets, syncing, turns
    from solicomm_build.features.network.trust import peers
    from solicomm_build.foundation.hub import identity as identities

    identity, known, line = identities.of(hub), peers.read(hub), ProgressLine("Reading")
    with turns.working(hub):
        for path in files:
            report = packets.take(hub, identity, known, path, log_of(hub), progress=_shown(line))
            line.end()
            _tell(hub, report)
    heed(hub)
    with turns.working(hub):
        syncing.sign(hub, identity, known)
    syncing.knock(hub, identity, known)


def _nightly(hub: Config, wanted: list[Peer]) -> bool:
    """Fetches what is else fetched at night, to its end; whether something failed."""
    from solicomm_build.features.network.sharing import nights

    failed = False
    for one in wanted:
        fault, whole = nights.look(hub, one, float("inf")) if one.url else ("", True)
        if fault or not whole:
            click.echo(f"{one.id}: {fault or 'it changed meanwhile. Try again'}")
        failed = failed or bool(fault)
    return failed


def heed(hub: Config) -> None:
    """Does what other hubs have erased, and says so."""
    from solicomm_build.cli.running import log_of, ring_after_commit
    from solicomm_build.features.network.erasures import heeding
    from solicomm_build.features.network.trust import peers
    from solicomm_build.foundation.hub import identity as identities

    lines = heeding.carry_out(hub, identities.of(hub), peers.read(hub), log_of(hub))
    for line in lines:
        click.echo(line)
    if lines:
        ring_after_commit(hub)()


def _tell(hub: Config, report: Report) -> None:
    """Prints what came of it and wakes who follows the log."""
    from solicomm_build.cli.running import ring_after_commit

    for line in report.lines:
        click.echo(line)
    if report.changed:
        ring_after_commit(hub)()


def _shown(line: ProgressLine, unit: str = "conferences,") -> Callable[[int, int, str], None]:
    return lambda done, of, what: line.update(done, of, done, f"{unit} {what}")


COMMANDS = (sync, bundle, send, read)
