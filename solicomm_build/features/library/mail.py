"""Mail to the desk."""

from __future__ import annotations

from solicomm_build.desk.hooks import Act
from solicomm_build.features.library import libraryaddress
from solicomm_build.features.library.deposits import deeds, delivering, depositing, reviewing

ACTS = {
    libraryaddress.DEPOSIT: Act(depositing.deposited, received=depositing.received),
    libraryaddress.GET: Act(delivering.requested),
    libraryaddress.REVIEW: Act(reviewing.answered, is_sent=True),
}
POSTED = {None: delivering.posted}
DEEDS = {deeds.FILINGS: deeds.carry_out}
OWED = frozenset({"deposit", "deposits"})
WORK = frozenset({"review"})
