"""What becomes of an erasure here in a network: the other hubs are told, and no relayed log keeps
what went.

    histories are written anew (features/privacy) ─→ notices ─→ refs/peers/* with it go ─→ purge
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from solicomm_build.features.network.carrying import messageids, turns
from solicomm_build.features.network.erasures import confirming, notices
from solicomm_build.features.network.judging import floors, offers, quarantine
from solicomm_build.features.network.judging.union import OF_OTHERS
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.features.network.trust.peers import Peers
from solicomm_build.foundation.faults import point
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import Identity
from solicomm_build.foundation.types import Oid, PostId
from solicomm_build.git import log
from solicomm_build.git.repo import Repo
from solicomm_build.post import post as post_file
from solicomm_build.post.reading import versions
from solicomm_build.post.store import pastfiles
from solicomm_build.post.store.erasing import Copy, Erased, Gone, Taking

_CHUNK = 400  # names in one command


def tell(config: Config, gone: Erased) -> None:
    """Tells the other hubs of an erasure, of which nothing is done yet: when it is, our own stage
    may have signed what is left, which tells nobody that there was more. Blocking; safe to do
    again."""
    if not (peering.folder(config) / peering.FILE).exists():
        return
    mids = [PostId(mid) for mid in gone.mids]
    identity, known = identities.if_any(config), peering.read(config)
    if identity is None or not mids:
        return
    reason = "person" if gone.address or gone.member is not None else "message"
    with turns.working(config):
        for name, repo in pastfiles.with_removed(config):
            tip = repo.ref()
            if tip is not None and (offers.refs(repo) or floors.of(config, name)):
                _tell(config, identity, known, (name, repo, tip), mids, reason)
    point("network.erase-told")


def erase(config: Config, gone: Erased, taking: Taking) -> None:
    """Lets no offer keep what went. Blocking; safe to do again."""
    if not (peering.folder(config) / peering.FILE).exists():
        return
    mids = [PostId(mid) for mid in gone.mids]
    messageids.forget(config, mids)
    identity, known = identities.if_any(config), peering.read(config)
    if identity is None:
        return
    with turns.working(config):
        for name, repo in pastfiles.with_removed(config):
            tags = offers.refs(repo)
            if not tags:
                continue
            tainted = {
                hub: tag
                for hub, tag in tags.items()
                if any(_added(repo, tag, mids)) or _has_version(repo, tag, mids)
            }
            if (own := tags.get(identity.id)) is not None and not _is_ours(repo, own):
                tainted[identity.id] = own
            point("network.erase-before-drop")
            _drop(config, identity, known, (name, repo), tainted)
            if tainted:
                taking.counted(repo.path.relative_to(config.root).as_posix(), len(tainted))
            _clear(config, name)


def told(config: Config, gone: Gone) -> Iterator[Copy]:
    """How the other hubs stand that were told of an erasure. Reads only."""
    identity, known = identities.if_any(config), peering.read(config)
    if identity is None:
        return
    found: dict[str, Copy] = {}
    for one in notices.all_(config):
        if one.hub == identity.id and not set(gone.mids).isdisjoint(one.mids):
            for hub, at in notices.confirmed(config, one.eid).items():
                found.setdefault(hub, Copy(f"hub {hub}", "gone", f"it said so on {at:%Y-%m-%d}"))
            for hub in confirming.missing(config, known, one):
                said = f"told on {one.at:%Y-%m-%d}, and has not confirmed it"
                found[hub] = Copy(f"hub {hub}", "told", said)
    yield from (found[hub] for hub in sorted(found))


def _tell(
    config: Config,
    identity: Identity,
    known: Peers,
    offered: tuple[str, Repo, Oid],
    mids: Sequence[PostId],
    reason: str,
) -> None:
    """A notice of what this hub may have erased elsewhere: at the home all, else what it wrote."""
    name, repo, tip = offered
    follow = known.follows.get(f"conferences/{name}")
    home = follow.home if follow else identity.id
    told = notices.banned(config, f"conferences/{name}", [identity.id, home])
    wanted = sorted(
        {
            mid
            for mid, source, _ in _added(repo, tip, mids)
            if mid not in told and (home == identity.id or source not in OF_OTHERS)
        }
    )
    for at in range(0, len(wanted), notices.MOST):
        part = wanted[at : at + notices.MOST]
        one = notices.keep(config, notices.make(identity, f"conferences/{name}", reason, part))
        if isinstance(one, notices.Notice):
            notices.decide(config, one, "done")


def _drop(
    config: Config,
    identity: Identity,
    known: Peers,
    place: tuple[str, Repo],
    tainted: dict[str, Oid],
) -> None:
    name, repo = place
    noted = {}
    for hub in tainted:
        peer = known.peers.get(hub)
        keys = identity.keys if hub == identity.id else peer.keys if peer else None
        offer = offers.held(repo, hub, keys) if keys else None
        if offer is not None:
            noted[hub] = offer
    if noted:
        floors.note(config, name, noted)
    for hub, tag in tainted.items():
        repo.set_ref(offers.ref(hub), None, tag)


def _is_ours(repo: Repo, tag: Oid) -> bool:
    """Whether an offer of ours is of the history that there is now."""
    tip = repo.ref()
    return tip is not None and log.goes_on(repo, tag, tip)


def _clear(config: Config, name: str) -> None:
    """What was fetched and not judged may hold it, too."""
    quarantine.forget(config, name)


def origins_of(repo: Repo, mids: Sequence[PostId]) -> dict[PostId, tuple[str, str]]:
    """By which source each of these posts came into a log first, and whose log it was taken from;
    nothing of those that are not in it."""
    tip = repo.ref()
    found = _added(repo, tip, mids) if tip else ()
    return {mid: (source, origin) for mid, source, origin in found}


def _has_version(repo: Repo, tip: Oid, mids: Sequence[PostId]) -> bool:
    """Whether a log has one of these where it has the name of its message."""
    wanted = frozenset(mids)
    return bool(wanted) and any(
        versions.apart_mid(change.oid) in wanted
        for commit in log.commits(repo, None, tip)
        for change in commit.changes
        if change.oid and post_file.parse_path(change.path)
    )


def _added(repo: Repo, tip: Oid, mids: Sequence[PostId]) -> Iterator[tuple[PostId, str, str]]:
    """(post, source, origin) of every commit that brought one of these posts, the newest first."""
    said = "%x01%(trailers:key=Source,valueonly,separator=%x20)%x02"
    said += "%(trailers:key=Origin,valueonly,separator=%x20)%x02"
    for at in range(0, len(mids), _CHUNK):
        wanted = [f":(glob)topics/*/*/posts/{mid}.md" for mid in mids[at : at + _CHUNK]]
        told = repo.git(
            "log",
            f"--format={said}",
            "--name-only",
            "--diff-filter=A",
            "--no-renames",
            "--end-of-options",
            tip,
            "--",
            *wanted,
        )
        for entry in told.decode("utf-8", "replace").split("\x01")[1:]:
            source, origin, paths = entry.split("\x02")
            for path in paths.splitlines():
                if ids := post_file.parse_path(path):
                    yield ids[1], source, origin
