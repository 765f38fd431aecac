"""`solicomm replay`: what today's rules would say of mail that was judged before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from solicomm_build.cli.asking import moment
from solicomm_build.cli.hub import with_hub
from solicomm_build.foundation.errors import HubError, UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import PostId

if TYPE_CHECKING:
    from solicomm_build.features.moderation.replaying import Judged


@click.command("replay")
@click.argument("message_id", required=False)
@click.option("--since", help="All that was judged since a day or a time in UTC.")
@click.option("--conference", default="", help="Only in this conference.")
@click.option("--commit", default="", help="By conference.yaml as it was in this commit.")
@click.option("--members-now", is_flag=True, help="For the members of today, not of then.")
@click.option("--json", "as_json", is_flag=True, help="All of it, as one JSON array.")
@with_hub
def command(
    hub: Config,
    message_id: str | None,
    since: str | None,
    conference: str,
    commit: str,
    members_now: bool,
    as_json: bool,
) -> None:
    """Judge kept mail again by the rules and settings of today, and say what would differ.

    Changes nothing. Try a change of conference.yaml before it is pushed: commit it in a clone,
    have the repository fetch that, and name the commit.

    \b
    Example:
      solicomm replay '<20261124.1@union.example>'
      solicomm replay --since 2026-11-01 --conference organising --commit 1f3a9c
    """
    from solicomm_build.features.moderation.replaying import replay

    if (message_id is None) == (since is None):
        raise UsageError("Write a MESSAGE_ID, or --since and a day such as 2026-11-24")
    found = [
        one
        for mid in _named(hub, message_id)
        for one in replay(
            hub,
            mid=mid,
            since=moment(since) if since else None,
            conference=conference,
            commit=commit,
            members_now=members_now,
        )
    ]
    if message_id is not None and not found:
        raise HubError(f"No verdict on {message_id} is known")
    if as_json:
        click.echo(json.dumps([_plain(one) for one in found]))
        return
    _say(found, is_asked_for=message_id is not None)


def _named(hub: Config, message_id: str | None) -> tuple[PostId | None, ...]:
    """The posts that a message id, or an id of ours, names; all where there is none."""
    from solicomm_build.post.store import knownids

    if message_id is None:
        return (None,)
    is_mid = "@" not in message_id and "<" not in message_id and len(message_id) == 32
    named = message_id.strip("<> ")
    return (PostId(named.lower()),) if is_mid else knownids.mids(hub, named)


def _say(found: Sequence[Judged], *, is_asked_for: bool) -> None:
    """A line for each that would differ, or for all that were asked for, and how many there are."""
    for one in found:
        name, was = f"{one.conference}/{one.mid}", f"{one.was.action} by {one.was.rule}"
        if one.now is None and is_asked_for:
            click.echo(f"{name}: {was}; cannot be judged again: {one.why}")
        elif one.now is not None and (one.differs or is_asked_for):
            reason = f" ({one.now.reason})" if one.now.reason else ""
            word = "now" if one.differs else "and still"
            click.echo(f"{name}: {was}, {word} {one.now.action} by {one.now.rule}{reason}")
    judged = [one for one in found if one.now is not None]
    differing = sum(one.differs for one in judged)
    left = len(found) - len(judged)
    rest = f"; {left} cannot be judged again: discarded mail is not kept" if left else ""
    click.echo(f"{len(judged)} judged again, {differing} would differ{rest}")


def _plain(one: object) -> dict[str, object]:
    from solicomm_build.features.moderation.replaying import Judged

    assert isinstance(one, Judged)  # noqa: S101 - for the type only
    now = one.now
    return {
        "at": one.at.isoformat(),
        "conference": one.conference,
        "mid": one.mid,
        "was": {"action": one.was.action, "rule": one.was.rule},
        "now": {"action": now.action, "rule": now.rule, "reason": now.reason} if now else None,
        "differs": one.differs,
        "why": one.why,
    }
