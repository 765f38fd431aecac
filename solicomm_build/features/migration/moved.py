"""What an operator wished of a migration, and the summary of what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from solicomm_build.cli.importing import left_out

if TYPE_CHECKING:
    from solicomm_build.features.migration.foreign import ForeignList
    from solicomm_build.features.migration.migration import Taken
    from solicomm_build.ingest.importer import ImportReport


_SHOWN = 20
"""So many messages that did not get in are named."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the operator asked for besides the source."""

    id: str = ""
    consent: str = ""
    archives: tuple[Path, ...] = ()
    html: Path | None = None
    set_settings: bool = False
    dry_run: bool = False
    skip_archive: bool = False


@dataclass
class Done:
    """What was taken, for the summary."""

    taken: Taken
    created: bool = False
    settings: bool = False
    report: ImportReport | None = None
    links: int = 0
    held: Path | None = None
    new_held: int = 0


def say(found: ForeignList, name: str, done: Done, wish: Wish) -> None:
    """What was taken, what has no counterpart, what to do next. Ends with 65 where the archive was
    not taken whole, or nothing of it."""
    would = "Would be taken" if wish.dry_run else "Taken"
    click.echo(f"{would} from {found.server}: {found.address or found.name}, here {name}")
    for row in _taken_rows(found, done, wish):
        click.echo(f"  {row}")
    if found.absent:
        click.echo("Has no counterpart here, or another one:")
        for one in found.absent:
            click.echo(f"  {one}")
    click.echo("What to do next:")
    for row in _next_rows(found, name, done, wish):
        click.echo(f"  {row}")
    if done.report is not None and done.report.lacks:
        _end(done.report)


def _end(report: ImportReport) -> NoReturn:
    if any(not one.kept for one in report.failed):
        click.echo("What was not taken is not in the hub. Keep the archive, mend it, and", err=True)
        click.echo("run this again: what is there already is passed over", err=True)
    raise SystemExit(65)


def _taken_rows(found: ForeignList, done: Done, wish: Wish) -> Iterable[str]:
    taken, said = done.taken, found.settings
    if taken.again:
        yield "members: this very source was taken before; nothing changes"
    else:
        yield (
            f"members: {taken.new:,} new, {taken.unconfirmed:,} of them unconfirmed; "
            f"{taken.stopped:,} got no mail there and get none here; {taken.known:,} were here"
        )
        if taken.left:
            yield f"members: {taken.left:,} had left this list here and stay out"
        if taken.unlike:
            yield (
                f"people: {taken.unlike:,} owners and moderators there are known here and get no "
                "role now, as it may have been taken back: `solicomm member role` gives one"
            )
        yield (
            f"people: {taken.roles:,} owners and moderators, {taken.trusted:,} trusted authors, "
            f"{taken.banned:,} bans"
        )
    if done.created or done.settings:
        mode = said.posting or "members"
        shown = said.founded_as
        yield f"settings: posting {mode}, visibility {shown}, reply_to {said.reply_to or 'author'}"
        if not said.visibility:
            yield "  the source does not say who may read: members only, until conference.yaml says"
    else:
        yield "settings: those that the list has here; --settings takes those from there"
    if report := done.report:
        aside = sum(one.kept for one in report.failed)
        left = len(report.failed) - aside
        yield (
            f"archive: {report.messages:,} messages, {report.posts:,} new posts, "
            f"{report.known:,} known before, {aside:,} set aside, {left:,} not taken"
        )
        yield from (f"  {row}" for row in left_out(found.archives, report))
        for one in report.failed[:_SHOWN]:
            word = "set aside" if one.kept else "not taken"
            yield f"  {word}: {one.where}: {one.reason}"
        if len(report.failed) > _SHOWN:
            yield f"  … and {len(report.failed) - _SHOWN:,} more"
    elif wish.dry_run and found.archives:
        yield f"archive: {_some_files(found.archives)}"
    if done.links:
        yield f"old addresses: {done.links:,} new, answered by `solicomm web`"
    if found.held and not wish.dry_run:
        yield _held_row(len(found.held) - done.new_held, done)


def _held_row(known: int, done: Done) -> str:
    """What waited there. What was put into the file before and is not in it any more has been dealt
    with, or erased."""
    if not done.new_held:
        return f"held mail: {known:,} messages, brought before"
    more = f"; {known:,} were brought before" if known else ""
    return f"held mail: {done.new_held:,} messages, in {done.held}{more}"


def _some_files(files: tuple[Path, ...]) -> str:
    return str(files[0]) if len(files) == 1 else f"{len(files):,} files"


def _next_rows(found: ForeignList, name: str, done: Done, wish: Wish) -> Iterable[str]:
    if wish.dry_run:
        yield "run it again without --dry-run"
        return
    if done.taken.unconfirmed:
        yield f"solicomm member confirm {name}   asks the unconfirmed by mail, in their language"
        yield f'solicomm member confirm {name} --consent "…"   if they have agreed elsewhere'
    yield f"look through conference.yaml of {name}"
    if done.held:
        yield f"solicomm import {name} {done.held}   takes held mail into the archive, all of it"
    if found.address:
        yield f"let mail to {found.address} come to {name}@ the hub's domain"
    if done.report or done.links:
        yield "solicomm build, then `solicomm migrate redirects` if nginx or Caddy serves the pages"
