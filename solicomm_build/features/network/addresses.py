"""`peer@`, for what other hubs send; and conferences that are posted to at their home."""

from __future__ import annotations

from solicomm_build.features.network.trust import mirrored
from solicomm_build.features.network.trust.names import PACKET, PASSED, PEER
from solicomm_build.people.address import SITE, ListAddress
from solicomm_build.people.addresses import Finder, Kind


def _packet(_finder: Finder, local: str) -> ListAddress | None:
    head = local.partition("+")[0]
    return ListAddress(SITE, PACKET) if head == PEER else None


def _passed(finder: Finder, local: str) -> ListAddress | None:
    """The conference's address, or one of a topic of it; commands and bounces are our own."""
    name, plus, tail = local.partition("+")
    if plus and not tail.startswith("t-"):
        return None
    if not mirrored.domain_of(finder.config, name):
        return None
    return ListAddress(SITE, PASSED, local)


KINDS = (
    Kind(
        60,
        _packet,
        first=True,
        judged=True,
        reserved=frozenset({PEER}),
        local_parts=lambda config: (PEER,),
    ),
    Kind(61, _passed, first=True, over=True, judged=True),
)
