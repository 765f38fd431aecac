"""`solicomm trace`: the life of one message."""

from __future__ import annotations

import json
from itertools import product
from typing import Any

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.errors import HubError
from solicomm_build.foundation.hub import cells
from solicomm_build.foundation.hub.config import Config


@click.command("trace")
@click.argument("message_id")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@click.option("--addresses", is_flag=True, help="Show members' addresses whole.")
@with_hub
def command(hub: Config, message_id: str, as_json: bool, addresses: bool) -> None:
    """Show what became of a message, from its arrival to each member's copy.

    MESSAGE_ID is the Message-ID of the mail, the id of a post (what follows # in its address), or
    what the sender's server was told it was `kept as`. Members are shown by number.

    \b
    Example:
      solicomm trace '<20261124.1@union.example>'
      solicomm trace 1795532587120000-0000042-000007.0 --addresses
    """
    from solicomm_build.features.tracing.tracewords import Words
    from solicomm_build.features.tracing.tracing import trace

    found = trace(hub, message_id)
    waiting = _waiting(hub, found.arrivals, found.queue)
    members = _members(hub)
    if not found.steps and not waiting:
        if message_id.lower() in (one.lower() for one in members.values()):
            raise HubError(
                f"{message_id} is the address of a member, not the Message-ID of a mail. "
                "`solicomm member list CONFERENCE` says whether each message goes there, "
                "`solicomm bounces list CONFERENCE` what came back"
            )
        since = f"; it begins {found.since:%Y-%m-%d %H:%M} UTC" if found.since else ""
        raise HubError(
            f"Nothing is known of {message_id}: it is in no repository, and not in the log{since}. "
            "A mail that was refused is known to its sender only"
        )
    if as_json:
        click.echo(json.dumps(_plain(found, waiting, members if addresses else {})))
        return
    words, before = Words(members, addresses=addresses), None
    for step in found.steps:
        when = f"{step.at:%Y-%m-%d %H:%M:%S}.{step.at.microsecond // 1000:03d}"
        after = f"+{(step.at - before).total_seconds():.3f} s" if before else ""
        before = step.at
        click.echo(f"{when} {after:>12}  {words.line(step)}")
    for one in waiting:
        click.echo(f"Now: waits in spool/{one['spool']} as {one['file']}{_who(one, words)}")


def _who(one: dict[str, Any], words: Any) -> str:
    shown = [
        f"\n     {words.member(each['member']) if each['member'] else 'somebody'}: {each['tries']} "
        f"tries, next {each['next'][:19].replace('T', ' ')}"
        for each in one.get("copies", ())[:50]
    ]
    return "".join(shown)


def _plain(found: Any, waiting: list[dict[str, Any]], members: dict[int, str]) -> dict[str, Any]:
    def shown(facts: dict[str, Any]) -> dict[str, Any]:
        numbers = facts.get("members") or ([facts["member"]] if "member" in facts else [])
        named = {str(one): members[one] for one in numbers if one in members}
        return facts | ({"addresses": named} if named else {})

    return {
        "mid": found.mid,
        "conferences": list(found.conferences),
        "log_begins": found.since.isoformat() if found.since else None,
        "steps": [
            {"at": step.at.isoformat(), "event": step.event, **shown(step.facts)}
            for step in found.steps
        ],
        "waiting": waiting,
    }


def _waiting(
    hub: Config, arrivals: tuple[str, ...], queue: tuple[str, ...]
) -> list[dict[str, Any]]:
    """Where the message lies now: by spool, with the copies that were not taken yet."""
    from solicomm_build.courier import queue as outgoing
    from solicomm_build.foundation.objects import incoming
    from solicomm_build.foundation.spool import Spool

    found: list[dict[str, Any]] = []
    files = {name.partition(".")[0] for name in arrivals}
    for spool in (*cells.spools_in(hub), hub.spool_desk, hub.spool_bounces):
        found += [
            {"spool": spool.name, "file": name}
            for name in sorted(files)
            if (spool / f"{name}.mail").exists()
        ]
    for cell in cells.every(hub):
        objects = incoming.in_objects(cell)
        waits = objects.pending() if objects is not None else []
        there = {path.stem for path in waits if not path.exists()}
        found += [{"spool": cell.spool_in.name, "file": name} for name in sorted(files & there)]
    for out, name in product(cells.spools_out(hub), queue):
        path = out / f"{name}.mail"
        if path.exists():
            consignment = outgoing.load(Spool(out), path)
            copies = [
                {"member": number, "tries": tries, "next": due.isoformat()}
                for number, tries, due in consignment.waiting()
            ]
            found.append({"spool": out.name, "file": name, "copies": copies})
    return found


def _members(hub: Config) -> dict[int, str]:
    from solicomm_build.people.rosterstore import RosterStore

    if not hub.roster_repo.is_dir():
        return {}
    store = RosterStore.of(hub)
    try:
        return {number: one.address for number, one in store.roster().members.items()}
    finally:
        store.close()
