"""What was set aside goes for good when nobody wanted it for long: `limits.quarantine_days`.

Mail alone: what a stage passes over stays passed over. Until then the operator hears of it daily
(features/checks/watching.py), and `solicomm quarantine retry` puts it back.
"""

from __future__ import annotations

from datetime import timedelta

from solicomm_build.desk.chores import Looked
from solicomm_build.foundation import clock, timekeeping
from solicomm_build.foundation.hub import quarantine
from solicomm_build.foundation.hub.config import Config
from solicomm_build.foundation.maillog import MailLog

_REST = 3600.0  # seconds between two looks


def run(config: Config, looked: Looked[None], log: MailLog) -> bool:
    """Throws away what is too old, and reasons of what is there no more; whether there was
    anything."""
    if looked.rests(_REST) or not timekeeping.is_sure(config.state):
        return False
    quarantine.tidy(config.spool_quarantine)
    oldest = clock.now() - timedelta(days=config.limits.quarantine_days)
    old = [
        one for one in quarantine.aside(config.spool_quarantine) if one.at < oldest and not one.item
    ]
    for one in old:
        quarantine.drop(one)
        log.event("quarantine-dropped", id=one.id)
    return bool(old)
