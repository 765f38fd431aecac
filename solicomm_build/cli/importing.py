"""`solicomm import`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from solicomm_build.cli.hub import ProgressLine, cut, with_hub
from solicomm_build.foundation.hub.config import Config

if TYPE_CHECKING:
    from solicomm_build.ingest.importer import ImportReport

_COLLECTED = 20_000
"""Objects that an import makes between two looks for cycles, of which mail leaves none."""
_SHOWN = 20
"""So many messages that did not get in are named."""


@click.command("import")
@click.argument("conference")
@click.argument("files", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path))
@with_hub
def command(hub: Config, conference: str, files: tuple[Path, ...]) -> None:
    """Bring mail into a conference or list: mbox of any dialect (also .gz .xz .zst), Maildir, or
    the git repositories of public-inbox. Or bring a clone or bundle of a conference home.

    What is there already is passed over, so it can be run again after a stop. Nobody is mailed.

    \b
    Example:
      solicomm import organising archive.mbox.gz ~/Maildir
      solicomm import water /srv/public-inbox/water
      solicomm import water water.git
    """
    cut(hub)
    mail = [path for path in files if not _brought(hub, conference, path)]
    if mail:
        _import(hub, conference, mail)


def _brought(hub: Config, conference: str, path: Path) -> bool:
    """Brings what a feature knows; False for mail."""
    from solicomm_build.builder import bell
    from solicomm_build.cli.commands import importer_of

    importer = importer_of(path) if path.exists() else None
    if importer is None:
        return False
    line = ProgressLine(f"Importing into {conference}:")
    said = importer.bring(
        hub, conference, path, lambda done, total, n: line.update(done, total, n, "posts")
    )
    line.end()
    bell.of(hub).ring()
    click.echo(said)
    return True


def _import(hub: Config, conference: str, files: list[Path]) -> None:
    import gc

    from solicomm_build.builder import bell
    from solicomm_build.ingest.importer import run_import

    gc.set_threshold(_COLLECTED)
    line = ProgressLine(f"Importing into {conference}:")
    report = run_import(
        hub, conference, files, lambda done, total, n: line.update(done, total, n, "messages")
    )
    line.end()
    bell.of(hub).ring()
    rate = report.messages / max(report.seconds, 0.001)
    click.echo(
        f"{report.messages:,} messages: {report.posts:,} new posts, {report.known:,} known before, "
        f"{report.conflicts:,} with a Message-ID that another had; {rate:,.0f}/s"
    )
    for line_ in left_out(files, report):
        click.echo(line_, err=True)
    _tell(report)


def left_out(files: Iterable[Path], report: ImportReport) -> Iterator[str]:
    """Which folders of Maildirs were not read, and how much somebody had deleted."""
    from solicomm_build.ingest import archive

    for path in files:
        if found := archive.below(path):
            more = f" and {len(found) - _SHOWN:,} more" if len(found) > _SHOWN else ""
            yield f"Not read: what is below {path}: {' '.join(found[:_SHOWN])}{more}"
            yield f"To take one, too, name it: {path / found[0]}"
    if report.deleted:
        yield (
            f"Left out: {report.deleted:,} messages that were deleted in a mail program, which "
            "keeps them until the folder is compacted. To take them, bring them back there first"
        )


def _tell(report: ImportReport) -> None:
    """What did not get in; ends with 65 when the archive was not taken whole, or nothing of it."""
    left = [failed for failed in report.failed if not failed.kept]
    aside = [failed for failed in report.failed if failed.kept]
    for word, some in (("Not taken", left), ("Kept aside", aside)):
        for failed in some[:_SHOWN]:
            click.echo(f"{word}: {failed.where}: {failed.reason}", err=True)
    if len(left) > _SHOWN:
        click.echo(f"… and {len(left) - _SHOWN:,} more that were not taken", err=True)
    if len(aside) > _SHOWN:
        click.echo(f"… and {len(aside) - _SHOWN:,} more, in spool/quarantine", err=True)
    if left:
        click.echo("What was not taken is not in the hub. Keep the archive, mend it, and", err=True)
        click.echo("import it again: what is there already is passed over", err=True)
    if report.lacks:
        raise SystemExit(65)
