"""`solicomm library`."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.features.library import exchangecommands
from solicomm_build.foundation.hub.config import Config

if TYPE_CHECKING:
    from solicomm_build.features.library.cards.entry import Entry


@click.group("library")
def command() -> None:
    """Add documents to a library, list them, withdraw them.

    \b
    Example:
      solicomm library add agreements --title "Depot agreement 2026" --file depot.pdf
      solicomm library list agreements
    """


for _one in (exchangecommands.importing, exchangecommands.harvesting, exchangecommands.export):
    command.add_command(_one)


@command.command("add")
@click.argument("library")
@click.option("--title", required=True, help="The title, in the document's language.")
@click.option("--creator", "creators", multiple=True, help='A person, best as "Otieno, Grace".')
@click.option("--organisation", "organisations", multiple=True, help="A union or other author.")
@click.option("--publisher", default="", help="Who published it.")
@click.option("--date", default="", help="When it came out: 2026, 2026-05 or 2026-05-01.")
@click.option(
    "--lang",
    "langs",
    multiple=True,
    help="Its language, the main one first; without it the document's words say it.",
)
@click.option("--type", "kind", default="report", show_default=True, help="What it is.")
@click.option(
    "--subject", "subjects", multiple=True, help="A word, or scheme:word; see `library subjects`."
)
@click.option("--country", "countries", multiple=True, help="Two letters, such as KE.")
@click.option("--abstract", default="", help="What it says, in some sentences.")
@click.option("--licence", default="", help="Such as CC-BY-4.0.")
@click.option(
    "--access",
    type=click.Choice(["open", "members"]),
    default="open",
    show_default=True,
    help="Who may read its files.",
)
@click.option(
    "--file",
    "files",
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file of it; the first is the document itself.",
)
@click.option("--draft", is_flag=True, help="Keep it back until somebody publishes it.")
@click.option("--twice", is_flag=True, help="Also when the library has the file already.")
@with_hub
def add(
    hub: Config,
    library: str,
    title: str,
    creators: tuple[str, ...],
    organisations: tuple[str, ...],
    publisher: str,
    date: str,
    langs: tuple[str, ...],
    kind: str,
    subjects: tuple[str, ...],
    countries: tuple[str, ...],
    abstract: str,
    licence: str,
    access: str,
    files: tuple[Path, ...],
    draft: bool,
    twice: bool,
) -> None:
    """Add a document to LIBRARY; prints the id of its card.

    \b
    Example:
      solicomm library add agreements --title "Depot agreement 2026" --creator "Otieno, Grace" \\
        --date 2026-05 --lang en --subject wages --country KE --file depot.pdf
    """
    from solicomm_build.features.library.cards.entry import (
        Creator,
        Dates,
        Entry,
        Provenance,
        Rights,
    )
    from solicomm_build.foundation import clock
    from solicomm_build.post.subjects import resolve

    main = langs[0] if langs else ""  # then the document's own words say it
    now = clock.now()
    entry = Entry(
        id="",
        type=kind,
        title={main: title},
        creators=(
            *(Creator(name) for name in creators),
            *(Creator(o, "org") for o in organisations),
        ),
        publisher=publisher,
        date=Dates(date),
        languages=langs,
        subjects=tuple(map(resolve, subjects)),
        countries=tuple(country.upper() for country in countries),
        abstract={main: abstract} if abstract else None,
        rights=Rights(licence, access=access),
        provenance=Provenance(via="cli", at=now),
        status="draft" if draft else "published",
    )
    _store(hub, library, entry, files, now, twice=twice)


def _store(
    hub: Config,
    library: str,
    entry: Entry,
    files: tuple[Path, ...],
    now: datetime,
    *,
    twice: bool,
) -> None:
    """Puts the document into the library, and says what there is to say."""
    from solicomm_build.builder import bell
    from solicomm_build.features.library.cards.cardstore import CardStore
    from solicomm_build.features.library.cards.shelving import Incoming

    incoming = [Incoming(file.name, file.read_bytes()) for file in files]
    added = CardStore(hub, library).add(entry, incoming, when=now, twice=twice)
    bell.of(hub).ring()
    for note in added.notes:
        click.echo(note, err=True)
    click.echo(added.entry.id)


@command.command("list")
@click.argument("library")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@with_hub
def listing(hub: Config, library: str, as_json: bool) -> None:
    """List the cards of LIBRARY, the oldest first.

    \b
    Example:
      solicomm library list agreements
    """
    from solicomm_build.features.library.cards.cardstore import CardStore

    rows = [row for row in CardStore(hub, library).rows() if row.status != "gone"]
    if as_json:
        click.echo(
            json.dumps(
                [
                    {
                        "id": f"lib:{row.key}",
                        "title": row.title,
                        "type": row.type,
                        "issued": row.issued,
                        "status": row.status,
                        "fault": row.fault,
                    }
                    for row in rows
                ],
                ensure_ascii=False,
            )
        )
        return
    for row in rows:
        state = "" if row.status == "published" else f"  [{row.status}]"
        click.echo(f"lib:{row.key}  {row.issued or '-':<10}  {row.title}{state}")
        if row.fault:
            click.echo(f"  {row.fault}")
    if not rows:
        click.echo(f"There is no entry in {library} yet", err=True)


@command.command("withdraw")
@click.argument("library")
@click.argument("entry_id", metavar="ID")
@click.option("--reason", default="", help="What its page shall say.")
@with_hub
def withdraw(hub: Config, library: str, entry_id: str, reason: str) -> None:
    """Take the document ID out of LIBRARY; a page that says so stays at its address.

    \b
    Example:
      solicomm library withdraw agreements lib:2026-7qk3xa2m --reason "Replaced in March"
    """
    from solicomm_build.builder import bell
    from solicomm_build.features.library.cards.cardstore import CardStore
    from solicomm_build.features.library.cards.entry import entry_id as parsed
    from solicomm_build.foundation import clock
    from solicomm_build.foundation.errors import UsageError

    found = parsed(entry_id)
    if found is None:
        raise UsageError(f"{entry_id} is no card's id. Ids look like lib:2026-7qk3xa2m")
    gone = CardStore(hub, library).withdraw(found[4:], reason, when=clock.now())
    bell.of(hub).ring()
    click.echo(f"Withdrawn: {gone.title_in('')}")


@command.command("clean")
@click.argument("library")
@with_hub
def clean(hub: Config, library: str) -> None:
    """Clean the documents that LIBRARY had before documents were cleaned on their way in.

    What they say of place, device, author and changes goes. Says what the history of git still
    holds, and which files nobody here can clean. Run again, it changes nothing.

    \b
    Example:
      solicomm library clean agreements
    """
    from solicomm_build.builder import bell
    from solicomm_build.features.library.cards.cardcleaning import renew
    from solicomm_build.features.library.cards.cardstore import CardStore
    from solicomm_build.foundation import clock

    cards, kept = 0, 0
    for one in renew(CardStore(hub, library), when=clock.now()):
        for name in one.cleaned:
            still = " (its clones still hold it as it came)" if name in one.kept else ""
            click.echo(f"lib:{one.key}: {name} is cleaned{still}")
        for name in one.unclean:
            click.echo(
                f"lib:{one.key}: {name} cannot be cleaned here. Save it as PDF, .odt or "
                ".docx and replace it, if nobody may know who made it"
            )
        cards, kept = cards + bool(one.cleaned), kept + len(one.kept)
    if cards:
        bell.of(hub).ring()
    click.echo(f"Cleaned the files of {cards} cards.")
    if kept:
        click.echo(
            f"{kept} files lie in the history of {library}.git as they came. No command "
            "takes single files out of a library's history. If one of them can hurt "
            "somebody, set `visibility: members` in library.yaml, which ends clones by everybody, "
            "and tell those who have one"
        )


@command.command("subjects")
@click.argument("word", required=False, default="")
@click.option("--lang", default="en", show_default=True, help="The language of the labels.")
def subjects(word: str, lang: str) -> None:
    """List the subjects that documents can be about, or those in which WORD occurs.

    WORD may be in English, French, Spanish, Portuguese, Arabic or Russian. What is not in the list
    can be a subject, too: it becomes a free word.

    \b
    Example:
      solicomm library subjects salario --lang es
    """
    from solicomm_build.post.subjects import label, search, vocabulary

    found = search(word) if word else list(vocabulary())
    for subject in found:
        click.echo(f"{subject:<40}  {label(subject, lang)}")
    if not found:
        click.echo(f"No subject has the word {word}; it would be a free word", err=True)
