"""Mail to the desk."""

from __future__ import annotations

from solicomm_build.desk.hooks import Act
from solicomm_build.features.forms import deeds, formfilling
from solicomm_build.features.forms.formaddress import FORM

ACTS = {FORM: Act(formfilling.requested, received=formfilling.received, is_short=True)}
CONFIRMED = {formfilling.CONFIRM: formfilling.confirmed}
DEEDS = {deeds.ANSWERS: deeds.carry_out}
OWED = frozenset({"form-not", "form-back"})
