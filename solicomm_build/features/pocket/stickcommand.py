"""`solicomm stick`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from solicomm_build.cli.asking import counted
from solicomm_build.cli.hub import ProgressLine, same_disk, with_hub
from solicomm_build.cli.otherwise import Otherwise
from solicomm_build.features.pocket import updatecommand
from solicomm_build.features.pocket.choice import Choice
from solicomm_build.features.pocket.options import chosen
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config

_SHOWN = 50
"""Names of files that are listed one by one."""


class _Sticks(Otherwise):
    """`stick DIR` writes; whatever else is to be done with a stick is a word before DIR."""

    otherwise = "write"


@click.group("stick", cls=_Sticks)
def command() -> None:
    """Write the hub, or a part of it, into DIR: a folder that opens from a USB stick.

    Pages, search and files work without a network and without this program: open index.html in a
    browser. Run it again to bring the stick up to date; only what changed is written.

    \b
    Example:
      solicomm stick /media/stick/hub
      solicomm stick /media/stick/hub --conference water --library agreements --lang es
      solicomm stick check /media/stick/hub
      solicomm stick read /media/stick/hub
      solicomm stick update /media/stick/hub week.zip --since 3f2a9c1b
      solicomm stick apply /media/other/hub week.zip
    """


@command.command("write")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@chosen
@click.option("--size", default="", metavar="4G", help="Refuse to write more than that.")
@click.option(
    "--members",
    multiple=True,
    metavar="CONFERENCE",
    help="Take this conference for members along, sealed; again.",
)
@with_hub
def write(
    hub: Config,
    folder: Path,
    choice: Choice,
    size: str,
    members: tuple[str, ...],
) -> None:
    """Write DIR, or bring it up to date: the word `write` may be left out.

    What is for members only, people's cards and drafts never come along. A conference that is
    named with --members does, sealed: the words that open it are new each time and are printed
    once, here alone. A run without --members takes such a package off the stick.

    \b
    Example:
      solicomm stick write /media/stick/hub
      solicomm stick write /media/stick/hub --union dockers
      solicomm stick write /media/stick/hub --members bargaining
    """
    from solicomm_build.features.pocket.sizes import octets
    from solicomm_build.features.pocket.stick import writing

    if said := same_disk(hub.root, folder):
        click.echo(said, err=True)
    line = ProgressLine("Stick:")
    done = writing.write(
        hub,
        folder,
        choice,
        size=octets(size) if size else 0,
        members=members,
        progress=lambda what, number, of: line.update(number, of, number, what),
    )
    line.end()
    click.echo(
        f"{done.written:,} files written ({done.carried / 1e6:,.1f} MB), {done.removed:,} taken "
        f"away; {done.files:,} files on the stick, {done.octets / 1e6:,.1f} MB."
    )
    for conference, (where, words) in done.opens.items():
        click.echo(f"conferences/{conference} is sealed in {folder}/{where}/index.html")
        click.echo(f"Its words: {words}")
    if done.opens:
        click.echo(
            "Write the words down: they are shown this once and are kept nowhere. They go another "
            "way than the stick. What somebody opened cannot be taken back."
        )
    click.echo(f"Open {folder}/index.html. Before you pull it out, have your system eject it.")


@command.command("check")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def check(folder: Path) -> None:
    """Look at every file of a stick: name those that were damaged, are missing or of somebody else.

    Ends with 1 when there is one. Needs no hub; without this program the same is
    `sha256sum -c SHA256SUMS` in the folder.

    \b
    Example:
      solicomm stick check /media/stick/hub
    """
    from solicomm_build.features.pocket.stick import checking

    line = ProgressLine("Checking:")
    found = checking.look(folder, lambda done, of: line.update(done, of, done, "files"))
    line.end()
    for fault in found.faults:
        click.echo(f"Not to be trusted: {fault}", err=True)
    if found.unfinished:
        click.echo(
            "The last run was broken off. Run `solicomm stick` again, or apply the same update "
            "again: it goes on.",
            err=True,
        )
    for what, names in (
        ("changed", found.changed),
        ("missing", found.missing),
        ("not ours", found.foreign),
    ):
        for name in names[:_SHOWN]:
            click.echo(f"{what}: {name}", err=True)
        if len(names) > _SHOWN:
            click.echo(f"{what}: {len(names) - _SHOWN:,} more", err=True)
    if found.words:
        click.echo(f"Signed by {found.hub or 'a hub'}; its key in words: {found.words}")
    if not found.is_sound:
        click.echo(
            "What is changed or missing comes back with `solicomm stick DIR` at its hub. "
            "Do not open what is not ours.",
            err=True,
        )
    else:
        click.echo(
            f"All {found.files:,} files are as they were written. Its state: {found.state[:12]}"
        )
    _remind(folder)
    if not found.is_sound:
        sys.exit(1)


@command.command("read")
@click.argument(
    "places",
    metavar="DIR|FILE…",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True),
)
@click.option(
    "--take", "wanted", multiple=True, metavar="conferences/ID", help="Bring that here; again."
)
@with_hub
def read(hub: Config, places: tuple[Path, ...], wanted: tuple[str, ...]) -> None:
    """Read the letters in the outbox of a stick, or in files: .eml, and .zip of several.

    Each author is asked by mail whether the letter is his; with a yes it goes the way of all mail.
    A letter to a conference of another hub that is followed here goes on to that hub.
    Each letter is read once, on whatever stick it comes. What was read moves to outbox/read. Ends
    with 1 when a letter was refused: it stays where it is.

    A stick of another hub also brings what was posted there to the conferences that are followed
    from it; what else is on it is named, and --take brings a conference of it.

    \b
    Example:
      solicomm stick read /media/stick/hub
      solicomm stick read letter-2026-11-28-3f2a9c1b.eml
    """
    from solicomm_build.features.pocket.letters import taking

    report = taking.read(hub, places)
    for name in report.taken:
        click.echo(f"{name}: its author is asked by mail")
    for name, hubs in report.onward.items():
        click.echo(f"{name}: goes on to {hubs}, which asks its author")
    for name in report.known:
        click.echo(f"{name}: was read before")
    for name in report.stays:
        click.echo(f"{name}: could not be moved to outbox/read. It is remembered here", err=True)
    for name, reason in report.refused.items():
        click.echo(f"{name}: not taken: {reason}", err=True)
    click.echo(
        f"{counted(f'{len(report.taken):,}', 'new letter')}; read before: "
        f"{len(report.known):,}; for other hubs: {len(report.onward):,}; "
        f"not taken: {len(report.refused):,}"
    )
    for place in places:
        _remind(place)
        _gather(hub, place, wanted)
    if report.refused:
        sys.exit(1)


def _remind(place: Path) -> None:
    from solicomm_build.features.pocket.letters import outbox

    if said := outbox.reminder(place):
        click.echo(f"{place}: {said}", err=True)


def _gather(hub: Config, place: Path, wanted: tuple[str, ...]) -> None:
    """What a stick of another hub brings besides letters."""
    from solicomm_build.builder import bell
    from solicomm_build.features.pocket.stick import gathering

    if not place.is_dir() or not gathering.is_foreign(hub, place):
        if wanted:
            raise UsageError(f"{place} is no stick of another hub, so there is nothing to take")
        return
    line = ProgressLine("Taking:")
    found = gathering.gather(
        hub, place, wanted, lambda done, of, n: line.update(done, of, n, "posts")
    )
    line.end()
    click.echo(f"{place} is a stick of {found.name} ({found.hub}).")
    for name, said in found.taken.items():
        click.echo(f"{name}: {said}")
    if found.taken:
        bell.of(hub).ring()
    if found.others:
        click.echo(f"Also on it, and not taken: {', '.join(found.others)}.")
        click.echo(
            "A conference of it comes with --take conferences/ID; all of it becomes a hub of its "
            f"own with: solicomm init DIR --from-stick {place}"
        )


command.add_command(updatecommand.update)
command.add_command(updatecommand.apply)
