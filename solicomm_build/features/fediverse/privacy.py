"""What waits to be said of posts that are erased. That they are gone is said to who follows as soon
as the pages show them no more (telling.py).

Of members nothing is kept here: who follows from elsewhere is known by the address of an actor,
which is no mailbox, and goes when that actor unfollows or is deleted by its server.
"""

from __future__ import annotations

from solicomm_build.features.fediverse.ties import FILE, Ties
from solicomm_build.foundation.hub.config import Config
from solicomm_build.post.store.erasing import Erased, Taking


def _erase(config: Config, gone: Erased, taking: Taking) -> None:
    ties = Ties(config)
    try:
        count = ties.forget_parcels(gone.mids) if ties.is_there() else 0
        if count:
            ties.settle()
    finally:
        ties.close()
    if count:
        taking.counted(f"private/{FILE}", count)


ERASE = _erase
