"""The public index, for hubs that keep a copy of it, and theirs here."""

from __future__ import annotations

from solicomm_build.features.search.peers import mirroring

NIGHTLY = (mirroring.nightly,)
ON_WISH = {"search": mirroring.given}
BROUGHT = {"search": mirroring.brought}
GONE = mirroring.gone
