"""What of this hub others may keep a copy of, and what is on its card: public libraries, and sites
of unions, beside conferences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path

from solicomm_build.features.network import hooks
from solicomm_build.features.network.judging import offers, shared
from solicomm_build.features.network.judging.shared import Shared
from solicomm_build.features.network.trust import card as cards
from solicomm_build.features.network.trust import peers
from solicomm_build.features.network.trust.peers import Peers
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.hub.identity import Identity
from solicomm_build.foundation.types import Oid
from solicomm_build.git import elsewhere
from solicomm_build.git.elsewhere import Copied
from solicomm_build.git.reader import Reader
from solicomm_build.git.repo import Repo, open_repo


def own(config: Config, identity: Identity) -> Iterator[Shared]:
    """Those of this hub's own that everybody may read. What cannot be read is passed over."""
    for kind, copied in hooks.copied().items():
        for path in sorted(copied.repo(config, "x").parent.glob("*.git")):
            if elsewhere.of(config, kind, path.stem) is not None:
                continue
            try:
                repo = open_repo(path)
                tip = repo.ref()
                if tip is not None and _is_public(copied, repo.path, tip):
                    yield Shared(f"{kind}/{path.stem}", identity.id, repo, tip)
            except SoliCommError:
                continue


def all_(config: Config, identity: Identity, known: Peers) -> Iterator[Shared]:
    """All that this hub offers: conferences, and of what copies are kept."""
    yield from shared.shared(config, identity, known)
    yield from own(config, identity)


def names(config: Config, identity: Identity, known: Peers) -> dict[str, str]:
    """The same as a card says it: the home of each."""
    return said(all_(config, identity, known), identity)


def said(every: Iterable[Shared], identity: Identity) -> dict[str, str]:
    """The home of each by its name; of many, those first that other hubs have: a card may have no
    room for all."""
    found = [*every]
    if len(found) > cards.FEW:
        found.sort(key=lambda one: not offers.refs(one.repo).keys() - {identity.id})
    return {one.name: one.home for one in found}


def card(config: Config) -> bytes:
    """This hub's card as it is now; hubs can be asked for it from then on. The key is made where
    there is none yet. Durable on return. Raises SoliCommError."""
    identity, known = identities.of(config), peers.read(config)
    return cards.own(config, identity, names(config, identity, known), known.vouched)


def _is_public(copied: Copied, path: Path, tip: Oid) -> bool:
    return _said(copied.file, copied.is_public, path, tip)


@lru_cache(maxsize=4096)
def _said(file: str, is_public: Callable[[bytes], bool], path: Path, tip: Oid) -> bool:
    with Reader(Repo(path)) as reader:
        blob = reader.at(tip, file)
    return blob is not None and is_public(blob)
