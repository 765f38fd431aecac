"""What `solicomm check` looks at of S3, and what the operator hears of it by mail."""

from __future__ import annotations

from solicomm_build.features.publishing.looking import look, watch
from solicomm_build.foundation.hub.finding import Check

CHECKS = (Check("objects", "S3", look),)
WATCHED = (Check("objects", "S3", watch, patient=True),)
