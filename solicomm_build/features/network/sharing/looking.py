"""Over HTTP: at each look at a hub, copies that have grown there, and what it says of its own."""

from __future__ import annotations

from collections.abc import Mapping

from solicomm_build.features.network.carrying import stepping, wire
from solicomm_build.features.network.carrying.stepping import Progress, Way
from solicomm_build.features.network.judging import offers, quarantine
from solicomm_build.features.network.judging.taking import Report
from solicomm_build.features.network.sharing import copying, nights, sayings
from solicomm_build.features.network.trust.peers import Peer, Peers
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub import health
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.types import Oid
from solicomm_build.git.repo import Repo

_MOST_SAID = 200  # files that are fetched at one look


def look(
    config: Config,
    known: Peers,
    peer: Peer,
    there: Mapping[str, Mapping[str, Oid]],
    log: MailLog,
    progress: Progress = stepping.silent,
) -> Report:
    """Takes what is new. `there` are the offers that the hub has. What fails stops no other."""
    report = Report()
    for copy in known.copies.values():
        tag = there.get(copy.repo, {}).get(copy.home) if copy.home == peer.id else None
        before = copying.held(config, copy, peer.keys) if tag else None
        if tag is None or (before is not None and before.tag == tag):
            continue
        try:
            with copying.aside(config, copy) as place:
                source = f"{peer.url}/{copy.repo}.git"
                path = copying.place(config, copy)
                has = offers.tips(Repo(path)) if path.exists() else {}
                most = health.spare(config) // 2
                way = Way(source, wire.stones(source), has, progress=progress, most=most)
                quarantine.fetch_far(place, way, [copy.home])
                report.add(copying.take(config, known, copy, place, log))
        except SoliCommError as error:
            line = f"{copy.key}: {error.public}"
            nights.refused(config, peer.id, line)
            report.lines.append(line)
            report.faults.append(line)
    return report


def hear(config: Config, known: Peers, peer: Peer, log: MailLog) -> list[str]:
    """Takes up what a hub says of its own, and has it shown; what was wrong. A hub that says
    nothing, being older, is left alone."""
    try:
        names = sayings.lacking(config, peer.id, wire.said(peer.url))[:_MOST_SAID]
        blobs = [wire.saying(peer.url, name) for name in names]
    except SoliCommError as error:
        log.event("peer-says-nothing", hub=peer.id, reason=error.public)
        return []
    faults = sayings.take(config, known, blobs)
    for fault in faults:
        nights.refused(config, peer.id, fault)
    if blobs:
        sayings.apply(config, known)
    return faults
