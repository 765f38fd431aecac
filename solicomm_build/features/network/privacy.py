"""What the network keeps of posts, and how that goes."""

from __future__ import annotations

from collections.abc import Iterator

from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.store.erasing import Copy, Erased, Gone, Taking


def _before(config: Config, gone: Erased) -> None:
    if not (config.private / "network").is_dir():
        return
    from solicomm_build.features.network.erasures import relayed

    relayed.tell(config, gone)


def _erase(config: Config, gone: Erased, taking: Taking) -> None:
    if not (config.private / "network").is_dir():
        return
    from solicomm_build.features.network.erasures import relayed

    relayed.erase(config, gone, taking)


def _told(config: Config, gone: Gone) -> Iterator[Copy]:
    if not (config.private / "network").is_dir():
        return
    from solicomm_build.features.network.erasures import relayed

    yield from relayed.told(config, gone)


BEFORE = _before
ERASE = _erase
TOLD = (_told,)
