"""How this hub stands with others, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from solicomm_build.features.network import identity as identities
from solicomm_build.features.network import peers as peering
from solicomm_build.features.network import standing
from solicomm_build.foundation.hub.config import Config


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
            }
        )
    for one in known.follows.values():
        is_here = config.conference_repo(one.repo.partition("/")[2]).exists()
        found["follows"].append(
            {"repo": one.repo, "home": one.home, "mode": one.mode, "here": is_here}
        )
    return found


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
        yield f"  met: {peer['met'] or 'never'}; {peer['taken']} posts taken"
        for repo, count in peer["waiting"].items():
            yield f"  {repo}: {count} posts over its quota of {peer['quota']} a day wait"
        for reason, count in sorted(peer["refused"].items()):
            yield f"  refused {count}: {reason}"
    for one in found["follows"]:
        yield ""
        here = "here" if one["here"] else "not here yet: it comes with the next look, or stick"
        yield f"{one['repo']} of {one['home']} ({one['mode']}): {here}"
