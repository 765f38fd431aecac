"""What an operator decides about copies, as plain functions."""

from __future__ import annotations

from solicomm_build.features.network import hooks, standing
from solicomm_build.features.network.carrying.knocking import wake
from solicomm_build.features.network.sharing import copying, table
from solicomm_build.features.network.trust import copies
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.copies import Copy
from solicomm_build.features.network.trust.peers import Peers
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.types import SLUG


def follow(config: Config, hub: str, repo: str, *, name: str = "", files: str = "") -> str:
    """Keeps a library or a site of another hub here from now on, to be read; a sentence about it.
    Raises UsageError: nothing of which copies are kept, or a name that is taken here."""
    kind, _, identifier = repo.partition("/")
    known_kinds = hooks.copied()
    if not copies.is_copied(repo) or kind not in known_kinds:
        kinds = ", ".join(f"{one}/ID" for one in ("conferences", *known_kinds))
        raise UsageError(f"{repo} is nothing that can be followed. Write one of: {kinds}")
    if name and not (known_kinds[kind].is_named and SLUG.fullmatch(name)):
        raise UsageError(f"{name}: libraries alone can be called otherwise here, in small letters")
    with peering.changing(config) as known:
        peer = known.peer(hub)
        here = (name or identifier) if known_kinds[kind].is_named else f"{identifier}@{peer.id}"
        copy = Copy(repo, peer.id, here, files or copies.FILES[0])
        before = known.copies.get(copy.key)
        if before is not None and name and before.name != name:
            raise UsageError(f"{repo} of {peer.id} is kept here as {before.name} already")
        if before is not None:
            copy = Copy(repo, peer.id, before.name, files or before.files)
        else:
            _check_free(config, known, copy)
        known.copies[copy.key] = copy
    table.write(config, peering.read(config))
    wake(config)
    said = f"{repo} of {peer.id} is kept here."
    is_here = copying.place(config, copy).exists()
    if not is_here and standing.lacks(config, known, peer.id, repo):
        return f"{said} {standing.not_offered(peer.id, repo)}"
    return f"{said} {standing.comes(known, peer.id, is_copy=True)}"


def _check_free(config: Config, known: Peers, copy: Copy) -> None:
    """Raises UsageError when something here has the name."""
    others = {(one.kind, one.name) for one in known.copies.values()}
    if copying.place(config, copy).exists() or (copy.kind, copy.name) in others:
        raise UsageError(
            f"there is a {copy.kind}/{copy.name} here, which is another one. Choose what this one"
            " is to be called here: --as NAME"
        )


def unfollow(config: Config, repo: str, hub: str = "") -> str:
    """Takes a copy away; a sentence about it. `hub` says which, where two hubs have one of that
    name. It is followed until all of it is gone, so whoever was killed can do it again. Raises
    UsageError."""
    with peering.changing(config) as known:
        found = [
            one for one in known.copies.values() if one.repo == repo and one.home.startswith(hub)
        ]
        if len(found) != 1:
            which = "is not followed" if not found else "is followed of several hubs: add HUB-ID"
            raise UsageError(f"{repo} {which}. `solicomm peer list` shows what is")
        del known.copies[found[0].key]
        copying.remove(config, known, found[0])
        point("network.unfollowing")
    copying.remove(config, peering.read(config), found[0])  # what came in this moment
    return f"{repo} of {found[0].home} is not kept here any more."
