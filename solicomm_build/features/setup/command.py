"""`solicomm setup`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import click


@click.command("setup")
@click.option(
    "--answers",
    "file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Answers in a file, in place of questions; else those of the last time.",
)
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@click.option("--remove", is_flag=True, help="Undo it; the hub itself stays.")
@click.option(
    "--wait",
    type=click.IntRange(0, 1440),
    default=0,
    metavar="MINUTES",
    help="So long for the DNS to be published, where nobody can be asked.",
)
def command(file: Path | None, dry_run: bool, remove: bool, wait: int) -> None:
    """Make this machine a public hub: user, mail servers, web server, certificates, backups.

    On Debian 12 and 13 and Ubuntu 24.04, by root. It asks six questions, does one step after the
    other, proves each, and goes on where it stopped when it is run again. The DNS records to
    publish are in /etc/solicomm/zone.txt.

    \b
    Example:
      solicomm setup --dry-run
      solicomm setup
      solicomm setup --answers answers.yaml --wait 30
      solicomm setup --remove
    """
    from solicomm_build.features.setup import answers, asking, plan
    from solicomm_build.features.setup.machine import MEMORY, Machine
    from solicomm_build.features.setup.step import remove as undo
    from solicomm_build.features.setup.step import show, walk
    from solicomm_build.features.setup.steps import ground, hub, office
    from solicomm_build.foundation.errors import UsageError

    if not dry_run:
        ground.refuse_others()
    kept = Path(MEMORY) / "answers.yaml"
    is_asked = sys.stdin.isatty()
    found = answers.read(file) if file else asking.remembered(kept) if _may_look(kept) else None
    if found is None:
        if not is_asked:
            raise UsageError("nobody can be asked here. Name a file with --answers FILE")
        found = asking.ask()
    steps = plan.steps(found)
    if dry_run or (is_asked and not remove):
        show(steps, click.echo)
    if dry_run:
        return
    if is_asked and not click.confirm("Undo this?" if remove else "Do this?", default=True):
        return
    machine = Machine()
    with machine.alone():
        if remove:
            undo(steps, machine, click.echo)
            click.echo(
                "The hub stays in /srv/solicomm/hub with all that was written; so do backups."
            )
            return
        if (before := asking.remembered(machine.path(str(kept)))) is not None:
            hub.remember(machine, before)
        machine.write(str(kept), answers.text(found), mode=0o600)
        did = walk(steps, machine, click.echo, asking.patient if is_asked else _patient(wait))
    if found.local:
        click.echo(f"Hang this fingerprint on the wall: {office.fingerprint(machine)}")
    click.echo(f"https://{found.host}/ is a hub" + (f"; {did} steps were done." if did else "."))


def _may_look(path: Path) -> bool:
    """Only root can, and nobody else is harmed by that."""
    try:
        return path.is_file()
    except PermissionError:
        return False


def _patient(minutes: int) -> Callable[[str], bool]:
    """Who waits where nobody is there to be asked."""
    ends = time.monotonic() + 60 * minutes
    told: list[str] = []

    def wait(fault: str) -> bool:
        if time.monotonic() >= ends:
            return False
        if fault not in told:
            click.echo(f"  {fault}.")
            told.append(fault)
        time.sleep(5)
        return True

    return wait
