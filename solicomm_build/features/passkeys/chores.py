"""What is done unasked."""

from __future__ import annotations

from solicomm_build.desk.chores import Chore
from solicomm_build.features.passkeys.disowning import Chores

CHORES = (Chore(55, lambda place: Chores(place.office, place.looks).steps, event="passkey"),)
