"""`solicomm library import`, `harvest` and `export`: cards from and for other programs."""

from __future__ import annotations

from pathlib import Path

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.hub.config import Config


@click.command("import")
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
        faulty += _left(done.broken)
    bell.of(hub).ring()
    if faulty:
        raise SystemExit(65)


def _left(broken: list[str]) -> int:
    """Names the cards that a record would have renewed; how many there are."""
    for fault in broken:
        click.echo(f"Left as it is, since it cannot be read: {fault}", err=True)
    return len(broken)


def _documents(paths: tuple[Path, ...]) -> list[Path]:
    """The files, and of folders the PDF files in them."""
    found: list[Path] = []
    for path in paths:
        inside = path.rglob("*") if path.is_dir() else [path]
        found += sorted(p for p in inside if p is path or p.suffix.lower() == ".pdf")
    return found


@click.command("harvest")
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
    if _left(taken.broken) or done.faulty:
        raise SystemExit(65)


def _to_bag(hub: Config, library: str, target: Path) -> None:
    from solicomm_build.features.library.harvesting.bag import pack

    packed = pack(hub, library, target)
    for name in packed.missing:
        click.echo(f"Not in the bag: {name}: the hub lacks it. Run: solicomm fsck", err=True)
    for fault in packed.faulty:
        click.echo(f"In the bag as it is, since it cannot be read: {fault}", err=True)
    click.echo(f"{packed.cards:,} cards in the bag {target}")
    if packed.missing:
        raise SystemExit(65)


@click.command("export")
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
    from solicomm_build.foundation import clock, formernames, safeio
    from solicomm_build.foundation.errors import HubError, UsageError

    if form is None:
        raise UsageError("say the form: --bagit, --bibtex, --ris, --csl or --oai")
    if (form == "oai") != bool(address):
        raise UsageError("--oai and --at belong together: the file names its own address")
    if form == "bagit":
        _to_bag(hub, library, target)
        return
    with Catalogue(hub) as catalogue:
        if library not in catalogue.libraries():
            raise HubError(f"there is no public library {library}; --bagit takes any")
        rows = catalogue.index.rows(library, "published")
        cards = [card for _, card in catalogue.cards(rows) if card is not None]
        for row in catalogue.index.rows(library, "broken"):
            click.echo(f"Left out, since it cannot be read: {row.fault}", err=True)
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
            library=formernames.first(hub.private, "libraries").get(library, library),
            earliest=earliest,
        )
        safeio.write_atomic(target, b"".join(pieces))
        click.echo(f"{len(cards):,} cards in {target}")
        return
    encode = {"bibtex": bibtex.encode, "ris": ris.encode, "csl": csl.encode}[form]
    safeio.write_atomic(target, encode(cards))
    click.echo(f"{len(cards):,} cards in {target}")
