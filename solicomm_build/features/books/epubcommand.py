"""`solicomm epub`."""

from __future__ import annotations

from pathlib import Path

import click

from solicomm_build.cli.asking import counted, octets
from solicomm_build.cli.hub import OutFile, with_hub
from solicomm_build.features.books.options import chosen
from solicomm_build.features.books.wanted import Wanted
from solicomm_build.foundation.hub.config import Config


@click.command("epub")
@click.argument("out", metavar="FILE", type=OutFile())
@chosen
@with_hub
def command(hub: Config, out: Path, wanted: Wanted) -> None:
    """Write a topic, a month, a label or a course into FILE: a book (EPUB 3) for phones and
    e-readers, which can be read aloud.

    What is in it is what the pages show. Nothing that is for members only comes along.

    \b
    Example:
      solicomm epub pumps.epub --topic https://hub.example/conferences/water/t/7h2kqm3x9d4f/
      solicomm epub november.epub --conference water --month 2026-11
      solicomm epub course.epub --conference formation --course
    """
    from solicomm_build.features.books import binding
    from solicomm_build.features.books.gathering import Shelf
    from solicomm_build.foundation import safeio
    from solicomm_build.foundation.errors import UsageError
    from solicomm_build.post.books import epub

    if out.suffix != ".epub":
        raise UsageError(f"{out} does not end with .epub: readers would not open it")
    with Shelf(hub, wanted.conference) as shelf:
        gathered = shelf.gathered(wanted)
        book = epub.write(binding.bound(shelf, gathered))
    safeio.write_atomic(out, book)
    posts = counted(f"{gathered.posts:,}", "post")
    click.echo(f"{gathered.title}: {posts}, {octets(len(book))}: {out}")
