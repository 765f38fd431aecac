"""Every clone comes home: a clone or bundle of a conference, taken whole by the operator's word.

What it has and this hub has not is added by the same union as between hubs; what is here stays. A
conference that is not here any more begins anew with the clone's settings. Nobody is mailed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from solicomm_build.features.network.erasures import notices
from solicomm_build.features.network.judging import founding, quarantine
from solicomm_build.features.network.judging.union import Source, Union
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.foundation.errors import UsageError
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.keychain import Step
from solicomm_build.foundation.types import Oid, PostId
from solicomm_build.git import exchange
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import MAIN, Repo, open_repo
from solicomm_build.post import conference as conference_file
from solicomm_build.post.cells.hubmail import HubMail

_REF = "refs/clone/main"
_BUNDLE = b"# v"
_LOOKED_AT = ".clone"  # which is no conference's id


def fits(path: Path) -> bool:
    """Whether this is a clone or a bundle, and not mail."""
    if path.is_file():
        with path.open("rb") as file:
            head = file.read(20)
        return head.startswith(_BUNDLE) and b" git bundle" in head
    git = path / ".git" if (path / ".git").is_dir() else path
    is_one = (git / "HEAD").is_file() and (git / "objects").is_dir()
    if not is_one:
        return False
    with Reader(Repo(git.absolute())) as reader:
        return reader.oid_at(MAIN, conference_file.FILE) is not None


def distrust(config: Config, hub: str, key: str, chain: Sequence[Step]) -> str:
    """Why what a hub is said to have signed by a key is not its word, where the hub is known here:
    it has another key, which has not signed that it changed. Empty for nothing. `chain` holds."""
    peer = peering.read(config).peers.get(hub)
    if peer is None or key == peer.key or any(peer.key == one.key for one in chain):
        return ""
    gave_up = any(key == one for one, _ in peer.former)
    return f"it is signed by a key that {hub} {'gave up' if gave_up else 'never showed here'}"


def name_of(config: Config, path: Path) -> str:
    """The id of the conference in a clone or bundle. Raises SoliCommError."""
    with quarantine.quarantine(config, _LOOKED_AT) as place:
        try:
            wanted = [f"+refs/heads/main:{_REF}"]
            exchange.fetch(place, str(path.absolute()), wanted, most=quarantine.MOST)
            with Reader(place) as reader:
                blob = reader.at(_REF, conference_file.FILE)
            return conference_file.decode(blob or b"", str(path)).id
        finally:
            quarantine.empty(place)


def bring(
    config: Config,
    name: str,
    path: Path,
    progress: Callable[[int, int, int], None],
    begun: Callable[[Oid], None] = lambda root: None,
) -> str:
    """Takes all that a clone or bundle has; a sentence about it. A conference that begins with it
    is told by its first commit (`begun`) before it is there. Raises SoliCommError. Blocking; safe
    to do again."""
    with quarantine.quarantine(config, name) as place:
        wanted = [f"+refs/heads/main:{_REF}"]
        exchange.fetch(place, str(path.absolute()), wanted, most=quarantine.MOST)
        tip = place.ref(_REF)
        if tip is None:
            raise UsageError(f"{path} has no branch main. Clone the conference anew")
        target, root = config.conference_repo(name), None
        if target.exists():
            ours = open_repo(target)
        else:
            founding.check_free(config, name)
            ours = founding.begin(config, place, name, tip, "")
            root = ours.ref()
        progress(0, 0, 0)
        mail, banned = HubMail(config), _banned(config, name)
        try:
            with Union(
                ours, place, name, lambda mid: mid in banned or mail.is_erased(mid)
            ) as union:
                source = Source("clone", "clone", True, None, is_whole=True, how="import")
                taken = union.take(source, None, tip)
        finally:
            mail.close()
        if root is not None:
            begun(root)
            founding.finish(config, ours, name)
    refused = sum(taken.refused.values())
    why = f"; {refused} files were not taken: {', '.join(sorted(taken.refused))}" if refused else ""
    return (
        f"{taken.new['post']:,} new posts, {taken.new['event']:,} events and {taken.new['file']:,}"
        f" files of {path}{why}"
    )


def _banned(config: Config, name: str) -> frozenset[PostId]:
    """The posts that the home of a conference, or this hub, said are erased."""
    repo = f"conferences/{name}"
    follow = peering.read(config).follows.get(repo)
    own = identities.if_any(config)
    hubs = [*([follow.home] if follow else []), *([own.id] if own else [])]
    return notices.banned(config, repo, hubs) if hubs else frozenset()
