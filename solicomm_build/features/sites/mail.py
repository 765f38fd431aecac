"""Mail to the desk."""

from __future__ import annotations

from solicomm_build.desk.hooks import Act
from solicomm_build.features.sites import siteaddress
from solicomm_build.features.sites.editing import contacts, siteediting

ACTS = {siteaddress.SITE: Act(siteediting.requested, is_proved_first=True)}
CONFIRMED = {contacts.ACTION: contacts.agreed}
LATE = {contacts.ACTION: contacts.late}
OWED = frozenset({"site-stranger"})
LINKS = frozenset({siteaddress.SITE})
