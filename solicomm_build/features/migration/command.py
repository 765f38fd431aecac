"""`solicomm migrate`."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from solicomm_build.cli.hub import OutFile, ProgressLine, with_hub, with_hub_as_root
from solicomm_build.features.migration.moved import Done, Wish, say
from solicomm_build.foundation import scratch
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub.config import Config

if TYPE_CHECKING:
    from solicomm_build.features.migration.foreign import ForeignList
    from solicomm_build.ingest.importer import ImportReport
    from solicomm_build.post.reading.oldlinks import Links

F = TypeVar("F", bound=Callable[..., Any])

_PATH = click.Path(path_type=Path)


@click.group("migrate")
def command() -> None:
    """Bring lists from Mailman, mlmmj, Sympa, groups.io or Google Groups: members, people
    in charge, settings, bans, archive, and the addresses of the old archive. Nobody is mailed.

    Members are unconfirmed, and get no mail, until they say yes (`solicomm member confirm LIST`) or
    you state that they agreed (--consent).

    \b
    Example:
      solicomm migrate mailman2 /var/lib/mailman --list water --dry-run
      solicomm migrate mailman2 /var/lib/mailman --list water
      solicomm member confirm water
    """


def _options(function: F) -> F:
    """What every migration takes."""
    for option in reversed(
        [
            click.option("--list", "name", default="", metavar="NAME", help="Which list there."),
            click.option("--as", "as_", default="", metavar="ID", help="Its id here; else NAME."),
            click.option(
                "--consent",
                default="",
                metavar="TEXT",
                help="State why its members may be written to; else they are asked first.",
            ),
            click.option(
                "--archive",
                "archives",
                type=_PATH,
                multiple=True,
                metavar="FILE",
                help="An mbox or Maildir of its archive; several are read in this order.",
            ),
            click.option("--no-archive", is_flag=True, help="Leave its archive for later."),
            click.option(
                "--settings",
                "set_settings",
                is_flag=True,
                help="Set the settings of a list that is here already, too.",
            ),
            click.option("--dry-run", is_flag=True, help="Say what would be done; change nothing."),
        ]
    ):
        function = option(function)
    return with_hub(function)


def _wish(options: dict[str, Any]) -> Wish:
    return Wish(
        id=options["as_"],
        consent=options["consent"],
        archives=options["archives"],
        html=options.get("html"),
        set_settings=options["set_settings"],
        dry_run=options["dry_run"],
        skip_archive=options["no_archive"],
    )


@command.command("mailman2")
@click.argument("source", type=_PATH)
@click.option("--html", type=_PATH, help="The folder of the old web archive, if not beside SOURCE.")
@_options
def mailman2(hub: Config, source: Path, name: str, **options: Any) -> None:
    """Bring a list of Mailman 2.1. SOURCE is Mailman's folder, with lists/ and archives/ in it, or
    a config.pck.

    \b
    Example:
      solicomm migrate mailman2 /var/lib/mailman
      solicomm migrate mailman2 /var/lib/mailman --list water --dry-run
      solicomm migrate mailman2 /var/lib/mailman --list water --as water-workers
    """
    from solicomm_build.features.migration.servers import mailman2 as reader
    from solicomm_build.features.migration.servers import oldarchive

    name = name or _only(reader.lists(source)) if source.is_dir() else name
    wish = _wish(options)
    found = _with_archives(reader.read(source, name), wish)
    beside = source / "archives" / "private" / found.name
    html = wish.html or (beside if beside.is_dir() else None)
    file = source / "lists" / name / "config.pck"
    digest = _sha256([next(one for one in (file, source / "config.pck", source) if one.is_file())])
    _migrate(
        hub, found, wish, digest, lambda: oldarchive.pipermail(found.name, found.archives, html)
    )


@command.command("mailman3")
@click.argument("source", type=_PATH)
@_options
def mailman3(hub: Config, source: Path, name: str, **options: Any) -> None:
    """Bring a list of Mailman 3. SOURCE is mailman.db of the core, or a folder of JSON.

    The archive is the mbox that HyperKitty's page of the list offers for download. With PostgreSQL
    or MySQL save what the REST interface says: /lists/ID/config as config.json,
    /lists/ID/roster/member as member.json, likewise owner, moderator, nonmember, and bans.json;
    /bans as server-bans.json; /members/MEMBER_ID/all/preferences as preferences/MEMBER_ID.json.

    \b
    Example:
      solicomm migrate mailman3 mailman/var/data/mailman.db --list water@lists.example.org \\
          --archive water@lists.example.org.mbox.gz
    """
    from solicomm_build.features.migration.servers import mailman3 as reader
    from solicomm_build.post.reading.oldlinks import Links

    wish = _wish(options)
    name = name or _only(reader.lists(source))
    found = reader.read(source, name, wish.archives)
    files = sorted(source.rglob("*.json")) if source.is_dir() else [source]
    _migrate(hub, found, wish, _sha256(files), Links)


@command.command("mlmmj")
@click.argument("source", type=_PATH)
@_options
def mlmmj(hub: Config, source: Path, name: str, **options: Any) -> None:
    """Bring a list of mlmmj. SOURCE is its spool directory, with control/ and subscribers.d/.

    \b
    Example:
      solicomm migrate mlmmj /var/spool/mlmmj/water
      solicomm migrate mlmmj /var/spool/mlmmj --list water --consent "signed cards of 2025"
    """
    from solicomm_build.features.migration.servers import mlmmj as reader
    from solicomm_build.post.reading.oldlinks import Links

    wish = _wish(options)
    name = name or _only(reader.lists(source))
    found = _with_archives(reader.read(source, name), wish)
    folder = source if (source / "control").is_dir() else source / name
    files = [one for part in _MLMMJ for one in sorted((folder / part).glob("*"))]
    _migrate(hub, found, wish, _sha256(files), Links)


_MLMMJ = ("control", "subscribers.d", "digesters.d", "nomailsubs.d")


@command.command("sympa")
@click.argument("source", type=_PATH)
@click.option("--members", type=_PATH, help="What `review` or a dump says, if not beside config.")
@_options
def sympa(hub: Config, source: Path, name: str, members: Path | None, **options: Any) -> None:
    """Bring a list of Sympa. SOURCE is its folder, with `config`, a file of members (member.dump,
    or what `review` answers as review.txt) and, for the archive, the months with arctxt/.

    \b
    Example:
      solicomm migrate sympa /var/lib/sympa/list_data/example.org/water --members review.txt
    """
    from solicomm_build.features.migration.servers import oldarchive
    from solicomm_build.features.migration.servers import sympa as reader

    wish = _wish(options)
    name = name or _only(reader.lists(source))
    read = reader.read(source, name, members)
    found = _with_archives(read, wish)
    folder = source if (source / "config").is_file() else source / name
    candidates = [folder / one for one in ("config", *reader.MEMBERS, "owner.dump", "editor.dump")]
    files = [one for one in (*candidates, *([members] if members else [])) if one.is_file()]
    _migrate(
        hub,
        found,
        wish,
        _sha256(files),
        lambda: oldarchive.sympa(found.name, read.archives),
    )


@command.command("groupsio")
@click.argument("source", type=_PATH)
@_options
def groupsio(hub: Config, source: Path, name: str, **options: Any) -> None:
    """Bring a group of groups.io. SOURCE is the zip of its export.

    \b
    Example:
      solicomm migrate groupsio water-export.zip --as water --consent "members agreed on 3 May"
    """
    from solicomm_build.features.migration.servers import groupsio as reader
    from solicomm_build.post.reading.oldlinks import Links

    wish = _wish(options)
    with scratch.folder(hub.state, scratch.MIGRATION) as folder:
        found = reader.read(source, name, None if wish.dry_run else folder)
        _migrate(hub, _with_archives(found, wish), wish, _sha256([source]), Links)


@command.command("googlegroups")
@click.argument("source", type=_PATH, required=False)
@click.option("--members", type=_PATH, help="The CSV that Export list made of the members.")
@_options
def googlegroups(
    hub: Config, source: Path | None, members: Path | None, name: str, **options: Any
) -> None:
    """Bring a group of Google Groups. SOURCE is the zip of Takeout, with topics.mbox; the members
    come from the page People, Export list.

    \b
    Example:
      solicomm migrate googlegroups takeout.zip --members members.csv --as water
      solicomm migrate googlegroups --members members.csv --archive topics.mbox --as water
    """
    from solicomm_build.features.migration.servers import groupsio as reader
    from solicomm_build.post.reading.oldlinks import Links

    wish = _wish(options)
    files = [file for file in (source, members) if file is not None]
    if not files:
        raise UsageError("Name the zip of Takeout, or --members FILE, or both")
    with scratch.folder(hub.state, scratch.MIGRATION) as folder:
        place = None if wish.dry_run else folder
        found = reader.read(source, name or wish.id, place, server="Google Groups", members=members)
        _migrate(hub, _with_archives(found, wish), wish, _sha256(files), Links)


@command.command("redirects")
@click.option("--nginx", type=OutFile(), metavar="FILE", help="Write a map for nginx.")
@click.option("--caddy", type=OutFile(), metavar="FILE", help="Write a snippet for a Caddyfile.")
@with_hub_as_root
def redirects(hub: Config, nginx: Path | None, caddy: Path | None) -> None:
    """Write the addresses of old archives, and where they lead, for another web server.

    `solicomm web` needs no such file: it answers old addresses itself. Run this after `build`.

    \b
    Example:
      solicomm migrate redirects --nginx /etc/nginx/solicomm-old.conf
      solicomm migrate redirects --caddy /etc/caddy/solicomm-old
    """
    from solicomm_build.cli import owner
    from solicomm_build.foundation import safeio
    from solicomm_build.web import redirects as old

    if nginx is None and caddy is None:
        raise UsageError("Say --nginx FILE or --caddy FILE, or both")
    texts = owner.by_owner(
        hub.root, lambda: {"nginx": old.nginx_map(hub), "caddy": old.caddy_map(hub)}
    )
    for file, text in ((nginx, texts["nginx"]), (caddy, texts["caddy"])):
        if file is not None:
            safeio.write_atomic(file, text.encode())
            count = sum(line.lstrip().startswith(('"/', '"~')) for line in text.splitlines())
            click.echo(f"{count:,} old addresses in {file}")


# -- what all have in common ------------------------------------------------------------------


def _only(names: list[str]) -> str:
    if len(names) == 1:
        return names[0]
    there = ", ".join(names[:20]) or "none"
    raise UsageError(f"Say --list NAME. The lists there: {there}")


def _with_archives(found: ForeignList, wish: Wish) -> ForeignList:
    if not wish.archives:
        return found
    absent = tuple(one for one in found.absent if not one.startswith("no archive:"))
    return replace(found, archives=wish.archives, absent=absent)


def _sha256(files: Iterable[Path]) -> str:
    """The hash of a source: of the octets of its files, with their names when there are several."""
    listed = [file for file in files if file.is_file()]
    digest = hashlib.sha256()
    for file in listed:
        if len(listed) > 1:
            digest.update(f"{file.parent.name}/{file.name}\0{file.stat().st_size}\0".encode())
        with file.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                digest.update(chunk)
    return digest.hexdigest()


def _migrate(
    hub: Config, found: ForeignList, wish: Wish, sha256: str, links: Callable[[], Links]
) -> None:
    """Everything of one list, in the order in which a stop costs least; then the summary."""
    from solicomm_build.builder import bell
    from solicomm_build.features.migration import migration
    from solicomm_build.gate import starting
    from solicomm_build.post.reading.oldlinks import Links

    name = _id(found, wish)
    if exists := starting.has_begun(repo := hub.conference_repo(name)):
        name = repo.stem  # as members and mail know it, also by a name that it had before
    consent = " ".join(wish.consent.split())
    if wish.dry_run:
        taken = migration.take_roster(
            hub, name, found, sha256=sha256, consent=consent, dry_run=True
        )
        say(found, name, Done(taken, created=not exists), wish)
        return
    if not exists:
        _create(hub, found, name)
    done = Done(migration.Taken(), created=not exists)
    if exists and wish.set_settings:
        done.settings = migration.take_settings(hub, name, found, sha256=sha256)
    done.taken = migration.take_roster(hub, name, found, sha256=sha256, consent=consent)
    old = Links({}, (found.address.lower(),) if found.address else ())
    if found.archives and not wish.skip_archive:
        done.report = _archive(hub, name, found)
        old = old.joined(links())
    done.links = migration.take_links(hub, name, old, sha256=sha256)
    if found.held:
        from solicomm_build.features.migration import heldfile

        done.new_held = heldfile.add(hub, name, found.held)
        done.held = heldfile.file_of(hub, name)
    bell.of(hub).ring()
    say(found, name, done, wish)


def _id(found: ForeignList, wish: Wish) -> str:
    from solicomm_build.foundation.types import SLUG

    name = wish.id or re.sub(r"[^a-z0-9]+", "-", found.name.lower()).strip("-")
    if not SLUG.fullmatch(name):
        raise UsageError(f"{name!r} is not an id here. Say --as ID, up to 28 of a-z, 0-9 and -")
    return name


def _create(hub: Config, found: ForeignList, name: str) -> None:
    from solicomm_build.features.founding.founding import new_conference
    from solicomm_build.features.migration.migration import mapped

    new_conference(
        hub,
        name,
        kind="list",
        title=found.title,
        posting=found.settings.posting or "members",
        lang=found.lang or hub.languages[0],
        visibility=found.settings.founded_as,
        mapped=lambda made: mapped(made, found),  # there for whoever goes on after a kill
    )


def _archive(hub: Config, name: str, found: ForeignList) -> ImportReport:
    from solicomm_build.ingest.importer import run_import

    line = ProgressLine(f"Archive of {name}:")
    try:
        return run_import(
            hub,
            name,
            found.archives,
            lambda done, total, count: line.update(done, total, count, "messages"),
        )
    finally:
        line.end()
