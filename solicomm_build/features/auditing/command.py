"""`solicomm audit`."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.hub.config import Config

if TYPE_CHECKING:
    from solicomm_build.people.operators.acts import Act


@click.command("audit")
@click.option("--since", default="", metavar="DAY", help="From then on.")
@click.option("--json", "as_json", is_flag=True, help="As one JSON array.")
@with_hub
def command(hub: Config, since: str, as_json: bool) -> None:
    """Show what operators did by commands and what moderators decided, the oldest first: when, who
    and what. Addresses are masked; moderators are persons' ids. Of what needed a second yes both
    names are shown.

    \b
    Example:
      solicomm audit --since 2026-11-20
    """
    from solicomm_build.cli.asking import moment
    from solicomm_build.features.auditing import begun
    from solicomm_build.people.operators import acts
    from solicomm_build.post.cells.hubmail import HubMail

    first = moment(since) if since else None
    begun.settle(hub.root)
    done = list(acts.every(hub.root))
    names = _names(hub, done)
    rows = [(act.at, _called(act, names), _what(act)) for act in done]
    store = HubMail(hub)
    try:
        rows += [_decided(at, said) for at, said in store.verdicts(first) if " decided " in said]
    finally:
        store.close()
    found = sorted(row for row in rows if first is None or row[0] >= first)
    if as_json:
        told = [{"at": at.isoformat(), "who": who, "what": what} for at, who, what in found]
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    for at, who, what in found:
        click.echo(f"{at:%Y-%m-%d %H:%M} UTC  {who}: {what}")
    if not found:
        click.echo("Nothing was done yet")


def _what(act: Act) -> str:
    """The words of it, and that it may not be done."""
    said = shlex.join(act.words)
    return f"{said} (killed before it ended)" if act.killed else said


def _called(act: Act, names: Mapping[str, str]) -> str:
    """Who did it, and who said yes to it."""
    who, second = (
        f"{one} ({names[one]})" if one in names else one for one in (act.who, act.second)
    )
    return f"{who}, with {second}" if second else who


def _names(hub: Config, found: Iterable[Act]) -> dict[str, str]:
    """What the persons among them are called today, by their ids."""
    from solicomm_build.people.rosterstore import RosterStore

    store = RosterStore.of(hub)
    try:
        roster = store.roster()
        numbers = {
            one: roster.persons.number(one) for act in found for one in (act.who, act.second) if one
        }
        people = {one: roster.members.get(number or 0) for one, number in numbers.items()}
    finally:
        store.close()
    return {one: member.name for one, member in people.items() if member and member.name}


def _decided(at: datetime, said: str) -> tuple[datetime, str, str]:
    """A verdict `accept decided bar/<mid> author=… decision=… by=…` as who and what."""
    words = said.split()
    facts = dict(word.split("=", 1) for word in words if "=" in word)
    what = f"{facts.get('decision', words[0])} {words[2] if len(words) > 2 else ''}".strip()
    return at, facts.get("by", "?"), what
