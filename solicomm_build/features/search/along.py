"""What goes along with a member who has another address: the searches that are saved for it."""

from __future__ import annotations

from dataclasses import replace

from solicomm_build.features.search.saved import store
from solicomm_build.foundation.hub.config import Config


def _along(config: Config, number: int, old: str, new: str) -> None:
    """One that is saved for the new address, too, stays as it is there."""
    del number
    for one in list(store.of(config, frozenset({old}))):
        moved = replace(one, address=new)
        if store.read(config, moved.number) is None:
            store.write(config, moved)
        store.remove(config, one.number)


ALONG = _along
