"""`solicomm site`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.hub.config import Config

if TYPE_CHECKING:
    from solicomm_build.git.repo import Repo


@click.group("site")
def command() -> None:
    """Look after union sites: what changed, going back, drafts, domains, room.

    \b
    Example:
      solicomm site history metal
      solicomm site rollback metal
      solicomm site list
    """


def _repo_of(hub: Config, union: str) -> Repo:
    """The repository of a site, which is there."""
    from solicomm_build.foundation.errors import HubError
    from solicomm_build.git.repo import open_repo

    if not (path := hub.union_repo(union)).exists():
        raise HubError(f"There is no site of {union}. See: solicomm site list")
    return open_repo(path)


@command.command("rollback")
@click.argument("union")
@click.argument("commit", required=False)
@with_hub
def rollback(hub: Config, union: str, commit: str | None) -> None:
    """Make the site of UNION as it was: at COMMIT, or before its last change.

    This is one more commit; nothing is forgotten. Again without COMMIT, it takes itself back.

    \b
    Example:
      solicomm site rollback metal
      solicomm site rollback metal 3f2a9c1
    """
    from solicomm_build.features.sites import undo
    from solicomm_build.features.sites.values.site import FILE, decode_site
    from solicomm_build.foundation import clock
    from solicomm_build.foundation.bell import of_builder
    from solicomm_build.foundation.hub.webhost import absolute
    from solicomm_build.git.reader import Reader

    repo = _repo_of(hub, union)
    wanted = undo.named(repo, commit)
    with Reader(repo) as reader:  # never back to what could not be shown
        decode_site(reader.at(wanted, FILE) or b"", FILE, union=union)
    made = undo.restore(repo, wanted, when=clock.now())
    of_builder(hub.state).ring()
    click.echo(f"{union} is as it was at {wanted[:10]}, by the new commit {made[:10]}.")
    click.echo(f"In a moment: {absolute(hub.url, hub.pages, f'/unions/{union}/')}")
    click.echo(f"Back again: solicomm site rollback {union}")


@command.command("history")
@click.argument("union")
@click.option("--count", default=20, type=click.IntRange(1, 10_000), show_default=True)
@with_hub
def history(hub: Config, union: str, count: int) -> None:
    """What changed on the site of UNION, when and by whom; the newest first.

    \b
    Example:
      solicomm site history metal
      solicomm site history metal --count 100
    """
    from solicomm_build.features.sites import undo
    from solicomm_build.foundation import clock

    repo, now = _repo_of(hub, union), clock.now()
    tip = repo.ref()
    for step in undo.steps(repo, tip, count) if tip else ():
        date = step.dated(now)
        when = f"{date:%Y-%m-%d %H:%M}" if date else f"{'date unknown':<16}"
        click.echo(f"{step.oid[:10]}  {when}  {step.name}: {step.subject}")
        for path in step.files[:10]:
            click.echo(f"            {path}")
        if len(step.files) > 10:
            click.echo(f"            and {len(step.files) - 10} more")


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@with_hub
def sites(hub: Config, as_json: bool) -> None:
    """The sites: where each is, what room it takes of what it may, drafts, pushes in an hour.

    \b
    Example:
      solicomm site list
      solicomm site list --json
    """
    import json
    from dataclasses import asdict

    from solicomm_build.features.sites.editing import usage
    from solicomm_build.foundation.hub import domains
    from solicomm_build.foundation.hub.webhost import absolute

    limits, proven = hub.limits, domains.proven(hub)
    rows = []
    for path in sorted(hub.unions.glob("*.git")):
        taken = usage.of_site(hub, path.stem)
        own = sorted(name for name, union in proven.items() if union == path.stem)
        url = absolute(hub.url, hub.pages, f"/unions/{path.stem}/")
        rows.append({"union": path.stem, "url": url, "domains": own, **asdict(taken)})
    if as_json:
        click.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        click.echo(f"{row['union']}: {' '.join([row['url'], *row['domains']])}")
        click.echo(
            f"    {row['files']:,} of {limits.site_files:,} files, "
            f"{_share(row['bytes'], limits.site_bytes)}; with history "
            f"{_share(row['history'], limits.history_bytes)}; pages {row['pages'] / 1e6:,.1f} MB"
        )
        click.echo(
            f"    {row['drafts']} drafts; {row['pushes']} of {limits.pushes_an_hour} pushes "
            "in the last hour"
        )
    if not rows:
        click.echo("There is no site yet: `solicomm new union ID` makes one", err=True)


def _share(taken: int, most: int) -> str:
    return f"{taken / 1e6:,.1f} of {most / 1e6:,.1f} MB"


@command.command("domain")
@click.argument("union")
@click.argument("domain")
@click.option("--check", is_flag=True, help="Ask the DNS now; if the record is there, serve it.")
@click.option("--remove", is_flag=True, help="Serve the site there no more.")
@with_hub
def domain(hub: Config, union: str, domain: str, check: bool, remove: bool) -> None:
    """Give the site of UNION a domain of the union's own, after the DNS has proved it theirs.

    First without an option: it prints the TXT record that the union's DNS must have. Then with
    --check.

    \b
    Example:
      solicomm site domain metal www.metalworkers.example
      solicomm site domain metal www.metalworkers.example --check
    """
    from solicomm_build.foundation.errors import HubError
    from solicomm_build.foundation.hub import domains
    from solicomm_build.foundation.hub.dns import resolver_of

    if hub.pages is None:
        raise HubError("Sites have domains only beside a pages domain: see `pages:` in hub.yaml")
    if remove:
        domains.remove(hub, union, domain)
        click.echo(f"{domain} shows the site of {union} no more.")
    elif check:
        resolver = resolver_of(hub)
        if resolver is None:
            raise HubError("The DNS cannot be asked: `dns: off` in hub.yaml. Write `dns: system`")
        name = domains.check(hub, union, domain, resolver)
        click.echo(f"{name} is proved to be {union}'s, and shows its site from now on.")
        click.echo("A web server in front: solicomm web-config again, then reload it.")
    else:
        wanted = domains.challenge(hub, union, domain)
        click.echo("The union's DNS must have this record:")
        click.echo(f'  {wanted.name}. IN TXT "{wanted.text}"')
        click.echo("and the name itself must lead here (an A and AAAA record, or a CNAME).")
        click.echo(f"Then: solicomm site domain {union} {domain} --check")


@command.command("contact")
@click.argument("union")
@click.option("--agree", is_flag=True, help="Take the address that the site names.")
@with_hub
def contact(hub: Config, union: str, agree: bool) -> None:
    """Where the form for joining of UNION's site sends what people write.

    When the site names another address, the one so far is asked by mail, and decides. Where nobody
    reads mail there any more, --agree decides in its place.

    \b
    Example:
      solicomm site contact metal
      solicomm site contact metal --agree
    """
    from solicomm_build.features.sites import sitecontacts
    from solicomm_build.foundation.errors import HubError

    union = hub.union_repo(union).stem
    site = sitecontacts.site_of(hub, union)
    if site is None:
        raise HubError(f"There is no site of {union} that can be read. See: solicomm site list")
    sitecontacts.begin(hub)
    if agree:
        sitecontacts.write(hub, union, sitecontacts.Contact(site.contact.email))
    agreed = sitecontacts.agreed(hub, site)
    click.echo(f"The form sends to {agreed or 'nobody yet'}.")
    if sitecontacts.read(hub, union).was_erased(site.contact.email):
        click.echo("The site names somebody who was erased here, and is asked nothing. Take it out")
        click.echo("of site.yaml; --agree has the form send there all the same.")
    elif site.contact.email != agreed:
        click.echo(f"The site names {site.contact.email or 'no address'}; agree by --agree.")
