"""Mail to the desk."""

from __future__ import annotations

from solicomm_build.features.passkeys import disowning

CONFIRMED = {disowning.ACTION: disowning.confirmed}
DEEDS = {disowning.TOLD: disowning.tell, disowning.DISOWNED: disowning.disown}
