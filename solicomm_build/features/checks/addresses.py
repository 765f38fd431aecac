"""`solicomm-probe+<token>@`: where `solicomm check --probe` waits for its own mail."""

from __future__ import annotations

from solicomm_build.features.checks import probes
from solicomm_build.people.address import SITE, ListAddress
from solicomm_build.people.addresses import Finder, Kind


def _probe(finder: Finder, local: str) -> ListAddress | None:
    token = probes.token_of(finder.config, local)
    return ListAddress(SITE, probes.ROLE, token) if token is not None else None


KINDS = (
    Kind(
        20,
        _probe,
        first=True,
        judged=True,
        local_parts=lambda config: (probes.PREFIX,),
        unsure=probes.PREFIX,
    ),
)
