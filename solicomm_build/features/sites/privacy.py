"""What editors of sites sent by mail and did not publish yet, and whose address a form for joining
sends to."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from solicomm_build.features.sites import sitecontacts
from solicomm_build.features.sites.editing import sitedrafts
from solicomm_build.features.sites.sitecontacts import Contact
from solicomm_build.foundation.hub.config import Config
from solicomm_build.message.address import key
from solicomm_build.people.roster import Roster
from solicomm_build.post.store.erasing import Erased, Taking

PENDING = (sitedrafts.PENDING,)


def _of(config: Config, addresses: Collection[str]) -> Iterator[tuple[str, Contact]]:
    """The unions whose contact somebody is, or is asked to be."""
    wanted = frozenset(map(key, addresses)) - {""}
    for union, known in sitecontacts.every(config):
        if wanted & {key(known.agreed), key(known.asked)}:
            yield union, known


def _told(
    config: Config, _members: Roster, _number: int, addresses: frozenset[str]
) -> list[dict[str, Any]]:
    found = []
    for union, known in _of(config, addresses):
        state = "agreed" if key(known.agreed) in map(key, addresses) else "asked"
        found.append({"union": union, "state": state})
    return found


def _keeps(config: Config, address: str) -> bool:
    return any(_of(config, (address,)))


def _erase(config: Config, gone: Erased, taking: Taking) -> None:
    """Nothing that people write goes there any more; the site is asked about its contact anew."""
    for union, known in [*_of(config, (gone.address,))]:
        agreed, asked = (
            "" if key(one) == key(gone.address) else one for one in (known.agreed, known.asked)
        )
        sitecontacts.write(config, union, Contact(agreed, asked))
        taking.counted("private/contacts", 1)


FACTS = {"contacts": _told}
KEEPS = (_keeps,)
ERASE = _erase
