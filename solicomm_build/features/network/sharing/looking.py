"""Copies over HTTP: at each look at a hub, what is kept of it here and has grown there."""

from __future__ import annotations

from collections.abc import Mapping

from solicomm_build.features.network.judging import quarantine
from solicomm_build.features.network.judging.taking import Report
from solicomm_build.features.network.sharing import copying, nights
from solicomm_build.features.network.trust.peers import Peer, Peers
from solicomm_build.foundation.errors import SoliCommError
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog
from solicomm_build.foundation.types import Oid


def look(
    config: Config,
    known: Peers,
    peer: Peer,
    there: Mapping[str, Mapping[str, Oid]],
    log: MailLog,
) -> Report:
    """Takes what is new. `there` are the offers that the hub has. What fails stops no other."""
    report = Report()
    for copy in known.copies.values():
        tag = there.get(copy.repo, {}).get(copy.home) if copy.home == peer.id else None
        before = copying.held(config, copy, peer.key) if tag else None
        if tag is None or (before is not None and before.tag == tag):
            continue
        try:
            with copying.aside(config, copy) as place:
                source = f"{peer.url}/{copy.repo}.git"
                quarantine.fetch(place, source, hubs=[copy.home])
                report.add(copying.take(config, known, copy, place, log))
        except SoliCommError as error:
            line = f"{copy.key}: {error.public}"
            nights.refused(config, peer.id, line)
            report.lines.append(line)
            report.faults.append(line)
    return report
