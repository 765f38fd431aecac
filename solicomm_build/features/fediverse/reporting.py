"""How a hub stands with servers of the fediverse, for operators. Who follows is nowhere in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from solicomm_build.features.fediverse import names
from solicomm_build.features.fediverse.ties import Ties
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.finding import Finding, fine, warning
from solicomm_build.post.conference import Conference
from solicomm_build.post.store import placesettings


def status(config: Config) -> dict[str, Any]:
    """For `solicomm fediverse status --json`: conferences with their names and followers, those
    that are named and cannot be followed with the reason, how much waits, silent servers."""
    from solicomm_build.features.fediverse import shown

    settings = placesettings.conferences(config).now()
    offered = shown.offered(config, settings)
    ties = Ties(config)
    try:
        counts = ties.counts()
        return {
            "conferences": {
                name: {"name": f"@{names.handle(config, name)}", "followers": counts.get(name, 0)}
                for name in offered
            },
            "not_offered": dict(_not_offered(config, settings)),
            "replies": config.activitypub.replies,
            "silent": [
                {"host": one.host, "since": _day(one.since), "tries": one.tries, "fault": one.fault}
                for one in ties.silences()
            ],
            "waiting": ties.waiting(),
        }
    finally:
        ties.close()


def lines(found: dict[str, Any]) -> Iterator[str]:
    """The same in words, what is wrong first."""
    for name, why in found["not_offered"].items():
        yield f"{name} cannot be followed: {why}"
    for one in found["silent"]:
        yield f"{one['host']} does not answer since {one['since']}: {one['fault']}"
    if not found["conferences"]:
        yield "Nothing can be followed. To offer one: activitypub: {conferences: [ID]} in hub.yaml"
    for one in found["conferences"].values():
        yield f"{one['name']:<50} followers: {one['followers']}"
    if found["waiting"]:
        yield f"Waiting to be sent: {found['waiting']}"


def look(config: Config) -> Iterator[Finding]:
    """What `solicomm check` says of it."""
    if not config.activitypub.conferences:
        yield fine("nothing can be followed from the fediverse")
        return
    found = status(config)
    wrong = [
        warning(f"{name} cannot be followed: {why}", "Take it out of `activitypub` in hub.yaml")
        for name, why in found["not_offered"].items()
    ]
    if not config.url.startswith("https://"):
        said = f"servers of the fediverse ask over https alone, and the hub is at {config.url}"
        wrong.append(warning(said, "Give the web server TLS, and `url` in hub.yaml https"))
    wrong += [
        warning(
            f"{one['host']} does not answer since {one['since']} ({one['fault']})",
            "Nothing: it is tried again for a week, then nobody there follows any more",
        )
        for one in found["silent"]
    ]
    followers = sum(one["followers"] for one in found["conferences"].values())
    yield from wrong or [
        fine(f"conferences that can be followed: {len(found['conferences'])}, by {followers}")
    ]


def _not_offered(
    config: Config, settings: dict[str, Conference] | Any
) -> Iterator[tuple[str, str]]:
    """Conferences that hub.yaml names one by one and that are not offered, with the reason."""
    from solicomm_build.features.fediverse import shown

    for name in config.activitypub.conferences:
        one = settings.get(name)
        if name == "all":
            continue
        if one is None:
            yield name, "there is no conference of this id, or its settings have a fault"
        elif not shown.may_be_followed(config, one):
            yield name, _why_not(one)


def _why_not(one: Conference) -> str:
    if one.home:
        return f"its home is another hub, {one.home}"
    if one.visibility != "public":
        return f"its visibility is {one.visibility}; only public ones can be"
    return "it has no pages"


def _day(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"
