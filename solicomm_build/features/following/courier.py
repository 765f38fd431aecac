"""Goes along with the fan-out, and keeps muted topics out of digests."""

from __future__ import annotations

from solicomm_build.features.following.muting import unwanted
from solicomm_build.features.following.returned import returned
from solicomm_build.features.following.sending import Answers

COMPANION = Answers
RETURNED = returned
UNWANTED = unwanted
