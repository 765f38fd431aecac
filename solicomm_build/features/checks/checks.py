"""What of a hub itself is watched, so that the operator hears of it by mail (watching.py)."""

from __future__ import annotations

from solicomm_build.features.checks import certificate, delivery, machine, running, storage
from solicomm_build.foundation.hub.finding import Check

WATCHED = (
    Check("running", "hub", running.falling, patient=True),
    Check("behind", "stages", machine.behind, patient=True),
    Check("last-build", "last build", running.last_build, patient=True),
    Check("disk", "disk", machine.disk, patient=True),
    Check("quarantine", "quarantine", storage.quarantined, patient=True),
    Check("delivery", "delivery", delivery.down, patient=True),
    Check("certificate", "certificate", certificate.ending, patient=True),
    Check("clock", "clock", machine.clock_behind, patient=True),
)
