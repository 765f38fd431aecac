"""Libraries and sites of unions come back from the copies that others keep of them.

    hub or stick ─→ a place aside ─→ judged as any copy ─→ a repository of this hub's own

A copy is the lost hub's own signed log, so its key proves it. What was in no copy, and what lay
outside of git, is named.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator, Sequence

from solicomm_build.features.network import hooks
from solicomm_build.features.network.judging import offers, quarantine
from solicomm_build.features.network.judging.offers import Offer
from solicomm_build.features.network.restoring.sources import Source, fetch_far
from solicomm_build.features.network.sharing import copying, large
from solicomm_build.features.network.trust.card import Card
from solicomm_build.features.network.trust.copies import Copy
from solicomm_build.foundation.errors import SoliCommError, StoreError, UsageError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.git import exchange, receiving
from solicomm_build.git import repo as repos
from solicomm_build.git.repo import MAIN, Repo

_REF = "refs/restored/main"


def restore(config: Config, found: Sequence[Source], card: Card) -> Iterator[str]:
    """Brings back all copies of what the lost hub had; a line about each, and about what it
    offered and nobody kept. Blocking; safe to do again."""
    places: dict[str, list[tuple[Source, str]]] = {}
    for source in found:
        for key, at in source.copies().items():
            repo, _, home = key.rpartition("@")
            if home == card.id and repo.partition("/")[0] in hooks.copied():
                places.setdefault(repo, []).append((source, at))
    for repo, those in sorted(places.items()):
        try:
            yield f"{repo}: {_restored(config, repo, those, card)}"
        except SoliCommError as error:
            yield f"{repo}: not restored: {error.public}"
    for repo in sorted(card.offers.keys() - places.keys()):
        if repo.partition("/")[0] in hooks.copied():
            yield f"{repo}: nobody who was asked keeps a copy of it"


def _restored(config: Config, repo: str, places: Sequence[tuple[Source, str]], card: Card) -> str:
    kind, _, name = repo.partition("/")
    copy, copied = Copy(repo, card.id, name), hooks.copied_of(kind)
    target = copied.repo(config, name)
    if target.exists():
        return "is here already, and was left as it is"
    with _aside(config, copy) as theirs:
        best, wrong = _best(theirs, copy, places, card)
        if best is None:
            raise UsageError("; ".join(wrong) or "nobody has what the lost hub signed of it")
        path = config.mirrors / "peers" / f"{copy.file}.made"
        shutil.rmtree(path, ignore_errors=True)
        made = repos.create(path, description=f"{repo}, restored")
        copying.check(config, copy, made, theirs, best.tip)
        most = config.limits.history_bytes
        exchange.copy(made, theirs, [f"+{_REF}:{MAIN}"], most=most)
        made.git("config", "core.hooksPath", receiving.hooks_path(config, target))
        count = int(made.git("rev-list", "--count", MAIN))
        copying.named(made, target)
    large_ = sum(large.restore(config, kind, name, source.large()) for source, _ in places)
    shown = [at.removesuffix(".git") + "/" for _, at in places if at.startswith("http")]
    missing = copied.come_home(config, name, shown)
    said = f"{count} commits, as the lost hub signed them on {best.at[:10]}"
    came = f"{large_} large files came with it" if large_ else ""
    return "; ".join(one for one in (said, came, missing) if one)


def _best(
    theirs: Repo, copy: Copy, places: Sequence[tuple[Source, str]], card: Card
) -> tuple[Offer | None, list[str]]:
    """The newest that holds, with its log; and what was wrong with others."""
    best, wrong = None, []
    for source, at in places:
        try:
            fetch_far(theirs, at, copy.home)
            tag = quarantine.brought(theirs)[copy.home]
            offer = offers.read(theirs.git("cat-file", "tag", tag), card.keys, oid=tag)
            if (offer.hub, offer.repo, offer.home) != (copy.home, copy.repo, copy.home):
                raise StoreError("the offer is about something else")
        except (SoliCommError, KeyError) as error:
            said = error.public if isinstance(error, SoliCommError) else "nothing came"
            wrong.append(f"{source.where}: {said}")
            continue
        if best is None or best.seq < offer.seq:
            best = offer
            theirs.set_ref(_REF, offer.tip, theirs.ref(_REF))  # so that no later fetch loses it
    return best, wrong


@contextlib.contextmanager
def _aside(config: Config, copy: Copy) -> Iterator[Repo]:
    path = config.mirrors / "peers" / copy.file.replace(".bundle", ".restored.git")
    shutil.rmtree(path, ignore_errors=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield repos.create(path, description="What copies have, to be judged")
    finally:
        shutil.rmtree(path, ignore_errors=True)
