"""Goes along with the fan-out."""

from __future__ import annotations

from solicomm_build.features.following.returned import returned
from solicomm_build.features.following.sending import Answers

COMPANION = Answers
RETURNED = returned
