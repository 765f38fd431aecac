"""Mail to the desk."""

from __future__ import annotations

from solicomm_build.desk.hooks import Act
from solicomm_build.features.library.deposits import deeds, delivering, depositing, reviewing
from solicomm_build.people.address import Purpose

ACTS = {
    Purpose.DEPOSIT: Act(depositing.deposited, received=depositing.received),
    Purpose.GET: Act(delivering.requested),
    Purpose.REVIEW: Act(reviewing.answered),
}
POSTED = {None: delivering.posted}
DEEDS = {deeds.FILINGS: deeds.carry_out}
