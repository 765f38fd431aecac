"""`solicomm backup`."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import click

from solicomm_build.cli import owner
from solicomm_build.cli.asking import counted, octets
from solicomm_build.cli.hub import ProgressLine, same_disk, with_hub, with_hub_as_root
from solicomm_build.cli.otherwise import Otherwise
from solicomm_build.features.backup import engines, timer, verifying
from solicomm_build.features.backup import key as keys
from solicomm_build.features.backup import place as places
from solicomm_build.features.backup.bringcommand import key_of
from solicomm_build.features.backup.engines import Progress
from solicomm_build.features.backup.errors import is_away
from solicomm_build.foundation import clock
from solicomm_build.foundation.errors import HubError, StoreError, UsageError
from solicomm_build.foundation.hub import backups, hubyaml, ownership
from solicomm_build.foundation.hub.cluster import lease
from solicomm_build.foundation.hub.config import Config, find_hub


class _ToPlace(Otherwise):
    """`backup PLACE` makes one there; whatever else is to be done with them is a word before it."""

    otherwise = "to"


@click.group("backup", cls=_ToPlace)
def command() -> None:
    """Back up the whole hub into a place: `solicomm backup PLACE`, while the hub goes on working.

    PLACE is a folder on another disk, or what restic reaches: `sftp:you@HOST:/folder`,
    `s3:https://HOST/bucket`, `restic:` and any repository of restic. Everything is sealed with the
    hub's own key before it leaves: keep a copy of that off this machine (`solicomm backup key`).
    Only what is new is written. `solicomm restore PLACE DIR` brings a hub back.

    \b
    Example:
      solicomm backup /mnt/stick/hub --hub hub
      solicomm backup /var/backups/solicomm --every day --hub hub
      solicomm backup verify /mnt/stick/hub --hub hub
    """


@command.command("to")
@click.argument("place", metavar="PLACE")
@click.option("--every", type=click.Choice(list(timer.EVERY)), help="And a timer of systemd.")
@with_hub_as_root
def to(hub: Config, place: str, every: str | None) -> None:
    """Back the hub up into PLACE; `to` may be left out.

    \b
    Example:
      solicomm backup to /mnt/stick/hub --hub hub
    """
    engines.no_password(place)
    where = engines.named(place)
    if engines.is_folder(where):
        _is_mounted(hub, where)
        if said := same_disk(hub.root, Path(where)):
            click.echo(said, err=True)
    user = ownership.name_of(owner.owner_of(hub.root).st_uid)
    if every is not None and not timer.is_root():
        raise UsageError(timer.lacks(hub.root, where, every))
    units = timer.units(hub.root, where, every, user) if every is not None else {}
    if units:
        _give(hub, where)
        owner.by_owner(hub.root, lambda: _made(hub, where, every))
        before = timer.instead_of(units)
        timer.install(units)
        if before:
            click.echo(f"That is instead of {before}: there is one timer. For both use crontab")
        click.echo(f"One every {every} from now on: systemctl list-timers {timer.NAME}.timer")
    else:
        owner.become(hub.root)
        _made(hub, where, None)


def _is_mounted(hub: Config, where: str) -> None:
    """Raises BackupError for a folder that had a backup of this hub and has none: with its disk
    away what would be made lies on the hub's own, and nobody would miss the other."""
    if backups.is_known(hub, where) and not places.is_begun(Path(where)):
        raise is_away(where)


def _made(hub: Config, where: str, every: str | None) -> dict[str, str]:
    if hub.cluster.is_shared and not lease.is_held(hub, 0):
        click.echo(
            f"Nothing was backed up: {hub.cluster.node} does not have the hub just now, and what "
            "is here may be old. The machine that has it backs it up"
        )
        return {}
    is_first = not keys.path_of(hub).exists()
    with contextlib.suppress(StoreError):  # said below, when there is one
        backups.note(hub, where, at=None, every=timer.EVERY.get(every or ""))
    with _shown("backup") as progress:
        made = engines.make(hub, where, progress)
    gone = f"; {counted(made.gone, 'old one')} went" if made.gone else ""
    click.echo(
        f"{where}: {made.name}, {counted(f'{made.files:,}', 'file')}, {octets(made.fresh)} new"
        f"{gone}"
    )
    if is_first:
        click.echo(
            "Without its key nobody can open it. Keep a copy off this machine, on paper or with "
            f"somebody you trust: solicomm backup key --out FILE --hub {hub.root}"
        )
    backups.note(hub, where, at=made.at, every=None)
    return {}


def _give(hub: Config, where: str) -> None:
    """Makes a folder that only root may make, and gives it to the hub's user."""
    if engines.is_folder(where) and not Path(where).exists():
        Path(where).mkdir(mode=0o700, parents=True)
        whose = owner.owner_of(hub.root)
        os.chown(where, whose.st_uid, whose.st_gid)


@command.command("verify")
@click.argument("place", metavar="PLACE")
@click.option("--key", "key_file", type=click.Path(path_type=Path), help="The file with the key.")
@click.option("--as-of", default="", metavar="DAY", help="The newest of that day or before.")
@click.option("--hub", "root", metavar="DIR", help="The hub that it is compared with.")
def verify(place: str, key_file: Path | None, as_of: str, root: str | None) -> None:
    """Restore into a temporary folder, look whether everything is there and sound, compare it with
    the hub, and take the folder away again. Ends with 0 when all is well.

    \b
    Example:
      solicomm backup verify /mnt/stick/hub --hub hub
      solicomm backup verify /mnt/stick/hub --key key.txt
    """
    from solicomm_build.features.backup import bringing

    given = keys.of_file(key_file)
    hub = _hub_if_any(root)
    key = given or (keys.of_hub(hub) if hub is not None else None)
    with verifying.aside(hub) as folder, _shown("verify") as progress:
        back = engines.bring(
            place, engines.key_asked(place, key), folder, bringing.moment(as_of), progress
        )
        compared = hub if hub is not None and hub.domain == back.config.domain else None
        found = verifying.look(back.config, int(back.facts["repositories"]), compared)
    click.echo(
        f"{back.snapshot.at:%Y-%m-%d %H:%M} UTC is whole: {found.repositories} repositories, "
        f"{found.posts:,} posts, {found.people:,} people"
    )
    if compared is not None:
        changed = f"; changed since: {', '.join(found.changed)}" if found.changed else ""
        click.echo(f"{found.same} repositories are as the hub has them now{changed}")


@command.command("list")
@click.argument("place", metavar="PLACE")
@click.option("--key", "key_file", type=click.Path(path_type=Path), help="The file with the key.")
def list_(place: str, key_file: Path | None) -> None:
    """List the backups in PLACE, the oldest first.

    \b
    Example:
      solicomm backup list /mnt/stick/hub --key key.txt
    """
    for one in engines.snapshots(place, engines.key_asked(place, key_of(key_file))):
        click.echo(f"{one.at:%Y-%m-%dT%H:%MZ}  {one.name}")


@command.command("key")
@click.option(
    "--out",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Write it into this new file, which you alone can read.",
)
@with_hub_as_root
def key_(hub: Config, out: Path | None) -> None:
    """Print the key that opens this hub's backups. Keep a copy where neither this machine nor the
    backups are.

    \b
    Example:
      solicomm backup key --hub hub --out key.txt
    """
    text = owner.by_owner(hub.root, lambda: {"key": _key_text(hub)})["key"]
    if out is None:
        click.echo(text, nl=False)
        return
    try:
        fd = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError as error:
        raise UsageError(f"{out} is there already. Name a new file: nothing is replaced") from error
    except OSError as error:
        why = os.strerror(error.errno or 0)
        raise UsageError(f"{out}: {why}. Name a file where you may write") from error
    with os.fdopen(fd, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(fd)
    click.echo(f"{out}: the key. Take it off this machine; without it nobody opens a backup")


def _key_text(hub: Config) -> str:
    key = keys.of_hub(hub)
    day = f"{clock.now():%Y-%m-%d}"
    return f"# Opens backups of {hub.domain}, {day}. Public part: {key.recipient}\n{key.secret}\n"


@command.command("forget")
@click.argument("place", metavar="PLACE")
@with_hub
def forget(hub: Config, place: str) -> None:
    """Wait no longer for backups into PLACE; what lies there stays.

    \b
    Example:
      solicomm backup forget /mnt/stick/hub --hub hub
    """
    if not backups.forget(hub, engines.named(place)):
        known = ", ".join(one.place for one in backups.read(hub)) or "none"
        raise HubError(f"no backup was made into {place}. Known: {known}")
    click.echo(
        f"Nobody waits for backups into {place} any more. A timer: systemctl disable --now "
        f"{timer.NAME}.timer"
    )


def _hub_if_any(root: str | None) -> Config | None:
    """The hub that is meant, where one is."""
    try:
        found = find_hub(root)
    except HubError:
        if root:
            raise
        return None
    owner.become(found)
    return hubyaml.load(found)


class _shown(contextlib.AbstractContextManager[Progress]):
    """A line that says how far it is."""

    def __init__(self, what: str) -> None:
        self._line = ProgressLine(what)

    def __enter__(self) -> Progress:
        return lambda done, whole: self._line.update(done, whole, done, "octets")

    def __exit__(self, *_: object) -> None:
        self._line.end()
