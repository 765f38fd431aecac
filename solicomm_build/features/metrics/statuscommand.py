"""`solicomm status`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from solicomm_build.cli.asking import age, masked, octets
from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.quarantine import aside
from solicomm_build.foundation.watch import is_of_watch

_SAID = ("running", "disk", "quarantine", "last-build")
"""Watched, and said by status in its own words."""
_STUCK = 600.0  # seconds after which mail that waits in a spool is worth a remark


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="As one JSON object.")
@with_hub
def command(hub: Config, as_json: bool) -> None:
    """Show posts, waiting mail, spools, how far each consumer is behind, and the last build.

    \b
    Example:
      solicomm status --hub hub
    """
    facts = gather(hub)
    if as_json:
        click.echo(json.dumps(facts, ensure_ascii=False))
        return
    for trouble in facts["troubles"]:
        click.echo(f"NOT WELL: {trouble}")
    for one in facts["wrong"]:
        click.echo(f"NOT WELL: {one}")
    for repo in facts["strangers"]:
        click.echo(f"NOT WELL: {repo} belongs to another user (solicomm check says what to do)")
    click.echo(f"{hub.name}: {facts['posts']:,} posts in {len(facts['conferences'])} conferences")
    for name, row in facts["conferences"].items():
        lag = "".join(f"; {words}" for words in map(_lag, row["behind"].items()) if words)
        click.echo(f"  {name}: {row['posts']:,} posts{lag}")
    for name, behind in facts["behind"].items():
        lag = "; ".join(words for words in map(_lag, behind.items()) if words)
        if lag:
            click.echo(f"  {name}: {lag}")
    oldest = f", the oldest for {age(facts['held_oldest'])}" if facts["held"] else ""
    click.echo(f"Waiting for a moderator: {facts['held']}{oldest}")
    for fault in facts["roles"]:
        click.echo(f"Role: {fault}")
    for name, row in facts["spools"].items():
        click.echo(f"Spool {name}: {_queue(name, row, facts['deferred'])}")
    kept = facts["quarantine"]
    if kept["files"]:
        click.echo(
            f"Set aside: {kept['files']}, {octets(kept['octets'])}, the oldest for "
            f"{age(kept['oldest'])} (solicomm quarantine list)"
        )
    for one in facts["held_stages"]:
        click.echo(f"  {one['reason']}: {one['id']} (solicomm quarantine show)")
    if facts["stopped"]:
        click.echo(f"NO MAIL GOES OUT. {facts['stopped']}")
    if facts["delivery"] == "sink":
        click.echo(f"Nobody is mailed: spool/sink.mbox has {octets(facts['sink'])}")
    elif facts["sink"]:
        click.echo(
            f"Not sent: spool/sink.mbox has {octets(facts['sink'])} from the time of `delivery: "
            "sink`. It may be real mail: `solicomm deliver --sink` sends it"
        )
    if facts["bounces"]:
        counts = ", ".join(f"{count} {kind}" for kind, count in facts["bounces"].items())
        click.echo(f"Came back, on record: {counts}")
    if facts["frozen_domains"]:
        click.echo(
            f"Left alone for a day: {facts['frozen_domains']} domains whose bounces do not count"
        )
    shown = "; ADDRESSES STAND IN IT (log: debug in hub.yaml)" if hub.log.debug else ""
    click.echo(f"Mail log: {octets(facts['log'])}{shown}")
    _build(facts["build"])


def _build(last: dict[str, Any] | None) -> None:
    if last:
        click.echo(f"Last build {last['at']}: {last['written']:,} files in {last['seconds']} s")
        for place, reason in last["failures"]:
            click.echo(f"  not shown: {place}: {masked(reason.strip().splitlines()[-1])}")


def gather(hub: Config) -> dict[str, Any]:
    """What the command shows, as plain values. Times are seconds, sizes octets."""
    from dataclasses import asdict

    from solicomm_build.courier import home
    from solicomm_build.features.metrics.measures import measure
    from solicomm_build.foundation.hub import finding, health, ownership
    from solicomm_build.people import grants

    found = measure(hub)
    behind: dict[str, dict[str, int | None]] = {}
    for lag in found.lags:
        behind.setdefault(lag.repo, {})[lag.consumer] = lag.behind
    conferences = {
        path.stem: {
            "posts": _posts(path),
            "behind": behind.pop(f"conferences/{path.stem}", {}),
        }
        for path in sorted(hub.conferences.glob("*.git"))
    }
    classes: dict[str, int] = {}
    for (_, kind), count in sorted(found.bounces.items(), key=lambda one: one[0][1]):
        classes[kind] = classes.get(kind, 0) + count
    spool = {name: queue.files for name, queue in found.spools.items()}
    return {
        "name": hub.name,
        "troubles": health.troubles(hub),
        "wrong": [
            f"{one.what}. {one.finding.remedy}" for one in finding.wrong(hub) if one.id not in _SAID
        ],
        "strangers": [str(path.relative_to(hub.root)) for path in ownership.strangers(hub)],
        "posts": sum(row["posts"] for row in conferences.values()),
        "held": sum(queue.files for queue in found.held.values()),
        "held_oldest": max((queue.oldest for queue in found.held.values()), default=0.0),
        "spool": spool | {"quarantine": found.quarantine.files},
        "spools": {name: asdict(queue) for name, queue in found.spools.items()},
        "deferred": found.deferred,
        "quarantine": asdict(found.quarantine),
        "held_stages": [
            {"id": one.id, "reason": one.reason.partition("\n")[0]}
            for one in aside(hub.spool_quarantine)
            if is_of_watch(one.reason)
        ],
        "delivery": hub.delivery,
        "stopped": home.WHY if home.is_elsewhere(hub) else "",
        "sink": found.sink,
        "log": found.log,
        "bounces": classes,
        "frozen_domains": len(found.frozen),
        "conferences": conferences,
        "behind": behind,
        "events": dict(found.events),
        "roles": [fault.public for fault in grants.faults(hub)],
        "build": _last_build(hub),
    }


def _last_build(hub: Config) -> dict[str, Any] | None:
    """What the builder wrote of its last build; None where there was none, or that is damaged."""
    try:
        last = json.loads((hub.state / "build.json").read_text("utf-8"))
        return last if last.keys() >= {"at", "written", "seconds", "failures"} else None
    except (OSError, ValueError, AttributeError):
        return None


def _lag(row: tuple[str, int | None]) -> str:
    consumer, behind = row
    if behind is None:
        return f"{consumer} has not begun"
    return f"{consumer} {behind} behind" if behind else ""


def _queue(name: str, row: dict[str, Any], deferred: int) -> str:
    if not row["files"]:
        return "empty"
    again = f", {deferred} with copies to be offered again" if name == "out" and deferred else ""
    late = name != "out" and row["oldest"] > _STUCK
    remark = "; is its stage running?" if late else ""
    return f"{row['files']} wait, the oldest for {age(row['oldest'])}{again}{remark}"


def _posts(path: Path) -> int:
    from solicomm_build.git.reader import Reader
    from solicomm_build.git.repo import MAIN, open_repo
    from solicomm_build.post.post import parse_path

    repo = open_repo(path)
    if repo.ref() is None:
        return 0
    with Reader(repo) as reader:
        entries = reader.tree(MAIN, "topics", recursive=True)
    return sum(parse_path(f"topics/{entry.path}") is not None for entry in entries)
