"""Tells the operator, once for each erasure, which hubs have not confirmed it after thirty days.

`reminders/erasures` in `private/` has the ids of those that were told of.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from solicomm_build.desk.chores import Looked, Step
from solicomm_build.desk.lettering import letter
from solicomm_build.desk.office import Office
from solicomm_build.desk.plan import Letter, Plan, Write
from solicomm_build.features.network.erasures import confirming, notices
from solicomm_build.features.network.trust import peers as peering
from solicomm_build.foundation import clock
from solicomm_build.foundation.hub import identity as identities
from solicomm_build.foundation.hub.config import Config

AFTER = timedelta(days=30)

_PATH = "reminders/erasures"
_REST = 6 * 3600.0  # seconds between two looks


@dataclass(frozen=True, slots=True)
class Unconfirmed:
    """An erasure of this hub that others, named in one line, have not confirmed since a day."""

    eid: str
    repo: str
    day: str
    hubs: str


def steps(office: Office, looked: Looked[None]) -> Iterator[Step]:
    """The letter that is due, if one is."""
    config = office.config
    if not (peering.folder(config) / "erasures").is_dir() or looked.rests(_REST):
        return
    people = office.operators()
    told = _told(config)
    found = [one for one in unconfirmed(config) if one.eid not in told]
    if found and people:
        ids = [*sorted(told), *(one.eid for one in found)]
        plan = Plan(
            letters=tuple(_letter(office, to, found) for to in people),
            writes=(Write.to_private(_PATH, "\n".join(ids) + "\n"),),
            subject="Tell who has not confirmed an erasure",
        )
        yield Step(f"unconfirmed-{found[0].eid}", plan)


def unconfirmed(config: Config) -> list[Unconfirmed]:
    """The erasures of this hub that have waited for too long."""
    identity = identities.if_any(config)
    if identity is None:
        return []
    known, now = peering.read(config), clock.now()
    found = []
    for one in notices.all_(config):
        if one.hub == identity.id and abs(now - one.at) >= AFTER:
            hubs = confirming.missing(config, known, one)
            if hubs:
                found.append(Unconfirmed(one.eid, one.repo, f"{one.at:%Y-%m-%d}", ", ".join(hubs)))
    return found


def _told(config: Config) -> frozenset[str]:
    with suppress(FileNotFoundError):
        return frozenset((config.private / _PATH).read_text("utf-8").split())
    return frozenset()


def _letter(office: Office, to: str, found: Sequence[Unconfirmed]) -> Letter:
    lang = office.language_of(to, "", office.config.languages[0])
    return letter(office, "network/unconfirmed", to, lang, found=found)
