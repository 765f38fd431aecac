"""`solicomm status`."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import click

from solicomm_build.cli.hub import with_hub
from solicomm_build.config import Config
from solicomm_build.store.repo import Repo
from solicomm_build.types import Oid


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
    click.echo(f"{hub.name}: {facts['posts']:,} posts in {len(facts['conferences'])} conferences")
    for name, row in facts["conferences"].items():
        lag = ", ".join(f"{who} {behind} behind" for who, behind in row["behind"].items() if behind)
        click.echo(f"  {name}: {row['posts']:,} posts{'; ' + lag if lag else ''}")
    click.echo(f"Waiting for a moderator: {facts['held']}")
    click.echo(
        f"Spool: {facts['spool']['in']} in, {facts['spool']['out']} out, "
        f"{facts['spool']['quarantine']} kept aside"
    )
    last = facts["build"]
    if last:
        click.echo(f"Last build {last['at']}: {last['written']:,} files in {last['seconds']} s")
        for place, reason in last["failures"]:
            click.echo(f"  not shown: {place}: {reason.strip().splitlines()[-1]}")


def gather(hub: Config) -> dict[str, Any]:
    """What the command shows, as plain values."""
    from solicomm_build.ingest.moderation import list_held
    from solicomm_build.spool import Spool

    conferences = {path.stem: _conference(path) for path in sorted(hub.conferences.glob("*.git"))}
    quarantined = (
        [p for p in hub.spool_quarantine.iterdir() if not p.name.endswith(".reason.txt")]
        if hub.spool_quarantine.is_dir()
        else []
    )
    build = hub.state / "build.json"
    return {
        "name": hub.name,
        "posts": sum(row["posts"] for row in conferences.values()),
        "held": len(list_held(hub)),
        "spool": {
            "in": len(Spool(hub.spool_in).pending()),
            "out": len(Spool(hub.spool_out).pending()),
            "quarantine": len(quarantined),
        },
        "conferences": conferences,
        "build": json.loads(build.read_text("utf-8")) if build.is_file() else None,
    }


def _is_list(repo: Repo, tip: Oid) -> bool:
    from solicomm_build.errors import SoliCommError
    from solicomm_build.model import conference
    from solicomm_build.store.reader import Reader

    with Reader(repo) as reader, contextlib.suppress(SoliCommError):
        blob = reader.at(tip, conference.FILE)
        return blob is not None and conference.decode(blob).is_list
    return False


def _conference(path: Path) -> dict[str, Any]:
    from solicomm_build.model.post import parse_path
    from solicomm_build.store.cursor import Cursor
    from solicomm_build.store.reader import Reader
    from solicomm_build.store.repo import open_repo

    repo = open_repo(path)
    tip = repo.ref()
    if tip is None:
        return {"posts": 0, "behind": {}}
    with Reader(repo) as reader:
        entries = reader.tree(tip, "topics", recursive=True)
    posts = sum(parse_path(f"topics/{entry.path}") is not None for entry in entries)
    behind = {}
    for consumer in ("pages", "courier") if _is_list(repo, tip) else ("pages",):
        at = Cursor(repo, consumer).read()
        words = [f"{at}..{tip}"] if at else [tip]
        if at != tip:
            behind[consumer] = int(repo.git("rev-list", "--count", "--end-of-options", *words))
        else:
            behind[consumer] = 0
    return {"posts": posts, "behind": behind}
