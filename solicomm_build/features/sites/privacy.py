"""What editors of sites sent by mail and did not publish yet."""

from __future__ import annotations

from solicomm_build.features.sites.editing import sitedrafts

PENDING = (sitedrafts.PENDING,)
