"""What is kept of a person: what waits for a second yes, of who asked and of whom it is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from solicomm_build.features.operating import proposals
from solicomm_build.features.operating.proposals import DOING, FAILED, Proposal
from solicomm_build.foundation.hub.config import Config
from solicomm_build.message.address import key
from solicomm_build.people.memberstore import changing
from solicomm_build.people.operators import mails
from solicomm_build.people.roster import Roster
from solicomm_build.post.store.erasing import Erased, Taking

PENDING = (proposals.FILES,)


def _told(config: Config, members: Roster, number: int, addresses: frozenset[str]) -> Any:
    """What operators ask about the person."""
    known = {*map(key, addresses)}
    return [
        {"what": one.kind, "at": one.at.isoformat(), "until": one.until.isoformat()}
        for one in proposals.every(config)
        if one.person and key(one.person) in known
    ]


def _mails(
    config: Config, _members: Roster, number: int, addresses: frozenset[str]
) -> dict[str, str]:
    """Which of the hub's mails to operators the person wants, where not all."""
    kept = mails.read(config)
    found = sorted(mails.names_of(kept, number, addresses))
    return {"wanted": kept[found[0]]} if found else {}


def _without_choice(config: Config, what: Erased, taking: Taking) -> None:
    """Who was an operator once: the choice stays where nobody looks after it."""
    with changing(config):
        addresses = (what.address,) if what.address else ()
        if gone := mails.names_of(mails.read(config), what.member or 0, addresses):
            mails.without(config, gone)
            taking.counted(f"private/{mails.FILE}", len(gone))


FACTS = {"proposals": _told, "operator_mails": _mails}


def _about(config: Config, address: str) -> Iterator[Proposal]:
    for one in proposals.every(config):
        if one.person and key(one.person) == key(address):
            yield one


def _erase(config: Config, what: Erased, taking: Taking) -> None:
    """Takes out whom a proposal is about. What is being done stays, so that its end is told; what
    only waits is over, since there is nothing left to do."""
    _without_choice(config, what, taking)
    if not what.address:
        return
    with changing(config):
        for one in [*_about(config, what.address)]:
            bare = replace(one, about="", words=(), kept=(), names={}, holds={}, person="")
            if one.state != DOING:
                bare = replace(bare, state=FAILED, said="the person was erased meanwhile")
            proposals.put(config, bare)
            taking.counted("private/proposals", 1)


ERASE = _erase
