"""What came back is read before new copies go out."""

from __future__ import annotations

from solicomm_build.features.bounces.bounces import Bounces
from solicomm_build.features.bounces.whatcameback import refusal

BEFORE = Bounces
REFUSED = refusal
