"""`solicomm member`."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from pathlib import Path
from typing import Any

import click

from solicomm_build.cli.hub import OutFile, with_hub
from solicomm_build.foundation.errors import ContentError, HubError, UsageError
from solicomm_build.foundation.hub.config import Config

_SHOWN = 20
"""So many who had left are named."""


@click.group("member")
def command() -> None:
    """Subscribe people to conferences and lists, list them, take them out.

    \b
    Example:
      solicomm member add solidaridad ana@union.example --name Ana --lang es
      solicomm member list solidaridad
    """


@command.command("add")
@click.argument("conference")
@click.argument("address")
@click.option("--name", default="", help="The person's name.")
@click.option("--lang", default="", help="The language to write to them in.")
@click.option(
    "--digest",
    type=click.Choice(["daily", "weekly"]),
    default=None,
    help="Collected posts in place of single ones.",
)
@with_hub
def add(
    hub: Config, conference: str, address: str, name: str, lang: str, digest: str | None
) -> None:
    """Subscribe ADDRESS to CONFERENCE at once; the operator vouches for the consent.

    \b
    Example:
      solicomm member add solidaridad ana@union.example --name "Ana Paz" --lang es
      solicomm member add solidaridad ben@union.example --digest weekly
    """
    from solicomm_build.foundation.types import Mailbox
    from solicomm_build.people.memberstore import subscribe

    options = {"digest": digest} if digest else {}
    added = subscribe(hub, conference, [Mailbox(name, address)], lang=lang, options=options)
    click.echo(f"{address} is subscribed to {conference}" if added else f"{address} was already")


@command.command("invite")
@click.argument("conference")
@click.argument("address")
@click.option("--name", default="", help="The person's name.")
@click.option("--lang", default="", help="The language to write to them in.")
@with_hub
def invite(hub: Config, conference: str, address: str, name: str, lang: str) -> None:
    """Ask ADDRESS by mail to join CONFERENCE; whoever answers the mail is on it.

    \b
    Example:
      solicomm member invite solidaridad ben@union.example --name Ben --lang fr
    """
    from solicomm_build.features.lists import inviting
    from solicomm_build.foundation.types import Mailbox

    sent = inviting.invite(hub, conference, [Mailbox(name, address)], lang=lang)
    click.echo(f"{address} is invited" if sent else f"{address} is on it, or was invited today")


@command.command("confirm")
@click.argument("conference")
@click.option("--consent", default="", metavar="TEXT", help="They agreed elsewhere; no mail.")
@with_hub
def confirm(hub: Config, conference: str, consent: str) -> None:
    """Ask the unconfirmed members of CONFERENCE, whom `migrate` brought, whether they want to stay.

    Whoever answers the mail, which is in the member's language, gets the list's mail from then on;
    the others get none, and can be asked again tomorrow. With --consent nobody is asked: the text
    says how they agreed, and is kept.

    \b
    Example:
      solicomm member confirm water
      solicomm member confirm water --consent "signed cards, branch meeting of 3 May"
    """
    from solicomm_build.cli.hub import ProgressLine
    from solicomm_build.features.lists import reconfirming
    from solicomm_build.people.memberstore import state_consent, there

    conference = there(hub, conference)
    if consent := " ".join(consent.split()):
        count = state_consent(hub, conference, consent)
        click.echo(f"{count:,} members of {conference} are confirmed by what you state")
        return
    line = ProgressLine(f"Asking members of {conference}:")
    asked, waiting = reconfirming.ask_to_stay(
        hub, conference, lambda done, total: line.update(done, total, done, "members")
    )
    line.end()
    before = waiting - asked
    today = f"; {before:,} were asked today already" if before else ""
    click.echo(
        f"{asked:,} of {waiting:,} unconfirmed members of {conference} are asked by mail{today}"
    )


@command.command("role")
@click.argument("conference")
@click.argument("address")
@click.argument("role", type=click.Choice(["moderator", "host", "none"]))
@with_hub
def role(hub: Config, conference: str, address: str, role: str) -> None:
    """Make a member a moderator (decides on held mail) or host (owns it) of CONFERENCE, or neither.

    With '*' as CONFERENCE, of the whole hub: its hosts also change how it looks, in My hub.

    \b
    Example:
      solicomm member role solidaridad ana@union.example moderator
    """
    from solicomm_build.cli.running import ring_after_commit
    from solicomm_build.people import grants
    from solicomm_build.people.memberstore import appoint

    appoint(hub, conference, address, "" if role == "none" else role)
    grants.settle(hub)
    ring_after_commit(hub)()
    click.echo(f"{address} is {'no moderator' if role == 'none' else role} of {conference}")


@command.command("ban")
@click.argument("conference")
@click.argument("address")
@click.option("--end", "ends", is_flag=True, help="End the ban.")
@with_hub
def ban(hub: Config, conference: str, address: str, ends: bool) -> None:
    """Throw away what ADDRESS sends to CONFERENCE from now on. Where only members read, ADDRESS
    gets nothing of it either, and is told so once.

    With '*' as CONFERENCE, in the whole hub; with @spam.example as ADDRESS, of a whole domain.

    \b
    Example:
      solicomm member ban solidaridad ana@union.example
      solicomm member ban solidaridad ana@union.example --end
    """
    from solicomm_build.cli.running import ring_after_commit
    from solicomm_build.people import memberstore

    changed = memberstore.ban(hub, conference, address, ends=ends)
    ring_after_commit(hub)()
    said = "is not banned" if ends else "is banned"
    click.echo(f"{address} {said} in {conference}{'' if changed else ', as before'}")


@command.command("import")
@click.argument("conference")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, allow_dash=True))
@with_hub
def import_(hub: Config, conference: str, file: str) -> None:
    """Subscribe everybody in FILE: one address or `Name <address>` a line, # for comments.

    Who had left stays out, so that a newer file of the same people can be read: `member add` brings
    one back. One broken line refuses the whole file. With - as FILE it is read from standard input,
    so that root may keep it where the hub's user cannot read.

    \b
    Example:
      solicomm member import solidaridad members.txt
      solicomm member import solidaridad - < ~/members.txt
    """
    from solicomm_build.message import memberlines
    from solicomm_build.people.memberstore import subscribe, who_left

    try:
        with click.open_file(file, "rb") as stream:
            text = stream.read().decode("utf-8")
    except UnicodeDecodeError as error:
        remedy = "Save as UTF-8"
        raise ContentError("the text is not UTF-8", file=file, remedy=remedy) from error
    people = memberlines.parse(text, file)
    left = who_left(hub, conference, people)
    gone = {one.addr_spec for one in left}
    added = subscribe(hub, conference, [one for one in people if one.addr_spec not in gone])
    click.echo(f"{added:,} of {len(people):,} are new in {conference}")
    if left:
        click.echo(
            f"{len(left):,} had left {conference} and stay out; `member add` brings one back:"
        )
    for one in left[:_SHOWN]:
        click.echo(f"  {one.addr_spec}")
    if len(left) > _SHOWN:
        click.echo(f"  and {len(left) - _SHOWN:,} more")


@command.command("list")
@click.argument("conference", required=False)
@click.option("--all", "all_", is_flag=True, help="Everybody on the hub, with where and as what.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, one object a member.")
@with_hub
def list_(hub: Config, conference: str | None, all_: bool, as_json: bool) -> None:
    """List the subscribers of CONFERENCE, who has not agreed yet, and who moderates; or, with
    --all, everybody whom the hub knows: members, moderators, hosts, who has not agreed, who left.
    Of who does not get each message it says why: disabled, mail off, paused, digest, topics.

    \b
    Example:
      solicomm member list solidaridad --json
      solicomm member list --all
    """
    from solicomm_build.people.memberstore import everybody, subscribers

    if all_ == bool(conference):
        raise UsageError("Write `solicomm member list CONFERENCE`, or `solicomm member list --all`")
    if conference is None:
        _all(everybody(hub), as_json)
        return
    rows: list[dict[str, Any]] = list(subscribers(hub, conference))
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        who = f"{row['name']} <{row['address']}>" if row["name"] else row["address"]
        remarks = [row["role"] if row["role"] != "member" else "", row["state"]]
        remarks += _wishes(row["options"])
        said = ", ".join(str(one) for one in remarks if one and one != "active")
        click.echo(f"{who} ({said})" if said else who)
    if not rows:
        click.echo(f"Nobody is on {conference} yet", err=True)


def _wishes(options: dict[str, str]) -> list[str]:
    """What of the options of a subscription keeps single messages from a member."""
    from solicomm_build.people.membership import option

    paused = options.get("paused", "")
    said = [f"paused since {paused[:10]}"] if paused else []
    for name in ("mail", "digest", "topics"):
        if (value := option(options, name)) != option({}, name):
            said.append(f"{name} {value}")
    return said


def _all(rows: list[dict[str, Any]], as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        who = f"{row['name']} <{row['address']}>" if row["name"] else row["address"]
        where = [
            name if role == "member" else f"{name} ({role})" for name, role in row["places"].items()
        ]
        said = ", ".join(where) or "nowhere"
        click.echo(f"{who}: {said}" + (f"; {row['state']}" if row["state"] != "active" else ""))
    if not rows:
        click.echo("The hub knows nobody yet")


@command.command("remove")
@click.argument("conference")
@click.argument("address")
@with_hub
def remove(hub: Config, conference: str, address: str) -> None:
    """Take ADDRESS out of CONFERENCE.

    \b
    Example:
      solicomm member remove solidaridad ana@union.example
    """
    from solicomm_build.people.memberstore import unsubscribe

    if not unsubscribe(hub, conference, address):
        raise HubError(f"{address} is not subscribed to {conference}")
    click.echo(f"{address} is no longer subscribed to {conference}")


@command.command("data")
@click.argument("address")
@click.option("--out", type=OutFile(), help="The ZIP to write.")
@with_hub
def data(hub: Config, address: str, out: Path | None) -> None:
    """Give out all that is kept about ADDRESS, as `mydata` sends it by mail.

    Without --out the facts are shown as JSON; with it they go into a ZIP file together with all
    mail of the person, as it came. Give the file to this person alone.

    \b
    Example:
      solicomm member data ana@union.example --out ana.zip
    """
    from solicomm_build.features.privacy import owndata, personal
    from solicomm_build.people.rosterstore import RosterStore

    store = RosterStore.of(hub)
    try:
        kept = personal.about(hub, address, store.roster())
    finally:
        store.close()
    if not kept:
        raise HubError(f"Nothing is kept about {address}. Look for another spelling of it")
    if out is None:
        click.echo(kept.json().decode("utf-8").replace("\r\n", "\n"), nl=False)
        return
    making = out.with_name(f"{out.name}.{secrets.token_hex(4)}.part")  # nobody's but ours
    try:
        with open(os.open(making, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file:
            owndata.pack(hub, kept.mails, file, facts=kept.json())
            file.flush()
            os.fsync(file.fileno())
        making.replace(out)
    except OSError as error:
        raise HubError(f"{out} cannot be written: {error.strerror}. Name another --out") from error
    finally:
        with contextlib.suppress(OSError):
            making.unlink(missing_ok=True)
    click.echo(f"{out} holds what is kept about {address}, and {len(kept.mails):,} messages")
