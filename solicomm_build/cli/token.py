"""`solicomm token`."""

from __future__ import annotations

import shlex
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.hub.config import Config

if TYPE_CHECKING:
    from solicomm_build.people.gittoken import Grant

_LANGUAGES = click.Choice(["en", "fr", "es", "pt", "ar", "ru"])
_ROLES = click.Choice(["member", "moderator", "host"])


@click.group("token")
def command() -> None:
    """Give people tokens and keys, to push to sites, conferences and libraries with git.

    \b
    Example:
      solicomm token new ana --repo unions/metal
      solicomm token list
      solicomm token revoke ana
    """


@command.command("new")
@click.argument("person")
@click.option("--repo", "repos", multiple=True, metavar="KIND/ID", help="What it opens; again.")
@click.option("--expires", default="never", metavar="WHEN", help="90d, 1y, 2027-01-31 or never.")
@click.option("--read", is_flag=True, help="For reading only.")
@click.option("--as", "role", type=_ROLES, default=None, help="What the person is there.")
@click.option("--lang", type=_LANGUAGES, default=None, help="The language to answer in.")
@with_hub
def new(
    hub: Config,
    person: str,
    repos: tuple[str, ...],
    expires: str,
    read: bool,
    role: str | None,
    lang: str | None,
) -> None:
    """Make a token for PERSON and print it, once: it is the password for git, with any user name.

    PERSON is a short name, or the address of a member. In conferences and libraries what a person
    may do depends on the role: of a member the roster knows it, of others say it with --as.

    \b
    Example:
      solicomm token new ana --repo unions/metal --lang es
      solicomm token new ana --repo unions/metal --repo libraries/agreements --as moderator
      solicomm token new mirror --repo conferences/committee --read --expires 1y
    """
    from solicomm_build.foundation import clock
    from solicomm_build.git import receiving
    from solicomm_build.people import access
    from solicomm_build.people.gittoken import read_expiry

    grant, token = access.issue(
        hub,
        person,
        repos,
        write=not read,
        role=role or "",
        lang=lang or _language(hub, person),
        expires=read_expiry(expires, clock.now()),
    )
    receiving.install(hub)
    verb = "read" if read else "read and push"
    click.echo(f"{grant.person} may {verb} {', '.join(grant.repos)}{_until(grant.expires)}.")
    click.echo(f"This is shown once; {grant.id} is its name, for `solicomm token revoke`.")
    _say_name(hub, grant)
    click.echo(f"Token: {token}")


@command.command("ssh-key")
@click.argument("person")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--repo", "repos", multiple=True, metavar="KIND/ID", help="What it opens; again.")
@click.option("--expires", default="never", metavar="WHEN", help="90d, 1y, 2027-01-31 or never.")
@click.option("--as", "role", type=_ROLES, default=None, help="What the person is there.")
@click.option("--lang", type=_LANGUAGES, default=None, help="The language to answer in.")
@with_hub
def ssh_key(
    hub: Config,
    person: str,
    file: Path,
    repos: tuple[str, ...],
    expires: str,
    role: str | None,
    lang: str | None,
) -> None:
    """Let the SSH key in FILE (a .pub) of PERSON push, and print the line for authorized_keys of
    the user that the hub belongs to.

    \b
    Example:
      solicomm token ssh-key ana ana.pub --repo unions/metal >> ~/.ssh/authorized_keys
    """
    from solicomm_build.foundation import clock
    from solicomm_build.gate import ssh
    from solicomm_build.git import receiving
    from solicomm_build.people import access
    from solicomm_build.people.gittoken import checked_person, read_expiry

    key = ssh.public_key(file.read_text("utf-8", "replace"))
    grant, _ = access.issue(
        hub,
        checked_person(person),
        repos,
        role=role or "",
        lang=lang or _language(hub, person),
        expires=read_expiry(expires, clock.now()),
        key=key.fingerprint,
    )
    receiving.install(hub)
    program = shlex.join([sys.executable, "-I", "-m", "solicomm_build.cli.main"])
    words = f"{program} gate ssh {grant.person} --hub {shlex.quote(str(hub.root))}"
    click.echo(ssh.authorized_line(key, words, grant))
    _say_name(hub, grant, err=True)


@command.command("list")
@with_hub
def list_(hub: Config) -> None:
    """List who may push and read what, by which token or key.

    \b
    Example:
      solicomm token list
    """
    from solicomm_build.foundation import clock
    from solicomm_build.people.access import Access

    grants = [one for one in Access(hub).grants().by_id.values() if one.live(clock.now())]
    for grant in grants:
        right = "push" if grant.write else "read"
        role = f" as {grant.role}" if grant.role else ""
        words = [grant.id, grant.person, right, ",".join(grant.repos) + role]
        click.echo("  ".join(words) + f"  since {grant.made[:10]}{_until(grant.expires)}")
    if not grants:
        click.echo("Nobody has a token or key", err=True)


@command.command("revoke")
@click.argument("who", metavar="WHO")
@with_hub
def revoke(hub: Config, who: str) -> None:
    """End all tokens and keys of a person, or the one with an id such as t-k3n7q2aa, at once.

    \b
    Example:
      solicomm token revoke ana
      solicomm token revoke t-k3n7q2aa
    """
    from solicomm_build.people import access, grants

    for grant in access.revoke(hub, who):
        click.echo(f"{grant.id} of {grant.person} is revoked")
    grants.settle(hub)


def _say_name(hub: Config, grant: Grant, *, err: bool = False) -> None:
    """Tells what a moderator or host is called in topic events, whose author the gate looks at."""
    from solicomm_build.people import grants
    from solicomm_build.people.rosterstore import RosterStore

    if grant.role not in ("moderator", "host"):
        return
    grants.settle(hub)
    store = RosterStore.of(hub)
    try:
        name = grants.name_of(grant.person, store.roster())
    finally:
        store.close()
    if name:
        click.echo(f"In topic events this person is `by: {name}`.", err=err)
    else:
        remedy = "Add the person with `solicomm member add` first, or give a short name"
        click.echo(
            f"Nobody here has this address, so no topic event can name it. {remedy}.", err=err
        )


def _until(expires: datetime | None) -> str:
    return f", until {expires:%Y-%m-%d %H:%M} UTC" if expires else ""


def _language(hub: Config, person: str) -> str:
    """The language that the roster knows of a member, when the person is named by an address."""
    from solicomm_build.foundation import i18n
    from solicomm_build.people.rosterstore import RosterStore

    if "@" not in person:
        return ""
    store = RosterStore.of(hub)
    try:
        member = store.roster().member(person)
    finally:
        store.close()
    lang = member.lang.partition("-")[0] if member else ""
    return lang if lang in i18n.LANGUAGES else ""
