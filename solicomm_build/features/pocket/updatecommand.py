"""`solicomm stick update` and `solicomm stick apply`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from solicomm_build.cli.hub import ProgressLine
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub.config import Config

if TYPE_CHECKING:
    from solicomm_build.features.pocket.updating.apply import Done


@click.command("update")
@click.argument("source", metavar="STICK", type=click.Path(path_type=Path))
@click.argument("target", metavar="OTHER|FILE.zip", type=click.Path(path_type=Path))
@click.option("--since", default="", metavar="STATE", help="What the other stick has.")
@click.option("--split", default="", metavar="16M", help="Parts of that size, for mail.")
@click.option("--hub", "place", default=None, metavar="DIR", help="The hub that wrote the sticks.")
def update(source: Path, target: Path, since: str, split: str, place: str | None) -> None:
    """Bring a stick to what STICK is; or write the difference into a file that is sent to it.

    STATE says what the other one has: its file SHA256SUMS or _stick/stick.yaml, sent from there, or
    the state that `stick check` prints. The file is a zip, which mail and messengers take.

    \b
    Example:
      solicomm stick update /media/stick/hub /media/other/hub
      solicomm stick update /media/stick/hub week.zip --since 3f2a9c1b
      solicomm stick update /media/stick/hub week.zip --since stick.yaml --split 16M
    """
    from solicomm_build.features.pocket.sizes import octets
    from solicomm_build.features.pocket.updating import between, lists, making

    line = ProgressLine("Update:")
    if not since:
        if not target.is_dir():
            raise UsageError(
                f"{target} is no stick. Name one; or say with --since what the other one has, and "
                f"{target} becomes the file that brings it up to date"
            )
        done = _guarded(target, lambda: between.bring(source, target, _shown(line)))
        line.end()
        _told(target, done.written, done.removed)
        return
    if target.suffix.lower() != ".zip":
        raise UsageError(f"{target} must end in .zip: mail and messengers take that")
    state = lists.found(since, _hub(place))
    part = octets(split) if split else 0
    made = making.write(source, state, target, part=part, progress=_shown(line))
    line.end()
    share = 100 * made.octets / max(made.whole, 1)
    click.echo(
        f"{', '.join(map(str, made.paths))}: {made.octets / 1e6:,.2f} MB, {share:.2f} % of the "
        f"stick; {made.files:,} files come, {made.gone:,} go."
    )
    click.echo(f"There: solicomm stick apply DIR {' '.join(path.name for path in made.paths)}")
    click.echo(
        'Without SoliComm: its page "Bring this stick up to date", or python3 _stick/apply.py on '
        "the stick."
    )


@click.command("apply")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument(
    "files", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True)
)
def apply(folder: Path, files: tuple[Path, ...]) -> None:
    """Bring the stick in DIR up to date by an update file, or all of its parts. Needs no hub.

    Nothing is changed before all of it fits: the sums, and the signature of the stick's own hub.
    Broken off, run the same again: it goes on.

    \b
    Example:
      solicomm stick apply /media/stick/hub week.zip
      solicomm stick apply /media/stick/hub week-1-of-2.zip week-2-of-2.zip
    """
    from solicomm_build.features.pocket.updating import between

    line = ProgressLine("Update:")
    done = _guarded(folder, lambda: between.take(folder, files, _shown(line)))
    line.end()
    _told(folder, done.written, done.removed)


def _told(folder: Path, written: int, removed: int) -> None:
    if not (written or removed):
        click.echo(f"{folder} has all of it.")
        return
    click.echo(f"{written:,} files written, {removed:,} taken away in {folder}.")


def _shown(line: ProgressLine) -> Callable[[int, int], None]:
    return lambda done, of: line.update(done, of, done, "files")


def _guarded(folder: Path, work: Callable[[], Done]) -> Done:
    try:
        return work()
    except OSError as error:
        from solicomm_build.features.pocket.stick import writing

        raise UsageError(writing.could_not(folder, error)) from error


def _hub(place: str | None) -> Config | None:
    """The hub that kept lists of sticks, where there is one."""
    from solicomm_build.foundation.hub import config, hubyaml

    try:
        return hubyaml.load(config.find_hub(place))
    except HubError:
        if place is not None:
            raise
        return None
