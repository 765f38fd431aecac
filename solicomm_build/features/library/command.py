"""`solicomm library`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.hub.config import Config


@click.group("library")
def command() -> None:
    """Add documents to a library, list them, withdraw them.

    \b
    Example:
      solicomm library add agreements --title "Depot agreement 2026" --file depot.pdf
      solicomm library list agreements
    """


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
    from solicomm_build.builder import bell
    from solicomm_build.features.library.cards.cardstore import CardStore, Incoming
    from solicomm_build.features.library.cards.entry import (
        Creator,
        Dates,
        Entry,
        Provenance,
        Rights,
    )
    from solicomm_build.foundation import clock
    from solicomm_build.post.subjects import resolve

    store = CardStore(hub, library)
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
    incoming = [Incoming(file.name, file.read_bytes()) for file in files]
    added = store.add(entry, incoming, when=now, twice=twice)
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


@command.command("import")
@click.argument("library")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--lang", default="", help="The language of records that name none.")
@with_hub
def importing(hub: Config, library: str, files: tuple[Path, ...], lang: str) -> None:
    """Bring in the records of BibTeX, RIS, CSV or CSL-JSON FILES as cards of LIBRARY.

    A PDF, or each in a folder, becomes a draft with its file; title and creators are what it says.
    Again with the same file nothing changes; a record that changed renews its card. Records that
    cannot come in are named with their line; the others come in all the same.

    \b
    Example:
      solicomm library import agreements zotero.bib reports.csv
    """
    from solicomm_build.builder import bell
    from solicomm_build.features.library.cards.cardstore import CardStore
    from solicomm_build.features.library.exchange.reading import Faulty, Found, read
    from solicomm_build.features.library.harvesting.acquisition import take, take_document
    from solicomm_build.foundation import clock
    from solicomm_build.foundation.errors import SoliCommError

    store, faulty = CardStore(hub, library), 0
    for file in _documents(files):
        good: list[Found] = []
        try:
            if file.suffix.lower() == ".pdf":
                first = lang or hub.languages[0]
                came = take_document(store, file.read_bytes(), file.name, first, clock.now())
                click.echo(f"{file}: {'a draft; see what was guessed' if came else 'as before'}")
                continue
            for item in read(file.read_bytes(), str(file), lang or hub.languages[0]):
                if isinstance(item, Faulty):
                    faulty += 1
                    click.echo(item.error.public, err=True)
                else:
                    good.append(item)
        except SoliCommError as error:
            faulty += 1
            click.echo(error.public, err=True)
            continue
        done = take(store, good, via="import", when=clock.now())
        click.echo(f"{file}: {done.new:,} new, {done.changed:,} changed, {done.same:,} as before")
    bell.of(hub).ring()
    if faulty:
        raise SystemExit(65)


def _documents(paths: tuple[Path, ...]) -> list[Path]:
    """The files, and of folders the PDF files in them."""
    found: list[Path] = []
    for path in paths:
        inside = path.rglob("*") if path.is_dir() else [path]
        found += sorted(p for p in inside if p is path or p.suffix.lower() == ".pdf")
    return found


@command.command("harvest")
@click.argument("library")
@click.argument("url")
@click.option("--set", "of", default="", help="Only this set of the provider's.")
@click.option("--since", default=None, help="What changed since this day, such as 2026-05-01.")
@click.option("--full", is_flag=True, help="Everything again, not only what is new.")
@click.option("--lang", default="", help="The language of records that name none.")
@with_hub
def harvesting(
    hub: Config, library: str, url: str, of: str, since: str | None, full: bool, lang: str
) -> None:
    """Bring in the records of another library, at URL, as cards of LIBRARY (OAI-PMH 2.0).

    URL is the provider's baseURL. Again: only what changed there since the last time. What the
    provider deleted is withdrawn here. Records that cannot come in are named; the others come in
    all the same. Files stay where they are; the card leads to them.

    \b
    Example:
      solicomm library harvest agreements https://archive.example/oai --set reports
    """
    import re

    from solicomm_build.builder import bell
    from solicomm_build.features.library.cards.cardstore import CardStore
    from solicomm_build.features.library.harvesting.harvest import harvest
    from solicomm_build.foundation import clock
    from solicomm_build.foundation.errors import UsageError

    if full and since is not None:
        raise UsageError("--full and --since exclude each other")
    if since is not None and not re.fullmatch(r"\d{4}-\d{2}-\d{2}", since, re.ASCII):
        raise UsageError(f"{since} is no day. Write --since 2026-05-01")

    def progress(came: int, total: int) -> None:
        click.echo(f"{came:,} of {total:,} records" if total else f"{came:,} records", err=True)

    done = harvest(
        CardStore(hub, library),
        url,
        when=clock.now(),
        lang=lang or hub.languages[0],
        of=of,
        since="" if full else since,
        progress=progress,
    )
    bell.of(hub).ring()
    for error in done.faulty:
        click.echo(error.public, err=True)
    taken = done.taken
    span = f" since {done.since}" if done.since else ""
    click.echo(
        f"{done.provider or url}{span}: {taken.new:,} new, {taken.changed:,} changed, "
        f"{taken.same:,} as before, {taken.withdrawn:,} withdrawn"
        + (f", {len(done.faulty):,} faulty" if done.faulty else "")
    )
    if done.faulty:
        raise SystemExit(65)


@command.command("export")
@click.argument("library")
@click.argument("target", metavar="TARGET", type=click.Path(path_type=Path))
@click.option("--bagit", "form", flag_value="bagit", help="A new folder to keep: all, with sums.")
@click.option("--bibtex", "form", flag_value="bibtex", help="A BibTeX file.")
@click.option("--ris", "form", flag_value="ris", help="A RIS file.")
@click.option("--csl", "form", flag_value="csl", help="A CSL-JSON file.")
@click.option("--oai", "form", flag_value="oai", help="An OAI static repository; needs --at.")
@click.option("--at", "address", default="", help="The address at which TARGET will lie.")
@click.option("--gateway", default="", help="The address of the gateway that will serve it.")
@with_hub
def export(
    hub: Config, library: str, target: Path, form: str | None, address: str, gateway: str
) -> None:
    """Write LIBRARY to TARGET in a form that other programs read.

    The bag holds all cards and files, also drafts and those for members only. The other forms hold
    the published cards of a public library.

    \b
    Example:
      solicomm library export agreements backup/agreements --bagit
      solicomm library export agreements agreements.bib --bibtex
      solicomm library export agreements agreements.xml --oai \\
        --at https://union.example/agreements.xml --gateway https://gateway.example/oai
    """
    from solicomm_build.features.library.catalogue import Catalogue, HarvestedHub, title_of
    from solicomm_build.features.library.exchange import bibtex, csl, ris, staticrepository
    from solicomm_build.features.library.harvesting.bag import pack
    from solicomm_build.foundation import clock, safeio
    from solicomm_build.foundation.errors import HubError, UsageError

    if form is None:
        raise UsageError("say the form: --bagit, --bibtex, --ris, --csl or --oai")
    if (form == "oai") != bool(address):
        raise UsageError("--oai and --at belong together: the file names its own address")
    if form == "bagit":
        count, missing = pack(hub, library, target)
        for name in missing:
            click.echo(f"Not in the bag: {name}: the hub lacks it. Run: solicomm fsck", err=True)
        click.echo(f"{count:,} cards in the bag {target}")
        return
    with Catalogue(hub) as catalogue:
        if library not in catalogue.libraries():
            raise HubError(f"there is no public library {library}; --bagit takes any")
        rows = catalogue.index.rows(library, "published")
        cards = [card for _, card in catalogue.cards(rows) if card is not None]
        title = title_of(catalogue.libraries()[library])
        email = HarvestedHub(hub, catalogue, clock.now()).email
    if form == "oai":
        earliest = min((card.changed for card in cards), default=clock.now())
        pieces = staticrepository.encode(
            cards,
            name=f"{title} ({hub.name})",
            url=staticrepository.base_url(address, gateway),
            email=email,
            domain=hub.domain,
            library=library,
            earliest=earliest,
        )
        safeio.write_atomic(target, b"".join(pieces))
        click.echo(f"{len(cards):,} cards in {target}")
        return
    encode = {"bibtex": bibtex.encode, "ris": ris.encode, "csl": csl.encode}[form]
    safeio.write_atomic(target, encode(cards))
    click.echo(f"{len(cards):,} cards in {target}")
