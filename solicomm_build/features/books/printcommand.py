"""`solicomm print`."""

from __future__ import annotations

from pathlib import Path

import click

from solicomm_build.cli.asking import counted, octets
from solicomm_build.cli.hub import OutFile, with_hub
from solicomm_build.features.books.options import chosen
from solicomm_build.features.books.wanted import Wanted
from solicomm_build.foundation.hub.config import Config


@click.command("print")
@click.argument("out", metavar="FILE", type=OutFile())
@chosen
@with_hub
def command(hub: Config, out: Path, wanted: Wanted) -> None:
    """Write a topic, a month, a label or a course into FILE: a PDF for paper (A4), with contents
    and page numbers. Needs WeasyPrint; says how to install it where it is missing.

    What is in it is what the pages show. Nothing that is for members only comes along.

    \b
    Example:
      solicomm print november.pdf --conference water --month 2026-11
      solicomm print reader.pdf --conference formation --course
    """
    from solicomm_build.features.books import binding, printing
    from solicomm_build.features.books.gathering import Shelf
    from solicomm_build.foundation import safeio
    from solicomm_build.foundation.errors import UsageError

    if out.suffix != ".pdf":
        raise UsageError(f"{out} does not end with .pdf: readers would not open it")
    with Shelf(hub, wanted.conference) as shelf:
        gathered = shelf.gathered(wanted)
        book = binding.bound(shelf, gathered)
    pdf = printing.printed(book)
    safeio.write_atomic(out, pdf)
    posts = counted(f"{gathered.posts:,}", "post")
    click.echo(f"{gathered.title}: {posts}, {octets(len(pdf))}: {out}")
