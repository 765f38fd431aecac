"""How this hub stands with others, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from solicomm_build.cli.asking import counted
from solicomm_build.features.network import standing
from solicomm_build.features.network.erasures import confirming, notices
from solicomm_build.features.network.sealed import closed
from solicomm_build.features.network.sharing import large
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.peers import Peers
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import elsewhere


def status(config: Config) -> dict[str, Any]:
    """All that is known, as plain values."""
    identity, known = identities.if_any(config), peering.read(config)
    found: dict[str, Any] = {"id": identity.id if identity else "", "peers": [], "follows": []}
    for peer in known.peers.values():
        stand, card = standing.read(config, peer.id), peering.card_of(config, peer)
        found["peers"].append(
            {
                "id": peer.id,
                "name": card.name if card else "",
                "url": peer.url,
                "met": stand.met,
                "tried": stand.tried,
                "fault": stand.fault,
                "taken": stand.taken,
                "refused": stand.refused,
                "waiting": stand.waiting,
                "quota": peer.quota,
                "offers": sorted(stand.offered),
                "rekeyed": peer.rekeyed.isoformat() if peer.rekeyed else "",
                "words": identities.words(peer.key),
            }
        )
    for one in known.follows.values():
        is_here = config.conference_repo(one.repo.partition("/")[2]).exists()
        found["follows"].append(
            {
                "repo": one.repo,
                "home": one.home,
                "mode": one.mode,
                "here": is_here,
                "lacking": not is_here and standing.lacks(config, known, one.home, one.repo),
                "comes": _comes(known, one.home, is_copy=False),
            }
        )
    homes = elsewhere.all_of(config)
    found["copies"] = []
    for copy in known.copies.values():
        here = homes.get(f"{copy.kind}/{copy.name}")
        at = here.at if here else ""
        lacking = not at and standing.lacks(config, known, copy.home, copy.repo)
        facts: dict[str, Any] = {"repo": copy.repo, "home": copy.home, "name": copy.name, "at": at}
        facts["lacking_files"] = len(large.lacking(config, copy)) if here else 0
        comes = _comes(known, copy.home, is_copy=True)
        found["copies"].append({**facts, "lacking": lacking, "comes": comes})
    shared = closed.closed(config, identity, known) if identity else ()
    found["for_members"] = [
        {"repo": one.shared.name, "home": one.shared.home, "hubs": sorted(one.hubs)}
        for one in shared
    ]
    found["erasures"] = [*_erasures(config, known, identity.id if identity else "")]
    return found


def _minute(at: str) -> str:
    """A time of ours, in UTC, as people read it."""
    return f"{at[:10]} {at[11:16]} UTC" if at else "never"


def _comes(known: Peers, hub: str, *, is_copy: bool) -> str:
    said = standing.comes(known, hub, is_copy=is_copy).rstrip(".")
    return said[:1].lower() + said[1:]


def _erasures(config: Config, known: Peers, own: str) -> Iterator[dict[str, Any]]:
    """What was erased across hubs: who has confirmed, and who of those that have it has not."""
    for one in notices.all_(config):
        fate = notices.fate(config, one.eid)
        yield {
            "id": one.eid,
            "hub": one.hub,
            "repo": one.repo,
            "posts": len(one.mids),
            "at": one.at.isoformat(),
            "state": fate.state,
            "why": fate.why,
            "confirmed": sorted(notices.confirmed(config, one.eid)),
            "missing": confirming.missing(config, known, one) if one.hub == own else [],
        }


def lines(found: dict[str, Any]) -> Iterator[str]:
    """The same as sentences, what is wrong first."""
    if not found["id"]:
        yield "This hub is in no network. To begin: solicomm peer init"
        return
    yield f"This hub is {found['id']}."
    for peer in sorted(found["peers"], key=lambda one: not (one["fault"] or one["waiting"])):
        yield ""
        yield f"{peer['id']}  {peer['name']}  {peer['url'] or '(by stick or mail)'}"
        if peer["fault"]:
            yield f"  wrong: {peer['fault']}"
        if peer["rekeyed"]:
            yield f"  its key changed, signed by both; heard on {peer['rekeyed'][:10]}"
            yield f"  its key in words: {peer['words']}"
        yield f"  met: {_minute(peer['met'])}; {counted(peer['taken'], 'post')} taken"
        for repo, count in peer["waiting"].items():
            over = f"over its quota of {peer['quota']} a day wait{'s' if count == 1 else ''}"
            yield f"  {repo}: {counted(count, 'post')} {over}"
        for reason, count in sorted(peer["refused"].items()):
            yield f"  refused {count}: {reason}"
        if peer["refused"]:
            yield f"  To have it mended there, tell the operators of {peer['id']} these words."
        followed = {one["repo"] for one in found["follows"]}
        for repo in sorted({*peer["offers"]} - followed):
            yield f"  offers this hub {repo}, for members; not followed"
    for one in found["for_members"]:
        yield ""
        yield f"{one['repo']} of {one['home']}, for members: shared with {', '.join(one['hubs'])}"
    for one in found["erasures"]:
        yield from _erased(one, found["id"])
    for one in found["follows"]:
        yield ""
        here = "here" if one["here"] else f"not here yet: {_awaited(one)}"
        yield f"{one['repo']} of {one['home']} ({one['mode']}): {here}"
    for one in found["copies"]:
        yield ""
        yield _copied(one)


def _awaited(one: dict[str, Any]) -> str:
    """Of what did not come yet: when it does."""
    if one["lacking"]:
        return standing.not_offered(one["home"], one["repo"]).rstrip(".")
    return str(one["comes"])


def _copied(one: dict[str, Any]) -> str:
    """A copy, and when it was brought up to date."""
    when = f"as of {one['at'][:10]}" if one["at"] else _awaited(one)
    files = one["lacking_files"]
    more = f"; {large.counted(files)} still to come" if files else ""
    return f"{one['repo']} of {one['home']}, a copy, here {one['name']}: {when}{more}"


def _erased(one: dict[str, Any], own: str) -> Iterator[str]:
    yield ""
    yield f"Erasure {one['id'][:8]}: {one['posts']} posts of {one['repo']}, by {one['hub']}"
    if one["hub"] != own or one["state"] == "waiting":
        yield f"  here: {one['state']}" + (f" ({one['why']})" if one["why"] else "")
        if one["state"] == "waiting":
            yield f"  To do the same here: solicomm peer allow {one['id'][:8]}"
    if one["confirmed"]:
        yield f"  confirmed: {', '.join(one['confirmed'])}"
    if one["missing"]:
        yield f"  not confirmed since {one['at'][:10]}: {', '.join(one['missing'])}"
