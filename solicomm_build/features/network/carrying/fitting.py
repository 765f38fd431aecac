"""What a packet has room for: a hub reads `zipped.MOST_FILES` files in one, and refuses it whole
where there are more.

Conferences come first, those with news before others; then notices of erasures, what the hub says
of its own, and cards of other hubs. What is left out comes with the next, when the other hub has
said what it took; of what the hub says, another part each day.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from solicomm_build.features.network.carrying import zipped
from solicomm_build.features.network.judging import offers
from solicomm_build.features.network.judging.shared import Shared
from solicomm_build.features.network.trust.peers import Peer
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub.identity import Identity

MOST_CONFERENCES = 500
"""Each has two files: its log, and what its posts are called."""


def first(some: Sequence[Shared], peer: Peer, identity: Identity) -> list[Shared]:
    """The conferences that a packet for a hub has room for."""
    if len(some) <= MOST_CONFERENCES:
        return [*some]
    return sorted(some, key=lambda one: not _has_news(one, peer, identity))[:MOST_CONFERENCES]


def _has_news(one: Shared, peer: Peer, identity: Identity) -> bool:
    """Whether a hub has not said that it took what this one signed last."""
    last = offers.held(one.repo, peer.id, peer.keys)
    own = offers.held(one.repo, identity.id, identity.keys)
    return last is None or own is None or last.has.get(identity.id) != own.tip


def fit(aside: Path, own: str) -> int:
    """Takes out of a folder of files what its packet has no room for; how many those are."""
    found = {path.relative_to(aside).as_posix() for path in aside.rglob("*") if path.is_file()}
    over = len(found) - zipped.MOST_FILES
    gone = [name for name, _ in zip(_last(found, own), range(over), strict=False)]
    for name in gone:
        (aside / name).unlink()
    return len(gone)


def _last(found: set[str], own: str) -> Iterator[str]:
    """What may be left out, the least first."""
    yield from sorted(one for one in found if one.startswith("hubs/") and one != f"hubs/{own}.yaml")
    said = sorted(one for one in found if one.startswith("said/"))
    turn = clock.now().toordinal() * 97 % len(said) if said else 0
    yield from said[turn:] + said[:turn]
    erased = sorted(one for one in found if one.startswith("erasures/"))
    yield from sorted(erased, key=lambda one: one.count(".") == 1)  # receipts before notices
