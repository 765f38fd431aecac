"""What came back is read before new copies go out."""

from __future__ import annotations

from solicomm_build.features.bounces.bounces import Bounces, refusal

BEFORE = Bounces
REFUSED = refusal
